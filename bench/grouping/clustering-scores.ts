// How well groups match what is known to belong together. B-cubed asks of every crash how much of its group is of its bug, and how
// much of its bug is in its group; the pairwise measure asks it of every two crashes.

/** One crash: where it was put, and where it belongs. */
export interface Grouped {
  readonly group: string;
  readonly label: string;
}

/** Values from 0 to 1. */
export interface ClusteringScores {
  readonly precision: number;
  readonly recall: number;
  readonly bcubed: number;
  readonly pairwise: number;
}

/** The measures over all crashes; groups and labels of different projects must have different names. */
export function clusteringScores(crashes: readonly Grouped[]): ClusteringScores {
  const groups = counted(crashes.map(({ group }) => group));
  const labels = counted(crashes.map(({ label }) => label));
  const both = counted(crashes.map(({ group, label }) => JSON.stringify([group, label])));
  let precision = 0;
  let recall = 0;
  for (const { group, label } of crashes) {
    const together = both.get(JSON.stringify([group, label])) ?? 0;
    precision += together / (groups.get(group) ?? 1);
    recall += together / (labels.get(label) ?? 1);
  }
  precision /= crashes.length;
  recall /= crashes.length;
  const rightPairs = pairs(both);
  const allPairs = pairs(groups) + pairs(labels);
  return {
    precision,
    recall,
    bcubed: (2 * precision * recall) / (precision + recall),
    pairwise: allPairs === 0 ? 1 : (2 * rightPairs) / allPairs,
  };
}

function counted(names: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

function pairs(counts: ReadonlyMap<string, number>): number {
  let sum = 0;
  for (const count of counts.values()) sum += (count * (count - 1)) / 2;
  return sum;
}
