// What the customer's page says and offers, from where things stand. Keys of the words, no DOM.

import { all } from './talk.js';

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

/** Whether the button is in a notice to a login that was called: whoever that is calls back where they are signed in. */
export function isNotice({ look, returning }) {
  return Boolean(look?.addressee) && !returning;
}

/**
 * `left`: a line was written since the press.
 *
 * From `{ look, problem, link, call, returning, begun, left, mail, talk }` to
 *
 * - `say`: the key of what is said first, and `more`: the keys of what follows it;
 * - `press`: the key of the big button's label, or `null`: nothing to press now;
 * - `write`: whether something can be written, `ends`: the key of the button that ends what goes on, if any;
 * - `mood`: `calm`, `waits`, `good` or `bad`.
 */
export function course({ look, problem, link, call, returning, begun, left, mail, talk }) {
  if (problem) {
    const key = PROBLEMS[problem.code] ?? 'refused';
    const retry = key === 'unreachable';
    return { say: key, more: [`${key}_more`], press: retry ? 'retry' : null, write: false, ends: null, mood: 'bad' };
  }
  if (!look) return { say: 'wait', more: [], press: null, write: false, ends: null, mood: 'waits' };
  if (isNotice({ look, returning })) {
    return { say: 'notice', more: ['notice_more'], press: 'to_chats', write: false, ends: null, mood: 'calm' };
  }
  const said = Boolean(talk) && all(talk).length > 0;
  const shown = during({ look, call, returning, begun, left, mail, said });
  if (link !== 'down') return shown;
  const more = shown.write ? ['down_more'] : call.phase === 'placing' || call.phase === 'calling' ? ['down_rings'] : [];
  // What never was cannot be lost.
  return { ...shown, say: talk ? 'down' : 'down_first', more, mood: 'waits' };
}

function during({ look, call, returning, begun, left, mail, said }) {
  const expired = Date.parse(look.expires) <= Date.now();
  // A mail within a conversation leads its own guest into it, and anybody else beside it.
  const other = Boolean(look.into) && look.into !== begun;
  const press = other ? 'knock' : returning ? 'again' : expired ? 'knock' : 'press';
  switch (call.phase) {
    case 'idle':
      if (returning) return { say: 'back', more: [], press, write: true, ends: null, mood: 'calm' };
      return { ...ready(expired ? 'ready_expired' : other ? 'ready_other' : 'ready'), press, write: false, ends: null, mood: 'calm' };
    case 'placing':
      return { say: 'placing', more: [], press: null, write: said, ends: 'cancel', mood: 'waits' };
    case 'calling':
      return { ...calling(call, left, said), press: null, mood: 'waits' };
    case 'rung':
      return { say: call.silent ? 'rung_silent' : 'rung', more: [], press: 'answer', write: said, ends: 'decline', mood: 'good' };
    case 'talking':
      return { say: 'talking', more: [], press: null, write: true, ends: 'bye', mood: 'good' };
    default:
      return over(call, left, mail, said);
  }
}

const ready = (say) => ({ say, more: [`${say}_more`] });

/** For the first moments one only waits; when it takes longer, one can write meanwhile. */
function calling({ presence, rings, late }, left, said) {
  const LONG = { on: 'on', away: 'away', unknown: 'listed' };
  const long = LONG[presence] ?? (rings && late ? 'late' : null);
  if (long) return { say: long, more: [`${long}_more`, left ? 'left' : 'leave'], write: true, ends: 'stop' };
  return { say: rings ? 'ringing' : 'calling', more: [], write: said, ends: 'cancel' };
}

function over(call, left, mail, said) {
  const { presence, reason, talked, mine, told, retry } = call;
  const answer = mail ? 'answer_by_mail' : 'answer_here';
  if (reason === 'failed') {
    return { say: 'failed', more: ['failed_more'], press: 'again', write: said, ends: null, mood: 'bad' };
  }
  if (talked || !NOT_ANSWERED.includes(reason)) {
    const say = mine ? 'bye_mine' : 'bye_theirs';
    return { say, more: ['bye_more', answer], press: 'again', write: true, ends: null, mood: 'calm' };
  }
  if (reason === 'declined' && !mine) {
    const more = [retry ? 'declined_retry' : 'declined_more'];
    // What a knocker writes is read by nobody before the knock is answered.
    if (presence === 'unknown') return { say: 'declined', more: [...more, 'by_mail'], press: null, write: false, ends: null, mood: 'calm' };
    return { say: 'declined', more: [...more, left ? 'left' : 'declined_line', answer], press: null, write: true, ends: null, mood: 'calm' };
  }
  if (reason === 'declined') return { say: 'declined_mine', more: [], press: 'again', write: said, ends: null, mood: 'calm' };
  if (reason === 'cancelled' || reason === 'answered_elsewhere') {
    const say = mine ? 'cancelled' : 'missed';
    return { say, more: told ? ['told'] : [], press: 'again', write: said, ends: null, mood: 'calm' };
  }
  const more = [...(told && !left ? ['told'] : []), ...(retry ? ['retry_in'] : []), left ? 'left' : 'leave_off', answer];
  return { say: reason, more, press: retry ? null : 'again', write: true, ends: null, mood: 'calm' };
}
