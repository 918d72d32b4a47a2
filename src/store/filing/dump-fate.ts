// Whether a dump goes before its report does, by what its product decides (docs/retention.md). Pure.
import type { DataRules } from '../../report/privacy/data-rules.ts';
import type { GoneDumps, ReportState } from '../../report/report.ts';

const DAY_MS = 86_400_000;

/** What has to be known of a report that has dumps. Reports are looked at from the newest on. */
export interface DumpHolder {
  readonly state: ReportState;
  readonly pinned: boolean;
  /** Milliseconds since 1970. */
  readonly receivedAt: number;
  /** Whether its last processing lacked symbols of a module in its stacks. */
  readonly lacksSymbols: boolean;
  /** Bugs of its crashes. */
  readonly bugs: readonly number[];
}

/** How many reports of each bug keep their dumps. */
export type HeldDumps = Pick<Map<number, number>, 'get' | 'set'>;

/**
 * Why the dumps of a report may go; null: they stay. `walked` still has to be true of each of them: a dump that could not be read waits for a
 * better processor. `held`: how many newer reports of each bug keep theirs; is added to.
 */
export function dumpFate(
  { state, pinned, receivedAt, lacksSymbols, bugs }: DumpHolder,
  { dumps, dumpDays, dumpsOfBug }: DataRules,
  { now, held }: { readonly now: number; readonly held: HeldDumps },
): GoneDumps['why'] | null {
  if (dumps === 'all' || pinned) return null;
  // What waits to be processed, also again, needs its dump.
  if (state === 'queued') return null;
  if (dumps === 'stacks') {
    if (dumpDays !== null && now - receivedAt > dumpDays * DAY_MS) return 'days';
    return state === 'processed' && !lacksSymbols ? 'walked' : null;
  }
  // One that was not processed counts for no bug.
  if (state !== 'processed') return null;
  if (bugs.length > 0 && bugs.every((bug) => (held.get(bug) ?? 0) >= dumpsOfBug)) return 'newest';
  for (const bug of bugs) held.set(bug, (held.get(bug) ?? 0) + 1);
  return null;
}

/** Whether the annotations of a report that are not public go. */
export function annotationsAreOver(
  { state, pinned, receivedAt }: Pick<DumpHolder, 'state' | 'pinned' | 'receivedAt'>,
  { protectedDays }: DataRules,
  now: number,
): boolean {
  return !pinned && state !== 'queued' && protectedDays !== null && now - receivedAt > protectedDays * DAY_MS;
}
