// Decodes one content coding of a body, in bounded memory. A small body is decoded at once, without a stream: that is
// most of them, because Crashpad compresses by default.
import { Refused } from '../base/refusal.ts';
import { codecFor, type Codec, type DecodingStream, type Encoding } from './codec.ts';

/** Takes bytes in order; a promise means: wait before the next call. */
export interface ByteSink {
  write(chunk: Uint8Array): void | Promise<void>;
  end(): void | Promise<void>;
  /** Gives up: nothing else is called afterwards. */
  abort(): void;
}

/** A coded body up to this size may be decoded at once … */
const HELD_BYTES = 16 * 1024;
/** … where it does not become larger than this. */
const AT_ONCE_BYTES = 256 * 1024;

/** States: `holding` → (`streaming`) → done; a fault in any state ends it. Throws or rejects with `Refused`. */
export class Decoder implements ByteSink {
  readonly #encoding: Encoding;
  readonly #next: ByteSink;
  #held: Buffer[] = [];
  #heldBytes = 0;
  #stream: StreamDecoder | null = null;

  constructor(encoding: Encoding, next: ByteSink) {
    this.#encoding = encoding;
    this.#next = next;
  }

  write(chunk: Uint8Array): void | Promise<void> {
    if (this.#stream !== null) return this.#stream.write(chunk);
    this.#held.push(Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk));
    this.#heldBytes += chunk.length;
    return this.#heldBytes <= HELD_BYTES ? undefined : this.#startStream();
  }

  end(): void | Promise<void> {
    if (this.#stream !== null) return this.#stream.end();
    const bytes = Buffer.concat(this.#held);
    const codec = codecFor(this.#encoding, bytes);
    let out: Buffer;
    try {
      const decoded = codec.whole(bytes, AT_ONCE_BYTES);
      if (!codec.padded && decoded.used < bytes.length) throw trailing();
      ({ out } = decoded);
    } catch (error) {
      if (error instanceof Refused) throw error;
      if ((error as NodeJS.ErrnoException).code !== 'ERR_BUFFER_TOO_LARGE') throw badCoding(error);
      return this.#streamAll();
    }
    const written = this.#next.write(out);
    return written === undefined ? this.#next.end() : written.then(() => this.#next.end());
  }

  abort(): void {
    this.#stream?.abort();
    this.#next.abort();
  }

  #startStream(): void | Promise<void> {
    const bytes = Buffer.concat(this.#held);
    this.#held = [];
    this.#stream = new StreamDecoder(codecFor(this.#encoding, bytes), this.#next);
    return this.#stream.write(bytes);
  }

  async #streamAll(): Promise<void> {
    await this.#startStream();
    await this.#stream?.end();
  }
}

/** The streaming way: a zlib stream whose output waits for the next sink, and whose input waits for its output. */
class StreamDecoder {
  readonly #stream: DecodingStream;
  readonly #codec: Codec;
  readonly #next: ByteSink;
  #fed = 0;
  #ended = false;
  #fault: { readonly error: unknown } | null = null;
  #wake: (() => void) | null = null;
  #pending: Promise<void> | null = null;

  constructor(codec: Codec, next: ByteSink) {
    this.#codec = codec;
    this.#next = next;
    this.#stream = codec.stream();
    this.#stream.on('data', (chunk: Buffer) => this.#forward(chunk));
    this.#stream.on('end', () => {
      this.#ended = true;
      this.#wakeUp();
    });
    this.#stream.on('drain', () => this.#wakeUp());
    this.#stream.on('error', (error) => this.#fail(badCoding(error)));
  }

  write(chunk: Uint8Array): void | Promise<void> {
    if (this.#fault !== null) throw this.#fault.error;
    if (this.#ended) {
      if (this.#codec.padded && chunk.every((byte) => byte === 0)) return undefined;
      throw trailing();
    }
    this.#fed += chunk.length;
    return this.#stream.write(chunk) ? undefined : this.#untilDrained();
  }

  async end(): Promise<void> {
    if (!this.#ended) this.#stream.end();
    while (this.#fault === null && !this.#ended) await this.#nextEvent();
    await this.#pending;
    if (this.#fault !== null) throw this.#fault.error;
    if (!this.#codec.padded && this.#stream.bytesWritten < this.#fed) throw trailing();
    await this.#next.end();
  }

  abort(): void {
    this.#stream.destroy();
  }

  #forward(chunk: Buffer): void {
    if (this.#fault !== null) return;
    let waiting: void | Promise<void>;
    try {
      waiting = this.#next.write(chunk);
    } catch (error) {
      this.#fail(error);
      return;
    }
    if (waiting === undefined) return;
    this.#stream.pause();
    this.#pending = waiting.then(
      () => {
        this.#stream.resume();
      },
      (error: unknown) => this.#fail(error),
    );
  }

  #fail(error: unknown): void {
    this.#fault ??= { error };
    this.#stream.destroy();
    this.#wakeUp();
  }

  async #untilDrained(): Promise<void> {
    while (this.#fault === null && !this.#ended && this.#stream.writableNeedDrain) await this.#nextEvent();
    if (this.#fault !== null) throw this.#fault.error;
  }

  #nextEvent(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #wakeUp(): void {
    const wake = this.#wake;
    this.#wake = null;
    wake?.();
  }
}

function badCoding(error: unknown): Refused {
  return new Refused('bad_gzip', error instanceof Error ? error.message : String(error), { cause: error });
}

function trailing(): Refused {
  return new Refused('bad_gzip', 'there are bytes after the end of the coded body');
}
