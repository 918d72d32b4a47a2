// A file of frames being written: what an attachment is stored in that is too large for memory.
import type { Files } from './files.ts';

/** A file on its way to the disk. */
export interface FrameFile {
  /** Resolves when the bytes have been handed to the system. Rejects when the disk refused. */
  write(bytes: Uint8Array): Promise<void>;
  /**
   * Called once after the last write: makes the bytes durable, closes the file and gives the disk space that it takes. `record` is appended
   * before (record-frame.ts).
   */
  syncAndClose(record?: Uint8Array): Promise<number>;
  /** Gives up: closes the file. Never throws. */
  abandon(): Promise<void>;
}

/** Creates the file. */
export async function createFrameFile(files: Pick<Files, 'create'>, file: string): Promise<FrameFile> {
  const out = await files.create(file);
  let closed = false;

  async function close(): Promise<void> {
    if (closed) return;
    closed = true;
    await out.close();
  }

  return {
    write: (bytes) => out.write(bytes),
    async syncAndClose(record) {
      if (record !== undefined) await out.write(record);
      const diskBytes = await out.sync();
      await close();
      return diskBytes;
    },
    async abandon() {
      await close().catch(() => undefined);
    },
  };
}
