// The two ends of a channel through which a processing thread reads stored attachments in pieces. The parsers of formats/ are
// synchronous, so the thread sleeps until the main thread, which has the store, has put the piece into memory that both see.
import type { MessagePort } from 'node:worker_threads';
import { type ByteSource, PAGE_BYTES } from '../../base/paged-reader.ts';

/** Which piece; `job` is the number of the job under way, whose attachment it is. */
export interface StoredPiece {
  readonly job: number;
  readonly name: string;
  readonly at: number;
  readonly length: number;
}

/** Reads a piece: all of its bytes. Rejects where they cannot be had. */
export type ReadPiece = (piece: StoredPiece) => Promise<Uint8Array>;

// The shared memory: state i32, length i32, then the piece, or the sentence of what went wrong.
const STATE = 0;
const LENGTH = 1;
const HEAD_BYTES = 8;
const ASKED = 0;
const ANSWERED = 1;
const FAILED = 2;

/** The memory that the two ends share. */
export function sharedPiece(): SharedArrayBuffer {
  return new SharedArrayBuffer(HEAD_BYTES + PAGE_BYTES);
}

/** Main thread: answers what comes in at `port`, which does not keep the process alive. */
export function answerReads(port: MessagePort, shared: SharedArrayBuffer, read: ReadPiece): void {
  const head = new Int32Array(shared, 0, HEAD_BYTES / 4);
  const room = new Uint8Array(shared, HEAD_BYTES);
  const answer = (state: number, bytes: Uint8Array): void => {
    room.set(bytes.subarray(0, room.length));
    head[LENGTH] = Math.min(bytes.length, room.length);
    Atomics.store(head, STATE, state);
    Atomics.notify(head, STATE);
  };
  port.on('message', (piece: StoredPiece) => {
    read(piece).then(
      (bytes) => answer(ANSWERED, bytes),
      (error: unknown) => answer(FAILED, Buffer.from(error instanceof Error ? error.message : String(error))),
    );
  });
  port.unref();
}

/** Processing thread: gives attachments as sources, which throw where a piece cannot be had. */
export function askReads(
  port: MessagePort,
  shared: SharedArrayBuffer,
): (job: number, name: string, byteLength: number) => ByteSource {
  const head = new Int32Array(shared, 0, HEAD_BYTES / 4);
  return (job, name, byteLength) => ({
    byteLength,
    read(at, length) {
      Atomics.store(head, STATE, ASKED);
      const piece: StoredPiece = { job, name, at, length };
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker thread has no origin
      port.postMessage(piece);
      // Whoever watches the time ends the thread, also while it sleeps here.
      Atomics.wait(head, STATE, ASKED);
      const bytes = new Uint8Array(shared, HEAD_BYTES, head[LENGTH]).slice();
      if (Atomics.load(head, STATE) === FAILED) throw new Error(Buffer.from(bytes).toString());
      if (bytes.length !== length)
        throw new Error(`${name}: ${bytes.length} of ${length} bytes could be read`);
      return bytes;
    },
  });
}
