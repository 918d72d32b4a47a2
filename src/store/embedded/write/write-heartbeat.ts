// The heartbeat: a report is stored as any other would be, with everything that belongs to it, and taken back within the transaction; then a
// row goes in and comes back, through the same thread and fsync as reports.
import { randomBytes } from 'node:crypto';
import { newCrashId } from '../../../report/crash-id.ts';
import { query } from '../database/query.ts';
import { toRow } from '../../shared/report-row.ts';
import { newNames, newTally } from '../transaction/write-context.ts';
import type { WriteContext } from '../transaction/write-context.ts';
import { flushTally } from '../transaction/flush-tally.ts';
import { commitReport } from './commit-report.ts';

const putHeartbeat = query<[value: Uint8Array]>(`
  INSERT INTO settings (name, value) VALUES ('heartbeat', ?)
  ON CONFLICT (name) DO UPDATE SET value = excluded.value`);

const begin = query(`SAVEPOINT rehearsal`);
const undo = query(`ROLLBACK TO rehearsal`);
const end = query(`RELEASE rehearsal`);

/** Larger than a page, so that overflow pages are part of it. */
const DATA_BYTES = 6000;

/** Writes a value that the caller then reads back. Throws what storing a report would throw. */
export function heartbeat(context: WriteContext, value: Uint8Array): void {
  const { connection } = context;
  begin(connection).run();
  try {
    rehearse({ ...context, names: newNames(), tally: newTally(), nextKeys: new Map() });
  } finally {
    undo(connection).run();
    end(connection).run();
  }
  putHeartbeat(connection).run(value);
}

/** A report comes, in a product of its own. */
function rehearse(context: WriteContext): void {
  const receivedAt = Date.now();
  const crashId = newCrashId(0, receivedAt);
  const report = {
    crashId,
    identity: crashId,
    protocol: 'crashpad',
    account: 'default',
    product: `heartbeat ${crashId}`,
    version: '1',
    platform: 'heartbeat',
    receivedAt,
    annotations: [{ key: 'heartbeat', value: crashId }],
    notes: [],
    payloadKind: 'multipart',
    encoding: 'identity',
    bodyBytes: DATA_BYTES,
    userAgent: null,
    clientHash: null,
    throttle: { rule: 'heartbeat', action: 'accept' },
    installation: crashId,
    token: null,
    state: 'queued',
  } as const;
  const data = randomBytes(DATA_BYTES);
  const placement = {
    attachments: [],
    data,
    pack: null,
    folderBytes: 0,
    commitBefore: Number.MAX_SAFE_INTEGER,
  };
  commitReport(context, toRow(report, placement));
  flushTally(context);
}
