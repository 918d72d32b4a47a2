// A report being written: attachments that become small go into its row, larger ones are appended to a pack, and what must not wait in memory goes
// into a folder of its own under incoming/, which commit moves to its final place. Only what is durable gets a row.
// States: open → committing | joining | discarded → closed.
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import type { Attachment } from '../../report/report.ts';
import { StorageError } from '../intake.ts';
import type { AttachmentStart, CommitResult, NewReport, ReportDraft, ReportIdentity } from '../intake.ts';
import { createSink } from './attachment-sink.ts';
import type { AttachmentStore, Kept } from './attachment-sink.ts';
import type { StoredAttachment } from '../shared/attachment-json.ts';
import type { DayFolders } from './disk/day-folders.ts';
import type { DiskWatch } from './disk-watch.ts';
import type { Files } from './disk/files.ts';
import { encodeFrame } from './disk/seekable-zstd.ts';
import { BLOCK_BYTES, attachmentFile, dayFolder, reportFolder } from './disk/folder-layout.ts';
import type { Layout } from './disk/folder-layout.ts';
import { RETIRED, identityKey, toRecord, toRow } from '../shared/report-row.ts';
import type { NewReportRow, Placement } from '../shared/report-row.ts';
import { recordFrame } from './disk/record-frame.ts';
import { asStorageError, errorCode } from './disk/storage-error.ts';
import { sealingKeyOf } from './sealed/unlocked-keys.ts';
import type { DataKey } from '../shared/sealed-bytes.ts';
import { WriteFailed } from './thread/writer-client.ts';
import type { WriterClient } from './thread/writer-client.ts';
import { createFrameFile } from './disk/frame-file.ts';
import type { FrameFile } from './disk/frame-file.ts';
import type { Packing, PackingPool } from './packing/packing-pool.ts';
import type { HeldBytes } from './disk/held-bytes.ts';
import type { PackWriter } from './disk/pack-writer.ts';
import type { JoiningAttachment } from './joined/join-attachments.ts';

/** What takes at most so much as it is stored goes into the database, however large it came … */
const ROW_PART_BYTES = 64 * 1024;
/** … as long as all such attachments of a report stay below this; what comes beyond goes to files. */
const ROW_PARTS_BYTES = 256 * 1024;

/** A pack that was taken out of use between an append and its row is followed by another one; not for ever. */
const MAX_APPENDS = 4;

/** A row takes about this much beside its texts: columns, and entries in the indexes. */
const ROW_BYTES = 700;

/** What drafts need of the store. */
export interface DraftParts {
  readonly layout: Layout;
  readonly files: Files;
  readonly writer: WriterClient;
  readonly pool: PackingPool;
  readonly packs: PackWriter;
  /** How much of one report may go into a pack. */
  readonly packedBytes: number;
  readonly held: HeldBytes;
  readonly days: DayFolders;
  readonly disk: Pick<DiskWatch, 'failed'>;
  readonly sweepGraceMs: number;
  /** Makes the names in a folder durable; concurrent callers share one fsync. */
  readonly syncFolder: (folder: string) => Promise<void>;
  /** The crash id of the stored report with this identity. */
  readonly findByIdentity: (identity: string) => string | null;
  /** Whether a report with this crash id is stored. */
  readonly hasCrashId: (crashId: string) => boolean;
}

/** An attachment that has ended, and where its bytes go. */
type KeptAttachment =
  | {
      readonly attachment: Attachment;
      readonly coding: 'raw' | 'frames';
      readonly stored: number;
      readonly place: 'row' | 'pack';
      readonly parts: readonly Uint8Array[];
    }
  | {
      readonly attachment: Attachment;
      readonly coding: 'frames';
      readonly stored: number;
      readonly place: 'file';
      readonly file: FrameFile;
    };

export class Draft implements ReportDraft {
  readonly #parts: DraftParts;
  #kept: KeptAttachment[] = [];
  /** Every file that was opened, so that giving up can close those that never ended. */
  readonly #opened: FrameFile[] = [];
  #folder: string | null = null;
  /** The newest file while it is being opened. */
  #opening: Promise<FrameFile> | null = null;
  /** The newest attachment's pieces on their way through the pool. */
  #packing: Packing | null = null;
  /** Disk space of the large attachments, once they are durable. */
  #taken: readonly number[] | null = null;
  #folderBytes = 0;
  /** Counted as held: of the attachment that is being written, and of those that ended. */
  #holding = 0;
  #held = 0;
  #closed = false;
  /** Seals frames and records; null: the store is not encrypted. */
  readonly #key: DataKey | null;

  constructor(parts: DraftParts) {
    this.#parts = parts;
    this.#key = sealingKeyOf(parts.layout.database);
  }

  attachment(start: AttachmentStart): ReturnType<typeof createSink> {
    if (!isFileName(start.name))
      throw new TypeError(`${JSON.stringify(start.name)} is not safe as a file name`);
    const place: AttachmentStore = {
      pool: this.#parts.pool,
      key: this.#key,
      mayHold: (bytes, held) => this.#mayHold(bytes, held),
      openFile: (name) => {
        // What was gathered goes into the file.
        this.#parts.held.give(this.#holding);
        this.#holding = 0;
        this.#opening = this.#openFile(name);
        return this.#opening;
      },
      packing: (packing) => (this.#packing = packing),
      keep: (attachment, kept) => this.#keep(attachment, kept),
    };
    return createSink(start, place);
  }

  async commit(report: NewReport): Promise<CommitResult> {
    if (this.#closed) throw new StorageError('the draft is closed', { reason: 'failed' });
    this.#closed = true;
    try {
      // A report lies in a folder or in a pack, never in both.
      if (this.#folder !== null) await this.#intoFiles();
      return await (this.#folder !== null
        ? this.#commitFolder(report, this.#folder)
        : this.#sumOf('pack') > 0
          ? this.#commitPacked(report)
          : this.#commitRow(report, null));
    } catch (error) {
      this.#parts.disk.failed(error);
      throw asStorageError(error, `store report ${report.crashId}`);
    } finally {
      this.#letGo();
    }
  }

  async join(to: ReportIdentity): Promise<void> {
    if (this.#closed) throw new StorageError('the draft is closed', { reason: 'failed' });
    this.#closed = true;
    try {
      await this.#joinFrom(to);
    } catch (error) {
      this.#parts.disk.failed(error);
      throw asStorageError(error, 'keep attachments');
    } finally {
      this.#letGo();
      await this.#removeFolder(this.#folder);
    }
  }

  async discard(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#packing?.drop();
    this.#letGo();
    // A connection may break while a file is being opened: it would appear after the folder was removed.
    await this.#opening?.catch(() => undefined);
    await this.#removeFolder(this.#folder);
  }

  /** Attachments lie in files: those are made durable and take their final place before the row exists. */
  async #commitFolder(report: NewReport, folder: string): Promise<CommitResult> {
    const { layout, findByIdentity } = this.#parts;
    try {
      const first = report.identity === null ? null : findByIdentity(report.identity);
      if (first !== null) {
        await this.#joinIfDue(report);
        await this.#removeFolder(folder);
        return { kind: 'duplicate', crashId: first };
      }
      // The first file tells what the folder is, should its row ever be lost.
      const record = recordFrame(
        toRecord(toRow(report, this.#placement(Number.MAX_SAFE_INTEGER))),
        this.#key,
      );
      this.#taken = await Promise.all(
        this.#files().map((file, index) => file.syncAndClose(index === 0 ? record : undefined)),
      );
      this.#folderBytes = this.#taken.reduce((sum, bytes) => sum + bytes, BLOCK_BYTES);
      await this.#parts.syncFolder(folder);
    } catch (error) {
      await this.#removeFolder(folder);
      throw error;
    }
    const final = reportFolder(layout, report.receivedAt, report.crashId);
    if (!(await this.#moveTo(report, folder, final))) return { kind: 'duplicate', crashId: report.crashId };
    let result: CommitResult;
    try {
      await this.#parts.syncFolder(path.dirname(final));
      result = await this.#commitRow(report, Date.now() + this.#parts.sweepGraceMs / 2);
    } catch (error) {
      // Where the row may have been stored after all, its files must stay; if it was not, the sweep removes them.
      if (!(error instanceof WriteFailed) || error.certain) await this.#removeFolder(final);
      throw error;
    }
    // Where a row has this very crash id the folder may be its own: the sweep finds out.
    if (result.kind === 'duplicate' && result.crashId !== report.crashId) {
      this.#folder = final;
      await this.#joinIfDue(report);
      await this.#removeFolder(final);
    }
    return result;
  }

  /** Renames the folder. False: a report with this crash id is stored already (the folder is removed). */
  async #moveTo(report: NewReport, folder: string, final: string): Promise<boolean> {
    const { files, layout } = this.#parts;
    const day = dayFolder(layout, report.receivedAt);
    try {
      for (let attempt = 1; ; attempt += 1) {
        await this.#parts.days.ensure(day);
        try {
          await files.rename(folder, final);
          return true;
        } catch (error) {
          const code = errorCode(error);
          if (code === 'ENOTEMPTY' || code === 'EEXIST') {
            // Either a retry that carries its crash id, or another such retry that is being committed right now.
            if (!this.#parts.hasCrashId(report.crashId)) throw error;
            await this.#removeFolder(folder);
            return false;
          }
          // The sweep may remove a day's empty folder between the two calls.
          if (code !== 'ENOENT' || attempt === 3) throw error;
          this.#parts.days.forget(day);
        }
      }
    } catch (error) {
      await this.#removeFolder(folder);
      throw error;
    }
  }

  /** The larger attachments become durable in a pack, and share that with all other reports that wait for it; then the row names the place. */
  async #commitPacked(report: NewReport): Promise<CommitResult> {
    const { packs, writer, findByIdentity } = this.#parts;
    const first = report.identity === null ? null : findByIdentity(report.identity);
    if (first !== null) {
      await this.#joinIfDue(report);
      return { kind: 'duplicate', crashId: first };
    }
    const body = this.#partsOf('pack');
    const bodyBytes = this.#sumOf('pack');
    const row = toRow(report, this.#placement(Number.MAX_SAFE_INTEGER));
    const record = recordFrame(toRecord(row), this.#key);
    for (let attempt = 1; ; attempt += 1) {
      const pack = await packs.append({ body, bodyBytes, record });
      try {
        const commitBefore = Date.now() + this.#parts.sweepGraceMs / 2;
        return await this.#writeRow(report, { ...row, pack, commitBefore });
      } catch (error) {
        if (error instanceof PackRetired && attempt < MAX_APPENDS) {
          await packs.retire(pack.pack);
          continue;
        }
        // Where the row was stored after all, it keeps its entry.
        await writer.write('dropEntry', [pack]).catch(() => undefined);
        throw error;
      }
    }
  }

  #commitRow(report: NewReport, commitBefore: number | null): Promise<CommitResult> {
    return this.#writeRow(report, toRow(report, this.#placement(commitBefore ?? Number.MAX_SAFE_INTEGER)));
  }

  async #writeRow(report: NewReport, row: NewReportRow): Promise<CommitResult> {
    const rows = ROW_BYTES + row.annotationsJson.length + row.attachmentsJson.length + this.#sumOf('row');
    const files = row.folderBytes + (row.pack?.bytes ?? 0);
    const first = await this.#parts.writer.write('commitReport', [row], { rows, files });
    if (first === null) return { kind: 'stored', crashId: report.crashId };
    if (first === RETIRED) throw new PackRetired();
    if (this.#folder === null) await this.#joinIfDue(report);
    return { kind: 'duplicate', crashId: first };
  }

  async #joinIfDue(report: NewReport): Promise<void> {
    const { account, product, identity, joins } = report;
    if (joins === true && identity !== null) await this.#joinFrom({ account, product, identity });
  }

  /** Large attachments become files among the blobs, durable before their rows exist; what a failure leaves there the sweep removes. */
  async #joinFrom({ account, product, identity }: ReportIdentity): Promise<void> {
    if (this.#kept.length === 0) return;
    const { files, layout, writer, syncFolder } = this.#parts;
    if (this.#taken === null) {
      await this.#intoFiles();
      this.#taken = await Promise.all(this.#files().map((file) => file.syncAndClose()));
    }
    const joining: JoiningAttachment[] = [];
    let large = 0;
    for (const kept of this.#kept) {
      const { attachment, coding, stored } = kept;
      const same = { ...attachment, coding, stored };
      if (kept.place !== 'file') {
        joining.push({ ...same, file: null, fileBytes: 0, data: joined(kept.parts) });
        continue;
      }
      const file = `${randomBytes(16).toString('hex')}.zst`;
      if (this.#folder !== null)
        await files.rename(
          path.join(this.#folder, attachmentFile(attachment)),
          path.join(layout.blobs, file),
        );
      joining.push({ ...same, file, fileBytes: this.#taken[large] ?? 0, data: null });
      large += 1;
    }
    if (large > 0) await syncFolder(layout.blobs);
    const rows = joining.reduce((sum, { data }) => sum + ROW_BYTES + (data?.length ?? 0), 0);
    const kept = await writer.write(
      'joinAttachments',
      [{ account, product, identity: identityKey(identity), now: Date.now() }, joining],
      { rows, files: joining.reduce((sum, { fileBytes }) => sum + fileBytes, 0) },
    );
    for (const { file } of joining) {
      if (file !== null && !kept.includes(file))
        await files.removeTree(path.join(layout.blobs, file)).catch(() => undefined);
    }
    if (this.#folder !== null) await this.#removeFolder(this.#folder);
  }

  /** What was to go into a pack goes into files of the draft's folder instead. */
  async #intoFiles(): Promise<void> {
    for (const [index, kept] of this.#kept.entries()) {
      if (kept.place !== 'pack') continue;
      const file = await this.#createFile(kept.attachment.name);
      for (const part of kept.parts) await file.write(part);
      this.#kept[index] = { ...kept, coding: 'frames', place: 'file', file };
    }
  }

  #placement(commitBefore: number): Placement {
    const data = this.#partsOf('row');
    return {
      attachments: this.#stored(),
      data: data.length === 0 ? null : joined(data),
      pack: null,
      folderBytes: this.#folderBytes,
      commitBefore,
    };
  }

  /** As the row tells of them, in the order in which they came. */
  #stored(): readonly StoredAttachment[] {
    const ends = { row: 0, pack: 0 };
    return this.#kept.map(({ attachment, coding, stored, place }) => {
      if (place === 'file') return { ...attachment, offset: null, coding, stored };
      const offset = ends[place];
      ends[place] += stored;
      return { ...attachment, offset, ...(place === 'pack' && { packed: true }), coding, stored };
    });
  }

  #partsOf(place: 'row' | 'pack'): readonly Uint8Array[] {
    return this.#kept.flatMap((kept) => (kept.place === place && kept.stored > 0 ? kept.parts : []));
  }

  #sumOf(place: 'row' | 'pack'): number {
    return this.#kept.reduce((sum, kept) => (kept.place === place ? sum + kept.stored : sum), 0);
  }

  #files(): readonly FrameFile[] {
    return this.#kept.flatMap((kept) => (kept.place === 'file' ? [kept.file] : []));
  }

  /** Whether an attachment of which `held` bytes are in memory may have some more there. */
  #mayHold(bytes: number, held: number): boolean {
    // A piece that was being packed when the draft was discarded: nobody would give back what it takes.
    if (this.#closed) return false;
    if (this.#fitsRow(held + bytes)) return true;
    const { packedBytes, held: all } = this.#parts;
    if (this.#folder !== null || this.#sumOf('pack') + held + bytes > packedBytes) return false;
    if (!all.take(bytes)) return false;
    this.#holding += bytes;
    return true;
  }

  #fitsRow(bytes: number): boolean {
    return bytes <= ROW_PART_BYTES && this.#sumOf('row') + bytes <= ROW_PARTS_BYTES;
  }

  #letGo(): void {
    this.#parts.held.give(this.#holding + this.#held);
    this.#holding = 0;
    this.#held = 0;
  }

  #keep(attachment: Attachment, kept: Kept): void {
    const { coding, stored } = kept;
    if ('file' in kept) {
      this.#kept.push({ attachment, coding: kept.coding, stored, place: 'file', file: kept.file });
      return;
    }
    this.#held += this.#holding;
    this.#holding = 0;
    if (this.#fitsRow(stored)) {
      this.#kept.push({ attachment, coding, stored, place: 'row', parts: kept.parts });
      return;
    }
    // Packs and files hold frames, also of what is too small to be worth one and came when the row was full.
    const parts = coding === 'frames' ? kept.parts : [encodeFrame(joined(kept.parts), this.#key)];
    const framed = parts.reduce((sum, { length }) => sum + length, 0);
    this.#kept.push({ attachment, coding: 'frames', stored: framed, place: 'pack', parts });
  }

  async #openFile(name: string): Promise<FrameFile> {
    if (this.#closed) throw new StorageError('the draft is closed', { reason: 'failed' });
    const file = await this.#createFile(name);
    if (this.#closed) {
      await file.abandon();
      throw new StorageError('the draft is closed', { reason: 'failed' });
    }
    return file;
  }

  async #createFile(name: string): Promise<FrameFile> {
    const { files, layout, held } = this.#parts;
    if (this.#folder === null) {
      this.#folder = path.join(layout.incoming, randomBytes(12).toString('hex'));
      await files.makeFolder(this.#folder);
    }
    const file = await createFrameFile(files, path.join(this.#folder, attachmentFile({ name })), held);
    this.#opened.push(file);
    return file;
  }

  /** What cannot be removed now the sweep removes later. */
  async #removeFolder(folder: string | null): Promise<void> {
    if (folder === null) return;
    await Promise.all(this.#opened.map((file) => file.abandon()));
    await this.#parts.files.removeTree(folder).catch(() => undefined);
  }
}

/** The pack that an entry lies in was taken out of use before its row. */
class PackRetired extends Error {}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const [first] = parts;
  return parts.length === 1 && first !== undefined ? first : Buffer.concat(parts);
}

/** Adapters give safe names; this is the last fence between a name and the disk. */
function isFileName(name: string): boolean {
  return (
    name !== '.' && name !== '..' && !/[/\\\0]/.test(name) && name !== '' && Buffer.byteLength(name) <= 200
  );
}
