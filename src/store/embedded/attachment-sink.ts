// Receives one attachment: its pieces are gathered, then hashed and compressed, small ones at once and others by the pool. What comes out
// is held in memory while the draft has room for it, and goes into a file of the draft's folder beyond.
// States: gathering → (packing) → held | in a file → ended | failed.
import { hash } from 'node:crypto';
import type { AttachmentSink, AttachmentStart } from '../intake.ts';
import type { Attachment } from '../../report/report.ts';
import type { DataKey } from '../shared/sealed-bytes.ts';
import { encodeFrame, seekTable } from './disk/seekable-zstd.ts';
import { asStorageError } from './disk/storage-error.ts';
import type { FrameFile } from './disk/frame-file.ts';
import { PieceBuffer, SMALL_BYTES } from './packing/piece-buffer.ts';
import type { Packing, PackingPool } from './packing/packing-pool.ts';

/** Below this a frame costs more time than it saves space: rows share pages. */
const WORTH_COMPRESSING = 2048;

/** What became of an attachment's bytes: as they are, in frames that are held in memory, or in frames in a file. */
export type Kept =
  | { readonly coding: 'raw' | 'frames'; readonly parts: readonly Uint8Array[]; readonly stored: number }
  | { readonly coding: 'frames'; readonly file: FrameFile; readonly stored: number };

/** Where a draft keeps what its sinks received. */
export interface AttachmentStore {
  readonly pool: PackingPool;
  /** Seals frames; null: they stay in clear. */
  readonly key: DataKey | null;
  /** Whether so many bytes may be held in memory for this attachment, beside `held` that already are. */
  mayHold(bytes: number, held: number): boolean;
  /** Opens the file for an attachment that is too large for memory. */
  openFile(name: string): Promise<FrameFile>;
  /** Hears of the pieces under way, so that giving up can drop them. */
  packing(packing: Packing): void;
  /** Takes an attachment that has ended. */
  keep(attachment: Attachment, kept: Kept): void;
}

/** The sink of one attachment. */
export function createSink(start: AttachmentStart, store: AttachmentStore): AttachmentSink {
  const gathered = new PieceBuffer(() => store.pool.buffer());
  const lengths: number[] = [];
  let held: Uint8Array[] = [];
  let size = 0;
  let stored = 0;
  let sha256: string | null = null;
  let packing: Packing | null = null;
  let file: FrameFile | null = null;
  /** The piece before the one that is being gathered. */
  let under: Promise<void> = Promise.resolve();
  let ended = false;

  return {
    write(chunk) {
      size += chunk.length;
      const taken = gathered.take(chunk);
      return taken === chunk.length ? undefined : withProblem(onward(chunk.subarray(taken)));
    },
    async end() {
      if (ended) throw new TypeError(`attachment ${start.name} was ended twice`);
      ended = true;
      if (packing === null && size < WORTH_COMPRESSING) {
        const data = gathered.bytes();
        const attachment = { ...start, size, sha256: hash('sha256', data, 'hex') };
        store.keep(attachment, { coding: 'raw', parts: [data], stored: size });
        return attachment;
      }
      await withProblem(finish());
      const attachment = { ...start, size, sha256: sha256 ?? '' };
      store.keep(
        attachment,
        file === null ? { coding: 'frames', parts: held, stored } : { coding: 'frames', file, stored },
      );
      return attachment;
    },
  };

  /** A whole piece goes on its way when the one before has come out: so much of an attachment is in memory, and no more. */
  async function onward(rest: Uint8Array): Promise<void> {
    for (let at = 0; at < rest.length; at += gathered.take(rest.subarray(at))) {
      await under;
      const leave = await store.pool.turn();
      under = pack(false).finally(leave);
      // A fault is told by the write or the end that waits for it.
      under.catch(() => undefined);
    }
  }

  async function finish(): Promise<void> {
    await under;
    if (packing === null && size <= SMALL_BYTES) await packAtOnce();
    else {
      const leave = await store.pool.turn();
      await pack(true).finally(leave);
    }
    const table = seekTable(lengths, size);
    if (table.length > 0) await keepPart(table);
  }

  /** Another thread and back takes longer than so few bytes. */
  async function packAtOnce(): Promise<void> {
    const original = gathered.bytes();
    sha256 = hash('sha256', original, 'hex');
    const frame = encodeFrame(original, store.key);
    lengths.push(frame.length);
    await keepPart(frame);
  }

  async function pack(last: boolean): Promise<void> {
    if (packing === null) store.packing((packing = store.pool.start()));
    const { buffer, length } = gathered.release();
    const piece = await packing.piece(buffer, length, last);
    sha256 = piece.sha256;
    lengths.push(piece.frame.length);
    await keepPart(piece.frame);
  }

  async function keepPart(part: Uint8Array): Promise<void> {
    const { length } = part;
    if (file === null && store.mayHold(length, stored)) {
      held.push(part);
    } else {
      file ??= await store.openFile(start.name);
      const early = held;
      held = [];
      for (const each of [...early, part]) await file.write(each);
    }
    stored += length;
  }

  async function withProblem<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      throw asStorageError(error, `keep attachment ${start.name}`);
    }
  }
}
