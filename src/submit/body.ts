// The body of one request: raw bytes from the socket, decoded, counted against the limits, handed on in order. Nothing
// is held beyond what is under way; backpressure goes from the sink down to the socket.
import type { IncomingMessage } from 'node:http';
import { Refused } from '../base/refusal.ts';
import type { RequestBody } from '../wire/adapter.ts';
import { BodyBudget, threadCpuMs } from './body-budget.ts';
import type { Encoding } from './codec.ts';
import { Decoder, type ByteSink } from './decoder.ts';
import type { TextBudget, TextHolder } from './text-budget.ts';
import type { LaneMember, UploadLanes } from './upload-lanes.ts';

/** What bounds a body. */
export interface BodyOptions {
  /** In the order in which they were applied. */
  readonly encodings: readonly Encoding[];
  /** Decoded bytes. */
  readonly maxBytes: number;
  readonly maxRatio: number;
  /** Where a large body waits for its turn. */
  readonly lanes: UploadLanes;
  /** What bounds the texts that are held of all bodies. */
  readonly texts: TextBudget;
  /** What the client announces; null where it says nothing, or the body is coded. */
  readonly announcedBytes: number | null;
  /** Called before the first byte is waited for (`100 Continue`). */
  readonly onStart: () => void;
}

/** Below this much output the ratio says nothing: a page of zeros compresses a thousandfold. */
const RATIO_GRACE_BYTES = 1024 * 1024;
/** A body is large from here on. */
const LARGE_BYTES = 128 * 1024;

type Take = (chunk: Uint8Array) => void | Promise<void>;

/** States: `untouched` → `reading` → `complete` | `failed`; `abort` fails it from outside in any state but `complete`. */
export class IncomingBody implements RequestBody, LaneMember, TextHolder {
  readonly #request: IncomingMessage;
  readonly #options: BodyOptions;
  #state: 'untouched' | 'reading' | 'complete' | 'failed' = 'untouched';
  #failure: unknown = null;
  #fail: ((error: unknown) => void) | null = null;
  #closed = false;
  #rawBytes = 0;
  #decodedBytes = 0;
  #waitingForSink = false;
  #isLarge = false;
  #lastByteAt = performance.now();

  constructor(request: IncomingMessage, options: BodyOptions) {
    this.#request = request;
    this.#options = options;
  }

  get decodedBytes(): number {
    return this.#decodedBytes;
  }

  get rawBytes(): number {
    return this.#rawBytes;
  }

  get waitsForClient(): boolean {
    return !this.#waitingForSink;
  }

  /** Whether the last byte was read. */
  get complete(): boolean {
    return this.#state === 'complete';
  }

  /** For how long the client has been waited for, in milliseconds; 0 while it is the client that waits. */
  idleMs(now: number): number {
    return this.#state === 'reading' && !this.#waitingForSink ? now - this.#lastByteAt : 0;
  }

  /** Ends the reading with an error; afterwards no byte is handed on. */
  abort(error: Refused): void {
    if (this.#state === 'complete' || this.#state === 'failed') return;
    if (this.#fail !== null) this.#fail(error);
    else {
      this.#state = 'failed';
      this.#failure = error;
    }
  }

  hold(bytes: number, most: number): void | Promise<void> {
    // What comes after the end of the request (a part of it waited for the store) belongs to nobody who would give it back.
    if (this.#closed) return undefined;
    const { texts, announcedBytes, lanes } = this.#options;
    const toCome = announcedBytes === null ? most : Math.max(0, announcedBytes - this.#decodedBytes);
    const waiting = texts.hold(this, bytes, this.complete ? 0 : Math.min(Math.max(0, most - bytes), toCome));
    // Whoever holds what is waited for may need the lane.
    if (waiting !== undefined) lanes.giveUp(this);
    return waiting;
  }

  letGo(bytes: number): void {
    this.#options.texts.letGo(this, bytes);
  }

  /** To be called when the request has been handled, however it ended: nothing is held of it any more. */
  close(): void {
    this.#closed = true;
    this.#options.texts.close(this);
  }

  pump(take: Take): Promise<void> {
    if (this.#state === 'failed') return Promise.reject(this.#failure);
    if (this.#state !== 'untouched') return Promise.reject(new Error('A request body is read only once'));
    this.#state = 'reading';
    this.#lastByteAt = performance.now();
    this.#options.onStart();
    const counted = (chunk: Uint8Array) => this.#count(chunk, take);
    const decoded = new BodyBudget(threadCpuMs);
    const budgeted = (chunk: Uint8Array) => decoded.spend(chunk.length, () => counted(chunk));
    if (this.#options.encodings.length === 0)
      return this.#read({ write: counted, end: nothing, abort: nothing });
    let sink: ByteSink = { write: budgeted, end: nothing, abort: nothing };
    for (const encoding of this.#options.encodings) sink = new Decoder(encoding, sink);
    return this.#read(sink);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void> {
    // One chunk at a time: the pump waits until the consumer asks for the next.
    let offer: { readonly chunk: Uint8Array; readonly taken: () => void } | null = null;
    let notify: () => void = nothing;
    let finished = false;
    let failure: { readonly error: unknown } | null = null;
    const pumping = this.pump(
      (chunk) =>
        new Promise((taken) => {
          offer = { chunk, taken };
          notify();
        }),
    )
      .catch((error: unknown) => {
        failure = { error };
      })
      .finally(() => {
        finished = true;
        notify();
      });
    try {
      for (;;) {
        const current = offer as { readonly chunk: Uint8Array; readonly taken: () => void } | null;
        if (current !== null) {
          yield current.chunk;
          offer = null;
          current.taken();
        } else if (finished) break;
        else {
          await new Promise<void>((resolve) => {
            notify = resolve;
          });
        }
      }
      await pumping;
      const failed = failure as { readonly error: unknown } | null;
      if (failed !== null) throw failed.error;
    } finally {
      if (!finished) this.abort(new Refused('internal_error', 'the reader of the body gave up'));
    }
  }

  #count(chunk: Uint8Array, take: Take): void | Promise<void> {
    const { maxBytes, maxRatio, encodings } = this.#options;
    this.#decodedBytes += chunk.length;
    if (this.#decodedBytes > maxBytes) throw new Refused('too_large', `more than ${maxBytes} bytes`);
    if (
      encodings.length > 0 &&
      this.#decodedBytes > RATIO_GRACE_BYTES &&
      this.#decodedBytes > this.#rawBytes * maxRatio
    ) {
      throw new Refused(
        'decompression_ratio',
        `${this.#rawBytes} bytes became ${this.#decodedBytes} and more`,
      );
    }
    return take(chunk);
  }

  /** A promise where the body has just become large and has to wait for its turn. */
  #turn(): Promise<void> | undefined {
    const { lanes } = this.#options;
    if (this.#isLarge ? !lanes.wasSentBack(this) : this.#rawBytes < LARGE_BYTES) return undefined;
    this.#isLarge = true;
    return lanes.enter(this);
  }

  #read(sink: ByteSink): Promise<void> {
    const request = this.#request;
    // Coded bytes have a limit too: a stream of empty blocks never decodes to anything.
    const maxRaw =
      this.#options.maxBytes + (this.#options.encodings.length === 0 ? 0 : rawSlack(this.#options.maxBytes));
    return new Promise((resolve, reject) => {
      const stop = () => {
        request.off('data', onData);
        request.off('end', onEnd);
        request.off('close', onClose);
        this.#fail = null;
        if (this.#isLarge) this.#options.lanes.leave(this);
      };
      const fail = (error: unknown) => {
        if (this.#state !== 'reading') return;
        this.#state = 'failed';
        this.#failure = error;
        stop();
        request.pause();
        sink.abort();
        reject(error);
      };
      const succeed = () => {
        if (this.#state !== 'reading') return;
        this.#state = 'complete';
        this.#options.texts.settle(this);
        stop();
        resolve();
      };
      let ended = false;
      const finish = () => {
        try {
          const waiting = sink.end();
          if (waiting === undefined) succeed();
          else waitFor(waiting, succeed);
        } catch (error) {
          fail(error);
        }
      };
      const waitFor = (waiting: Promise<void>, then: () => void) => {
        this.#waitingForSink = true;
        waiting.then(() => {
          this.#waitingForSink = false;
          this.#lastByteAt = performance.now();
          then();
        }, fail);
      };
      const goOn = () => {
        if (ended) finish();
        else request.resume();
      };
      const writeInTurn = (chunk: Buffer) => (this.#state === 'reading' ? sink.write(chunk) : undefined);
      const budget = new BodyBudget(threadCpuMs);
      const onData = (chunk: Buffer) => {
        this.#lastByteAt = performance.now();
        this.#rawBytes += chunk.length;
        try {
          if (this.#rawBytes > maxRaw) throw new Refused('too_large', `more than ${maxRaw} bytes`);
          const turn = this.#turn();
          const waiting =
            turn === undefined
              ? budget.spend(chunk.length, () => sink.write(chunk))
              : turn.then(() => writeInTurn(chunk));
          if (waiting === undefined) return;
          request.pause();
          waitFor(waiting, goOn);
        } catch (error) {
          fail(error);
        }
      };
      const onEnd = () => {
        // A stream that is paused while it hands over its last bytes still tells its end at once.
        ended = true;
        if (!this.#waitingForSink) finish();
      };
      const onClose = () => {
        if (!request.readableEnded) fail(new Refused('incomplete_body', 'the connection was closed'));
      };
      this.#fail = fail;
      request.on('data', onData);
      request.on('end', onEnd);
      request.on('close', onClose);
    });
  }
}

function rawSlack(maxBytes: number): number {
  return Math.ceil(maxBytes / 100) + 1024;
}

function nothing(): void {
  // A plain body needs no end, and there is nothing to give up.
}
