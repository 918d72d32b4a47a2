// A small pool of threads that hash and compress attachments. All pieces of one attachment go to one thread, in order.
// States of a thread: not started → running → (ended by a fault: what it had fails, and the next piece starts another) → closed.
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { FRAME_BYTES } from '../disk/seekable-zstd.ts';
import type { FromPacker, PieceTask, ToPacker } from './packing-protocol.ts';

/** The file of the thread, which is `.ts` in the sources and `.js` in the package. */
const THREAD = new URL(`./packing-thread${path.extname(import.meta.filename)}`, import.meta.url);
/** Pieces of all attachments that are on their way through one thread to the disk at once; others wait where they were gathered. */
const UNDER_WAY_OF_THREAD = 8;
/** Buffers that are kept to be filled again: a fresh one costs the system's work for each of its pages. */
const MAX_SPARE = 8;
/**
 * A thread has one message that it works on and one that waits. What comes meanwhile goes together in the next one: waking a thread costs
 * about as much as compressing a piece.
 */
const MAX_MESSAGES = 2;

/** A packed piece. */
export interface PackedPiece {
  readonly frame: Uint8Array;
  /** Of the whole attachment, with its last piece. */
  readonly sha256: string | null;
}

/** The pieces of one attachment on their way through the pool. */
export interface Packing {
  /** Packs the first `length` bytes of a buffer, which is no longer the caller's. */
  piece(buffer: ArrayBuffer, length: number, last: boolean): Promise<PackedPiece>;
  /** Gives up an attachment before its last piece. */
  drop(): void;
}

interface Waiting {
  readonly resolve: (piece: PackedPiece) => void;
  readonly reject: (error: Error) => void;
}

export class PackingPool {
  readonly #threads: PackingThread[];
  readonly #spare: ArrayBuffer[] = [];
  #free: number;
  readonly #waiting: (() => void)[] = [];
  #next = 0;
  #ids = 0;

  /** `database`: the one whose attachments these are. */
  constructor(threads: number, database: string) {
    const give = (buffer: ArrayBuffer): void => this.#give(buffer);
    this.#threads = Array.from({ length: threads }, () => new PackingThread(database, give));
    this.#free = threads * UNDER_WAY_OF_THREAD;
  }

  /**
   * Waits for a place for a piece, from before its buffer is given away until what came out is where it stays; gives what frees the place.
   * So many large attachments at once cost what they gather, and not as much again for what is under way.
   */
  async turn(): Promise<() => void> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return () => {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free += 1;
      else next();
    };
  }

  /** A buffer for a whole piece, which `piece` takes back. Its content is whatever it was. */
  buffer(): ArrayBuffer {
    return this.#spare.pop() ?? Buffer.allocUnsafeSlow(FRAME_BYTES).buffer;
  }

  /** Begins with an attachment. */
  start(): Packing {
    this.#ids += 1;
    const id = this.#ids;
    let thread: PackingThread | null = null;
    let life = 0;
    let open = false;
    return {
      piece: (buffer, length, last) => {
        if (thread === null) {
          thread = this.#leastBusy();
          ({ life } = thread);
        }
        open = !last;
        // A thread that was started again knows nothing of the pieces before.
        if (thread.life !== life) return Promise.reject(new Error('a packing thread ended'));
        return thread.pack({ id, buffer, length, last });
      },
      drop: () => {
        if (open) thread?.drop(id);
        open = false;
      },
    };
  }

  /** Ends the threads; what they have under way fails. */
  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.close()));
  }

  #leastBusy(): PackingThread {
    this.#next += 1;
    const [first, ...others] = this.#threads.map(
      (_, index) => this.#threads[(index + this.#next) % this.#threads.length],
    );
    if (first === undefined) throw new Error('a pool has threads');
    return others.reduce<PackingThread>(
      (least, thread) => (thread !== undefined && thread.load < least.load ? thread : least),
      first,
    );
  }

  #give(buffer: ArrayBuffer): void {
    if (buffer.byteLength === FRAME_BYTES && this.#spare.length < MAX_SPARE) this.#spare.push(buffer);
  }
}

class PackingThread {
  readonly #database: string;
  readonly #giveBack: (buffer: ArrayBuffer) => void;
  #worker: Worker | null = null;
  #waiting: Waiting[] = [];
  #pieces: PieceTask[] = [];
  #dropped: number[] = [];
  #scheduled = false;
  /** Messages that were sent and are not answered. */
  #messages = 0;
  #closed = false;
  /** Counts the threads that ended here. */
  life = 0;

  constructor(database: string, giveBack: (buffer: ArrayBuffer) => void) {
    this.#database = database;
    this.#giveBack = giveBack;
  }

  /** Pieces under way. */
  get load(): number {
    return this.#waiting.length;
  }

  pack(task: PieceTask): Promise<PackedPiece> {
    return new Promise((resolve, reject) => {
      if (this.#closed) {
        reject(new Error('the store is closed'));
        return;
      }
      this.#waiting.push({ resolve, reject });
      this.#pieces.push(task);
      this.#schedule();
    });
  }

  drop(id: number): void {
    this.#dropped.push(id);
    this.#schedule();
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#worker?.terminate();
  }

  /** What comes in one turn of the event loop goes in one message, and waits for the thread where that has enough to do. */
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#send();
    });
  }

  #send(): void {
    if (this.#closed) this.#fail(new Error('the store is closed'));
    if (this.#messages >= MAX_MESSAGES || this.#pieces.length + this.#dropped.length === 0) return;
    const message: ToPacker = { pieces: this.#pieces, dropped: this.#dropped };
    this.#pieces = [];
    this.#dropped = [];
    this.#messages += 1;
    this.#running().postMessage(
      message,
      message.pieces.map(({ buffer }) => buffer),
    );
  }

  #running(): Worker {
    if (this.#worker !== null) return this.#worker;
    const worker = new Worker(THREAD, {
      name: 'mayday-packing',
      workerData: this.#database,
      resourceLimits: { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 32 },
    });
    // Reports that wait keep the process alive by their sockets; a pool with nothing to do must not.
    worker.unref();
    worker.on('message', (done: FromPacker) => this.#settle(done));
    // Answers may still come until the thread has ended: only then is it known what it leaves undone.
    let cause = new Error('a packing thread ended');
    worker.on('error', (error) => {
      cause = error instanceof Error ? error : new Error(String(error));
    });
    worker.once('exit', () => {
      this.#worker = null;
      this.life += 1;
      this.#fail(cause);
    });
    this.#worker = worker;
    return worker;
  }

  #settle({ pieces: done, messages }: FromPacker): void {
    this.#messages -= messages;
    this.#send();
    const settled = this.#waiting.splice(0, done.length);
    for (const [index, { frame, sha256, buffer }] of done.entries()) {
      this.#giveBack(buffer);
      settled[index]?.resolve({ frame, sha256 });
    }
  }

  /** What was not sent yet fails, too: part of its attachment is lost with the thread. */
  #fail(error: Error): void {
    const failed = this.#waiting;
    this.#waiting = [];
    this.#pieces = [];
    this.#dropped = [];
    this.#messages = 0;
    for (const { reject } of failed) reject(error);
  }
}
