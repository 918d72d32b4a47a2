// How similar two stacks are: their frames are aligned in order, and a frame counts the more, the fewer stacks have it and the nearer to
// the crash it stands.

/** How many stacks there are, and how many of them have a frame. */
export interface FrameCounts {
  readonly stacks: number;
  readonly with: (frame: number) => number;
}

/** From 0, nothing in common, to 1, the same. */
export function stackSimilarity(a: readonly number[], b: readonly number[], counts: FrameCounts): number {
  const weight = (frame: number, depth: number): number =>
    Math.log(1 + counts.stacks / Math.max(1, counts.with(frame))) / (1 + depth / 4);
  let above = new Float64Array(b.length + 1);
  for (const [depth, frame] of a.entries()) {
    const row = new Float64Array(b.length + 1);
    for (const [other, candidate] of b.entries()) {
      const matched = frame === candidate ? (above[other] ?? 0) + weight(frame, Math.max(depth, other)) : 0;
      row[other + 1] = Math.max(matched, row[other] ?? 0, above[other + 1] ?? 0);
    }
    above = row;
  }
  const total = (frames: readonly number[]): number =>
    frames.reduce((sum, frame, depth) => sum + weight(frame, depth), 0);
  const common = above[b.length] ?? 0;
  const union = total(a) + total(b) - common;
  return union <= 0 ? 0 : common / union;
}
