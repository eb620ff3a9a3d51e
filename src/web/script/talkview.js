// Draws a conversation: its lines as they come, and how far one's own got.

import { clean, cleanBlock } from './clean.js';
import { el, show, write } from './dom.js';
import { all, mark } from './talk.js';
import { fill } from './words.js';

const MARKS = { sending: 'sending', failed: 'not_sent', sent: 'sent', delivered: 'delivered', read: 'read' };

/** When a line was said: the time of today, with the date of another day. */
function when(at, language) {
  const date = new Date(at);
  const time = date.toLocaleTimeString(language, { hour: '2-digit', minute: '2-digit' });
  if (date.toDateString() === new Date().toDateString()) return time;
  return `${date.toLocaleDateString(language, { month: 'short', day: 'numeric' })} ${time}`;
}

/** A conversation's lines. `onEarlier()` is asked for older ones. */
export class TalkView {
  constructor({ onEarlier }) {
    this.lines = el('ol', { class: 'lines' });
    this.earlier = el('button', { type: 'button', class: 'quiet', onclick: onEarlier });
    this.typing = el('p', { class: 'typing' });
    this.log = el('div', { class: 'log', role: 'log', tabindex: '0', 'aria-relevant': 'additions' }, this.earlier, this.lines, this.typing);
    /** Whether the newest line is in sight: then it stays so, whatever comes, also a keyboard. */
    this.atEnd = true;
    this.log.addEventListener('scroll', () => {
      this.atEnd = this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < 60;
    });
    new ResizeObserver(() => this.settle()).observe(this.log);
    /** What stands there, by the side and id of the line. */
    this.drawn = new Map();
  }

  /** Shows the talk. `name` is the other side's. */
  render(talk, { words, name }) {
    const height = this.log.scrollHeight;
    const last = this.lines.lastChild;
    this.log.setAttribute('aria-label', fill(words.log, { name }));
    write(this.earlier, words.earlier);
    show(this.earlier, talk.earlier);
    let before = null;
    let newest = false;
    const lines = all(talk);
    for (const line of lines) {
      const key = `${line.mine ? 'mine' : 'theirs'} ${line.id}`;
      let drawn = this.drawn.get(key);
      if (!drawn) {
        drawn = this.draw(line);
        this.drawn.set(key, drawn);
        newest ||= line === lines.at(-1);
      }
      const place = before ? before.nextSibling : this.lines.firstChild;
      if (place !== drawn.item) this.lines.insertBefore(drawn.item, place);
      this.update(drawn, talk, line, { words, name });
      before = drawn.item;
    }
    write(this.typing, talk.typing ? fill(words.types, { name }) : '');
    // Whoever reads older lines stays where they are.
    this.atEnd ||= newest && lines.at(-1)?.mine;
    if (this.atEnd) this.settle();
    else if (this.lines.lastChild === last) this.log.scrollTop += this.log.scrollHeight - height;
  }

  settle() {
    if (this.atEnd) this.log.scrollTop = this.log.scrollHeight;
  }

  draw(line) {
    const who = el('span', { class: 'unseen' });
    const text = el('p', { class: 'text' });
    const time = el('time', { datetime: line.at });
    const state = el('span', { class: 'mark' });
    const item = el('li', { class: line.mine ? 'mine' : 'theirs' }, who, text, el('p', { class: 'meta' }, time, state));
    return { item, who, text, time, state };
  }

  update(drawn, talk, line, { words, name }) {
    const said = line.text === null ? words.sealed : cleanBlock(line.text);
    const by = line.by ? ` (${clean(line.by)})` : '';
    write(drawn.who, `${line.mine ? words.you : name}${by}: `);
    write(drawn.text, said);
    write(drawn.time, when(line.at, words.tag));
    const how = line.mine ? mark(talk, line) : null;
    write(drawn.state, how ? words[MARKS[how]] : '');
    drawn.item.dataset.mark = how ?? '';
  }
}
