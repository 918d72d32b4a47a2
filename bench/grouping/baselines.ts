// Ways of grouping to compare with: each gives a group for a trace of Java. They read frames by themselves, so that a change of
// Mayday's reader does not change what it is compared with.

/** What the baselines look at: the innermost cause, frames innermost first. */
export interface PlainTrace {
  readonly kind: string;
  readonly frames: readonly string[];
  /** All exceptions, root cause last, as printed. */
  readonly all: readonly { readonly kind: string; readonly frames: readonly string[] }[];
}

const RUNTIME = /^(?:java|javax|jdk|sun|com\.sun)\./;

/** Reads a trace as `Throwable.printStackTrace` writes it. */
export function plainTrace(text: string): PlainTrace {
  const all: { kind: string; frames: string[] }[] = [];
  for (const line of text.split('\n')) {
    const frame = /^\s*at (?:[\w.]+\/)?([^\s(]+)\(/.exec(line)?.[1];
    const header = /^(?:Caused by: )?([\w.$]+)(?::|$)/.exec(line.trim())?.[1];
    if (frame !== undefined) all.at(-1)?.frames.push(frame);
    else if (header !== undefined && (all.length === 0 || line.trim().startsWith('Caused by: ')))
      all.push({ kind: header, frames: [] });
  }
  const root = all.at(-1) ?? { kind: '', frames: [] };
  return { ...root, all };
}

function ownFrames({ frames }: Pick<PlainTrace, 'frames'>): readonly string[] {
  const own = frames.filter((frame) => !RUNTIME.test(frame));
  return own.length === 0 ? frames : own;
}

/** Name and group of each. */
export const BASELINES: readonly (readonly [name: string, group: (trace: PlainTrace) => string])[] = [
  ['type + top frame', ({ kind, frames }) => [kind, frames[0]].join('|')],
  ['type + top own frame', (trace) => [trace.kind, ownFrames(trace)[0]].join('|')],
  ['type + top 3 own frames', (trace) => [trace.kind, ...ownFrames(trace).slice(0, 3)].join('|')],
  ['full stack', ({ all }) => JSON.stringify(all)],
  [
    'type + all own frames',
    ({ all }) => JSON.stringify(all.map(({ kind, frames }) => [kind, ownFrames({ frames })])),
  ],
  // Socorro's signature of a Java trace: class of the exception that was thrown, and its first frame.
  ['Socorro mode', ({ all }) => [all[0]?.kind, all[0]?.frames[0]].join('|')],
];

/** Weights of frames by how few traces have them, and by their depth, as the literature on stack similarity has it. */
export function alignedSimilarity(traces: readonly PlainTrace[]): (a: PlainTrace, b: PlainTrace) => number {
  const seen = new Map<string, number>();
  for (const { frames } of traces)
    for (const frame of new Set(frames)) seen.set(frame, (seen.get(frame) ?? 0) + 1);
  const weight = (frame: string, depth: number): number =>
    Math.log(1 + traces.length / (seen.get(frame) ?? 1)) / (1 + depth / 4);
  return (a, b) => {
    if (a.kind !== b.kind) return 0;
    const [left, right] = [a.frames.slice(0, 40), b.frames.slice(0, 40)];
    // Weighted longest common subsequence over the weighted union.
    let above = new Float64Array(right.length + 1);
    for (const [i, frame] of left.entries()) {
      const row = new Float64Array(right.length + 1);
      for (const [j, other] of right.entries()) {
        const matched = frame === other ? (above[j] ?? 0) + weight(frame, Math.max(i, j)) : 0;
        row[j + 1] = Math.max(matched, row[j] ?? 0, above[j + 1] ?? 0);
      }
      above = row;
    }
    const total = (frames: readonly string[]): number =>
      frames.reduce((sum, frame, depth) => sum + weight(frame, depth), 0);
    const common = above[right.length] ?? 0;
    const union = total(left) + total(right) - common;
    return union === 0 ? 1 : common / union;
  };
}

/** Groups one trace after the other: into the group of the most similar earlier one above a threshold, else into a new one. */
export function groupBySimilarity(traces: readonly PlainTrace[], threshold: number): readonly string[] {
  const similarity = alignedSimilarity(traces);
  const groups: string[] = [];
  for (const [index, trace] of traces.entries()) {
    let best = threshold;
    let group = String(index);
    for (let other = 0; other < index; other += 1) {
      const earlier = traces[other];
      const value = earlier === undefined ? 0 : similarity(trace, earlier);
      if (value < best) continue;
      best = value;
      group = groups[other] ?? group;
    }
    groups.push(group);
  }
  return groups;
}
