// Sounds and the title's alarm. No sound file: a few tones, and none before the person first touched the page.

const NOTES = {
  /** Somebody answered. */
  answered: [[523, 0], [784, 0.13]],
  /** A line came in. */
  line: [[660, 0]],
  /** Somebody calls here. */
  ring: [[587, 0], [740, 0.18], [587, 0.36], [740, 0.54]],
};

/** Plays tones, once it was allowed to. */
export class Sound {
  constructor(on) {
    this.on = on;
    this.context = null;
  }

  /** To be called when the person touches the page: browsers let nobody make a sound before. */
  wake() {
    if (navigator.userActivation?.hasBeenActive === false) return;
    try {
      this.context ??= new (window.AudioContext ?? window.webkitAudioContext)();
      if (this.context.state === 'suspended') this.context.resume().catch(() => {});
    } catch {
      // A browser without sound.
    }
  }

  play(name) {
    if (!this.on || this.context?.state !== 'running') return;
    for (const [pitch, after] of NOTES[name]) this.tone(pitch, this.context.currentTime + after);
  }

  tone(pitch, at) {
    const tone = this.context.createOscillator();
    const loudness = this.context.createGain();
    tone.frequency.value = pitch;
    loudness.gain.setValueAtTime(0, at);
    loudness.gain.linearRampToValueAtTime(0.12, at + 0.02);
    loudness.gain.exponentialRampToValueAtTime(0.001, at + 0.35);
    tone.connect(loudness).connect(this.context.destination);
    tone.start(at);
    tone.stop(at + 0.4);
  }
}

/** The page's title, which says what is new while nobody looks at the page. */
export class Title {
  constructor() {
    this.usual = document.title;
    this.news = null;
    this.timer = null;
    document.addEventListener('visibilitychange', () => this.looked());
    window.addEventListener('focus', () => this.looked());
  }

  /** What it says when there is nothing new. */
  say(text) {
    this.usual = text;
    if (!this.news) document.title = text;
  }

  /** Something is new. Nobody needs to be told of it who is looking. */
  alarm(text) {
    if (!document.hidden && document.hasFocus()) return;
    this.news = `● ${text}`;
    document.title = this.news;
    const still = window.matchMedia('(prefers-reduced-motion: reduce)').matches;
    if (still || this.timer) return;
    this.timer = setInterval(() => {
      document.title = document.title === this.usual ? this.news : this.usual;
    }, 1200);
  }

  looked() {
    if (document.hidden) return;
    clearInterval(this.timer);
    this.timer = null;
    this.news = null;
    document.title = this.usual;
  }
}
