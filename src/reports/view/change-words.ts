// Whether a number changed against the time before, in a word that small numbers do not turn into noise.

/** Fewer crashes than these in both times say nothing. */
const FEW = 10;
/** Differences within so many standard deviations of two Poisson counts are chance. */
const DEVIATIONS = 2;

export interface Change {
  readonly kind: 'few' | 'same' | 'new' | 'more' | 'less';
  readonly words: string;
}

/** `now` and `before` are counts of two times of one length. */
export function changeOf(now: number, before: number): Change {
  if (now + before < FEW) return { kind: 'few', words: 'too few to tell' };
  if (before === 0) return { kind: 'new', words: 'none before' };
  if (Math.abs(now - before) <= DEVIATIONS * Math.sqrt(now + before))
    return { kind: 'same', words: 'as before' };
  const percent = Math.round(Math.abs(now / before - 1) * 100);
  return now > before
    ? { kind: 'more', words: percent > 900 ? `× ${Math.round(now / before)}` : `▲ ${percent} %` }
    : { kind: 'less', words: `▼ ${percent} %` };
}
