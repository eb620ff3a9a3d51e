// The pages' words by language, and how values are put into them.

const LOADED = {};

/** Loads the words of a language; only those that somebody reads go over the line. */
export async function load(language) {
  LOADED.ko ??= language === 'ko' ? (await import('./words-ko.js')).ko : undefined;
  LOADED.en ??= language === 'ko' ? undefined : (await import('./words-en.js')).en;
}

/** The words of a language that was loaded. */
export function wordsOf(language) {
  return LOADED[language] ?? LOADED.en ?? LOADED.ko;
}

/** The other language, for the switch. */
export function otherThan(language) {
  return language === 'ko' ? 'en' : 'ko';
}

/** `{name}` becomes its value. Values are not looked into again, so nobody's text can name another. */
export function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (place, name) => values[name] ?? place);
}

/** A span of seconds, roughly, in the words of a language. */
export function span(words, secs) {
  const units = [
    [90, 1, 'seconds'],
    [5_400, 60, 'minutes'],
    [172_800, 3_600, 'hours'],
    [Infinity, 86_400, 'days'],
  ];
  const [, length, unit] = units.find(([most]) => secs <= most);
  const count = Math.ceil(secs / length);
  return fill(words[count === 1 ? `${unit}_one` : unit], { count });
}

/** How long conversations are kept, in the words of a language. */
export function kept(words, days) {
  return days === 365 ? words.a_year : span(words, days * 86_400);
}
