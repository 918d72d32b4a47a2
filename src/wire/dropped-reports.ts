// What a client of ours could not keep until it was sent: `dropped=queue_full:450,expired:2` in the address of its next report.

const MAX_REASONS = 20;
const REASON = /^[a-z][a-z_]{0,39}$/;
const COUNT = /^[0-9]{1,9}$/;

/** Reports of one reason that a client dropped. */
export interface DroppedReports {
  readonly reason: string;
  readonly count: number;
}

/** The counts that the parameter tells; what cannot be read is left out. */
export function droppedReports(parameter: string | null): readonly DroppedReports[] {
  return (parameter ?? '')
    .split(',')
    .slice(0, MAX_REASONS)
    .flatMap((entry) => {
      const [reason = '', count = '', ...more] = entry.split(':');
      if (more.length > 0 || !REASON.test(reason) || !COUNT.test(count) || Number(count) === 0) return [];
      return [{ reason, count: Number(count) }];
    });
}

/** A collector note that tells them; null where there are none. */
export function droppedNote(dropped: readonly DroppedReports[]): string | null {
  if (dropped.length === 0) return null;
  const told = dropped.map(({ reason, count }) => `${reason} ${count}`).join(', ');
  return `The client dropped reports since its last one that arrived: ${told}.`;
}
