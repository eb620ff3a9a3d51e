// Asking the CH server over HTTP.

/** How long an answer may take, in milliseconds. */
const PATIENCE = 20_000;
/** What may go better at another time. */
const TRANSIENT = ['unreachable', 'unavailable', 'too_many', 'internal', 'no_ports'];

/** Why the server did not do it: `code` as in docs/wire.md, or `unreachable`; `retry` in seconds, if it said so. */
export class Problem extends Error {
  constructor({ code, message = '', retry = null }) {
    super(message);
    this.code = code;
    this.retry = retry;
  }

  get transient() {
    return TRANSIENT.includes(this.code);
  }
}

/** An address of this server, wherever its pages stand. */
export function address(path) {
  return new URL(path, document.baseURI);
}

/** What stands behind the `#` of an address. What is no text there names nothing: a mail program may have cut it. */
export function fragment({ hash }) {
  try {
    return decodeURIComponent(hash.slice(1));
  } catch {
    return '%';
  }
}

/** Posts a question and gives the answer, or throws a [`Problem`]. `signedIn`: with the cookie of a signed-in browser. */
export async function ask(path, question, { signedIn = false } = {}) {
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), PATIENCE);
  let status = 0;
  let answer = null;
  try {
    const response = await fetch(address(path), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(question),
      cache: 'no-store',
      credentials: signedIn ? 'same-origin' : 'omit',
      signal: patience.signal,
    });
    status = response.status;
    answer = await response.json();
  } catch {
    // No connection, or an answer that is not ours: a proxy whose server is away.
    throw new Problem({ code: status === 0 || status >= 500 ? 'unreachable' : 'bad_request' });
  } finally {
    clearTimeout(timer);
  }
  if (status >= 200 && status < 300) return answer;
  throw new Problem(answer?.type === 'error' ? answer : { code: 'unreachable' });
}
