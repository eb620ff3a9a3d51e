// Who this browser is to the CH server, and what it remembers of each button that was pressed here.

const SECRET = /^[A-Za-z0-9_-]{43}$/;
/** Buttons remembered; the oldest go first. */
const BUTTONS = 200;

/** Random bytes as base64url. */
function random(bytes) {
  const drawn = crypto.getRandomValues(new Uint8Array(bytes));
  return btoa(String.fromCharCode(...drawn)).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
}

/** An id for a call or a line: 128 random bits. */
export const newId = () => random(16);

/** The guest secret, 256 bits: whoever has it is this guest. Made when it is first needed. */
export function guestSecret(keep) {
  const known = keep.get('guest');
  if (typeof known === 'string' && SECRET.test(known)) return known;
  const made = random(32);
  keep.set('guest', made);
  return made;
}

/**
 * What is remembered of one button: the `conversation` it leads to (set: it was pressed here), the `draft` that was
 * typed, the lines that are `unsaid` (not acknowledged yet, each `{ id, text, at }`), and the last position `heard`.
 */
export class Button {
  constructor(keep, ticket) {
    this.keep = keep;
    this.key = `button.${ticket}`;
  }

  /** Another mail's button may have led into the same conversation here: then this one is that one. */
  leads(conversation) {
    if (!conversation || this.read().conversation === conversation) return;
    const known = this.keep.keys('button.').find((key) => this.keep.get(key)?.conversation === conversation);
    this.key = known ?? this.key;
  }

  read() {
    const found = this.keep.get(this.key);
    return { conversation: null, draft: '', unsaid: [], heard: 0, ...(typeof found === 'object' ? found : null) };
  }

  /** Changes what is remembered. Read anew each time: another tab may have the same button open. */
  change(values) {
    this.keep.set(this.key, { ...this.read(), ...values, touched: Date.now() });
  }

  /** A line is on its way. */
  says(line) {
    this.change({ unsaid: [...this.read().unsaid.filter(({ id }) => id !== line.id), line] });
  }

  /** It was acknowledged, or refused for good. */
  said(id) {
    const { unsaid } = this.read();
    if (unsaid.some((line) => line.id === id)) this.change({ unsaid: unsaid.filter((line) => line.id !== id) });
  }

  /** Pressed: from now on this browser may look its conversation up again. */
  pressed(conversation) {
    if (this.read().conversation !== conversation) this.change({ conversation });
    const touched = (key) => this.keep.get(key)?.touched ?? 0;
    const keys = this.keep.keys('button.').sort((a, b) => touched(b) - touched(a));
    for (const key of keys.slice(BUTTONS)) this.keep.set(key, null);
  }
}
