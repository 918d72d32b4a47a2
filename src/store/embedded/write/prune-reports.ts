// Removes reports and blobs where space is short or they are past their age, some at a time, each time in one transaction.
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import { firstKeyAfter, firstKeyOf } from '../../shared/report-key.ts';
import { inTransaction } from './in-transaction.ts';
import type { Writer } from './in-transaction.ts';
import { removeReport } from './change-report.ts';
import type { DoomedReport } from './change-report.ts';
import { ROW_BYTES } from '../transaction/write-context.ts';
import type { WriteContext } from '../transaction/write-context.ts';
import { oldestOf, payersOf, Spread } from './fair-share.ts';
import { DOOMED_BLOB, removeBlob } from './remove-blob.ts';
import type { DoomedBlob } from './remove-blob.ts';

/** More would keep reports that arrive meanwhile waiting. */
const MAX_OF_STEP = 500;
const DAY_MS = 24 * 60 * 60 * 1000;

/** What a step removed; bytes are an estimate, the disk is measured afterwards. */
export interface PruneStep {
  readonly reports: number;
  readonly blobs: number;
  readonly bytes: number;
}

type DoomedWithSize = DoomedReport & { readonly dataBytes: number };

const DOOMED = `
  reports.id, reports.crash_id AS crashId, reports.kind_id AS kindId, reports.state,
  reports.received_at AS receivedAt, reports.folder_bytes AS folderBytes,
  ifnull(length(report_data.data), 0) + ifnull(length(processed_reports.data), 0) + length(reports.annotations)
    + ifnull(report_packs.bytes, 0) AS dataBytes
  FROM reports
  LEFT JOIN report_data ON report_data.report_id = reports.id
  LEFT JOIN report_packs ON report_packs.report_id = reports.id
  LEFT JOIN processed_reports ON processed_reports.report_id = reports.id`;

/** Pinned reports and the newest report of each open bug go last. */
const DISPENSABLE = `
  reports.pinned = 0
  AND NOT EXISTS (SELECT 1 FROM bugs WHERE bugs.newest_report_id = reports.id AND bugs.state = 'open')`;

const unpinnedReport = query<[id: number], DoomedWithSize>(
  `SELECT ${DOOMED} WHERE reports.id = ? AND reports.pinned = 0`,
);
const dispensableReport = query<[id: number], DoomedWithSize>(
  `SELECT ${DOOMED} WHERE reports.id = ? AND ${DISPENSABLE}`,
);
const anyReport = query<[id: number], DoomedWithSize>(`SELECT ${DOOMED} WHERE reports.id = ?`);

const ofProduct = query<[productId: number, limit: number], DoomedWithSize>(`
  SELECT ${DOOMED} JOIN kinds ON kinds.id = reports.kind_id WHERE kinds.product_id = ? LIMIT ?`);

/** Every report of a product, or some of them. */
export function reportsOfProduct(
  connection: Connection,
  productId: number,
  limit = -1,
): readonly DoomedReport[] {
  return ofProduct(connection).all(productId, limit);
}

const oldestBlobs = query<[productId: number, until: number, limit: number], DoomedBlob>(`
  SELECT ${DOOMED_BLOB} FROM blobs WHERE product_id = ? AND created_at <= ? ORDER BY id LIMIT ?`);

/** How reports are chosen when space is short. */
export interface PruneChoice {
  /** Nothing that is younger than this many milliseconds goes. */
  readonly graceMs: number;
  /** So many reports of each case of a bug stay while anything else of their product can go. */
  readonly keepOfCase: number;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/**
 * Makes room of about `bytes`, at most `MAX_OF_STEP` reports and blobs at once, as fair-share.ts says. Removes nothing only where
 * nothing older than the grace time is left.
 */
export function pruneFairly(writer: Writer, bytes: number, choice: PruneChoice): Promise<PruneStep> {
  return inTransaction(writer, async (context) => {
    const step = { reports: 0, blobs: 0, bytes: 0 };
    const payers = payersOf(context.connection);
    for (const pinned of [false, true]) {
      for (const { id } of payers) {
        await collect(context, { productId: id, bytes, choice, pinned, step });
        if (step.reports + step.blobs > 0) {
          context.tally.pruned += step.reports;
          return step;
        }
      }
    }
    return step;
  });
}

interface Collection {
  readonly productId: number;
  readonly bytes: number;
  readonly choice: PruneChoice;
  /** Pinned reports as well. */
  readonly pinned: boolean;
  /** Is added to. */
  readonly step: { reports: number; blobs: number; bytes: number };
}

/** Takes from one product; the next way of choosing is tried only where the one before finds nothing. */
async function collect(context: WriteContext, collection: Collection): Promise<void> {
  const { productId, bytes, choice, pinned, step } = collection;
  const { connection } = context;
  const until = choice.now - choice.graceMs;
  // Keys tell the second of arrival; a store can fill up within one, so that the moment is compared as well.
  const ids = oldestOf(connection, productId, firstKeyAfter(until));
  const blobs = [...oldestBlobs(connection).all(productId, until, MAX_OF_STEP)];
  const spread = new Spread(connection, choice.keepOfCase);
  const ways: readonly ((id: number) => DoomedWithSize | undefined)[] = pinned
    ? [(id) => anyReport(connection).get(id)]
    : [
        (id) => (spread.mayGo(id) ? dispensableReport(connection).get(id) : undefined),
        (id) => dispensableReport(connection).get(id),
        (id) => unpinnedReport(connection).get(id),
      ];
  const isEnough = () => step.bytes >= bytes || step.reports + step.blobs >= MAX_OF_STEP;
  for (const find of ways) {
    for (const id of ids) {
      if (isEnough()) return;
      const report = find(id);
      if (report === undefined || report.receivedAt > until) continue;
      for (let blob = blobs[0]; blob !== undefined && blob.createdAt < report.receivedAt; blob = blobs[0]) {
        if (isEnough()) return;
        step.bytes += removeBlob(context, blob);
        step.blobs += 1;
        blobs.shift();
      }
      if (isEnough()) return;
      await removeReport(context, report, { outlived: true });
      step.bytes += sizeOf(report);
      step.reports += 1;
    }
    if (step.reports + step.blobs > 0) return;
    for (const blob of blobs.splice(0)) {
      if (isEnough()) return;
      step.bytes += removeBlob(context, blob);
      step.blobs += 1;
    }
    if (step.blobs > 0) return;
  }
}

interface KindAge {
  readonly kindId: number;
  readonly keepDays: number;
}

/** What is kept for a limited time: a product's own limit goes before the general one. */
const limitedKinds = query<[{ keepDays: number | null }], KindAge>(`
  SELECT kinds.id AS kindId, ifnull(products.keep_days, @keepDays) AS keepDays
  FROM kinds JOIN products ON products.id = kinds.product_id
  WHERE ifnull(products.keep_days, @keepDays) IS NOT NULL
    AND kinds.queued + kinds.deferred + kinds.processed + kinds.failed > 0`);

const agedOfKind = query<[kindId: number, before: number, limit: number], DoomedWithSize>(`
  SELECT ${DOOMED}
  WHERE reports.kind_id = ? AND reports.state IN ('queued', 'deferred', 'processed', 'failed')
    AND reports.id < ? AND ${DISPENSABLE}
  LIMIT ?`);

/** Removes reports that are past their age, at most `MAX_OF_STEP`; pinned ones stay. */
export async function pruneAged(writer: Writer, keepDays: number | null, now: number): Promise<PruneStep> {
  const aged: DoomedWithSize[] = [];
  for (const kind of limitedKinds(writer.connection).all({ keepDays })) {
    const before = firstKeyOf(now - kind.keepDays * DAY_MS);
    aged.push(...agedOfKind(writer.connection).all(kind.kindId, before, MAX_OF_STEP - aged.length));
    if (aged.length === MAX_OF_STEP) break;
  }
  const step = {
    reports: aged.length,
    blobs: 0,
    bytes: aged.reduce((sum, report) => sum + sizeOf(report), 0),
  };
  if (aged.length === 0) return step;
  return inTransaction(writer, async (context) => {
    // Another process may have changed them between the two steps; those wait for the next.
    const present = aged.filter(({ id, state }) => stateOf(context.connection).pluck().get(id) === state);
    for (const report of present) await removeReport(context, report);
    context.tally.pruned += present.length;
    return { ...step, reports: present.length };
  });
}

const stateOf = query<[id: number], string>(`SELECT state FROM reports WHERE id = ?`);

function sizeOf({ folderBytes, dataBytes }: DoomedWithSize): number {
  return folderBytes + dataBytes + ROW_BYTES;
}
