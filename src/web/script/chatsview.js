// Draws the page of a signed-in login: who calls, above all; what was missed; the conversations; the one that is open.

import { find, rung, unread } from './agenda.js';
import { clean } from './clean.js';
import { Composer } from './composer.js';
import { course } from './course.js';
import { el, show, write } from './dom.js';
import { KeyedList } from './keyed.js';
import { TalkView } from './talkview.js';
import { fill, kept, span } from './words.js';

const PRESENCES = ['online', 'away', 'busy'];
/** What is of no use to who is called, not calling. */
const FOR_GUESTS = ['answer_by_mail', 'answer_here', 'by_mail', 'leave_off', 'leave', 'bye_more'];

const first = (name) => [...name][0]?.toUpperCase() ?? '';
const button = (kind, act) => el('button', { type: 'button', class: kind, onclick: act });

/** `does`: what its buttons do, by name. */
export class ChatsView {
  constructor(main, footer, does) {
    Object.assign(this, { main, does });
    this.hello = el('h1');
    this.mood = el('p', { class: 'mood' });
    this.legend = el('legend', { class: 'unseen' });
    this.presences = PRESENCES.map((state) => this.presence(state));
    this.choice = el('fieldset', { class: 'choice' }, this.legend, ...this.presences.map(({ label }) => label));
    this.top = el('header', { class: 'top' }, el('div', { class: 'names' }, this.hello, this.mood), this.choice);
    this.link = el('p', { class: 'link', role: 'status' });
    this.touch = el('p', { class: 'touch' });

    this.rings = new KeyedList('section', { class: 'rings', role: 'alert' }, (key) => this.ring(key));
    this.knocksTitle = el('h2');
    this.knocks = new KeyedList('ul', { class: 'items knocks' }, (key) => this.knock(key));
    this.missedTitle = el('h2');
    this.missed = new KeyedList('ul', { class: 'items missed' }, (key) => this.notice(key));
    this.listTitle = el('h2');
    this.list = new KeyedList('ul', { class: 'items' }, (key) => this.item(key));
    this.none = el('p', { class: 'none' });
    this.nav = el('nav', { class: 'all' },
      this.knocksTitle, this.knocks.element, this.missedTitle, this.missed.element,
      this.listTitle, this.list.element, this.none);

    this.toList = el('a', { class: 'back', href: '#' });
    this.face = el('span', { class: 'face', 'aria-hidden': 'true' });
    this.with = el('h2', { tabindex: '-1' });
    this.about = el('p', { class: 'about' });
    this.say = el('p', { class: 'say' });
    this.more = el('p', { class: 'more' });
    this.status = el('div', { class: 'status', role: 'status' }, this.say, this.more);
    this.press = button('press', () => this.pressed());
    this.ends = button('ends', () => does.ends(this.open));
    this.now = el('section', { class: 'now' }, this.status, el('div', { class: 'deeds' }, this.press, this.ends));
    this.place = el('div', { class: 'place' });
    this.composer = new Composer({ onLine: does.line, onDraft: does.draft, onTyping: does.typing });
    const who = el('header', { class: 'who' }, this.face, el('div', { class: 'names' }, this.with, this.about));
    this.one = el('section', { class: 'one talks' }, this.toList, who, this.now, this.place, this.composer.form);
    this.choose = el('p', { class: 'choose' });
    this.panes = el('div', { class: 'panes' }, this.nav, this.one, this.choose);

    this.trouble = el('p', { class: 'say' });
    this.why = el('p', { class: 'more' });
    this.enter = el('a', { class: 'enter', href: 'sign-in' });
    this.retry = button('press', does.retry);
    this.out = el('section', { class: 'now out', role: 'alert' }, this.trouble, this.why, this.enter, this.retry);
    main.replaceChildren(this.top, this.link, this.touch, this.rings.element, this.panes, this.out);
    this.print(footer);
    this.open = null;
  }

  presence(state) {
    const input = el('input', { type: 'radio', name: 'presence', value: state, onchange: () => this.does.presence(state) });
    const text = el('span');
    return { input, text, label: el('label', {}, input, text) };
  }

  print(footer) {
    this.language = button('quiet', this.does.language);
    this.sound = button('quiet', this.does.sound);
    this.leave = el('button', { class: 'quiet' });
    const signOut = el('form', { method: 'post', action: 'sign-out', onsubmit: this.does.signOut }, this.leave);
    this.summary = el('summary');
    this.stored = [el('p'), el('p')];
    const details = el('details', {}, this.summary, ...this.stored);
    this.leaving = signOut;
    footer.replaceChildren(details, el('div', { class: 'switches' }, this.language, this.sound, signOut));
  }

  // -- the kinds of items; `id` is a conversation's, of a notice its own

  ring(id) {
    const face = el('span', { class: 'face', 'aria-hidden': 'true' });
    const [say, about] = [el('p', { class: 'say' }), el('p', { class: 'about' })];
    const answer = button('press', () => this.does.answer(id));
    const decline = button('ends', () => this.does.decline(id));
    const names = el('div', { class: 'names' }, say, about);
    const item = el('div', { class: 'ring' }, el('div', { class: 'who' }, face, names), el('div', { class: 'deeds' }, answer, decline));
    return { item, face, say, about, answer, decline };
  }

  knock(id) {
    const [say, why] = [el('p', { class: 'say' }), el('p', { class: 'more' })];
    const answer = button('small', () => this.does.answer(id));
    const decline = button('small ends', () => this.does.decline(id));
    return { item: el('li', { class: 'card' }, say, why, el('div', { class: 'deeds' }, answer, decline)), say, why, answer, decline };
  }

  notice(id) {
    const [say, why, line] = [el('p', { class: 'say' }), el('p', { class: 'more' }), el('p', { class: 'left' })];
    const open = el('a', { class: 'small' });
    const close = button('small ends', () => this.does.dismiss(id));
    return { item: el('li', { class: 'card' }, say, why, line, el('div', { class: 'deeds' }, open, close)), say, why, line, open, close };
  }

  item(id) {
    const face = el('span', { class: 'face', 'aria-hidden': 'true' });
    const [name, about] = [el('span', { class: 'name' }), el('span', { class: 'about' })];
    const [count, said] = [el('span', { class: 'count', 'aria-hidden': 'true' }), el('span', { class: 'unseen' })];
    const words = el('span', { class: 'names' }, name, about);
    const link = el('a', { class: 'item', href: `#${encodeURIComponent(id)}` }, face, words, count, said);
    return { item: el('li', {}, link), link, face, name, about, count, said };
  }

  // -- as it stands

  /** After the next rendering the person writes in this conversation. */
  writes(id) {
    this.wanted = id;
  }

  /** What is on the screen: on a phone, the list is not beside a conversation. */
  get shows() {
    return { list: this.nav.getClientRects().length > 0 };
  }

  pressed() {
    if (this.press.dataset.does === 'answer') this.does.answer(this.open);
    else this.does.call(this.open);
  }

  render(page, words) {
    const { agenda, problem } = page;
    const [busy, out] = [agenda.login === null && !problem, Boolean(problem)];
    document.documentElement.lang = words.tag;
    this.main.className = `chats${agenda.open ? ' opened' : ''}`;
    write(this.hello, agenda.login ?? words.chats);
    const [down, stray] = [page.link === 'down', !busy && page.stray];
    write(this.link, busy ? words.connecting : down ? words.down : stray ? fill(words.stray, { login: agenda.login }) : '');
    show(this.link, !out && (busy || down || stray));
    write(this.mood, words[`chosen_${page.presence}`]);
    for (const part of [this.mood, this.choice, this.panes, this.rings.element]) show(part, !busy && !out);
    this.presences.forEach(({ input, text }, at) => {
      input.checked = PRESENCES[at] === page.presence;
      write(text, words[`choose_${PRESENCES[at]}`]);
    });
    write(this.legend, words.presence);
    write(this.touch, words.touch);
    show(this.touch, page.sound && !page.heard && !busy && !out);
    show(this.out, out);
    if (out) this.refused(problem, words);
    else if (!busy) this.everything(page, words);
    this.smallPrint(page, words);
  }

  everything({ agenda, link, language }, words) {
    const named = (one) => ({ name: clean(one.with) });
    const about = (one) => (one.subject ? fill(words.of_mail, { subject: clean(one.subject) }) : '');
    this.rings.render(rung(agenda, false), (one) => one.id, (drawn, one) => {
      write(drawn.face, first(clean(one.with)));
      write(drawn.say, fill(words.rung, named(one)));
      write(drawn.about, about(one));
      write(drawn.answer, words.answer);
      write(drawn.decline, words.decline);
    });
    const knocks = rung(agenda, true);
    this.titled(this.knocksTitle, words.knocks, knocks);
    this.knocks.render(knocks, (one) => one.id, (drawn, one) => {
      write(drawn.say, fill(words.rung_silent, named(one)));
      write(drawn.why, [one.knock ? words[one.knock] : words.while_away, about(one)].filter(Boolean).join(' '));
      write(drawn.answer, words.answer);
      write(drawn.decline, words.decline);
    });
    this.titled(this.missedTitle, words.missed_title, agenda.notices);
    this.missed.render(agenda.notices, (one) => one.id, (drawn, one) => {
      const [times, at] = [one.count > 1 ? fill(words.times, { count: one.count }) : '', new Date(one.at)];
      const when = at.toLocaleString(language, { dateStyle: 'medium', timeStyle: 'short' });
      write(drawn.say, fill(words[`missed_${one.reason}`], { name: clean(one.from) }));
      write(drawn.why, [when, times, about(one)].filter(Boolean).join(' · '));
      write(drawn.line, one.line ? `“${clean(one.line)}”` : '');
      drawn.open.href = `#${encodeURIComponent(one.conversation)}`;
      write(drawn.open, words.open);
      write(drawn.close, words.dismiss);
    });
    this.titled(this.listTitle, words.conversations, [1]);
    this.nav.setAttribute('aria-label', words.conversations);
    this.list.render(agenda.conversations, (one) => one.id, (drawn, one) => {
      const count = one.id === agenda.open ? 0 : unread(one);
      write(drawn.face, first(clean(one.with)));
      write(drawn.name, clean(one.with));
      write(drawn.about, one.call.phase === 'talking' ? words.talks : one.subject ? clean(one.subject) : '');
      drawn.link.dataset.phase = one.call.phase;
      write(drawn.count, count > 99 ? '99+' : String(count || ''));
      write(drawn.said, count > 0 ? fill(words[count === 1 ? 'unread_one' : 'unread'], { count }) : '');
      if (one.id === agenda.open) drawn.link.setAttribute('aria-current', 'page');
      else drawn.link.removeAttribute('aria-current');
    });
    write(this.none, words.none);
    show(this.none, agenda.conversations.length === 0);
    write(this.choose, words.choose);
    show(this.choose, !agenda.open && agenda.conversations.length > 0);
    this.conversation(find(agenda, agenda.open), { link, about, words });
  }

  titled(title, text, items) {
    write(title, text);
    show(title, items.length > 0);
  }

  conversation(one, { link, about, words }) {
    show(this.one, Boolean(one?.talk));
    if (!one?.talk) {
      this.open = null;
      return;
    }
    const name = clean(one.with);
    const isNew = this.open !== one.id;
    if (isNew) {
      this.open = one.id;
      this.talk = new TalkView({ onEarlier: this.does.earlier });
      this.place.replaceChildren(this.talk.log);
      this.composer.stops();
      this.composer.text.value = this.does.draftOf(one.id);
    }
    write(this.toList, words.to_list);
    write(this.face, first(name));
    write(this.with, name);
    write(this.about, about(one));
    this.course(one, { link, name, words });
    this.talk.render(one.talk, { words, name });
    this.composer.render(words);
    if (this.wanted === one.id) this.composer.text.focus({ preventScroll: true });
    else if (isNew) this.with.focus({ preventScroll: true });
    this.wanted = null;
  }

  /** What goes on there, and what can be done about it. */
  course({ call, last }, { link, name, words }) {
    const shown = call.phase === 'idle' ?
      { say: last > 0 ? 'resting' : 'empty', more: ['resting_more'], press: null, ends: null, mood: 'calm' } :
      course({ look: { expires: '9999-01-01' }, problem: null, link: 'up', call, returning: true, mail: true });
    const values = { name, span: call.retry ? span(words, call.retry) : '', message: clean(call.problem?.message ?? '') };
    const text = (key) => fill(words[key], values);
    const open = ['idle', 'over'].includes(call.phase);
    // Who is called here sees it above, with the buttons.
    show(this.now, call.phase !== 'rung' || call.silent);
    // That the connection is lost is said above; nothing here may say otherwise.
    const cut = link !== 'up' && call.phase !== 'idle' && call.phase !== 'over';
    this.now.dataset.mood = cut ? 'waits' : shown.mood;
    write(this.say, cut ? words.connecting : text(shown.say));
    write(this.more, cut ? '' : shown.more.filter((key) => !FOR_GUESTS.includes(key)).map(text).join(' '));
    const label = open && !call.retry ? 'call' : call.phase === 'rung' ? 'answer' : null;
    show(this.press, Boolean(label) && link === 'up');
    this.press.dataset.does = label ?? '';
    write(this.press, label ? text(label) : '');
    show(this.ends, Boolean(shown.ends));
    write(this.ends, shown.ends ? text(shown.ends) : '');
    this.ends.dataset.does = shown.ends ?? '';
  }

  refused(problem, words) {
    const signedOut = problem.code === 'unauthorized';
    this.out.dataset.mood = signedOut ? 'calm' : 'bad';
    write(this.trouble, signedOut ? words.signed_out : words.refused);
    write(this.why, signedOut ? words.signed_out_more : clean(problem.message ?? ''));
    write(this.enter, words.sign_in);
    show(this.enter, signedOut);
    write(this.retry, words.retry);
    show(this.retry, !signedOut);
  }

  smallPrint(page, words) {
    write(this.language, words.other_language);
    this.language.lang = words.tag === 'ko' ? 'en' : 'ko';
    write(this.sound, page.sound ? words.sound_on : words.sound_off);
    this.sound.setAttribute('aria-pressed', String(page.sound));
    write(this.leave, words.sign_out);
    show(this.leaving, page.agenda.login !== null && !page.problem);
    write(this.summary, words.stored);
    write(this.stored[0], fill(words.stored_lines, { days: kept(words, page.keep) }));
    write(this.stored[1], words.stored_cookie);
  }
}
