// Draws the customer's page: who this is about, where things stand, the big button, the conversation, the small print.

import { clean } from './clean.js';
import { Composer } from './composer.js';
import { course, isNotice } from './course.js';
import { el, show, write } from './dom.js';
import { all } from './talk.js';
import { TalkView } from './talkview.js';
import { fill, kept, span } from './words.js';

/** What names are shown with at most, in characters: a subject may be a thousand. */
const SUBJECT = 140;

/** `does`: what its buttons do, by name (`press`, `ends`, `language`, `sound`, `earlier`, `line`, `draft`, `typing`). */
export class View {
  constructor(main, footer, does) {
    this.face = el('span', { class: 'face', 'aria-hidden': 'true' });
    this.title = el('h1');
    this.about = el('p', { class: 'about' });
    this.proof = el('p', { class: 'proof' });
    this.say = el('p', { class: 'say' });
    this.more = el('p', { class: 'more' });
    this.status = el('div', { class: 'status', role: 'status' }, this.say, this.more);
    this.press = el('button', { type: 'button', class: 'press', onclick: does.press });
    this.ends = el('button', { type: 'button', class: 'ends', onclick: does.ends });
    this.talk = new TalkView({ onEarlier: does.earlier });
    this.composer = new Composer({ onLine: does.line, onDraft: does.draft, onTyping: does.typing });
    this.main = main;
    const names = el('div', { class: 'names' }, this.title, this.about, this.proof);
    this.who = el('header', { class: 'who' }, this.face, names);
    this.now = el('section', { class: 'now' }, this.status, el('div', { class: 'deeds' }, this.press, this.ends));
    main.replaceChildren(this.who, this.now, this.talk.log, this.composer.form);

    this.language = el('button', { type: 'button', class: 'quiet', onclick: does.language });
    this.sound = el('button', { type: 'button', class: 'quiet', onclick: does.sound });
    this.summary = el('summary');
    this.stored = [el('p'), el('p'), el('p')];
    this.print = el('details', {}, this.summary, ...this.stored);
    this.switches = el('div', { class: 'switches' }, this.language, this.sound);
    footer.replaceChildren(this.print, this.switches);
  }

  /** Shows the page as it stands; `words` are those of its language. */
  render(page, words) {
    const { look, talk, problem } = page;
    const shown = course(page);
    const notice = isNotice(page);
    const name = look ? clean(look.login) : '';
    const values = {
      name,
      caller: clean(look?.caller ?? ''),
      addressee: clean(look?.addressee ?? ''),
      span: page.call.retry ? span(words, page.call.retry) : '',
      message: clean((problem ?? page.call.problem)?.message ?? ''),
    };
    const text = (key) => fill(words[key], values);

    document.documentElement.lang = words.tag;
    const talks = Boolean(talk) && (shown.write || all(talk).length > 0);
    this.main.className = talks ? 'talks' : problem ? 'broken' : '';
    show(this.face, Boolean(look) && !notice);
    write(this.face, [...name][0]?.toUpperCase() ?? '');
    const title = notice ? (look.caller ? 'called' : 'called_by_guest') : 'title';
    write(this.title, look ? text(title) : words.chat);
    const about = notice ? words.about_call : words.about;
    write(this.about, look?.subject ? fill(about, { subject: cut(clean(look.subject)) }) : '');
    show(this.about, Boolean(look?.subject));
    write(this.proof, look ? text(`${look.confirmed ? 'confirmed' : 'unconfirmed'}${talks ? '_short' : ''}`) : '');
    show(this.proof, Boolean(look) && !notice);
    this.proof.dataset.confirmed = String(Boolean(look?.confirmed));

    this.now.dataset.mood = shown.mood;
    write(this.say, text(shown.say));
    write(this.more, shown.more.map(text).join(' '));
    this.buttons(shown, text);

    show(this.talk.log, talks);
    if (talk) this.talk.render(talk, { words, name });
    const writes = talks && shown.write;
    show(this.composer.form, writes);
    this.composer.render(words);
    // Whoever was answered writes next.
    const talking = page.call.phase === 'talking';
    if (talking && !this.talking) this.composer.text.focus({ preventScroll: true });
    this.talking = talking;
    this.smallPrint(page, words);
  }

  /** The buttons that there are now. The focus of one that goes moves to what comes in its place. */
  buttons(shown, text) {
    const both = [this.press, this.ends];
    const held = both.find((button) => button === document.activeElement);
    for (const [button, key] of [[this.press, shown.press], [this.ends, shown.ends]]) {
      show(button, Boolean(key));
      if (key) write(button, text(key));
    }
    if (held?.hidden) this.homeless = true;
    const home = both.find((button) => !button.hidden);
    if (!this.homeless || !home) return;
    this.homeless = false;
    if (document.activeElement === document.body || document.activeElement === held) home.focus();
  }

  smallPrint(page, words) {
    // Until it is known what there is to press, nothing else stands in its place.
    show(this.switches, Boolean(page.look || page.problem));
    write(this.language, words.other_language);
    this.language.lang = words.tag === 'ko' ? 'en' : 'ko';
    write(this.sound, page.sound ? words.sound_on : words.sound_off);
    write(this.summary, words.stored);
    const here = page.lasts === 'browser' ? 'stored_browser' : 'stored_tab';
    write(this.stored[0], fill(words.stored_lines, { days: kept(words, page.keep) }));
    write(this.stored[1], words[here]);
    write(this.stored[2], words.stored_none);
  }
}

/** A long text cut where it still says what it is about. */
function cut(text) {
  const letters = [...text];
  return letters.length > SUBJECT ? `${letters.slice(0, SUBJECT).join('')}…` : text;
}
