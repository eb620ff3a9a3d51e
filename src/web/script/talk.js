// One conversation as a page sees it: its lines in order, how far the other side is, whether it types. Frames in, the
// next state out; no DOM, no clock.

/** Lines asked for at once. */
export const PAGE = 50;

/** A conversation of which nothing is known. `me`: the name under which one's own lines come back. */
export function talk(me = null) {
  return { me, lines: [], unsaid: [], received: 0, read: 0, typing: false, asked: 0, earlier: false, last: 0 };
}

/** One says a line: it waits for its acknowledgement. */
export function say(state, { id, text, at }) {
  if ([...state.lines, ...state.unsaid].some((line) => line.id === id && line.mine)) return state;
  return { ...state, unsaid: [...state.unsaid, { id, text, at, mine: true, position: null, failed: null }] };
}

/** What the server says of this conversation. */
export function hear(state, frame) {
  switch (frame.type) {
    case 'line':
      return line(state, frame);
    case 'ack':
      return frame.id ? said(state, frame.id, frame.position) : marks(state, frame);
    case 'typing':
      return { ...state, typing: frame.state === true };
    case 'complete':
      return { ...state, earlier: (state.lines[0]?.position ?? 1) > 1 };
    case 'ended':
      return { ...state, typing: false };
    case 'error':
      return frame.id ? failed(state, frame) : state;
    default:
      return state;
  }
}

/** One's own lines in the order in which they will stand, the unsaid ones last. */
export function all(state) {
  return [...state.lines, ...state.unsaid];
}

/** How far a line of one's own got: `sending`, `failed`, `sent`, `delivered` or `read`. */
export function mark(state, line) {
  if (line.failed) return 'failed';
  if (line.position === null) return 'sending';
  if (line.position <= state.read) return 'read';
  return line.position <= state.received ? 'delivered' : 'sent';
}

function line(state, { position, id, from, by, text, sealed, at }) {
  const mine = from === state.me;
  const known = state.lines.some((other) => other.position === position);
  const heard = { position, id, mine, from, by: by ?? null, text: text ?? null, sealed: Boolean(sealed), at };
  return {
    ...state,
    lines: known ? state.lines : inOrder([...state.lines, heard]),
    unsaid: mine ? state.unsaid.filter((other) => other.id !== id) : state.unsaid,
    typing: mine ? state.typing : false,
    last: Math.max(state.last, position),
  };
}

function said(state, id, position) {
  const found = state.unsaid.find((line) => line.id === id);
  const last = Math.max(state.last, position);
  if (!found) return { ...state, last };
  const lines = state.lines.filter((other) => other.position !== position);
  return {
    ...state,
    lines: inOrder([...lines, { ...found, position, failed: null }]),
    unsaid: state.unsaid.filter((line) => line !== found),
    last,
  };
}

function marks(state, { received, read }) {
  const grown = (was, to) => Math.max(was, to ?? 0);
  return { ...state, received: grown(grown(state.received, received), read), read: grown(state.read, read) };
}

function failed(state, { id, code }) {
  const unsaid = state.unsaid.map((line) => (line.id === id ? { ...line, failed: code } : line));
  return { ...state, unsaid };
}

function inOrder(lines) {
  const ordered = lines.length < 2 || lines.at(-2).position < lines.at(-1).position;
  return ordered ? lines : [...lines].sort((a, b) => a.position - b.position);
}
