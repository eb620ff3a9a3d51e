// A conversation's lines, the text in them, and where a browser keeps things.

import assert from 'node:assert/strict';
import { webcrypto } from 'node:crypto';
import test from 'node:test';

import { clean, cleanBlock } from '../../../src/web/script/clean.js';
import { Button, guestSecret } from '../../../src/web/script/guest.js';
import { Keep } from '../../../src/web/script/keep.js';
import { all, hear, mark, say, talk } from '../../../src/web/script/talk.js';
import { fill, span } from '../../../src/web/script/words.js';
import { en } from '../../../src/web/script/words-en.js';

// Every browser has it; Node only from version 19 on.
globalThis.crypto ??= webcrypto;

const line = (position, from = 'alice', id = `l${position}`) => ({ type: 'line', position, id, from, text: id, at: '' });

test('lines stand in order and once, however they come', () => {
  const heard = [3, 1, 2, 3, 1].map((position) => line(position)).reduce(hear, talk('bob'));
  assert.deepEqual(all(heard).map(({ position }) => position), [1, 2, 3]);
});

test('a line of ones own takes its place when it is acknowledged, and is not doubled by its echo', () => {
  let state = say(say(talk('bob'), { id: 'b', text: 'x', at: '' }), { id: 'b', text: 'x', at: '' });
  assert.deepEqual(all(state).map((said) => mark(state, said)), ['sending']);
  state = hear(hear(state, { type: 'ack', id: 'b', position: 1 }), line(1, 'bob', 'b'));
  assert.deepEqual(all(state).map((said) => mark(state, said)), ['sent']);
  state = hear(state, { type: 'ack', received: 1, read: 0 });
  assert.equal(mark(state, all(state)[0]), 'delivered');
  state = hear(hear(state, { type: 'ack', received: 1, read: 1 }), { type: 'ack', received: 0, read: 0 });
  assert.equal(mark(state, all(state)[0]), 'read', 'marks only grow');
});

test('a refused line says so, and a line ends the typing', () => {
  const state = hear(say(talk('bob'), { id: 'b', text: 'x', at: '' }), { type: 'error', id: 'b', code: 'too_large' });
  assert.equal(mark(state, all(state)[0]), 'failed');
  assert.equal(hear(hear(talk('bob'), { type: 'typing', state: true }), line(1)).typing, false);
});

test('text cannot pass for something else: the same characters go as on a terminal', () => {
  // The examples of src/wire/display.rs.
  assert.equal(clean('a\x1b[2Jb\u009bc\x07\u202ed\u200be\x7f\nf'), 'a[2Jbcde f');
  assert.equal(cleanBlock('a\r\nb\rc\td\x1b'), 'a\nbc\td');
  assert.equal(clean('한국어 — ünï 🙂'), '한국어 — ünï 🙂');
  // One picture made of several stays one; a joiner anywhere else only hides.
  for (const emoji of ['👩‍👩‍👧', '🏳️‍🌈', '👩🏽‍💻', '❤️‍🔥']) assert.equal(cleanBlock(emoji), emoji);
  assert.equal(clean('a\u200db 👩\u200d \u200d👧 👩\u200d\u200d👧'), 'ab 👩 👧 👩👧');
});

test('a value that looks like a place stays as it is', () => {
  assert.equal(fill('{a} and {b}.', { a: '{b}', b: 'x' }), '{b} and x.');
  assert.deepEqual([1, 90, 91, 7200, 900_000].map((secs) => span(en, secs)), ['1 second', '90 seconds', '2 minutes', '2 hours', '11 days']);
});

/** A storage that holds so many entries. */
function storage(room) {
  const kept = {};
  const define = (name, value) => Object.defineProperty(kept, name, { value, enumerable: false });
  define('getItem', (key) => kept[key] ?? null);
  define('removeItem', (key) => delete kept[key]);
  define('setItem', (key, text) => {
    if (!(key in kept) && Object.keys(kept).length >= room) throw new Error('full');
    kept[key] = text;
  });
  return kept;
}

const history = () => ({ state: null, replaceState(state) { this.state = structuredClone(state); } });
const forbidden = { get localStorage() { throw new Error('forbidden'); }, get sessionStorage() { throw new Error('forbidden'); } };

test('things are kept where it works', () => {
  const places = [
    ['browser', { localStorage: storage(9) }],
    ['tab', { localStorage: null, sessionStorage: storage(9) }],
    ['page', Object.defineProperties({ history: history() }, Object.getOwnPropertyDescriptors(forbidden))],
    ['nowhere', forbidden],
    ['browser', { localStorage: storage(1) }],
  ];
  for (const [lasts, win] of places) {
    const keep = new Keep(win);
    assert.equal(keep.lasts, lasts);
    const secret = guestSecret(keep);
    assert.match(secret, /^[A-Za-z0-9_-]{43}$/);
    const button = new Button(keep, 't');
    button.pressed('c');
    button.says({ id: 'l', text: 'x', at: '' });
    button.change({ draft: 'y' });
    assert.equal(guestSecret(keep), secret);
    assert.deepEqual([button.read().conversation, button.read().draft, button.read().unsaid.length], ['c', 'y', 1]);
    button.said('l');
    assert.equal(button.read().unsaid.length, 0);
  }
});
