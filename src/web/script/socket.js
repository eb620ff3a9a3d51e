// The live connection to the CH server, over all its sockets: it connects again after a drop, says again what was not
// acknowledged, takes its calls up again and tells where it was. What it hears it hands on as frames.

/** Milliseconds: the first wait before another try, which doubles, up to the longest. */
const WAIT = 250;
const LONGEST = 5_000;
/** How long `hello` may stay unanswered. */
const GREETING = 20_000;
/** A connection that held so long was a success: the next drop is tried again at once. */
const SUCCESS = 1_000;
/** Silence after which the server is asked whether it is still there, and how long it may take to say so. */
const QUIET = 45_000;
const PROBE = 8_000;
/** Marks of what was received and read go at most this often. */
const MARKS = 50;
/** No server makes a client wait longer than this. */
const RETRY = 60;
/** An invite that the server would not take now is tried again if the wait is at most this. */
const INVITE_RETRY = 5;

/** Codes after which the same thing may go well. `expired`: the live ticket was over before it was used. */
const TRANSIENT = ['unavailable', 'too_many', 'internal', 'no_ports'];

/**
 * `greet()` gives what `hello` says (`ticket`, `guest`, `token`, `role`), anew for each connection, or throws a
 * `Problem`. `open()` opens a WebSocket. `on(event)` is told:
 *
 * - `{ type: 'up', welcome, renewed }`: connected, again or for the first time; `renewed`: the server's database was
 *   restored from a backup, so positions mean nothing any more;
 * - `{ type: 'down' }`: not connected any more, or not yet; it is tried again;
 * - `{ type: 'refused', problem }`: not to be tried again;
 * - `{ type: 'frame', frame }`: what the server says.
 */
export class Live {
  constructor({ greet, open, on }) {
    Object.assign(this, { greet, open, on });
    this.socket = null;
    this.up = false;
    this.upSince = 0;
    this.stopped = false;
    this.tries = 0;
    this.told = false;
    this.hold = 0;
    this.timers = {};
    this.round = 0;
    /** Lines not acknowledged: `{ frame, sent }`, in the order in which they were said. */
    this.lines = [];
    /** What was asked and not answered: `{ frame, sent, ever }`. An invite stands until its call has ended. */
    this.asks = [];
    /** The last position received, by conversation. */
    this.positions = new Map();
    /** Which life of the server's database they belong to: it changes when a backup is restored. */
    this.epoch = null;
    /** Marks by conversation: `{ received, read, said }`. */
    this.marks = new Map();
    this.notices = [];
    /** A conversation that may be asked about, to see whether the server is there. */
    this.known = undefined;
  }

  start() {
    if (!this.socket && !this.stopped) this.connect();
  }

  /** Ends it without a word: whoever wants to hang up says `bye` before. */
  stop() {
    this.stopped = true;
    this.leave();
  }

  /** The page is looked at again, or the network is back: no reason to wait, and every reason to ask. */
  nudge() {
    if (this.stopped) return;
    if (this.up) this.probe();
    else if (this.timers.again) this.connect();
  }

  /** Says in the next `hello` where one was in a conversation; that brings one back into its answered call, too. */
  resume(conversation, received) {
    this.positions.set(conversation, received);
  }

  /** Says a line. The same id again is the same line. */
  line(conversation, id, text) {
    if (this.lines.some(({ frame }) => frame.id === id)) return;
    this.lines.push({ frame: { type: 'line', conversation, id, text }, sent: false });
    this.flush();
    this.later('unsaid', 15_000, () => this.up && this.lines.length > 0 && this.probe());
  }

  /** Rings: `call` is the caller's own id, `more` is any of the other fields of `invite`. */
  invite(call, more = {}) {
    this.ask({ type: 'invite', call, ...more });
  }

  /** Gives one's own call up. */
  cancel(call) {
    this.giveUp(call, { type: 'cancel', call });
  }

  /** Hangs up, once everything said was acknowledged. */
  bye(call) {
    this.giveUp(call, { type: 'bye', call });
  }

  answer(call) {
    this.ask({ type: 'answer', call });
  }

  decline(call) {
    this.ask({ type: 'decline', call });
  }

  /** Asks for lines before a position (`null`: the newest). `complete` comes after them. */
  history(conversation, before, limit) {
    this.ask({ type: 'history', conversation, ...(before === null ? {} : { before }), limit });
  }

  /** How far one has received and read. */
  ack(conversation, received, read) {
    const marks = this.marks.get(conversation) ?? { received: 0, read: 0, said: true };
    if (received <= marks.received && read <= marks.read) return;
    const grown = { received: Math.max(received, marks.received), read: Math.max(read, marks.read), said: false };
    this.marks.set(conversation, grown);
    if (!this.timers.marks) this.later('marks', MARKS, () => this.flush());
  }

  /** These notices were shown to the person. */
  seen(notices) {
    this.notices.push(...notices);
    this.flush();
  }

  /** Of the moment, and of no use later: `typing`, `ringing`, `presence`. */
  now(frame) {
    if (this.up) this.send(frame);
  }

  // -- connecting

  async connect() {
    this.leave();
    const round = ++this.round;
    let hello;
    try {
      hello = await this.greet();
    } catch (problem) {
      if (round !== this.round || this.stopped) return;
      if (problem.transient) this.again(problem.retry);
      else this.refuse(problem);
      return;
    }
    if (round !== this.round || this.stopped) return;
    const socket = this.open();
    this.socket = socket;
    this.later('silence', GREETING, () => this.lost(socket));
    socket.onopen = () => {
      const resume = [...this.positions].map(([conversation, received]) => ({ conversation, received }));
      this.send({ type: 'hello', ...hello, ...(this.epoch ? { epoch: this.epoch } : {}), resume });
      // The server reads them once it has said welcome: a press waits no round trip for that.
      if (Date.now() >= this.hold) this.sayAsks(({ type }) => type === 'invite');
    };
    socket.onmessage = ({ data }) => socket === this.socket && this.hear(data);
    socket.onclose = () => this.lost(socket);
  }

  /** Lets go of the socket; nothing of it is heard any more. */
  leave() {
    this.round += 1;
    for (const timer of Object.values(this.timers)) clearTimeout(timer);
    this.timers = {};
    const { socket } = this;
    this.socket = null;
    this.up = false;
    if (socket) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
    }
  }

  lost(socket) {
    if (socket !== this.socket) return;
    if (this.up && Date.now() - this.upSince >= SUCCESS) this.tries = 0;
    this.again();
  }

  again(retry) {
    this.leave();
    for (const waiting of [...this.lines, ...this.asks]) waiting.sent = false;
    for (const marks of this.marks.values()) marks.said = false;
    const backOff = this.tries === 0 ? 0 : Math.min(WAIT * 2 ** (this.tries - 1), LONGEST);
    const wait = Math.max(backOff * (0.5 + Math.random() / 2), Math.min(retry ?? 0, RETRY) * 1000);
    this.tries += 1;
    this.later('again', wait, () => this.connect());
    if (!this.told) {
      this.told = true;
      this.on({ type: 'down' });
    }
  }

  refuse(problem) {
    this.stop();
    this.on({ type: 'refused', problem });
  }

  // -- hearing

  hear(data) {
    let frame;
    try {
      frame = JSON.parse(data);
    } catch {
      return;
    }
    this.later('silence', QUIET, () => this.probe());
    if (this.up) this.take(frame);
    else if (frame.type === 'welcome') this.welcomed(frame);
    else if (frame.type === 'error') this.unwelcome(frame);
  }

  welcomed(welcome) {
    this.up = true;
    this.upSince = Date.now();
    this.told = false;
    this.hold = 0;
    this.known = welcome.conversation ?? welcome.conversations[0]?.conversation;
    const renewed = this.epoch !== null && this.epoch !== welcome.epoch;
    if (renewed) for (const kept of [this.positions, this.marks]) kept.clear();
    this.epoch = welcome.epoch ?? null;
    this.on({ type: 'up', welcome, renewed });
    this.flush();
  }

  unwelcome(error) {
    if (TRANSIENT.includes(error.code) || error.code === 'expired') this.again(error.retry);
    else this.refuse(error);
  }

  take(frame) {
    const { type, conversation, call } = frame;
    if (type === 'line' || (type === 'ack' && frame.position)) {
      this.positions.set(conversation, Math.max(frame.position, this.positions.get(conversation) ?? 0));
    }
    if (type === 'ack' && frame.id) this.lines = this.lines.filter(({ frame: said }) => said.id !== frame.id);
    if (type === 'line') this.lines = this.lines.filter(({ frame: said }) => said.id !== frame.id);
    if (type === 'answered') this.forget((asked) => asked.type === 'answer' && asked.call === call);
    if (type === 'ended') this.forget((asked) => asked.call === call);
    if (type === 'complete') {
      const asked = this.asks.find(({ frame: asked }) => asked.type === 'history' && asked.conversation === conversation);
      this.asks = this.asks.filter((other) => other !== asked);
      if (asked?.probe) return;
    }
    if (type === 'error' && this.failed(frame)) return;
    this.on({ type: 'frame', frame });
    if (this.lines.length === 0) this.flush();
  }

  /** Whether an error is dealt with here: what can be tried again is. */
  failed({ code, id, call, conversation, retry }) {
    const transient = TRANSIENT.includes(code);
    if (id) {
      if (!transient) this.lines = this.lines.filter(({ frame }) => frame.id !== id);
      return transient && this.holdUp(retry);
    }
    if (call) {
      const soon = transient && (code !== 'too_many' || (retry ?? 1) <= INVITE_RETRY);
      if (!soon) this.forget((asked) => asked.call === call);
      return soon && this.holdUp(retry);
    }
    if (conversation) this.forget((asked) => asked.type === 'history' && asked.conversation === conversation);
    return false;
  }

  /** The server would not take it now: what is unanswered is said again in a while, in order. */
  holdUp(retry) {
    const wait = Math.min(Math.max(retry ?? 1, 1), RETRY) * 1000;
    this.hold = Date.now() + wait;
    for (const waiting of [...this.lines, ...this.asks]) waiting.sent = false;
    this.later('hold', wait, () => this.flush());
    return true;
  }

  // -- saying

  ask(frame, probe = false) {
    if (!this.asks.some(({ frame: asked }) => JSON.stringify(asked) === JSON.stringify(frame))) {
      this.asks.push({ frame, sent: false, ever: false, probe });
    }
    this.flush();
  }

  giveUp(call, frame) {
    const placed = this.asks.find(({ frame: asked }) => asked.type === 'invite' && asked.call === call);
    this.asks = this.asks.filter((asked) => asked !== placed);
    // One that the server never heard of needs no giving up.
    if (placed && !placed.ever) this.on({ type: 'frame', frame: { type: 'ended', call, reason: 'cancelled' } });
    else this.ask(frame);
  }

  forget(which) {
    this.asks = this.asks.filter(({ frame }) => !which(frame));
  }

  flush() {
    if (!this.up || Date.now() < this.hold) return;
    this.sayAsks(({ type }) => type !== 'bye' || this.lines.length === 0);
    for (const line of this.lines) {
      if (!line.sent) this.send(line.frame);
      line.sent = true;
    }
    if (this.notices.length > 0) this.send({ type: 'seen', notices: this.notices.splice(0, 100) });
    this.timers.marks = null;
    for (const [conversation, marks] of this.marks) {
      if (!marks.said) this.send({ type: 'ack', conversation, received: marks.received, read: marks.read });
      marks.said = true;
    }
  }

  /** Says those of what is asked that were not said yet, and may be said now. */
  sayAsks(may) {
    for (const asked of this.asks) {
      if (asked.sent || !may(asked.frame)) continue;
      asked.sent = true;
      asked.ever = true;
      this.send(asked.frame);
    }
  }

  /** Asks for a sign of life; a socket that gives none is dead, whatever the browser believes. */
  probe() {
    // Whose list is empty asks about a conversation that nobody has: to be told so is a sign of life, too.
    const { socket, known = 'none' } = this;
    if (!this.up || this.asks.some(({ probe }) => probe)) return;
    this.ask({ type: 'history', conversation: known, before: 1, limit: 1 }, true);
    this.later('silence', PROBE, () => this.lost(socket));
  }

  send(frame) {
    if (this.socket?.readyState === 1) this.socket.send(JSON.stringify(frame));
  }

  later(name, wait, act) {
    clearTimeout(this.timers[name]);
    this.timers[name] = setTimeout(() => {
      this.timers[name] = null;
      act();
    }, wait);
  }
}
