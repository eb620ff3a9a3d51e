// A list that is drawn anew without losing what it holds: an item that was there stays the same element, with its focus.

import { el, show } from './dom.js';

export class KeyedList {
  /** `draw(key)` gives an item's parts, of which `item` is the element that goes into the list. */
  constructor(tag, attributes, draw) {
    this.element = el(tag, attributes);
    this.draw = draw;
    this.drawn = new Map();
  }

  /** Shows `values` in order, by their keys; `update(parts, value)` says what stands in each. */
  render(values, keyOf, update) {
    const keys = new Set(values.map(keyOf));
    for (const [key, { item }] of this.drawn) {
      if (keys.has(key)) continue;
      item.remove();
      this.drawn.delete(key);
    }
    let before = null;
    for (const value of values) {
      const key = keyOf(value);
      if (!this.drawn.has(key)) this.drawn.set(key, this.draw(key));
      const parts = this.drawn.get(key);
      update(parts, value);
      const place = before ? before.nextSibling : this.element.firstChild;
      if (place !== parts.item) this.element.insertBefore(parts.item, place);
      before = parts.item;
    }
    show(this.element, values.length > 0);
  }
}
