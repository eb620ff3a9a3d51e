// Keeps small things over a reload: in the browser's storage where there is one, else in this page's place in the
// history, else in memory. Some mail programs show pages in a webview that stores nothing.

const PREFIX = 'ch.';

/** A storage of the browser, if it works: it may be missing, forbidden, or full from the start. */
function storage(win, name) {
  try {
    const area = win[name];
    area.setItem(`${PREFIX}try`, '1');
    area.removeItem(`${PREFIX}try`);
    return {
      lasts: name === 'localStorage' ? 'browser' : 'tab',
      get: (key) => area.getItem(PREFIX + key),
      set: (key, text) => area.setItem(PREFIX + key, text),
      drop: (key) => area.removeItem(PREFIX + key),
      keys: () => Object.keys(area).filter((key) => key.startsWith(PREFIX)).map((key) => key.slice(PREFIX.length)),
    };
  } catch {
    return null;
  }
}

/** The state of this entry of the tab's history: it survives a reload of this page. */
function entry(win) {
  try {
    const { history } = win;
    const read = () => history.state?.[PREFIX] ?? {};
    const write = (kept) => history.replaceState({ ...history.state, [PREFIX]: kept }, '');
    write(read());
    return {
      lasts: 'page',
      get: (key) => read()[key] ?? null,
      set: (key, text) => write({ ...read(), [key]: text }),
      drop: (key) => write(Object.fromEntries(Object.entries(read()).filter(([other]) => other !== key))),
      keys: () => Object.keys(read()),
    };
  } catch {
    return null;
  }
}

/** JSON values by key, kept where it works. */
export class Keep {
  /**
   * `tab`: for this tab only, so that two tabs do not share it.
   * `lasts` then says how long: `browser`, `tab`, `page` (this page and its reload) or `nowhere`.
   */
  constructor(win, { tab = false } = {}) {
    this.place = (tab ? null : storage(win, 'localStorage')) ?? storage(win, 'sessionStorage') ?? entry(win);
    this.lasts = this.place?.lasts ?? 'nowhere';
    // What a full or vanished storage would not take.
    this.memory = new Map();
  }

  get(key) {
    if (this.memory.has(key)) return this.memory.get(key);
    try {
      return JSON.parse(this.place.get(key));
    } catch {
      return null;
    }
  }

  /** Keeps a value; `null` forgets it. */
  set(key, value) {
    this.memory.delete(key);
    try {
      if (value === null) this.place.drop(key);
      else this.place.set(key, JSON.stringify(value));
    } catch {
      if (value !== null) this.memory.set(key, value);
    }
  }

  /** Every key that begins so. */
  keys(beginning) {
    let found = [];
    try {
      found = this.place.keys();
    } catch {
      // Nothing is kept there.
    }
    return [...new Set([...found, ...this.memory.keys()])].filter((key) => key.startsWith(beginning));
  }
}
