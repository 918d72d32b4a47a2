// Joins the files of reports whose row is lost to rows again. A folder tells by the record at the end of its first file what it was; one of an
// earlier version has its name, its day and its files. What belongs to nothing is moved aside, where no sweep takes it.
import { createHash } from 'node:crypto';
import path from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { isCrashId } from '../../../report/crash-id.ts';
import { PROTOCOLS, REPORT_SCHEMA } from '../../../report/report.ts';
import type { AttachmentKind } from '../../../report/report.ts';
import { attachmentsToJson } from '../../shared/attachment-json.ts';
import type { StoredAttachment } from '../../shared/attachment-json.ts';
import { firstKeyAfter, firstKeyOf } from '../../shared/report-key.ts';
import { originOf } from '../../shared/report-seal.ts';
import { query, type Connection } from '../database/query.ts';
import { statements } from '../database/statements.ts';
import { STAT_BLOCK_BYTES, syncFiles } from '../disk/files.ts';
import { BLOCK_BYTES, diskBytes } from '../disk/folder-layout.ts';
import type { Layout } from '../disk/folder-layout.ts';
import { FRAME_BYTES } from '../disk/seekable-zstd.ts';
import { readRecord, recordBytes } from '../disk/record-frame.ts';
import type { NamedRow } from './salvaged-report.ts';

/** What became of files and rows that did not fit. */
export interface Joined {
  /** Crash ids of reports that have a row again. */
  readonly joined: readonly string[];
  /** Crash ids of reports whose files are gone. */
  readonly withoutFiles: readonly string[];
  /** Files and folders that belong to nothing, relative to the data folder; they lie in `aside` now. */
  readonly unclaimed: readonly string[];
}

const TAIL_BYTES = 16;
/** A file whose original is larger is not looked into; its size is taken from its record, or it stays a file without a report. */
const MAX_ORIGINAL_BYTES = 512 * 1024 * 1024;

const hasReport = query<[crashId: string], number>(`SELECT 1 FROM reports WHERE crash_id = ?`);
const toBeRemoved = query<[target: string], number>(`SELECT 1 FROM removals WHERE target = ?`);
const withFolder = query<[], { readonly crashId: string; readonly receivedAt: number }>(`
  SELECT crash_id AS crashId, received_at AS receivedAt FROM reports WHERE folder_bytes > 0`);
const blobOf = query<[file: string], number>(`SELECT 1 FROM blobs WHERE file = ?`);
const symbolsOf = query<[debugFile: string, debugId: string], number>(`
  SELECT 1 FROM symbols WHERE debug_file = ? AND debug_id = ?`);

/** `aside`: the folder for what belongs to nothing; null: it stays where it is. */
export function joinFiles(target: Connection, layout: Layout, aside: string | null): Joined {
  const joined: string[] = [];
  const unclaimed: string[] = [];
  const claimOrMove = (relative: string, claimed: boolean): void => {
    if (claimed || toBeRemoved(target).get(relative) !== undefined) return;
    if (aside !== null) moveAside(layout, relative, aside);
    unclaimed.push(relative);
  };
  for (const day of foldersIn(layout.reports).filter((name) => /^\d{8}$/.test(name))) {
    for (const crashId of foldersIn(path.join(layout.reports, day)).filter((name) => isCrashId(name))) {
      const relative = `reports/${day}/${crashId}`;
      if (hasReport(target).get(crashId) !== undefined || toBeRemoved(target).get(relative) !== undefined)
        continue;
      const row = rowOfFolder(path.join(layout.reports, day, crashId), crashId, day);
      if (row !== null && insertRow(target, row)) joined.push(crashId);
      else claimOrMove(relative, false);
    }
  }
  for (const file of namesIn(layout.blobs))
    claimOrMove(`blobs/${file}`, blobOf(target).get(file) !== undefined);
  for (const debugFile of foldersIn(layout.symbols)) {
    for (const debugId of foldersIn(path.join(layout.symbols, debugFile))) {
      claimOrMove(`symbols/${debugFile}/${debugId}`, symbolsOf(target).get(debugFile, debugId) !== undefined);
    }
  }
  const withoutFiles = withFolder(target)
    .all()
    .filter(({ crashId, receivedAt }) => syncFiles.stat(folderOf(layout, crashId, receivedAt)) === null)
    .map(({ crashId }) => crashId);
  return { joined, withoutFiles, unclaimed };
}

function folderOf(layout: Layout, crashId: string, receivedAt: number): string {
  const day = new Date(receivedAt).toISOString().slice(0, 10).replaceAll('-', '');
  return path.join(layout.reports, day, crashId);
}

function moveAside(layout: Layout, relative: string, aside: string): void {
  const to = path.join(aside, ...relative.split('/'));
  syncFiles.makeFolder(path.dirname(to));
  syncFiles.rename(path.join(layout.root, ...relative.split('/')), to);
}

/** The row of a report by its files alone; null: there are none. */
function rowOfFolder(folder: string, crashId: string, day: string): NamedRow | null {
  const files = namesIn(folder).filter((name) => name.endsWith('.zst'));
  if (files.length === 0) return null;
  const folderBytes = files.reduce((sum, name) => sum + bytesOf(path.join(folder, name)), BLOCK_BYTES);
  const record = files
    .map((name) => recordOf(path.join(folder, name)))
    .find((each) => each?.['crashId'] === crashId);
  const present = (name: string): boolean => files.includes(`${name}.zst`);
  return record === undefined || record === null
    ? guessedRow(folder, { crashId, day, files, folderBytes })
    : rowOfRecord(record, present, folderBytes);
}

function recordOf(file: string): Readonly<Record<string, unknown>> | null {
  const opened = syncFiles.openRandom(file);
  try {
    const length = recordBytes(opened.read(Math.max(0, opened.size - TAIL_BYTES), TAIL_BYTES));
    if (length === null || length > opened.size) return null;
    const record = readRecord(opened.read(opened.size - length, length));
    return typeof record === 'object' && record !== null
      ? (record as Readonly<Record<string, unknown>>)
      : null;
  } finally {
    opened.close();
  }
}

/** Columns by names of the record's fields. Small attachments lay in the database and are lost with it. */
function rowOfRecord(
  record: Readonly<Record<string, unknown>>,
  present: (name: string) => boolean,
  folderBytes: number,
): NamedRow | null {
  const text = (name: string): string => (typeof record[name] === 'string' ? record[name] : '');
  const maybe = (name: string): string | null => (typeof record[name] === 'string' ? record[name] : null);
  const number = (name: string): number =>
    Number.isSafeInteger(record[name]) ? (record[name] as number) : 0;
  const protocol = PROTOCOLS.find((each) => each === record['protocol']);
  const all = listOf(text('attachmentsJson')) as readonly StoredAttachment[] | null;
  const notes = listOf(text('notesJson')) as readonly string[] | null;
  if (protocol === undefined || all === null || notes === null || listOf(text('annotationsJson')) === null)
    return null;
  const kept = all.filter(({ offset, name }) => offset === null && present(name));
  const lost = all.filter((attachment) => !kept.includes(attachment)).map(({ name }) => name);
  const told = lost.map((name) => `The attachment ${name} was lost with the database.`);
  const identity = maybe('identity');
  return {
    crash_id: text('crashId'),
    state: text('state') === 'deferred' ? 'deferred' : 'queued',
    schema: number('schema'),
    received_at: number('receivedAt'),
    version: maybe('version'),
    platform: maybe('platform'),
    identity: identity === null ? null : Buffer.from(identity, 'hex'),
    installation: maybe('installation'),
    token: maybe('token'),
    payload_kind: text('payloadKind'),
    encoding: text('encoding'),
    body_bytes: number('bodyBytes'),
    user_agent: maybe('userAgent'),
    client_hash: maybe('clientHash'),
    throttle_rule: text('throttleRule'),
    throttle_action: text('throttleAction'),
    folder_bytes: folderBytes,
    attachment_bytes: kept.reduce((sum, { size }) => sum + size, 0),
    attachment_count: kept.length,
    note_count: notes.length + told.length,
    jami: maybe('jamiJson'),
    notes: JSON.stringify([...notes, ...told]),
    attachments: attachmentsToJson(kept),
    annotations: text('annotationsJson'),
    origin: originOf({ account: text('account'), product: text('product'), protocol }),
  };
}

/** Of a folder without a record: what its name, its day and its files tell. */
function guessedRow(
  folder: string,
  found: {
    readonly crashId: string;
    readonly day: string;
    readonly files: readonly string[];
    readonly folderBytes: number;
  },
): NamedRow | null {
  const attachments = found.files.map((file) => attachmentOf(folder, file)).filter((each) => each !== null);
  const receivedAt = Date.UTC(
    Number(found.day.slice(0, 4)),
    Number(found.day.slice(4, 6)) - 1,
    Number(found.day.slice(6, 8)),
  );
  if (attachments.length === 0 || Number.isNaN(receivedAt)) return null;
  const names = new Set(attachments.map(({ name }) => name));
  const protocol = names.has('payload.json')
    ? 'crashkit1'
    : names.has('report.txt')
      ? 'syncthing'
      : 'crashpad';
  const note = 'Only the files of this report were left: everything else was lost with the database.';
  return {
    crash_id: found.crashId,
    state: 'queued',
    schema: REPORT_SCHEMA,
    received_at: receivedAt,
    payload_kind: protocol === 'crashpad' ? 'multipart' : protocol === 'syncthing' ? 'text' : 'json',
    encoding: 'identity',
    body_bytes: attachments.reduce((sum, { size }) => sum + size, 0),
    throttle_rule: 'salvaged',
    throttle_action: 'accept',
    folder_bytes: found.folderBytes,
    attachment_bytes: attachments.reduce((sum, { size }) => sum + size, 0),
    attachment_count: attachments.length,
    note_count: 1,
    notes: JSON.stringify([note]),
    attachments: attachmentsToJson(attachments),
    annotations: '[]',
    origin: originOf({ account: 'default', product: 'salvaged', protocol }),
  };
}

function attachmentOf(folder: string, file: string): StoredAttachment | null {
  const name = file.slice(0, -'.zst'.length);
  try {
    const original = zstdDecompressSync(syncFiles.readBytes(path.join(folder, file)), {
      maxOutputLength: MAX_ORIGINAL_BYTES,
    });
    // It may be the first of several frames, and the record that told so is gone.
    if (original.length === FRAME_BYTES) return null;
    const isDump = original.toString('latin1', 0, 4) === 'MDMP';
    const kind: AttachmentKind = isDump
      ? 'minidump'
      : /^(payload\.json|report\.txt)$/.test(name)
        ? 'payload'
        : 'file';
    const sha256 = createHash('sha256').update(original).digest('hex');
    return { name, kind, filename: null, contentType: null, size: original.length, sha256, offset: null };
  } catch {
    // Cut short or damaged: it stays where it is.
    return null;
  }
}

const highestKey = query<[from: number, before: number], number | null>(`
  SELECT max(id) FROM reports WHERE id >= ? AND id < ?`);
const columnsOfReports = query<[], string>(`SELECT name FROM pragma_table_info('reports')`);

/** Rows get their kind afterwards (`giveKinds`). False: another report has this identity. */
function insertRow(target: Connection, row: NamedRow): boolean {
  const receivedAt = Number(row['received_at']);
  const first = firstKeyOf(receivedAt);
  const highest = highestKey(target).pluck().get(first, firstKeyAfter(receivedAt)) ?? null;
  const whole: NamedRow = {
    ...row,
    id: highest === null ? first : highest + 1,
    kind_id: -1,
    loose: 0,
    attempts: 0,
    pinned: 0,
  };
  const columns = columnsOfReports(target)
    .pluck()
    .all()
    .filter((column) => whole[column] !== undefined);
  return (
    statements
      .prepare<unknown[], never>(
        target,
        `INSERT OR IGNORE INTO reports (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
      )
      .run(...columns.map((column) => whole[column])).changes > 0
  );
}

function listOf(text: string): readonly unknown[] | null {
  try {
    const value = JSON.parse(text) as unknown;
    return Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

function bytesOf(file: string): number {
  const stat = syncFiles.stat(file);
  return stat === null ? 0 : Math.max(stat.blocks * STAT_BLOCK_BYTES, diskBytes(stat.size));
}

function namesIn(folder: string): readonly string[] {
  return syncFiles.stat(folder)?.isDirectory() === true ? syncFiles.list(folder) : [];
}

function foldersIn(folder: string): readonly string[] {
  return syncFiles.stat(folder)?.isDirectory() === true ? syncFiles.listFolders(folder) : [];
}
