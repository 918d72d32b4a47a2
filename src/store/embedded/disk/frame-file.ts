// A file of frames being written: what an attachment is stored in that is too large for memory.
import { releaseChunk, releaseMemory } from '../../../base/release-chunk.ts';
import type { Files } from './files.ts';
import type { HeldBytes } from './held-bytes.ts';

/** So much is gathered for one write where memory allows it: each goes through a thread of the pool and back. */
const WRITE_BYTES = 512 * 1024;
/** A part that is longer has memory of its own, if perhaps a little more of it than it needs; shorter ones may lie in a pool of Node's. */
const OWN_BYTES = 16 * 1024;

/** A file on its way to the disk. */
export interface FrameFile {
  /** Resolves when the bytes are taken over: the caller does not touch them again. Rejects when the disk refused. */
  write(part: Uint8Array): Promise<void>;
  /**
   * Called once after the last write: makes the bytes durable, closes the file and gives the disk space that it takes. `record` is appended
   * before (record-frame.ts).
   */
  syncAndClose(record?: Uint8Array): Promise<number>;
  /** Gives up: closes the file. Never throws. */
  abandon(): Promise<void>;
}

/** Creates the file. What it gathers counts as held; without `held` it gathers nothing. */
export async function createFrameFile(
  files: Pick<Files, 'create'>,
  file: string,
  held?: HeldBytes,
): Promise<FrameFile> {
  const out = await files.create(file);
  let closed = false;
  let gathered: Uint8Array[] = [];
  let bytes = 0;

  function take(): readonly Uint8Array[] {
    const taken = gathered;
    held?.give(bytes);
    gathered = [];
    bytes = 0;
    return taken;
  }

  async function writeOut(parts: readonly Uint8Array[]): Promise<void> {
    await out.writeAll(parts);
    for (const part of parts) {
      if (part.length > OWN_BYTES) releaseMemory(part);
      else releaseChunk(part);
    }
  }

  async function close(): Promise<void> {
    if (closed) return;
    closed = true;
    take();
    await out.close();
  }

  return {
    async write(part) {
      if (closed) throw new Error('the file is closed');
      if (bytes + part.length <= WRITE_BYTES && held?.take(part.length) === true) {
        gathered.push(part);
        bytes += part.length;
        return;
      }
      await writeOut([...take(), part]);
    },
    async syncAndClose(record) {
      const rest = [...take(), ...(record === undefined ? [] : [record])];
      if (rest.length > 0) await writeOut(rest);
      const diskBytes = await out.sync();
      await close();
      return diskBytes;
    },
    async abandon() {
      await close().catch(() => undefined);
    },
  };
}
