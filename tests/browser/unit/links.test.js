// Where a mail's link leads: src/web/script/course.js and guest.js.

import assert from 'node:assert/strict';
import test from 'node:test';

import { IDLE } from '../../../src/web/script/call.js';
import { course, isNotice } from '../../../src/web/script/course.js';
import { Button } from '../../../src/web/script/guest.js';
import { talk } from '../../../src/web/script/talk.js';

const look = { login: 'alice', subject: 'Boots', confirmed: true, expires: '2999-01-01T00:00:00Z', into: null, addressee: null, caller: null };
const page = (looked, more = {}) => ({
  look: { ...look, ...looked }, problem: null, link: 'none', call: IDLE, returning: false, begun: null, mail: true, talk: null, ...more,
});

/** A keep in memory. */
function memory() {
  const kept = new Map();
  return {
    get: (key) => kept.get(key) ?? null,
    set: (key, value) => (value === null ? kept.delete(key) : kept.set(key, value)),
    keys: (beginning) => [...kept.keys()].filter((key) => key.startsWith(beginning)),
  };
}

test('a notice to a login that was called is no button that rings that very login', () => {
  const notice = page({ into: 'c-1', addressee: 'alice' });
  assert.equal(isNotice(notice), true);
  const { say, press, write } = course(notice);
  assert.deepEqual([say, press, write], ['notice', 'to_chats', false]);
});

test('an answer that is opened where nobody pressed before can only knock, and the page says so', () => {
  const { say, press } = course(page({ into: 'c-1' }));
  assert.deepEqual([say, press], ['ready_other', 'knock']);
  // Also after that knock was made, which is a conversation of its own.
  const knocked = course(page({ into: 'c-1' }, { returning: true, begun: 'c-2' }));
  assert.deepEqual([knocked.say, knocked.press], ['back', 'knock']);
  assert.equal(course(page({ into: 'c-1' }, { returning: true, begun: 'c-1' })).press, 'again');
});

test('a page that lost its connection promises only what there is', () => {
  const { say, more } = course(page({}, { link: 'down', call: { ...IDLE, phase: 'placing' } }));
  assert.deepEqual([say, more], ['down_first', ['down_rings']]);
  const off = { ...IDLE, phase: 'over', reason: 'off', told: true };
  const lost = course(page({}, { link: 'down', call: off, talk: talk('bob@example.org') }));
  assert.deepEqual([lost.say, lost.more], ['down', ['down_more']]);
});

test('who was declined is told for how long, and may leave a line; whoever left one is thanked', () => {
  const declined = { ...IDLE, phase: 'over', reason: 'declined', presence: 'online' };
  const first = course(page({}, { call: declined }));
  assert.deepEqual([first.more, first.write, first.press], [['declined_more', 'declined_line', 'answer_by_mail'], true, null]);
  assert.ok(course(page({}, { call: declined, left: true })).more.includes('left'));
  assert.equal(course(page({}, { call: { ...declined, presence: 'unknown' } })).write, false);
  const off = { ...IDLE, phase: 'over', reason: 'off', told: true };
  assert.deepEqual(course(page({}, { call: off })).more, ['told', 'leave_off', 'answer_by_mail']);
  assert.deepEqual(course(page({}, { call: off, left: true })).more, ['left', 'answer_by_mail']);
});

test('the same guest is at home behind the link of every mail into the same conversation', () => {
  const kept = memory();
  const first = new Button(kept, 'ticket-1');
  first.pressed('c-1');
  first.change({ draft: 'And ', heard: 4 });
  const other = new Button(kept, 'ticket-2');
  other.leads('c-2');
  assert.deepEqual([other.read().conversation, other.read().heard], [null, 0]);
  other.leads('c-1');
  assert.deepEqual([other.read().conversation, other.read().draft, other.read().heard], ['c-1', 'And ', 4]);
  other.change({ draft: '' });
  assert.equal(first.read().draft, '');
});
