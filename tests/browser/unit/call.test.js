// The course of a call, and what the page says of it.

import assert from 'node:assert/strict';
import test from 'node:test';

import { call, IDLE } from '../../../src/web/script/call.js';
import { course } from '../../../src/web/script/course.js';
import { en } from '../../../src/web/script/words-en.js';

const look = { login: 'alice', subject: 'Boots', confirmed: true, expires: '2999-01-01T00:00:00Z' };
const after = (...events) => events.reduce(call, IDLE);
const page = (state, more = {}) => course({ look, problem: null, link: 'up', call: state, returning: true, mail: true, talk: null, ...more });
const placed = { type: 'place', call: 'c' };

test('a call rings, is answered, and ends', () => {
  const rings = after(placed, { type: 'presence', call: 'c', state: 'online' }, { type: 'ringing', call: 'c' });
  assert.deepEqual([rings.phase, rings.rings, page(rings).say], ['calling', true, 'ringing']);
  const talks = call(rings, { type: 'answered', call: 'c' });
  assert.deepEqual([talks.phase, talks.own, page(talks).write], ['talking', true, true]);
  const over = call(talks, { type: 'ended', call: 'c', reason: 'bye' });
  assert.deepEqual([over.talked, page(over).say], [true, 'bye_theirs']);
});

test('frames of another call change nothing', () => {
  const calling = after(placed, { type: 'presence', call: 'c', state: 'online' });
  for (const type of ['presence', 'ringing', 'ended', 'error']) {
    assert.equal(call(calling, { type, call: 'other', state: 'off', reason: 'off' }), calling);
  }
});

test('every way a call can go is said in words that there are', () => {
  const ends = ['off', 'busy', 'declined', 'cancelled', 'expired', 'bye', 'answered_elsewhere', 'of tomorrow'];
  const states = [IDLE, after(placed), after({ type: 'invite', call: 's', from: 'alice' }), after({ type: 'answered', call: 's' })];
  for (const state of ['online', 'on', 'away', 'unknown', 'off', 'of tomorrow']) {
    const told = after(placed, { type: 'presence', call: 'c', state });
    states.push(told, call(told, { type: 'ringing', call: 'c' }), call(call(told, { type: 'ringing', call: 'c' }), { type: 'late' }));
  }
  for (const before of [...states]) {
    for (const reason of ends) {
      for (const retry of [null, 600]) states.push(call(before, { type: 'ended', call: before.id, reason, notice: 'n', retry }));
    }
    states.push(call(before, { type: 'error', call: before.id, code: 'internal', message: 'x' }));
  }
  for (const state of [...states]) states.push(call(state, { type: 'hang-up' }));
  const codes = ['no_ticket', 'bad_ticket', 'withdrawn', 'not_found', 'unreachable', 'too_many', 'of tomorrow'];
  const shown = states.flatMap((state) => [page(state), page(state, { returning: false, mail: false }), page(state, { link: 'down' })]);
  shown.push(...codes.map((code) => page(IDLE, { problem: { code } })), page(IDLE, { look: null }));
  shown.push(page(IDLE, { returning: false, look: { ...look, expires: '2020-01-01T00:00:00Z' } }));
  for (const { say, more, press, ends: end } of shown) {
    for (const key of [say, ...more, press, end].filter(Boolean)) assert.ok(en[key], `no words for ${key}`);
  }
});

test('a mail is promised only by a server that sends one', () => {
  const off = after(placed, { type: 'ended', call: 'c', reason: 'off', notice: 'n' });
  assert.ok(page(off).more.includes('answer_by_mail'));
  assert.ok(!page(off, { mail: false }).more.includes('answer_by_mail'));
});
