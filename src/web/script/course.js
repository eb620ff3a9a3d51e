// What the customer's page says and offers, from where things stand. Keys of the words, no DOM.

/** Problems of a link that have a text of their own; any other is told in the server's words. */
const PROBLEMS = {
  no_ticket: 'incomplete',
  bad_ticket: 'damaged',
  bad_request: 'damaged',
  withdrawn: 'withdrawn',
  not_found: 'gone',
  unreachable: 'unreachable',
  unavailable: 'unreachable',
};

/** What became of a call that ended before it was answered. */
const NOT_ANSWERED = ['off', 'busy', 'declined', 'expired', 'cancelled', 'answered_elsewhere'];

/**
 * From `{ look, problem, link, call, returning, mail }` to
 *
 * - `say`: the key of what is said first, and `more`: the keys of what follows it;
 * - `press`: the key of the big button's label, or `null`: nothing to press now;
 * - `write`: whether something can be written, `ends`: the key of the button that ends what goes on, if any;
 * - `mood`: `calm`, `waits`, `good` or `bad`.
 */
export function course({ look, problem, link, call, returning, mail }) {
  if (problem) {
    const key = PROBLEMS[problem.code] ?? 'refused';
    const retry = key === 'unreachable';
    return { say: key, more: [`${key}_more`], press: retry ? 'retry' : null, write: false, ends: null, mood: 'bad' };
  }
  if (!look) return { say: 'wait', more: [], press: null, write: false, ends: null, mood: 'waits' };
  const shown = during({ look, call, returning, mail });
  if (link !== 'down') return shown;
  return { ...shown, say: 'down', more: ['down_more'], mood: 'waits' };
}

function during({ look, call, returning, mail }) {
  const expired = Date.parse(look.expires) <= Date.now();
  const press = returning ? 'again' : expired ? 'knock' : 'press';
  switch (call.phase) {
    case 'idle':
      if (returning) return { say: 'back', more: [], press, write: true, ends: null, mood: 'calm' };
      return { say: 'ready', more: [expired ? 'ready_expired' : 'ready_more'], press, write: false, ends: null, mood: 'calm' };
    case 'placing':
      return { say: 'placing', more: [], press: null, write: returning, ends: 'cancel', mood: 'waits' };
    case 'calling':
      return { ...calling(call), press: null, write: true, ends: 'cancel', mood: 'waits' };
    case 'rung':
      return { say: call.silent ? 'rung_silent' : 'rung', more: [], press: 'answer', write: true, ends: 'decline', mood: 'good' };
    case 'talking':
      return { say: 'talking', more: [], press: null, write: true, ends: 'bye', mood: 'good' };
    default:
      return over(call, mail);
  }
}

function calling({ presence, rings, late }) {
  if (presence === 'on') return { say: 'on', more: ['on_more', 'leave'] };
  if (presence === 'away') return { say: 'away', more: ['away_more', 'leave'] };
  if (presence === 'unknown') return { say: 'listed', more: ['listed_more', 'leave'] };
  if (rings && late) return { say: 'late', more: ['late_more', 'leave'] };
  return { say: rings ? 'ringing' : 'calling', more: [] };
}

function over(call, mail) {
  const { reason, talked, mine, told, retry } = call;
  const answer = mail ? 'answer_by_mail' : 'answer_here';
  if (reason === 'failed') {
    return { say: 'failed', more: ['failed_more'], press: 'again', write: true, ends: null, mood: 'bad' };
  }
  if (talked || !NOT_ANSWERED.includes(reason)) {
    const say = mine ? 'bye_mine' : 'bye_theirs';
    return { say, more: ['bye_more', answer], press: 'again', write: true, ends: null, mood: 'calm' };
  }
  if (reason === 'declined' && !mine) {
    const more = [retry ? 'declined_retry' : 'declined_more', 'by_mail'];
    return { say: 'declined', more, press: null, write: false, ends: null, mood: 'calm' };
  }
  if (reason === 'declined') return { say: 'declined_mine', more: [], press: 'again', write: true, ends: null, mood: 'calm' };
  if (reason === 'cancelled' || reason === 'answered_elsewhere') {
    const say = mine ? 'cancelled' : 'missed';
    return { say, more: told ? ['told'] : [], press: 'again', write: true, ends: null, mood: 'calm' };
  }
  const more = [...(told ? ['told'] : []), ...(retry ? ['retry_in'] : []), 'leave_off', answer];
  return { say: reason, more, press: retry ? null : 'again', write: true, ends: null, mood: 'calm' };
}

