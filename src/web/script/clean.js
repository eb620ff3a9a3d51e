// Makes other people's text fit to be shown: the same characters are stripped as in src/wire/display.rs, but for the
// joiners of emoji, which a browser can draw.

/** What could deceive a reader: C0, DEL, C1, bidi controls, zero-width and other invisible characters. */
const HARMFUL = new RegExp(
  '[\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f\\u00ad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f' +
    '\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\u3164\\ufeff\\uffa0\\ufff0-\\ufffb' +
    '\\u{1d173}-\\u{1d17a}\\u{e0000}-\\u{e0fff}]',
  'gu',
);

/** What may stand before a zero-width joiner that makes one picture of two, as a family; anywhere else it only hides. */
const JOINED = /[\p{Extended_Pictographic}\u{1f3fb}-\u{1f3ff}\ufe0f]$/u;
const JOINS = /^\p{Extended_Pictographic}/u;

function strip(text) {
  return text.replace(HARMFUL, (found, at) => {
    const joins = found === '\u200d' && JOINED.test(text.slice(Math.max(0, at - 2), at)) && JOINS.test(text.slice(at + 1, at + 3));
    return joins ? found : '';
  });
}

/** One line of text: a tab or line break becomes a space. */
export function clean(text) {
  return strip(String(text).replace(/[\t\n\r\u2028\u2029]/g, ' '));
}

/** Text of several lines: line breaks and tabs stay. */
export function cleanBlock(text) {
  return strip(String(text).replace(/\r\n/g, '\n'));
}
