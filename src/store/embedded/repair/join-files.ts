// Joins the files of reports whose row is lost to rows again. A folder tells by the record at the end of its first file what it was; one of an
// earlier version has its name, its day and its files. What belongs to nothing is moved aside, where no sweep takes it.
import { createHash } from 'node:crypto';
import path from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { isCrashId } from '../../../report/crash-id.ts';
import { REPORT_SCHEMA } from '../../../report/report.ts';
import type { AttachmentKind } from '../../../report/report.ts';
import { attachmentsToJson } from '../../shared/attachment-json.ts';
import type { StoredAttachment } from '../../shared/attachment-json.ts';
import { originOf } from '../../shared/report-seal.ts';
import { query, type Connection } from '../database/query.ts';
import { STAT_BLOCK_BYTES, syncFiles } from '../disk/files.ts';
import { attachmentFile, BLOCK_BYTES, diskBytes } from '../disk/folder-layout.ts';
import type { Layout } from '../disk/folder-layout.ts';
import { FRAME_BYTES } from '../disk/seekable-zstd.ts';
import { readRecordOf } from '../disk/record-frame.ts';
import type { StoredRecord } from '../disk/record-frame.ts';
import { joinPacks } from './join-packs.ts';
import { insertRow, rowOfRecord } from './record-row.ts';
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
  const packed = joinPacks(target, layout, aside);
  joined.push(...packed.joined);
  unclaimed.push(...packed.unclaimed);
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
  return { joined, withoutFiles: [...withoutFiles, ...packed.withoutFiles], unclaimed };
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
  return record === undefined || record === null
    ? guessedRow(folder, { crashId, day, files, folderBytes })
    : rowOfRecord(record, (one) => one.offset === null && files.includes(attachmentFile(one)), folderBytes);
}

function recordOf(file: string): StoredRecord | null {
  const opened = syncFiles.openRandom(file);
  try {
    return readRecordOf(opened);
  } finally {
    opened.close();
  }
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
