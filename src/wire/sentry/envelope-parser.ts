// The framing of envelopes: a header line, then items of a header line and a payload, each told by its length or by the end of
// its line. Push parser over any chunking; payloads stream into the sink of their item.
import { Refused } from '../../base/refusal.ts';
import { asInteger, asObject, own, type JsonObject } from '../../report/crashkit/json-object.ts';

/** Where the payload of one item goes. */
export interface ItemSink {
  /** A promise means: wait before the next chunk. */
  data(chunk: Uint8Array): void | Promise<void>;
  /** `whole`: false where the envelope was cut off inside of this payload. */
  end(whole: boolean): void | Promise<void>;
}

/** Hears of headers in order. */
export interface EnvelopeHandler {
  /** The first line. */
  envelope(header: JsonObject): void | Promise<void>;
  /** An item begins; null: its payload is passed over. */
  item(header: JsonObject): ItemSink | null;
}

/** What bounds an envelope. */
export interface EnvelopeLimits {
  readonly maxHeaderBytes: number;
  readonly maxItems: number;
}

/**
 * States: `header` → (`item` → `counted` → `after` | `line`)… ; `skip` after a fault, when all that follows is passed over.
 * `fault` says what was wrong; the items before it are whole.
 */
export class EnvelopeParser {
  readonly #handler: EnvelopeHandler;
  readonly #limits: EnvelopeLimits;
  #state: 'header' | 'item' | 'counted' | 'after' | 'line' | 'skip' = 'header';
  #line: Buffer[] = [];
  #lineBytes = 0;
  #left = 0;
  #items = 0;
  #sink: ItemSink | null = null;
  /** What ended the reading before the end; null: nothing. */
  fault: string | null = null;

  constructor(handler: EnvelopeHandler, limits: EnvelopeLimits) {
    this.#handler = handler;
    this.#limits = limits;
  }

  get items(): number {
    return this.#items;
  }

  write(chunk: Uint8Array): void | Promise<void> {
    const bytes = Buffer.isBuffer(chunk)
      ? chunk
      : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    return this.#consume(bytes, 0);
  }

  /** The body has ended. Refuses an envelope without a header that can be read. */
  async finish(): Promise<void> {
    if (this.#state === 'header') {
      if (this.#lineBytes === 0) throw new Refused('invalid_envelope', 'the envelope is empty');
      await this.#endHeader();
    } else if (this.#state === 'item' && this.#lineBytes > 0) {
      await this.#endItemHeader();
    }
    // A payload told by its line may end with the envelope; also one of no bytes.
    if (this.#state === 'line') await this.#sink?.end(true);
    if (this.#state === 'counted') {
      this.#fail(`the envelope ends ${this.#left} bytes before the end of its last item`);
      await this.#sink?.end(false);
    }
    this.#sink = null;
  }

  #consume(chunk: Buffer, from: number): void | Promise<void> {
    let at = from;
    while (at < chunk.length) {
      let waiting: void | Promise<void> = undefined;
      switch (this.#state) {
        case 'header':
        case 'item':
          [at, waiting] = this.#headerBytes(chunk, at);
          break;
        case 'counted':
          [at, waiting] = this.#countedBytes(chunk, at);
          break;
        case 'line':
          [at, waiting] = this.#lineBytesOf(chunk, at);
          break;
        case 'after':
          at = this.#afterPayload(chunk, at);
          break;
        default:
          return undefined;
      }
      if (waiting !== undefined) {
        const rest = at;
        return waiting.then(() => this.#consume(chunk, rest));
      }
    }
    return undefined;
  }

  #headerBytes(chunk: Buffer, at: number): [number, void | Promise<void>] {
    const end = chunk.indexOf(10, at);
    const to = end === -1 ? chunk.length : end;
    this.#lineBytes += to - at;
    if (this.#lineBytes > this.#limits.maxHeaderBytes) {
      const what = `a header line is larger than ${this.#limits.maxHeaderBytes} bytes`;
      if (this.#state === 'header') throw new Refused('invalid_envelope', what);
      this.#fail(what);
      return [chunk.length, undefined];
    }
    // The chunk may be reused once it was taken.
    this.#line.push(end === -1 ? Buffer.from(chunk.subarray(at, to)) : chunk.subarray(at, to));
    if (end === -1) return [to, undefined];
    const waiting = this.#state === 'header' ? this.#endHeader() : this.#endItemHeader();
    return [end + 1, waiting];
  }

  #takeLine(): string {
    const [first] = this.#line;
    const text = (
      this.#line.length === 1 && first !== undefined ? first : Buffer.concat(this.#line)
    ).toString('utf8');
    this.#line = [];
    this.#lineBytes = 0;
    return text.trim();
  }

  #endHeader(): void | Promise<void> {
    const header = parsedObject(this.#takeLine());
    if (header === null) throw new Refused('invalid_envelope', 'the first line is no JSON object');
    this.#state = 'item';
    return this.#handler.envelope(header);
  }

  #endItemHeader(): void | Promise<void> {
    const line = this.#takeLine();
    // Empty lines between items, and at the end, are none.
    if (line === '') return undefined;
    const header = parsedObject(line);
    if (header === null) return this.#fail('the header line of an item is no JSON object');
    this.#items += 1;
    if (this.#items > this.#limits.maxItems)
      return this.#fail(`there are more than ${this.#limits.maxItems} items`);
    const length = own(header, 'length');
    const bytes = length === undefined || length === null ? null : asInteger(length);
    if (length !== undefined && length !== null && (bytes === null || bytes < 0)) {
      return this.#fail('the length of an item is no number');
    }
    this.#sink = this.#handler.item(header);
    if (bytes === null) {
      this.#state = 'line';
      return undefined;
    }
    this.#left = bytes;
    if (bytes > 0) {
      this.#state = 'counted';
      return undefined;
    }
    this.#state = 'after';
    return this.#endPayload();
  }

  #countedBytes(chunk: Buffer, at: number): [number, void | Promise<void>] {
    const to = Math.min(chunk.length, at + this.#left);
    this.#left -= to - at;
    const waiting = this.#sink?.data(chunk.subarray(at, to));
    if (this.#left > 0) return [to, waiting];
    this.#state = 'after';
    return [to, waiting === undefined ? this.#endPayload() : waiting.then(() => this.#endPayload())];
  }

  #lineBytesOf(chunk: Buffer, at: number): [number, void | Promise<void>] {
    const end = chunk.indexOf(10, at);
    const to = end === -1 ? chunk.length : end;
    const waiting = to > at ? this.#sink?.data(chunk.subarray(at, to)) : undefined;
    if (end === -1) return [to, waiting];
    this.#state = 'item';
    return [end + 1, waiting === undefined ? this.#endPayload() : waiting.then(() => this.#endPayload())];
  }

  #endPayload(): void | Promise<void> {
    const sink = this.#sink;
    this.#sink = null;
    return sink?.end(true);
  }

  /** A payload of a known length is followed by a newline (or the end). */
  #afterPayload(chunk: Buffer, at: number): number {
    if (chunk[at] === 13) return at + 1;
    if (chunk[at] !== 10) {
      this.#fail('an item is longer than the length that it tells');
      return chunk.length;
    }
    this.#state = 'item';
    return at + 1;
  }

  #fail(fault: string): undefined {
    this.fault ??= fault;
    this.#state = 'skip';
    return undefined;
  }
}

function parsedObject(text: string): JsonObject | null {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? null : asObject(value);
  } catch {
    return null;
  }
}
