// What the page of a signed-in login knows: its conversations, the newest first, who calls, what was missed. Frames and
// deeds in, the next state out; no DOM, no clock.

import { call, IDLE } from './call.js';
import { hear, say, talk } from './talk.js';

/** Nothing is known yet. */
export const EMPTY = { login: null, conversations: [], notices: [], open: null };

/** A conversation by its id, or `undefined`. */
export function find(state, id) {
  return state.conversations.find((one) => one.id === id);
}

/** Lines of the other side that the person has not seen. */
export function unread({ unread: count }) {
  return count;
}

/** Conversations whose other side calls here: those that ring, or those that are only listed (knocks, or away). */
export function rung(state, silently) {
  return state.conversations.filter((one) => one.call.phase === 'rung' && one.call.silent === silently);
}

/** Connected, for the first time or again. */
export function welcomed(state, { login, conversations, notices }) {
  const told = conversations.map((summary) => {
    const known = find(state, summary.conversation) ?? fresh(summary.conversation);
    const { subject } = summary;
    const [last, read] = [Math.max(known.last, summary.last), Math.max(known.read, summary.read)];
    // What was seen here may not have been told to the server yet.
    const count = Math.min(summary.unread ?? last, last - read);
    return { ...known, with: summary.with, subject, last, read, unread: Math.max(0, count) };
  });
  const others = state.conversations.filter(({ id }) => !told.some((one) => one.id === id));
  // Who calls here calls again, and a call that was answered here is told of again, if there still is one.
  const all = [...told, ...others].map((one) => (isTold(one) ? { ...one, call: IDLE } : one));
  return notices.reduce(noticed, { ...state, login, conversations: all });
}

/** What the server says. */
export function heard(state, frame) {
  switch (frame.type) {
    case 'invite':
      return rings(state, frame);
    case 'notice':
      return noticed(state, frame);
    case 'line':
      return spoken(state, frame);
    case 'answered':
      return change(state, frame.conversation, (one) => ({ ...one, call: call(one.call, frame), knock: null }));
    case 'presence':
    case 'ringing':
    case 'ended':
      return ofCall(state, frame);
    case 'error':
      return frame.call ? ofCall(state, frame) : talked(state, frame);
    default:
      return talked(state, frame);
  }
}

/** The person opens a conversation (`null`: the list). */
export function opened(state, id) {
  const notices = state.notices.filter(({ conversation }) => conversation !== id);
  const next = { ...state, notices, open: id && find(state, id) ? id : null };
  return change(next, next.open, (one) => ({ ...one, talk: one.talk ?? talk(state.login) }));
}

/** The person has seen what is said there. */
export function seen(state, id) {
  return change(state, id, (one) => (one.read < one.last || one.unread > 0 ? { ...one, read: one.last, unread: 0 } : one));
}

/** The person says a line. */
export function says(state, id, line) {
  return touch(change(state, id, (one) => ({ ...one, talk: say(one.talk ?? talk(state.login), line) })), id);
}

/** The person calls, or hangs up. */
export function calls(state, id, event) {
  return change(state, id, (one) => {
    const placed = event.type === 'place' ? event.call : one.placed;
    return { ...one, placed, call: call(one.call, event) };
  });
}

/** The other side was typing, and has not said so for a while. */
export function stoppedTyping(state, id) {
  return talked(state, { type: 'typing', conversation: id, state: false });
}

/** A notice that the person needs no more. */
export function dismissed(state, id) {
  return { ...state, notices: state.notices.filter((notice) => notice.id !== id) };
}

function fresh(id) {
  return { id, with: '', subject: null, last: 0, read: 0, unread: 0, call: IDLE, placed: null, knock: null, talk: null };
}

/** Whether the server tells of this call anew. One that was placed here is taken up again by whoever placed it. */
function isTold({ call: { id, phase }, placed }) {
  return phase === 'rung' || (phase === 'talking' && id !== placed);
}

function change(state, id, how) {
  if (!find(state, id)) return state;
  return { ...state, conversations: state.conversations.map((one) => (one.id === id ? how(one) : one)) };
}

/** It moves to the top of the list. */
function touch(state, id) {
  const one = find(state, id);
  if (!one || state.conversations[0] === one) return state;
  return { ...state, conversations: [one, ...state.conversations.filter((other) => other !== one)] };
}

/** The conversation of a frame, which may be news to us. */
function known(state, id, values) {
  const found = find(state, id);
  if (!found) return { ...state, conversations: [{ ...fresh(id), ...values }, ...state.conversations] };
  return found.with ? touch(state, id) : touch(change(state, id, (one) => ({ ...one, ...values })), id);
}

function rings(state, frame) {
  const next = known(state, frame.conversation, { with: frame.from, subject: frame.subject });
  return change(next, frame.conversation, (one) => ({ ...one, call: call(one.call, frame), knock: frame.knock }));
}

function noticed(state, notice) {
  const others = state.notices.filter(({ id, conversation }) => id !== notice.id && conversation !== notice.conversation);
  const next = known(state, notice.conversation, { with: notice.from, subject: notice.subject });
  return { ...next, notices: [notice, ...others] };
}

function spoken(state, frame) {
  const { conversation, from, position } = frame;
  const mine = from === state.login;
  const next = known(state, conversation, { with: mine ? '' : from });
  return change(next, conversation, (one) => ({
    ...one,
    last: Math.max(one.last, position),
    // Whoever writes has read.
    read: mine ? Math.max(one.read, position) : one.read,
    // What history brings back is counted already.
    unread: position <= one.last ? one.unread : mine ? 0 : one.unread + 1,
    talk: one.talk && hear(one.talk, frame),
  }));
}

function talked(state, frame) {
  return change(state, frame.conversation, (one) => {
    const last = Math.max(one.last, frame.position ?? 0);
    const read = frame.position ? last : one.read;
    const count = frame.position ? 0 : one.unread;
    return { ...one, last, read, unread: count, talk: one.talk && hear(one.talk, frame) };
  });
}

/** A frame about a call: for a knock the conversation it names may be none of ours, so the call's id counts. */
function ofCall(state, frame) {
  const one = state.conversations.find((other) => other.call.id === frame.call);
  return one ? change(state, one.id, () => ({ ...one, call: call(one.call, frame) })) : state;
}
