// Sends a plan, one report after the other: skips what an earlier run has sent, tries again what may still arrive, marks
// what has arrived, and remembers it before anything else.
import { pauseMs } from './upload-backoff.ts';
import type { Attempt, Item, SendResult } from './item.ts';
import type { SentState } from './sent-state.ts';

/** What became of a report. */
export interface Row {
  readonly result: 'sent' | 'sent before' | 'discarded' | 'failed' | 'skipped' | 'would send';
  readonly item: Item;
  /** The server's id, or what went wrong. */
  readonly detail: string;
}

export interface RunOptions {
  readonly attempt: Omit<Attempt, 'onBytes'>;
  readonly state: SentState;
  /** What tells two servers apart in the state. */
  readonly server: string;
  /** How often a report is tried at most. */
  readonly attempts: number;
  readonly dryRun: boolean;
  readonly now: () => number;
  readonly random: () => number;
  /** Waits; returns early when the run is interrupted. */
  readonly sleep: (ms: number) => Promise<void>;
  readonly onProgress: (index: number, sentBytes: number) => void;
  readonly onRetry: (item: Item, problem: string, waitMs: number) => void;
  readonly onRow: (row: Row, index: number) => void;
}

/** Sends every item; gives one row for each. */
export async function runSending(items: readonly Item[], options: RunOptions): Promise<readonly Row[]> {
  const rows: Row[] = [];
  // After a report that never got through, the others get one attempt each until one of them does: a server that is down
  // for an hour must not cost an hour for each report.
  let serverAway = false;
  for (const [index, item] of items.entries()) {
    const row = await sendOne(item, index, options, serverAway ? 1 : options.attempts);
    serverAway = row.away;
    rows.push(row.row);
    options.onRow(row.row, index);
  }
  return rows;
}

interface Outcome {
  readonly row: Row;
  readonly away: boolean;
}

async function sendOne(item: Item, index: number, options: RunOptions, attempts: number): Promise<Outcome> {
  const { state, server, dryRun, now, attempt } = options;
  const key = `${server} ${item.key}`;
  const before = state.answer(key);
  const row = (result: Row['result'], detail: string, away = false): Outcome => ({
    row: { result, item, detail },
    away,
  });
  if (dryRun) return before === null ? row('would send', '') : row('sent before', before.trim());
  if (attempt.signal?.aborted === true) return row('skipped', 'it was interrupted');
  const taken = item.take?.() ?? null;
  if (taken !== null) return row('skipped', taken);
  try {
    if (before !== null) {
      // The earlier run was killed between the server's answer and the mark.
      item.arrived?.({ answer: before }, 0);
      return row('sent before', before.trim().split('\n', 1)[0] ?? '');
    }
    const { result, tries } = await persist(item, index, options, attempts);
    if (result.kind === 'stored' || result.kind === 'discarded') {
      const { answer, id } = result;
      state.add({ key, name: item.name, at: new Date(now()).toISOString(), answer });
      item.arrived?.({ answer }, tries);
      return row(result.kind === 'stored' ? 'sent' : 'discarded', id);
    }
    item.failed?.(tries);
    return row('failed', result.problem, result.kind === 'unavailable');
  } finally {
    item.release?.();
  }
}

async function persist(
  item: Item,
  index: number,
  { attempt, now, random, sleep, onProgress, onRetry }: RunOptions,
  attempts: number,
): Promise<{ readonly result: SendResult; readonly tries: number }> {
  for (let tries = 1; ; tries += 1) {
    const result = await item.send({ ...attempt, onBytes: (bytes) => onProgress(index, bytes) });
    const interrupted = attempt.signal?.aborted === true;
    if (result.kind !== 'unavailable' || tries >= attempts || interrupted) return { result, tries };
    const waitMs = pauseMs(tries + 1, result.retryAfter, now(), random());
    onRetry(item, result.problem, waitMs);
    await sleep(waitMs);
  }
}
