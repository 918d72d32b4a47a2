// A report being written: attachments that become small in memory, others in a folder of its own under incoming/; commit moves that
// folder to its final place, makes it durable and only then has the row written.
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
import { BLOCK_BYTES, attachmentFile, dayFolder, reportFolder } from './disk/folder-layout.ts';
import type { Layout } from './disk/folder-layout.ts';
import { identityKey, toRecord, toRow } from '../shared/report-row.ts';
import type { Placement } from '../shared/report-row.ts';
import { recordFrame } from './disk/record-frame.ts';
import { asStorageError, errorCode } from './disk/storage-error.ts';
import { WriteFailed } from './thread/writer-client.ts';
import type { WriterClient } from './thread/writer-client.ts';
import { createFrameFile } from './disk/frame-file.ts';
import type { FrameFile } from './disk/frame-file.ts';
import type { Packing, PackingPool } from './packing/packing-pool.ts';
import type { JoiningAttachment } from './joined/join-attachments.ts';

/** What takes at most so much as it is stored goes into the database, however large it came … */
const ROW_PART_BYTES = 64 * 1024;
/** … as long as all such attachments of a report stay below this; what comes beyond goes to files. */
const ROW_PARTS_BYTES = 256 * 1024;

/** A row takes about this much beside its texts: columns, and entries in the indexes. */
const ROW_BYTES = 700;

/** What drafts need of the store. */
export interface DraftParts {
  readonly layout: Layout;
  readonly files: Files;
  readonly writer: WriterClient;
  readonly pool: PackingPool;
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

export class Draft implements ReportDraft {
  readonly #parts: DraftParts;
  readonly #attachments: StoredAttachment[] = [];
  readonly #small: Uint8Array[] = [];
  readonly #large: FrameFile[] = [];
  /** Every file that was opened, so that giving up can close those that never ended. */
  readonly #opened: FrameFile[] = [];
  #folder: string | null = null;
  /** The newest file while it is being opened. */
  #opening: Promise<FrameFile> | null = null;
  /** The newest attachment's pieces on their way through the pool. */
  #packing: Packing | null = null;
  #smallBytes = 0;
  /** Disk space of the large attachments, once they are durable. */
  #taken: readonly number[] | null = null;
  #folderBytes = 0;
  #closed = false;

  constructor(parts: DraftParts) {
    this.#parts = parts;
  }

  attachment(start: AttachmentStart): ReturnType<typeof createSink> {
    if (!isFileName(start.name))
      throw new TypeError(`${JSON.stringify(start.name)} is not safe as a file name`);
    const shelf: AttachmentStore = {
      pool: this.#parts.pool,
      mayHold: (bytes, held) =>
        held + bytes <= ROW_PART_BYTES && this.#smallBytes + held + bytes <= ROW_PARTS_BYTES,
      openFile: (name) => {
        this.#opening = this.#openFile(name);
        return this.#opening;
      },
      packing: (packing) => (this.#packing = packing),
      keep: (attachment, kept) => this.#keep(attachment, kept),
    };
    return createSink(start, shelf);
  }

  async commit(report: NewReport): Promise<CommitResult> {
    if (this.#closed) throw new StorageError('the draft is closed', { reason: 'failed' });
    this.#closed = true;
    try {
      return await (this.#folder === null
        ? this.#commitRow(report, null)
        : this.#commitFolder(report, this.#folder));
    } catch (error) {
      this.#parts.disk.failed(error);
      throw asStorageError(error, `store report ${report.crashId}`);
    }
  }

  async join(to: ReportIdentity): Promise<void> {
    if (this.#closed) throw new StorageError('the draft is closed', { reason: 'failed' });
    this.#closed = true;
    try {
      await this.#joinFrom(this.#folder, to);
    } catch (error) {
      this.#parts.disk.failed(error);
      throw asStorageError(error, 'keep attachments');
    } finally {
      await this.#removeFolder(this.#folder);
    }
  }

  async discard(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#packing?.drop();
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
        await this.#joinIfDue(report, folder);
        await this.#removeFolder(folder);
        return { kind: 'duplicate', crashId: first };
      }
      // The first file tells what the folder is, should its row ever be lost.
      const record = recordFrame(toRecord(toRow(report, this.#placement(Number.MAX_SAFE_INTEGER))));
      this.#taken = await Promise.all(
        this.#large.map((file, index) => file.syncAndClose(index === 0 ? record : undefined)),
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
      await this.#joinIfDue(report, final);
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

  async #commitRow(report: NewReport, commitBefore: number | null): Promise<CommitResult> {
    const row = toRow(report, this.#placement(commitBefore ?? Number.MAX_SAFE_INTEGER));
    const rows = ROW_BYTES + row.annotationsJson.length + row.attachmentsJson.length + this.#smallBytes;
    const first = await this.#parts.writer.write('commitReport', [row], { rows, files: row.folderBytes });
    if (first === null) return { kind: 'stored', crashId: report.crashId };
    if (this.#large.length === 0) await this.#joinIfDue(report, null);
    return { kind: 'duplicate', crashId: first };
  }

  async #joinIfDue(report: NewReport, folder: string | null): Promise<void> {
    const { account, product, identity, joins } = report;
    if (joins === true && identity !== null) await this.#joinFrom(folder, { account, product, identity });
  }

  /** Large attachments become files among the blobs, durable before their rows exist; what a failure leaves there the sweep removes. */
  async #joinFrom(folder: string | null, { account, product, identity }: ReportIdentity): Promise<void> {
    if (this.#attachments.length === 0) return;
    const { files, layout, writer, syncFolder } = this.#parts;
    this.#taken ??= await Promise.all(this.#large.map((file) => file.syncAndClose()));
    const small = this.#smallBytes === 0 ? Buffer.alloc(0) : this.#smallData();
    const joining: JoiningAttachment[] = [];
    let large = 0;
    for (const { offset, coding = 'frames', stored = 0, ...attachment } of this.#attachments) {
      const same = { ...attachment, coding, stored };
      if (offset !== null) {
        joining.push({ ...same, file: null, fileBytes: 0, data: small.subarray(offset, offset + stored) });
        continue;
      }
      const file = `${randomBytes(16).toString('hex')}.zst`;
      if (folder !== null)
        await files.rename(path.join(folder, attachmentFile(attachment.name)), path.join(layout.blobs, file));
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
  }

  #placement(commitBefore: number): Placement {
    return {
      attachments: this.#attachments,
      data: this.#smallBytes === 0 ? null : this.#smallData(),
      folderBytes: this.#folderBytes,
      commitBefore,
    };
  }

  #smallData(): Uint8Array {
    const [first] = this.#small;
    return this.#small.length === 1 && first !== undefined ? first : Buffer.concat(this.#small);
  }

  #keep(attachment: Attachment, kept: Kept): void {
    const { coding, stored } = kept;
    if ('file' in kept) {
      this.#attachments.push({ ...attachment, offset: null, coding, stored });
      this.#large.push(kept.file);
      return;
    }
    this.#attachments.push({ ...attachment, offset: this.#smallBytes, coding, stored });
    this.#small.push(...kept.parts);
    this.#smallBytes += stored;
  }

  async #openFile(name: string): Promise<FrameFile> {
    if (this.#closed) throw new StorageError('the draft is closed', { reason: 'failed' });
    const { files, layout } = this.#parts;
    if (this.#folder === null) {
      this.#folder = path.join(layout.incoming, randomBytes(12).toString('hex'));
      await files.makeFolder(this.#folder);
    }
    const file = await createFrameFile(files, path.join(this.#folder, attachmentFile(name)));
    this.#opened.push(file);
    if (this.#closed) {
      await file.abandon();
      throw new StorageError('the draft is closed', { reason: 'failed' });
    }
    return file;
  }

  /** What cannot be removed now the sweep removes later. */
  async #removeFolder(folder: string | null): Promise<void> {
    if (folder === null) return;
    await Promise.all(this.#opened.map((file) => file.abandon()));
    await this.#parts.files.removeTree(folder).catch(() => undefined);
  }
}

/** Adapters give safe names; this is the last fence between a name and the disk. */
function isFileName(name: string): boolean {
  return (
    name !== '.' && name !== '..' && !/[/\\\0]/.test(name) && name !== '' && Buffer.byteLength(name) <= 200
  );
}
