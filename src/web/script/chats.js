// The page of a signed-in login, /chats: its agent in the browser. Open, it can be rung, answers, talks, shows what was
// missed.

import * as agenda from './agenda.js';
import { address, ask, fragment } from './api.js';
import { ChatsView } from './chatsview.js';
import { clean } from './clean.js';
import { newId } from './guest.js';
import { Keep } from './keep.js';
import { Live } from './socket.js';
import { Sound, Title } from './sound.js';
import { PAGE } from './talk.js';
import { fill, load, otherThan, wordsOf } from './words.js';

/** Milliseconds: how often it rings, how often the caller is told so, how long a typist is believed. */
const RING = 3_000;
const RINGING = 30_000;
const TYPES = 10_000;
/** A ring of ours that was not answered for so long is late. */
const LATE = 30_000;
/** An open page says so often that it is still there, or its sign-in would end. */
const RENEW = 24 * 3_600_000;
/** What a person can say of themselves. */
const PRESENCES = ['online', 'away', 'busy'];

const kept = new Keep(window);
const tab = new Keep(window, { tab: true });
const own = {};

const page = {
  language: kept.get('language') ?? document.documentElement.lang,
  sound: kept.get('sound') ?? true,
  /** Whether this browser lets the page make a sound yet. */
  heard: false,
  presence: PRESENCES.includes(kept.get('presence')) ? kept.get('presence') : 'online',
  keep: Number(document.body.dataset.keep),
  link: 'connecting',
  problem: null,
  /** The address names a conversation that is none of this login's. */
  stray: false,
  agenda: agenda.EMPTY,
};

const sound = new Sound(page.sound);
const title = new Title();
const timers = { types: new Map(), late: new Map() };
/** When the caller was told last that it rings here, by call. */
const alerted = new Map();
/** Notices that were told to have been shown. */
const shown = new Set();
/** What this tab keeps over a reload: drafts and lines not acknowledged, by conversation, and calls that go on. */
/** The conversation that somebody wanted to open who was not signed in yet: the mailed link is good for so long. */
const WANTED = 15 * 60_000;
const mine = { drafts: {}, unsaid: {}, talking: {}, ...tab.get('chats') };

const live = new Live({ greet, open: () => new WebSocket(socketAddress()), on: happened });

const view = new ChatsView(document.getElementById('page'), document.getElementById('print'), {
  presence: (state) => {
    kept.set('presence', state);
    live.now({ type: 'presence', state });
    change({ presence: state });
  },
  answer: (id) => {
    live.answer(agenda.find(page.agenda, id).call.id);
    view.writes(id);
    go(id);
  },
  decline: hangUp,
  ends: hangUp,
  call: (id) => {
    const call = newId();
    step(agenda.calls(page.agenda, id, { type: 'place', call }));
    live.invite(call, { conversation: id });
    clearTimeout(timers.late.get(id));
    timers.late.set(id, setTimeout(() => step(agenda.calls(page.agenda, id, { type: 'late' })), LATE));
  },
  earlier: () => {
    const { id, talk } = agenda.find(page.agenda, page.agenda.open);
    live.history(id, talk.lines[0].position, PAGE);
  },
  line: (text) => {
    const id = page.agenda.open;
    const line = { id: newId(), text, at: new Date().toISOString() };
    remember('unsaid', id, [...(mine.unsaid[id] ?? []), line]);
    step(agenda.says(page.agenda, id, line));
    live.line(id, line.id, text);
  },
  draft: (draft) => remember('drafts', page.agenda.open, draft || undefined),
  draftOf: (id) => mine.drafts[id] ?? '',
  typing: (state) => live.now({ type: 'typing', conversation: page.agenda.open, state }),
  dismiss: (id) => step(agenda.dismissed(page.agenda, id)),
  retry: () => location.reload(),
  language: async () => {
    const other = otherThan(page.language);
    await loadWords(other);
    kept.set('language', other);
    change({ language: other });
  },
  sound: () => {
    kept.set('sound', !page.sound);
    sound.on = !page.sound;
    change({ sound: !page.sound });
    touched();
  },
  signOut: () => {
    live.now({ type: 'presence', state: 'off' });
    tab.set('chats', null);
    kept.set('presence', null);
  },
});

async function loadWords(language) {
  await load(language);
  own[language] ??= language === 'ko' ? (await import('./chats-ko.js')).ko : (await import('./chats-en.js')).en;
}

const words = () => ({ ...wordsOf(page.language), ...(own[page.language] ?? own.en) });

function render() {
  const said = words();
  view.render(page, said);
  const count = page.agenda.conversations.reduce((sum, one) => sum + agenda.unread(one), 0);
  const who = page.agenda.login ? `${page.agenda.login} · ${said.chats}` : said.chats;
  title.say(count > 0 ? `(${count}) ${who}` : who);
}

function change(values) {
  Object.assign(page, values);
  render();
}

/** Keeps something of a conversation in this tab; `undefined`: no more. */
function remember(what, id, value) {
  if (value === undefined) delete mine[what][id];
  else mine[what][id] = value;
  tab.set('chats', mine);
}

// -- the connection

function socketAddress() {
  const url = address('v1/live');
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return url;
}

/** Who this browser is, by its cookie, which goes nowhere but there. */
async function greet() {
  const { live: ticket } = await ask('v1/sign-in/live', {}, { signedIn: true });
  return { ticket, role: 'agent', presence: page.presence };
}

function happened({ type, welcome, renewed, problem, frame }) {
  // The server came back with an older database: begin anew with what it has.
  if (renewed) location.reload();
  else if (type === 'up') up(welcome);
  else if (type === 'down') change({ link: 'down' });
  else if (type === 'refused') refused(problem);
  else heard(frame);
}

function refused(problem) {
  if (problem.code === 'unauthorized' && named()) kept.set('wanted', { id: named(), at: Date.now() });
  change({ link: 'none', problem });
}

/** After a sign-in one comes back to what one wanted. */
function wanted() {
  const { id, at } = kept.get('wanted') ?? {};
  kept.set('wanted', null);
  if (id && !named() && Date.now() - at < WANTED) history.replaceState(null, '', `#${encodeURIComponent(id)}`);
}

function up(welcome) {
  const first = page.agenda.login === null;
  page.link = 'up';
  alerted.clear();
  step(agenda.welcomed(page.agenda, welcome));
  if (!first) {
    // What was empty could not be taken up where it was.
    const missed = page.agenda.conversations.filter(({ id, talk, last }) => talk && last > 0 && !live.positions.has(id));
    missed.forEach(({ id }) => live.history(id, null, PAGE));
    return;
  }
  for (const [id, lines] of Object.entries(mine.unsaid)) {
    for (const line of lines) {
      step(agenda.says(page.agenda, id, line));
      live.line(id, line.id, line.text);
    }
  }
  wanted();
  open();
}

function heard(frame) {
  const { type, conversation, id } = frame;
  const before = page.agenda;
  const next = agenda.heard(before, frame);
  if (type === 'ack' && id) said(conversation, id);
  if (type === 'error' && id && conversation) said(conversation, id);
  if (type === 'line') lineCame(before, frame);
  if (type === 'typing') typist(conversation);
  // From now on it is taken up again after a drop, also if nothing is said.
  if (type === 'answered' && !live.positions.has(conversation)) {
    live.positions.set(conversation, agenda.find(next, conversation)?.last ?? 0);
  }
  if (type === 'answered' && agenda.find(before, conversation)?.call.phase === 'calling') sound.play('answered');
  step(next);
}

/** The next state, and what follows from it. */
function step(next) {
  page.agenda = next;
  for (const { id, call, last } of next.conversations) {
    const talks = call.phase === 'talking';
    if (talks ? mine.talking[id] !== last : id in mine.talking) remember('talking', id, talks ? last : undefined);
  }
  ring();
  marks();
  render();
  notices();
}

// -- one conversation

/** The conversation that the address names, so that the browser's way back leads to the list. */
const named = () => fragment(location) || null;

function go(id) {
  if (named() === id) open();
  else location.hash = encodeURIComponent(id);
}

/** Shows the conversation that the address names. */
function open() {
  const id = named();
  const isNew = id && !agenda.find(page.agenda, id)?.talk;
  const next = agenda.opened(page.agenda, id);
  page.stray = Boolean(id) && !next.open;
  if (isNew && next.open) live.history(id, null, PAGE);
  step(next);
}

function hangUp(id) {
  const { call } = agenda.find(page.agenda, id);
  step(agenda.calls(page.agenda, id, { type: 'hang-up' }));
  if (call.phase === 'rung') live.decline(call.id);
  else if (call.phase === 'talking') live.bye(call.id);
  else live.cancel(call.id);
}

/** A line of ours is durable, or will never be. */
function said(conversation, id) {
  const left = (mine.unsaid[conversation] ?? []).filter((line) => line.id !== id);
  remember('unsaid', conversation, left.length > 0 ? left : undefined);
}

function lineCame(before, { conversation, from, id, position }) {
  said(conversation, id);
  const known = agenda.find(before, conversation);
  // What history brings back is not new.
  if (from === before.login || position <= (known?.last ?? 0)) return;
  if (looks() && before.open === conversation) return;
  sound.play('line');
  title.alarm(fill(words().new_line, { name: clean(from) }));
}

function typist(id) {
  clearTimeout(timers.types.get(id));
  timers.types.set(id, setTimeout(() => step(agenda.stoppedTyping(page.agenda, id)), TYPES));
}

// -- what is new

const looks = () => !document.hidden && document.hasFocus();

/** Rings while somebody calls, and tells the caller, if it can be noticed here. */
function ring() {
  const ringing = agenda.rung(page.agenda, false);
  if (ringing.length === 0) {
    clearInterval(timers.ring);
    timers.ring = null;
    return;
  }
  if (timers.ring) return;
  alarm();
  timers.ring = setInterval(alarm, RING);
}

function alarm() {
  const ringing = agenda.rung(page.agenda, false);
  sound.play('ring');
  for (const { call, with: from } of ringing) {
    title.alarm(fill(words().is_calling, { name: clean(from) }));
    const noticed = !document.hidden || (page.sound && page.heard);
    if (!noticed || Date.now() - (alerted.get(call.id) ?? 0) < RINGING) continue;
    alerted.set(call.id, Date.now());
    live.now({ type: 'ringing', call: call.id });
  }
}

/** How far one has received, everywhere; and read, where somebody looks. */
function marks() {
  const { conversations, open: at } = page.agenda;
  for (const { id, last, talk } of conversations) {
    const read = looks() && id === at && Boolean(talk);
    if (read || live.positions.has(id)) live.ack(id, last, read ? last : 0);
  }
  if (looks() && at) page.agenda = agenda.seen(page.agenda, at);
}

/** Notices that are on the screen need not be told again. */
function notices() {
  if (document.hidden || !live.up || !view.shows.list) return;
  const fresh = page.agenda.notices.map(({ id }) => id).filter((id) => !shown.has(id));
  fresh.forEach((id) => shown.add(id));
  if (fresh.length > 0) live.seen(fresh);
}

/** The person touched the page: it may make a sound from now on. */
function touched() {
  sound.wake();
  const heardNow = () => sound.context?.state === 'running' && !page.heard && change({ heard: true });
  setTimeout(heardNow, 200);
}

// -- the world around, once there are words for what it brings

await loadWords(page.language);

const back = () => {
  if (document.hidden) return;
  live.nudge();
  step(page.agenda);
};
document.addEventListener('visibilitychange', back);
window.addEventListener('focus', back);
window.addEventListener('online', back);
window.addEventListener('hashchange', open);
window.addEventListener('pageshow', ({ persisted }) => persisted && location.reload());
document.addEventListener('pointerdown', touched);
document.addEventListener('keydown', touched);
// Closed, this is no agent any more, at once; a reload while it rings must not lose who calls.
window.addEventListener('pagehide', () => {
  if (agenda.rung(page.agenda, false).length === 0) live.now({ type: 'presence', state: 'off' });
});
setInterval(() => ask('v1/sign-in/live', {}, { signedIn: true }).catch(() => {}), RENEW);

for (const [id, last] of Object.entries(mine.talking)) live.positions.set(id, last);
render();
live.start();
