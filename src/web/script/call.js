// The course of one call as a page sees it: what the person does and what the server says in, the next state out. No
// DOM, no clock.

/** No call. */
export const IDLE = {
  /** `idle`, `placing` (not heard of yet), `calling`, `rung` (somebody calls here), `talking`, `over`. */
  phase: 'idle',
  /** One's own id for it, or for a call that came in the server's. */
  id: null,
  /** One placed it oneself. */
  own: false,
  /** Of the called one: `online`, `on` (nobody listening), `away`, `unknown` (a knock). */
  presence: null,
  /** A device over there alerts. */
  rings: false,
  /** It has been ringing for a while. */
  late: false,
  /** Why it ended, as `ended` says it, or `failed`. */
  reason: null,
  /** They talked before it ended. */
  talked: false,
  /** One ended it oneself. */
  mine: false,
  /** The other side finds a notice. */
  told: false,
  /** Seconds before which another try cannot ring. */
  retry: null,
  /** Of a call that comes in: who, and whether it may make a sound. */
  from: null,
  silent: false,
  /** The error of a call that failed. */
  problem: null,
};

/** The next state. */
export function call(state, event) {
  const ours = event.call !== undefined && event.call === state.id;
  const open = state.phase === 'placing' || state.phase === 'calling';
  switch (event.type) {
    case 'place':
      return { ...IDLE, phase: 'placing', id: event.call, own: true };
    case 'hang-up':
      return { ...state, mine: true };
    case 'late':
      return state.phase === 'calling' ? { ...state, late: true } : state;
    case 'presence':
      return ours && open ? { ...state, phase: 'calling', presence: event.state, rings: false } : state;
    case 'ringing':
      return ours && open ? { ...state, phase: 'calling', presence: 'online', rings: true } : state;
    case 'invite':
      return state.phase === 'talking' ? state : incoming(event);
    case 'answered':
      return { ...IDLE, phase: 'talking', id: event.call, own: ours && state.own };
    case 'ended':
      return ours ? ended(state, event) : state;
    case 'error':
      return ours ? { ...state, phase: 'over', reason: 'failed', problem: event } : state;
    default:
      return state;
  }
}

function incoming({ call: id, from, silent, knock }) {
  return { ...IDLE, phase: 'rung', id, from, silent: silent === true || Boolean(knock) };
}

function ended(state, { reason, notice, retry }) {
  const talked = state.phase === 'talking';
  return { ...state, phase: 'over', reason, talked, told: Boolean(notice), retry: retry ?? null };
}
