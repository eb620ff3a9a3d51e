// The customer's page, /c#TICKET: looks at the button, waits for the press, rings, and talks.

import { address, ask, fragment, Problem } from './api.js';
import { call, IDLE } from './call.js';
import { clean } from './clean.js';
import { isNotice } from './course.js';
import { Button, guestSecret, newId } from './guest.js';
import { Keep } from './keep.js';
import { Live } from './socket.js';
import { Sound, Title } from './sound.js';
import { hear, PAGE, say, talk } from './talk.js';
import { View } from './view.js';
import { fill, load, otherThan, wordsOf } from './words.js';

/** Milliseconds: how long a ring is before it is late, how long a typist is believed, how often a dead server is tried. */
const LATE = 30_000;
const TYPES = 10_000;
const TRY = 5_000;
/** A page that is called says so this often, and rings. */
const RINGING = 30_000;
const RING = 3_000;

const ticket = fragment(location);
const kept = new Keep(window);
const tab = new Keep(window, { tab: true });
const button = new Button(kept, ticket);
const data = document.body.dataset;

const page = {
  language: kept.get('language') ?? document.documentElement.lang,
  sound: kept.get('sound') ?? true,
  lasts: kept.lasts,
  keep: Number(data.keep),
  mail: data.mail === 'yes',
  look: null,
  problem: null,
  link: 'none',
  returning: false,
  /** The conversation that was begun here. */
  begun: null,
  /** A line was written since the press. */
  left: false,
  conversation: null,
  call: IDLE,
  talk: null,
};

let live = null;
const timers = {};
const sound = new Sound(page.sound);
const title = new Title();
const words = () => wordsOf(page.language);
const name = () => clean(page.look?.login ?? '');

const view = new View(document.getElementById('page'), document.getElementById('print'), {
  press,
  ends,
  earlier: () => live?.history(page.conversation, page.talk.lines[0].position, PAGE),
  line: sayLine,
  draft: (draft) => button.change({ draft }),
  typing: (state) => page.conversation && live?.now({ type: 'typing', conversation: page.conversation, state }),
  language: async () => {
    const other = otherThan(page.language);
    await load(other);
    kept.set('language', other);
    change({ language: other });
  },
  sound: () => {
    page.sound = !page.sound;
    kept.set('sound', page.sound);
    sound.on = page.sound;
    sound.wake();
    render();
  },
});

function render() {
  view.render(page, words());
  title.say(page.look ? fill(words().title, { name: name() }) : document.title);
  marks();
}

function change(values) {
  Object.assign(page, values);
  render();
}

// -- the button

/** Looks without effect: who, about what. Nobody learns of it. */
async function look() {
  clearTimeout(timers.look);
  try {
    if (!ticket) throw new Problem({ code: 'no_ticket' });
    const looked = await ask('v1/tickets/look', { ticket });
    if (looked.withdrawn) throw new Problem({ code: 'withdrawn' });
    button.leads(looked.into);
    const { conversation } = button.read();
    change({ look: looked, problem: null, returning: Boolean(conversation), begun: conversation });
    // Pressed here before: what was said may be looked at again, and nobody is rung.
    if (conversation) connect();
  } catch (problem) {
    change({ problem });
    if (problem.transient) timers.look = setTimeout(look, Math.max(TRY, (problem.retry ?? 0) * 1000));
  }
}

function press() {
  sound.wake();
  if (page.problem) return look();
  if (isNotice(page)) return location.assign(address(`chats#${encodeURIComponent(page.look.into)}`));
  if (page.call.phase === 'rung') return live.answer(page.call.id);
  const id = newId();
  change({ call: call(page.call, { type: 'place', call: id }), left: false });
  connect();
  live.invite(id);
  return undefined;
}

function ends() {
  const { id, phase } = page.call;
  change({ call: call(page.call, { type: 'hang-up' }) });
  if (phase === 'rung') live.decline(id);
  else if (phase === 'talking') live.bye(id);
  else live.cancel(id);
}

function sayLine(text) {
  const line = { id: newId(), text, at: new Date().toISOString() };
  button.says(line);
  change({ talk: say(page.talk, line), left: true });
  live.line(page.conversation, line.id, line.text);
}

// -- the connection

function connect() {
  if (live && !live.stopped) return;
  page.link = 'connecting';
  live = new Live({ greet, open: () => new WebSocket(socketAddress()), on: happened });
  const { conversation, heard: received } = button.read();
  // A call that was answered here before the page was loaded again.
  if (tab.get(`call.${ticket}`)?.own === false) live.resume(conversation, received);
  live.start();
}

function socketAddress() {
  const url = address('v1/live');
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return url;
}

/** The press, a POST: made by the person's press, and again for each connection after it. */
async function greet() {
  const guest = guestSecret(kept);
  const pressed = await ask('v1/press', { ticket, guest });
  button.pressed(pressed.conversation);
  return { ticket: pressed.live, guest, role: 'caller' };
}

function happened(event) {
  if (event.type === 'up') up(event);
  else if (event.type === 'down') change({ link: 'down' });
  else if (event.type === 'refused') change({ link: 'none', problem: event.problem });
  else heard(event.frame);
}

function up({ welcome, renewed }) {
  const first = page.talk === null;
  page.conversation = welcome.conversation;
  page.talk ??= talk(welcome.guest);
  if (renewed) {
    page.talk = { ...talk(welcome.guest), unsaid: page.talk.unsaid };
    button.change({ heard: 0 });
    live.history(page.conversation, null, PAGE);
  }
  change({ link: 'up' });
  if (welcome.notices.length > 0) live.seen(welcome.notices.map(({ id }) => id));
  const { draft, unsaid } = button.read();
  if (first) page.talk = unsaid.reduce(say, page.talk);
  for (const line of page.talk.unsaid) {
    if (!line.failed) live.line(page.conversation, line.id, line.text);
  }
  if (!first) return;
  view.composer.restore(draft);
  live.history(page.conversation, null, PAGE);
  // A call of this tab that the server has heard of: taken up again, never placed anew.
  const placed = tab.get(`call.${ticket}`);
  if (placed?.own && page.call.phase === 'idle') {
    page.call = call(page.call, { type: 'place', call: placed.id });
    live.invite(placed.id);
  }
  render();
}

function heard(frame) {
  if (frame.conversation && frame.conversation !== page.conversation) return;
  const before = page.call;
  page.call = call(page.call, frame);
  if (page.talk) page.talk = hear(page.talk, frame);
  if ((frame.type === 'ack' || frame.type === 'error') && frame.id) button.said(frame.id);
  if (frame.type === 'line' && page.talk) lineCame(frame);
  if (frame.type === 'notice') live.seen([frame.id]);
  if (frame.type === 'typing') typist();
  if (before !== page.call) moved(before);
  render();
}

/** The call went on: what is kept, heard and shown of that. */
function moved(before) {
  const { phase, id, own, rings, silent } = page.call;
  tab.set(`call.${ticket}`, phase === 'calling' || phase === 'talking' ? { id, own } : null);
  if (phase !== before.phase || id !== before.id) {
    clearInterval(timers.ring);
    clearInterval(timers.ringing);
  }
  if (phase === 'calling' && rings && !before.rings) {
    clearTimeout(timers.late);
    timers.late = setTimeout(() => change({ call: call(page.call, { type: 'late' }) }), LATE);
  }
  if (phase === 'talking' && before.phase !== 'talking') sound.play('answered');
  if (phase === 'rung' && !silent && before.id !== id) {
    const alert = () => live.now({ type: 'ringing', call: id });
    alert();
    sound.play('ring');
    title.alarm(fill(words().is_calling, { name: name() }));
    timers.ring = setInterval(() => sound.play('ring'), RING);
    timers.ringing = setInterval(alert, RINGING);
  }
  if (phase === 'talking' && document.hidden) title.alarm(fill(words().talking, { name: name() }));
}

function lineCame({ id, from, position }) {
  button.said(id);
  // What history brings back is not new.
  if (from === page.talk.me || position <= button.read().heard) return;
  button.change({ heard: position });
  if (document.hidden || !document.hasFocus()) {
    sound.play('line');
    title.alarm(fill(words().new_line, { name: name() }));
  }
}

function typist() {
  clearTimeout(timers.types);
  if (!page.talk?.typing) return;
  timers.types = setTimeout(() => {
    page.talk = hear(page.talk, { type: 'typing', state: false });
    render();
  }, TYPES);
}

/** How far one has received, and read: what is shown while somebody looks. */
function marks() {
  const { conversation, talk: said } = page;
  if (!live || !said?.last) return;
  const looks = !document.hidden && document.hasFocus();
  live.ack(conversation, said.last, looks ? said.last : 0);
}

// -- the world around

// Hidden, locked or closed, nothing is given up: the server keeps the call for a while, and the lines for good.
const back = () => {
  if (document.hidden) return;
  live?.nudge();
  marks();
};
document.addEventListener('visibilitychange', back);
window.addEventListener('focus', back);
window.addEventListener('online', back);
window.addEventListener('pageshow', back);
window.addEventListener('hashchange', () => location.reload());
for (const touch of ['pointerup', 'keydown']) document.addEventListener(touch, () => sound.wake());

await load(page.language);
render();
look();
