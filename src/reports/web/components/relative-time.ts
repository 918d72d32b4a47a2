// "3 min ago". assets/times.js says the same words in the browser, so that an open page does not grow stale.

const STEPS = [
  { below: 3_600_000, unit: 60_000, word: 'min' },
  { below: 86_400_000, unit: 3_600_000, word: 'h' },
  { below: 30 * 86_400_000, unit: 86_400_000, word: 'd' },
] as const;

/** A past moment in words; beyond 30 days the date itself. A moment of the future (a wrong clock) is "just now". */
export function relativeTime(at: number, now: number): string {
  const age = now - at;
  if (age < 45_000) return 'just now';
  const step = STEPS.find(({ below }) => age < below);
  if (step === undefined) return new Date(at).toISOString().slice(0, 10);
  return `${Math.max(1, Math.floor(age / step.unit))} ${step.word} ago`;
}
