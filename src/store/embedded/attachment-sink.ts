// Receives one attachment: in memory while it is small, through hash and zstd into a file of the draft's folder beyond.
// States: small → (too large) → file → ended | failed.
import { hash } from 'node:crypto';
import type { AttachmentSink, AttachmentStart } from '../intake.ts';
import type { Attachment } from '../../report/report.ts';
import { asStorageError } from './disk/storage-error.ts';
import type { ZstdFile } from './disk/zstd-file.ts';

/** Attachments up to this size live in the database. */
export const SMALL_BYTES = 64 * 1024;

/** Where a draft keeps what its sinks received. */
export interface AttachmentStore {
  /** Whether `bytes` more may be kept in memory for this draft. */
  reserve(bytes: number): boolean;
  /** Opens the file for an attachment that is too large for memory. */
  openFile(name: string): Promise<ZstdFile>;
  /** Takes an attachment that has ended. */
  keepSmall(attachment: Attachment, data: Buffer): void;
  keepFile(attachment: Attachment, file: ZstdFile): void;
}

/** The sink of one attachment. */
export function createSink(start: AttachmentStart, store: AttachmentStore): AttachmentSink {
  let chunks: Buffer[] = [];
  let size = 0;
  let file: ZstdFile | null = null;
  let ended = false;

  return {
    write(chunk) {
      if (file !== null) return told(file.write(chunk));
      if (size + chunk.length <= SMALL_BYTES && store.reserve(chunk.length)) {
        chunks.push(Buffer.from(chunk));
        size += chunk.length;
        return undefined;
      }
      return told(spill(chunk));
    },
    async end() {
      if (ended) throw new TypeError(`attachment ${start.name} was ended twice`);
      ended = true;
      if (file === null) {
        const data = chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
        const attachment = { ...start, size, sha256: hash('sha256', data, 'hex') };
        store.keepSmall(attachment, data);
        return attachment;
      }
      const large = file;
      const attachment = { ...start, ...(await told(large.end())) };
      store.keepFile(attachment, large);
      return attachment;
    },
  };

  async function spill(chunk: Uint8Array): Promise<void> {
    file = await store.openFile(start.name);
    const early = chunks;
    chunks = [];
    for (const each of early) await file.write(each);
    await file.write(chunk);
  }

  async function told<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      throw asStorageError(error, `keep attachment ${start.name}`);
    }
  }
}
