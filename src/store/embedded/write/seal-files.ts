// Files of attachments that were written before the store was encrypted, sealed: a folder below incoming/ takes the sealed ones, some of them a step;
// then, in one transaction, they get their places beside those in clear, rows name them, and those in clear go on the list of removals.
// States of a report or blob: in clear → being written (a folder of incoming/) → noted (their places are on the list of removals) → named by its row.
// A crash before the last leaves what the sweep or that list takes away; names are never used twice.
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { attachmentsFromJson, attachmentsToJson, isInFile } from '../../shared/attachment-json.ts';
import type { StoredAttachment } from '../../shared/attachment-json.ts';
import type { DataKey } from '../../shared/sealed-bytes.ts';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import { STAT_BLOCK_BYTES, syncFiles } from '../disk/files.ts';
import { attachmentFile, BLOCK_BYTES, diskBytes, reportFolder } from '../disk/folder-layout.ts';
import type { Layout } from '../disk/folder-layout.ts';
import { readRecordOf, recordFrame } from '../disk/record-frame.ts';
import type { StoredRecord } from '../disk/record-frame.ts';
import { errorCode } from '../disk/storage-error.ts';
import { dropRemoval, noteRemoval } from '../transaction/note-removal.ts';
import { tallyStored } from '../transaction/write-context.ts';
import { inTransaction } from './in-transaction.ts';
import type { Writer } from './in-transaction.ts';
import { moveAttachments, sealableRow } from './reseal.ts';
import { isSealedFile, sizeOf, STEP_BYTES, writeSealed } from './sealed-copy.ts';

/** Something may change a report while it is sealed, or the sweep take a draft: it is begun again, but not more often in a row. */
const MAX_BEGINS = 3;

/** What has files: `report 7`, `blob 7`. */
type Holder = `${'report' | 'blob'} ${number}`;

/** Work under way on one report or blob. */
interface Running {
  readonly draft: string;
  /** What its files take from the disk, about: so much more is needed until the old ones are gone. */
  readonly bytes: number;
  readonly steps: AsyncGenerator<void, Finished>;
}

/** Has the files in the draft take their places; false: something changed meanwhile, and it is begun again. */
type Finished = (writer: Writer) => Promise<boolean>;

/** One for each writer thread: it remembers what it was writing. */
export class FileSealer {
  #running: Running | null = null;
  #holder: Holder | null = null;
  /** How often its sealing was begun. */
  #begins = 0;

  /** Bytes of files that the next step needs room for. */
  get growth(): number {
    return this.#running?.bytes ?? STEP_BYTES;
  }

  /** One step on the files of a report; false: none of them is in clear. Throws where a disk refuses; nothing is lost then. */
  report(writer: Writer, id: number, key: DataKey): Promise<boolean> {
    return this.#step(writer, `report ${id}`, () => beginReport(writer, id, key));
  }

  /** One step on the file of a blob; the same. */
  blob(writer: Writer, id: number, key: DataKey): Promise<boolean> {
    return this.#step(writer, `blob ${id}`, () => beginBlob(writer, id, key));
  }

  /** Gives up what is under way: its report or blob is gone, or there is no room for it. False: nothing is. */
  async drop(): Promise<boolean> {
    const running = this.#running;
    if (running === null) return false;
    this.#running = null;
    await running.steps.return(() => Promise.resolve(false)).catch(() => undefined);
    removeDraft(running.draft);
    return true;
  }

  async #begin(writer: Writer, holder: Holder, begin: () => Running | null): Promise<boolean> {
    await this.drop();
    if (this.#holder !== holder) this.#begins = 0;
    this.#holder = holder;
    const running = begin();
    if (running === null) {
      this.#begins = 0;
      return false;
    }
    this.#running = running;
    this.#begins += 1;
    const why =
      this.#begins > MAX_BEGINS
        ? `it was begun ${MAX_BEGINS} times and is not sealed`
        : syncFiles.freeBytes(writer.layout.root) < running.bytes + STEP_BYTES
          ? 'the disk has no room for a sealed copy'
          : null;
    if (why === null) return true;
    await this.drop();
    this.#begins = 0;
    throw new Error(why);
  }

  async #step(writer: Writer, holder: Holder, begin: () => Running | null): Promise<boolean> {
    if (this.#running === null || this.#holder !== holder) return this.#begin(writer, holder, begin);
    const { steps, draft } = this.#running;
    try {
      const step = await steps.next();
      if (step.done !== true) return true;
      this.#running = null;
      await step.value(writer);
    } catch (error) {
      this.#running = null;
      await steps.return(() => Promise.resolve(false)).catch(() => undefined);
      // The sweep takes a draft that nothing was written to for long: it is begun again.
      if (errorCode(error) === 'ENOENT' && syncFiles.stat(draft) === null) return true;
      this.#begins = 0;
      throw error;
    } finally {
      // What stays of it the sweep removes.
      if (this.#running === null) removeDraft(draft);
    }
    return true;
  }
}

function removeDraft(draft: string): void {
  try {
    syncFiles.removeTree(draft);
  } catch {
    // The sweep tells of what cannot be removed.
  }
}

function beginReport({ connection, layout }: Writer, id: number, key: DataKey): Running | null {
  const row = sealableRow(connection, id);
  if (row === null) return null;
  const all = attachmentsFromJson(row.attachments);
  const folder = reportFolder(layout, row.receivedAt, row.crashId);
  const clear = all.filter(
    (one) => isInFile(one) && !isSealedFile(path.join(folder, attachmentFile(one)), one),
  );
  if (clear.length === 0) return null;
  const draft = newDraft(layout);
  return { draft, bytes: row.folderBytes, steps: steps() };

  async function* steps(): AsyncGenerator<void, Finished> {
    const names = new Map<StoredAttachment, StoredAttachment>();
    const record = recordOf(folder, all);
    for (const one of clear) {
      const name = `${one.name}.${randomBytes(4).toString('hex')}.zst`;
      const coding = one.coding === 'frames' ? one.coding : null;
      const from = {
        file: path.join(folder, attachmentFile(one)),
        coding,
        size: one.size,
        sha256: one.sha256,
      };
      const stored = yield* writeSealed(
        { ...from, stored: one.stored ?? sizeOf(from.file) },
        path.join(draft, name),
        key,
      );
      names.set(one, { ...one, coding: 'frames', stored, file: name });
    }
    const attachmentsJson = attachmentsToJson(all.map((one) => names.get(one) ?? one));
    const made = [...names.values()].map(attachmentFile);
    const [first] = names.values();
    if (record !== null && first !== undefined)
      syncFiles.writeAt(
        path.join(draft, attachmentFile(first)),
        first.stored ?? 0,
        recordFrame({ ...record, attachmentsJson }, key),
      );
    for (const name of made) syncFiles.syncFile(path.join(draft, name));
    return (writer) =>
      placeFiles(writer, { draft, folder, made }, (context) => {
        const now = sealableRow(context.connection, id);
        // The record holds annotations and notes, too: what was taken from the row meanwhile must not stay in the copy.
        if (now === null || !isDeepStrictEqual(now, row)) return null;
        return () => {
          const gone = clear.map((one) => path.join(folder, attachmentFile(one)));
          const freed = gone.map((file) => takenBy(file));
          const came = made.reduce((sum, name) => sum + takenBy(path.join(folder, name)), 0);
          const folderBytes = Math.max(
            now.folderBytes + came - freed.reduce((sum, bytes) => sum + bytes, 0),
            2 * BLOCK_BYTES,
          );
          moveAttachments(context.connection, id, { row: now, attachmentsJson, folderBytes });
          for (const [index, file] of gone.entries()) noteRemoval(context, file, freed[index] ?? 0);
          context.tally.reportFolderBytes += folderBytes - now.folderBytes;
          tallyStored(context.tally, now.productId, folderBytes - now.folderBytes);
        };
      });
  }
}

interface BlobRow {
  readonly productId: number;
  readonly file: string;
  readonly fileBytes: number;
  readonly size: number;
  /** Where it is joined to a report. */
  readonly stored: number | null;
  readonly sha256: string | null;
}

const blobRow = query<[id: number], BlobRow>(`
  SELECT blobs.product_id AS productId, file, file_bytes AS fileBytes, blobs.size, stored, sha256
  FROM blobs LEFT JOIN joined_attachments ON blob_id = blobs.id WHERE blobs.id = ? AND file IS NOT NULL`);
const moveBlob = query<[file: string, bytes: number, id: number, before: string]>(`
  UPDATE blobs SET file = ?, file_bytes = ? WHERE id = ? AND file = ?`);
const moveJoined = query<[stored: number, blobId: number]>(`
  UPDATE joined_attachments SET stored = ?, coding = 'frames' WHERE blob_id = ?`);

function beginBlob({ connection, layout }: Writer, id: number, key: DataKey): Running | null {
  const row = blobRow(connection).get(id);
  if (row === undefined) return null;
  const from = path.join(layout.blobs, row.file);
  const stored = row.stored ?? sizeOf(from);
  if (isSealedFile(from, { coding: 'frames', size: row.size, stored })) return null;
  const draft = newDraft(layout);
  return { draft, bytes: row.fileBytes, steps: steps(row) };

  async function* steps({ file, size, sha256 }: BlobRow): AsyncGenerator<void, Finished> {
    const name = `${randomBytes(16).toString('hex')}.zst`;
    const to = path.join(draft, name);
    const sealed = yield* writeSealed({ file: from, coding: 'frames', size, stored, sha256 }, to, key);
    syncFiles.syncFile(to);
    return (writer) =>
      placeFiles(writer, { draft, folder: layout.blobs, made: [name] }, (context) => {
        const now = blobRow(context.connection).get(id);
        if (now?.file !== file) return null;
        return () => {
          const bytes = takenBy(path.join(layout.blobs, name));
          moveBlob(context.connection).run(name, bytes, id, file);
          moveJoined(context.connection).run(sealed, id);
          noteRemoval(context, from, now.fileBytes);
          context.tally.blobFileBytes += bytes - now.fileBytes;
          tallyStored(context.tally, now.productId, bytes - now.fileBytes);
        };
      });
  }
}

/**
 * Has files take their places in the transaction that names them: none is there without a note of it, and nobody works off the notes meanwhile.
 * `rows` looks whether all is as it was, and gives what changes the rows then.
 */
async function placeFiles(
  writer: Writer,
  {
    draft,
    folder,
    made,
  }: { readonly draft: string; readonly folder: string; readonly made: readonly string[] },
  rows: (context: Parameters<typeof noteRemoval>[0]) => (() => void) | null,
): Promise<boolean> {
  const places = made.map((name) => path.join(folder, name));
  await inTransaction(writer, (context) => {
    for (const place of places) noteRemoval(context, place, 0);
  });
  return inTransaction(writer, (context) => {
    const change = rows(context);
    const areNoted = places.map((place) => dropRemoval(context, place)).every((noted) => noted);
    if (change === null || !areNoted) return false;
    for (const name of made) syncFiles.rename(path.join(draft, name), path.join(folder, name));
    syncFiles.syncFolder(folder);
    change();
    return true;
  });
}

function newDraft(layout: Layout): string {
  const draft = path.join(layout.incoming, `sealed-${randomBytes(12).toString('hex')}`);
  syncFiles.makeFolder(draft);
  return draft;
}

function takenBy(file: string): number {
  const stat = syncFiles.stat(file);
  return stat === null ? 0 : Math.max(stat.blocks * STAT_BLOCK_BYTES, diskBytes(stat.size));
}

/** What the first file says of its report, where one does. */
function recordOf(folder: string, all: readonly StoredAttachment[]): StoredRecord | null {
  for (const one of all.filter(isInFile)) {
    const file = path.join(folder, attachmentFile(one));
    if (syncFiles.stat(file) === null) continue;
    const source = syncFiles.openRandom(file);
    try {
      const record = readRecordOf(source);
      if (record !== null) return record;
    } finally {
      source.close();
    }
  }
  return null;
}

const reportsAfter = query<[id: number, limit: number], { id: number; folderBytes: number }>(`
  SELECT id, folder_bytes AS folderBytes FROM reports WHERE id > ? ORDER BY id LIMIT ?`);
const nextBlob = query<[id: number], number>(
  `SELECT id FROM blobs WHERE id > ? AND file IS NOT NULL ORDER BY id LIMIT 1`,
);
/** Rows that one look passes. */
const PASSED = 2000;

/** The next report that has files; `passed`: none up to this one has; null: there is no further report. */
export function nextWithFiles(
  connection: Connection,
  after: number,
): { readonly id: number } | { readonly passed: number } | null {
  const rows = reportsAfter(connection).all(after, PASSED);
  const found = rows.find(({ folderBytes }) => folderBytes > 0);
  if (found !== undefined) return { id: found.id };
  const last = rows.at(-1);
  return last === undefined ? null : { passed: last.id };
}

/** The next blob in a file; null: there is none. */
export function nextBlobFile(connection: Connection, after: number): number | null {
  return nextBlob(connection).pluck().get(after) ?? null;
}
