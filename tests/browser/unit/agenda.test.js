// What the page of a signed-in login knows: src/web/script/agenda.js.

import assert from 'node:assert/strict';
import test from 'node:test';

import * as agenda from '../../../src/web/script/agenda.js';

const summary = (id, last, read) => ({ conversation: id, with: `${id}@example.org`, subject: 'Boots', last, read });
const welcome = (...conversations) => ({ login: 'alice', conversations, notices: [] });
const ring = { type: 'invite', call: 's-1', conversation: 'b', from: 'b@example.org', subject: 'Boots', knock: null, silent: false };
const notice = { id: 'n-1', conversation: 'c', from: 'c@example.org', subject: null, reason: 'off', count: 1 };

test('who calls comes to the top, and rings unless it is a knock or the person is away', () => {
  const quiet = agenda.welcomed(agenda.EMPTY, welcome(summary('a', 0, 0), summary('b', 0, 0)));
  const state = agenda.heard(quiet, ring);
  assert.deepEqual(state.conversations.map(({ id }) => id), ['b', 'a']);
  assert.equal(agenda.rung(state, false).length, 1);
  for (const how of [{ knock: 'stranger' }, { silent: true }]) {
    const listed = agenda.heard(quiet, { ...ring, ...how });
    assert.deepEqual([agenda.rung(listed, false).length, agenda.rung(listed, true).length], [0, 1]);
  }
});

test('a call that ended rings no more, whatever conversation its end names', () => {
  const rings = agenda.heard(agenda.EMPTY, ring);
  const over = agenda.heard(rings, { type: 'ended', call: 's-1', conversation: 'nowhere', reason: 'cancelled' });
  assert.equal(agenda.rung(over, false).length, 0);
});

test('after a drop nobody rings and nobody talks until the server says so again', () => {
  const rings = agenda.heard(agenda.EMPTY, ring);
  assert.equal(agenda.rung(agenda.welcomed(rings, welcome(summary('b', 0, 0))), false).length, 0);
  const talks = agenda.heard(rings, { type: 'answered', call: 's-1', conversation: 'b', peer: 'b@example.org' });
  assert.equal(agenda.find(talks, 'b').call.phase, 'talking');
  assert.equal(agenda.find(agenda.welcomed(talks, welcome(summary('b', 0, 0))), 'b').call.phase, 'idle');
});

test('a call placed here stays placed over a drop', () => {
  const known = agenda.welcomed(agenda.EMPTY, welcome(summary('b', 0, 0)));
  const placed = agenda.calls(known, 'b', { type: 'place', call: 'mine' });
  const talks = agenda.heard(placed, { type: 'answered', call: 'mine', conversation: 'b', peer: 'b@example.org' });
  assert.equal(agenda.find(agenda.welcomed(talks, welcome(summary('b', 0, 0))), 'b').call.phase, 'talking');
});

test('unread lines are counted until they are seen, and whoever writes has read', () => {
  const line = (position, from) => ({ type: 'line', conversation: 'a', position, id: `l${position}`, from, text: 'x', at: '2026-11-23T09:00:00Z' });
  let state = agenda.welcomed(agenda.EMPTY, welcome(summary('a', 4, 2)));
  assert.equal(agenda.unread(agenda.find(state, 'a')), 2);
  state = agenda.heard(state, line(5, 'a@example.org'));
  assert.equal(agenda.unread(agenda.find(state, 'a')), 3);
  assert.equal(agenda.unread(agenda.find(agenda.seen(state, 'a'), 'a')), 0);
  assert.equal(agenda.unread(agenda.find(agenda.heard(state, line(6, 'alice')), 'a')), 0);
});

test('lines that one said oneself, on whatever device, are not new', () => {
  const line = (position, from) => ({ type: 'line', conversation: 'a', position, id: `l${position}`, from, text: 'x', at: '2026-11-23T09:00:00Z' });
  const unread = (state) => agenda.unread(agenda.find(state, 'a'));
  let state = agenda.welcomed(agenda.EMPTY, welcome({ ...summary('a', 4, 0), unread: 1 }));
  assert.equal(unread(state), 1);
  for (const [position, from, count] of [[3, 'alice', 1], [4, 'a@example.org', 1], [5, 'a@example.org', 2], [6, 'alice', 0], [7, 'a@example.org', 1]]) {
    state = agenda.heard(state, line(position, from));
    assert.equal(unread(state), count, `after ${position}`);
  }
  // Seen here, which the server has not heard of yet.
  state = agenda.seen(state, 'a');
  assert.equal(unread(agenda.welcomed(state, welcome({ ...summary('a', 7, 0), unread: 1 }))), 0);
  assert.equal(unread(agenda.welcomed(state, welcome({ ...summary('a', 9, 0), unread: 3 }))), 2);
});

test('one notice stands for a conversation, and goes when it is opened', () => {
  let state = agenda.heard(agenda.EMPTY, { type: 'notice', ...notice });
  state = agenda.heard(state, { type: 'notice', ...notice, id: 'n-2', count: 2 });
  assert.deepEqual(state.notices.map(({ id }) => id), ['n-2']);
  const opened = agenda.opened({ ...state, login: 'alice' }, 'c');
  assert.deepEqual([opened.open, opened.notices], ['c', []]);
});

test('what names a conversation that is not there changes nothing', () => {
  const state = agenda.welcomed(agenda.EMPTY, welcome(summary('a', 1, 1)));
  for (const frame of [
    { type: 'ack', conversation: 'none', received: 3 },
    { type: 'error', conversation: 'none', code: 'not_found' },
    { type: 'ended', call: 'none', conversation: 'none', reason: 'bye' },
    { type: 'of the future' },
  ]) {
    assert.deepEqual(agenda.heard(state, frame), state);
  }
  assert.equal(agenda.opened(state, 'none').open, null);
});
