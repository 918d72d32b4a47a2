// Removes the oldest reports and blobs, some at a time, each time in one transaction.
import path from 'node:path';
import { query } from '../database/query.ts';
import type { Layout } from '../disk/folder-layout.ts';
import { firstKeyOf } from '../../shared/report-key.ts';
import { inTransaction } from './in-transaction.ts';
import type { Writer } from './in-transaction.ts';
import { removeReport } from './change-report.ts';
import type { DoomedReport } from './change-report.ts';
import { noteRemoval } from '../transaction/note-removal.ts';
import type { WriteContext } from '../transaction/write-context.ts';

/** More would keep reports that arrive meanwhile waiting. */
const MAX_OF_STEP = 500;
/** What a row with its entries in the indexes takes, about. */
const ROW_BYTES = 1200;
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
    AS dataBytes
  FROM reports
  LEFT JOIN report_data ON report_data.report_id = reports.id
  LEFT JOIN processed_reports ON processed_reports.report_id = reports.id`;

/** Pinned reports and the newest report of each open bug go last. */
const DISPENSABLE = `
  reports.pinned = 0
  AND NOT EXISTS (SELECT 1 FROM bugs WHERE bugs.newest_report_id = reports.id AND bugs.state = 'open')`;

const oldestReports = query<[limit: number], DoomedWithSize>(`
  SELECT ${DOOMED} WHERE ${DISPENSABLE} ORDER BY reports.id LIMIT ?`);

/** When nothing else is left. */
const oldestKept = query<[limit: number], DoomedWithSize>(`
  SELECT ${DOOMED} ORDER BY reports.id LIMIT ?`);

interface DoomedBlob {
  readonly id: number;
  readonly createdAt: number;
  readonly file: string | null;
  readonly fileBytes: number;
  readonly dataBytes: number;
}

const oldestBlobs = query<[limit: number], DoomedBlob>(`
  SELECT id, created_at AS createdAt, file, file_bytes AS fileBytes, ifnull(length(data), 0) AS dataBytes
  FROM blobs ORDER BY id LIMIT ?`);

const deleteBlob = query<[id: number]>(`DELETE FROM blobs WHERE id = ?`);

/**
 * Removes the oldest reports and blobs until about `bytes` are free again, or `MAX_OF_STEP` are gone; those that are to
 * be kept (pinned, newest of an open bug) only when nothing else is left. Removes nothing only where there is nothing.
 */
export function pruneOldest(writer: Writer, bytes: number): Promise<PruneStep> {
  return inTransaction(writer, async (context) => {
    const { connection } = context;
    const blobs = oldestBlobs(connection).all(MAX_OF_STEP);
    const unpinned = oldestReports(connection).all(MAX_OF_STEP);
    const reports =
      unpinned.length === 0 && blobs.length === 0 ? oldestKept(connection).all(MAX_OF_STEP) : unpinned;
    const step = { reports: 0, blobs: 0, bytes: 0 };
    while (step.bytes < bytes && step.reports + step.blobs < MAX_OF_STEP) {
      const report = reports[step.reports];
      const blob = blobs[step.blobs];
      if (blob !== undefined && (report === undefined || blob.createdAt < report.receivedAt)) {
        step.bytes += removeBlob(context, blob);
        step.blobs += 1;
      } else if (report === undefined) {
        break;
      } else {
        await removeReport(context, report);
        step.bytes += sizeOf(report);
        step.reports += 1;
      }
    }
    context.tally.pruned += step.reports;
    return step;
  });
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

function removeBlob(context: WriteContext, blob: DoomedBlob): number {
  const { connection, layout, tally } = context;
  deleteBlob(connection).run(blob.id);
  tally.blobFileBytes -= blob.fileBytes;
  if (blob.file !== null) noteRemoval(context, blobPath(layout, blob.file), blob.fileBytes);
  return blob.fileBytes + blob.dataBytes + ROW_BYTES;
}

function blobPath(layout: Layout, file: string): string {
  return path.join(layout.blobs, file);
}

function sizeOf({ folderBytes, dataBytes }: DoomedWithSize): number {
  return folderBytes + dataBytes + ROW_BYTES;
}
