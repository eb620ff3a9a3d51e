// The live connection over its sockets, against a server whose every move the test makes.

import assert from 'node:assert/strict';
import test from 'node:test';

import { Live } from '../../../src/web/script/socket.js';

class Socket {
  constructor() {
    this.readyState = 1;
    this.said = [];
  }

  send(text) {
    this.said.push(JSON.parse(text));
  }

  hears(frame) {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }

  close() {
    this.readyState = 3;
  }

  /** What was said of a type. */
  all(type) {
    return this.said.filter((frame) => frame.type === type);
  }
}

const welcome = { type: 'welcome', conversation: 'c', conversations: [], notices: [], epoch: 'e' };
const turn = () => new Promise((done) => setTimeout(done, 5));

/** A connection, and the sockets it opened; stopped when the test is over, however it ends. */
function world(t, greet = async () => ({ ticket: 't' })) {
  const sockets = [];
  const events = [];
  const open = () => {
    sockets.push(new Socket());
    return sockets.at(-1);
  };
  const live = new Live({ greet, open, on: (event) => events.push(event) });
  const connect = async (first = welcome) => {
    while (!sockets.at(-1)?.onopen) await turn();
    const socket = sockets.at(-1);
    socket.onopen();
    socket.hears(first);
    return socket;
  };
  t.after(() => live.stop());
  live.start();
  return { live, sockets, events, connect };
}

test('an invite goes right behind hello, once, and again on the next connection when hello was refused', async (t) => {
  const { live, sockets, connect } = world(t);
  live.invite('x');
  live.line('c', 'a', 'one');
  while (!sockets[0]?.onopen) await turn();
  sockets[0].onopen();
  assert.deepEqual(sockets[0].said.map(({ type }) => type), ['hello', 'invite']);
  sockets[0].hears({ type: 'error', code: 'unavailable', message: 'full' });
  while (!sockets[1]) await turn();
  const second = await connect();
  assert.deepEqual(second.said.map(({ type }) => type), ['hello', 'invite', 'line']);
  // Given up behind hello, it is cancelled, for the server has heard of it.
  second.onclose();
  while (!sockets[2]?.onopen) await turn();
  sockets[2].onopen();
  live.cancel('x');
  sockets[2].hears(welcome);
  assert.deepEqual(sockets[2].said.map(({ type }) => type), ['hello', 'invite', 'cancel', 'line']);
});

test('what was said while there was no connection is said when it is back, in order and with the same ids', async (t) => {
  const { live, connect, events } = world(t);
  const first = await connect();
  live.line('c', 'a', 'one');
  first.hears({ type: 'line', conversation: 'c', position: 1, id: 'x', from: 'alice' });
  first.onclose();
  live.line('c', 'b', 'two');
  const second = await connect();
  assert.deepEqual(second.said[0].resume, [{ conversation: 'c', received: 1 }]);
  assert.equal(second.said[0].epoch, 'e');
  assert.deepEqual(second.all('line').map(({ id }) => id), ['a', 'b']);
  second.hears({ type: 'ack', conversation: 'c', id: 'a', position: 2 });
  second.onclose();
  const third = await connect();
  assert.deepEqual(third.all('line').map(({ id }) => id), ['b']);
  assert.deepEqual(events.map(({ type }) => type), ['up', 'frame', 'down', 'up', 'frame', 'down', 'up']);
});

test('a call is taken up again until it ended, and one given up never rings', async (t) => {
  const { live, connect } = world(t);
  const first = await connect();
  live.invite('k');
  first.onclose();
  const second = await connect();
  assert.deepEqual(second.all('invite').map(({ call }) => call), ['k']);
  second.hears({ type: 'ended', call: 'k', conversation: 'c', reason: 'off' });
  live.invite('k2');
  second.onclose();
  live.cancel('k2');
  const third = await connect();
  assert.deepEqual([third.all('invite').length, third.all('cancel').length], [0, 1]);
});

test('nobody hangs up before everything said was acknowledged', async (t) => {
  const { live, connect } = world(t);
  const socket = await connect();
  live.line('c', 'a', 'last words');
  live.bye('k');
  assert.equal(socket.all('bye').length, 0);
  socket.hears({ type: 'ack', conversation: 'c', id: 'a', position: 1 });
  assert.equal(socket.all('bye').length, 1);
});

test('a button that is worth nothing any more is not pressed again', async (t) => {
  const refusal = Object.assign(new Error('withdrawn'), { code: 'withdrawn', transient: false });
  const { events, sockets } = world(t, async () => {
    throw refusal;
  });
  await turn();
  assert.deepEqual([events[0].type, events[0].problem, sockets.length], ['refused', refusal, 0]);
});

test('after a backup was restored positions mean nothing', async (t) => {
  const { connect, events } = world(t);
  const first = await connect();
  first.hears({ type: 'line', conversation: 'c', position: 9, id: 'x', from: 'alice' });
  first.onclose();
  const second = await connect({ ...welcome, epoch: 'another' });
  assert.equal(events.at(-1).renewed, true);
  second.onclose();
  const third = await connect();
  assert.deepEqual(third.said[0].resume, []);
});
