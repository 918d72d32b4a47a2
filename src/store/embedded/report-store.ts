// The reading side of the contract, put together.
import type { ReportStore } from '../reports.ts';
import type { StoreParts } from './store-parts.ts';
import { openAttachment, openAttachmentBytes } from './open-attachment.ts';
import { crashIdsFrom, getReport, identityOf, productOf } from './read/get-report.ts';
import {
  prunedReports,
  reportSpan,
  reportsByState,
  reportsWithin,
  schemaVersion,
  sealingNow,
} from './read/read-status.ts';

const HOUR_MINUTES = 60;
const DAY_MINUTES = 24 * 60;

/**
 * The reports of an open store. `measure` gives the sizes of the database and of everything stored. `settled`: lines of the inbox that are still in
 * memory are in the database, where a deletion finds them.
 */
export function createReportStore(
  parts: StoreParts,
  measure: () => Promise<{ readonly databaseBytes: number; readonly usedBytes: number }>,
  settled: () => Promise<void>,
): ReportStore {
  const { connection, reader, writer, disk, options, now } = parts;
  return {
    listReports: (filter, page) => reader.read('listReports', filter, page),
    async getReport(crashId) {
      return getReport(connection, crashId);
    },
    async identityOf(crashId) {
      return identityOf(connection, crashId);
    },
    async productOf(crashId) {
      return productOf(connection, crashId);
    },
    async crashIdsFrom(beginning, limit, within) {
      return crashIdsFrom(connection, beginning, limit, within);
    },
    openAttachment: (crashId, name) =>
      openAttachment(parts, crashId, (attachment) => attachment.name === name),
    readAttachment: (crashId, name) =>
      openAttachmentBytes(parts, crashId, (attachment) => attachment.name === name),
    async deleteReport(crashId) {
      await settled();
      return writer.write('deleteReport', [crashId]);
    },
    pinReport: (crashId, pinned) => writer.write('pinReport', [crashId, pinned]),
    async requeueReport(crashId) {
      return (await writer.write('requeueReports', [[crashId], now()])) > 0;
    },
    listInbox: (page) => reader.read('listInbox', page),
    facets: (limit, within) => reader.read('facets', limit, within),
    async byState(within) {
      return reportsByState(connection, within);
    },
    async status() {
      const byState = reportsByState(connection);
      return {
        reports: byState.queued + byState.deferred + byState.processed + byState.failed,
        reportsByState: byState,
        ...(await measure()),
        limitBytes: options.maxBytes,
        diskFreeBytes: disk.freeBytes,
        ...reportSpan(connection),
        reportsLastHour: reportsWithin(connection, HOUR_MINUTES, now()),
        reportsLastDay: reportsWithin(connection, DAY_MINUTES, now()),
        pruned: prunedReports(connection),
        schemaVersion: schemaVersion(connection),
        sealing: sealingNow(connection),
      };
    },
  };
}
