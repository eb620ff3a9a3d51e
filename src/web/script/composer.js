// Where one writes: Enter sends, Shift and Enter begin a new line, and an input method that composes is left in peace.

import { el, show, write } from './dom.js';

/** Bytes of a line, and of the same as JSON writes it: see src/wire/limits.rs. */
const TEXT = 16 * 1024;
const JSON_TEXT = 48 * 1024;
/** `typing` is said again at most this often, and is over when nothing was typed for so long (milliseconds). */
const AGAIN = 4_000;
const PAUSE = 6_000;

/** Whether a text fits into one line. */
export function isLine(text) {
  const bytes = (said) => new TextEncoder().encode(said).length;
  return bytes(text) <= TEXT && bytes(JSON.stringify(text)) - 2 <= JSON_TEXT;
}

/** `onLine(text)`: a line is said. `onDraft(text)`: what stands there changed. `onTyping(state)`: they type, or not. */
export class Composer {
  constructor({ onLine, onDraft, onTyping }) {
    Object.assign(this, { onLine, onDraft, onTyping });
    this.typedAt = 0;
    this.pause = null;
    this.label = el('label', { for: 'line', class: 'unseen' });
    this.text = el('textarea', {
      id: 'line',
      rows: '1',
      enterkeyhint: 'send',
      autocomplete: 'off',
      'aria-describedby': 'hint',
      oninput: () => this.typed(),
      onkeydown: (event) => this.key(event),
    });
    this.button = el('button', { type: 'submit', class: 'send' });
    this.hint = el('p', { id: 'hint', class: 'hint' });
    this.trouble = el('p', { class: 'trouble', role: 'alert' });
    const onsubmit = (event) => {
      event.preventDefault();
      this.send();
    };
    const row = el('div', { class: 'row' }, this.text, this.button);
    this.form = el('form', { class: 'composer', onsubmit }, this.label, row, this.trouble, this.hint);
  }

  render(words) {
    this.words = words;
    write(this.label, words.line);
    this.text.placeholder = words.line;
    write(this.button, words.send);
    write(this.hint, words.line_hint);
    show(this.trouble, !isLine(this.text.value));
    write(this.trouble, isLine(this.text.value) ? '' : words.too_long);
  }

  /** Puts back what was typed before. */
  restore(draft) {
    if (!this.text.value) this.text.value = draft;
  }

  key(event) {
    // 229: some input methods say no more of themselves.
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    this.send();
  }

  send() {
    const text = this.text.value.trimEnd();
    if (!text.trim() || !isLine(text)) return;
    this.text.value = '';
    this.onDraft('');
    this.stops();
    this.onLine(text);
    this.text.focus();
  }

  typed() {
    this.onDraft(this.text.value);
    if (this.words) this.render(this.words);
    if (!this.text.value) return this.stops();
    if (Date.now() - this.typedAt >= AGAIN) {
      this.typedAt = Date.now();
      this.onTyping(true);
    }
    clearTimeout(this.pause);
    this.pause = setTimeout(() => this.stops(), PAUSE);
    return undefined;
  }

  stops() {
    clearTimeout(this.pause);
    if (this.typedAt) this.onTyping(false);
    this.typedAt = 0;
  }
}
