// Streaming parser of multipart bodies (RFC 2046, section 5.1; RFC 7578): bytes in, parts out, nothing kept but a header
// under way or the beginning of a delimiter. It knows framing only; what parts mean is form.ts's business.
import { Refused } from '../base/refusal.ts';
import { parsePartHeader, type PartHeader } from './part-header.ts';

/** Receives the parts. Where a promise is returned, the parser waits for it before the next call. */
export interface PartHandler {
  /** The header of a part is complete. */
  begin(header: PartHeader): void;
  /** Some bytes of the part, which now belong to the handler: the parser reads them no more. */
  data(chunk: Uint8Array): void | Promise<void>;
  /** The part is complete. */
  end(): void | Promise<void>;
}

/** Bounds of one body. */
export interface MultipartLimits {
  readonly maxParts: number;
  readonly maxPartHeaderBytes: number;
}

const CR = 13;
const LF = 10;
const DASH = 45;
const HEADER_END = '\r\n\r\n';
const HEADER_END_BYTES = Buffer.from(HEADER_END);
/** Searching a short text is faster than searching short bytes; a long one would have to be made first. */
const SEARCHED_AS_TEXT = 8192;
const NOTHING = Buffer.alloc(0);
/** Text that begins like a delimiter and is none may occur so often; no boundary that a client chose at random ever does. */
const MAX_FALSE_DELIMITERS = 4096;
/** White space between a boundary and its line end (RFC 2046: added by gateways); more is data. */
const MAX_PADDING = 200;

/**
 * States: `preamble` → `header` → `body` → `part-end` → `header` | `epilogue`. What follows the closing delimiter is
 * ignored; a body that ends in another state is broken.
 */
type State = 'preamble' | 'header' | 'body' | 'part-end' | 'epilogue';

/** Parser of one body. Throws (or rejects with) `Refused`, and with whatever the handler throws. */
export class MultipartParser {
  readonly #delimiter: string;
  readonly #delimiterBytes: Buffer;
  readonly #handler: PartHandler;
  readonly #limits: MultipartLimits;
  #state: State = 'preamble';
  /** Where `part-end` goes. */
  #closing = false;
  #parts = 0;
  #falseDelimiters = 0;
  // The line end of the delimiter may be missing at the very beginning of a body, so one stands before it.
  #buffer: Buffer = Buffer.from('\r\n');
  #at = 0;
  /** The buffer as Latin-1, one character for each byte; null until it is needed, or where it is too long. */
  #text: string | null = null;

  constructor(boundary: string, handler: PartHandler, limits: MultipartLimits) {
    this.#delimiterBytes = Buffer.from(`\r\n--${boundary}`);
    this.#delimiter = this.#delimiterBytes.toString('latin1');
    this.#handler = handler;
    this.#limits = limits;
  }

  /** Takes the next bytes of the body; wait for a promise before the next call. */
  write(chunk: Uint8Array): void | Promise<void> {
    if (this.#state === 'epilogue') return undefined;
    // A buffer that was handed over whole may have been emptied since.
    const rest = Math.max(0, this.#buffer.length - this.#at);
    const bytes = Buffer.isBuffer(chunk)
      ? chunk
      : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    this.#buffer = rest === 0 ? bytes : Buffer.concat([this.#buffer.subarray(this.#at), bytes]);
    this.#at = 0;
    this.#text = null;
    return this.#run();
  }

  /** To be called after the last byte. */
  finish(): void {
    if (this.#state !== 'epilogue') {
      throw new Refused('invalid_payload_structure', `the body ends in the ${this.#state} of a part`);
    }
  }

  #run(): void | Promise<void> {
    for (;;) {
      const result = this.#step();
      if (result === false) return undefined;
      if (typeof result === 'object') return result.then(() => this.#run());
    }
  }

  /** One step: false when more bytes are needed, a promise when the handler must be waited for. */
  #step(): boolean | Promise<void> {
    switch (this.#state) {
      case 'header':
        return this.#header();
      case 'part-end': {
        this.#state = this.#closing ? 'epilogue' : 'header';
        return this.#handler.end() ?? true;
      }
      case 'epilogue':
        this.#buffer = NOTHING;
        this.#at = 0;
        this.#text = null;
        return false;
      case 'preamble':
      case 'body':
        return this.#body();
      default:
        return false;
    }
  }

  #header(): boolean {
    const { maxPartHeaderBytes } = this.#limits;
    // #at stands on the line end of the delimiter, so that a header without lines also ends in two line ends.
    const end = this.#find(HEADER_END, HEADER_END_BYTES);
    const size = (end === -1 ? this.#buffer.length : end) - this.#at;
    if (size > maxPartHeaderBytes + 2) {
      throw new Refused(
        'part_header_too_large',
        `part ${this.#parts}: more than ${maxPartHeaderBytes} bytes`,
      );
    }
    if (end === -1) return false;
    const header = this.#headerText(this.#at + 2, end);
    const next = header.includes('\r\n--') ? this.#find(this.#delimiter, this.#delimiterBytes) : -1;
    if (next !== -1 && next < end) {
      throw new Refused('invalid_payload_structure', `part ${this.#parts}: the header has no end`);
    }
    this.#parts += 1;
    if (this.#parts > this.#limits.maxParts) {
      throw new Refused('too_many_parts', `more than ${this.#limits.maxParts} parts`);
    }
    this.#at = end + HEADER_END.length;
    this.#state = 'body';
    this.#handler.begin(parsePartHeader(header));
    return true;
  }

  /** Where `text` begins next, or -1. */
  #find(text: string, bytes: Buffer, from: number = this.#at): number {
    if (this.#buffer.length > SEARCHED_AS_TEXT) return this.#buffer.indexOf(bytes, from);
    this.#text ??= this.#buffer.toString('latin1');
    return this.#text.indexOf(text, from);
  }

  #countFalseDelimiter(): void {
    this.#falseDelimiters += 1;
    if (this.#falseDelimiters > MAX_FALSE_DELIMITERS) {
      throw new Refused(
        'invalid_payload_structure',
        `the boundary occurs more than ${MAX_FALSE_DELIMITERS} times inside of parts`,
      );
    }
  }

  #headerText(start: number, end: number): string {
    if (this.#text !== null) {
      const text = this.#text.slice(start, end);
      if (!/[\u0080-\u00ff]/.test(text)) return text;
    }
    return this.#buffer.toString('utf8', start, end);
  }

  #body(): boolean | Promise<void> {
    // What only begins like a delimiter is handed over together with what is around it: small pieces cost more than their bytes.
    let from = this.#at;
    let found: number;
    let after: number;
    let kind: number | 'data' | 'unknown';
    do {
      found = this.#find(this.#delimiter, this.#delimiterBytes, from);
      if (found === -1) return this.#emit(this.#keepFrom(from), false);
      after = found + this.#delimiter.length;
      kind = this.#delimiterKind(after);
      if (kind === 'unknown') return this.#emit(found, false);
      if (kind === 'data') this.#countFalseDelimiter();
      from = after;
    } while (kind === 'data');
    const inPreamble = this.#state === 'preamble';
    const emitted = this.#emit(found, true);
    this.#at = kind;
    this.#closing = this.#buffer[after] === DASH;
    if (inPreamble) this.#state = this.#closing ? 'epilogue' : 'header';
    else this.#state = 'part-end';
    return emitted;
  }

  /** Hands over the bytes up to `end`; answers `otherwise` where there is nothing to wait for. */
  #emit(end: number, otherwise: boolean): boolean | Promise<void> {
    const start = this.#at;
    this.#at = end;
    if (this.#state === 'preamble' || end <= start) return otherwise;
    const waiting = this.#handler.data(this.#buffer.subarray(start, end));
    return waiting === undefined ? otherwise : waiting;
  }

  /** Where the bytes begin that may turn out to be a delimiter. */
  #keepFrom(from: number): number {
    const { length } = this.#buffer;
    let candidate = this.#buffer.indexOf(CR, Math.max(from, length - this.#delimiter.length + 1));
    while (candidate !== -1) {
      const tail = length - candidate;
      if (this.#buffer.compare(this.#delimiterBytes, 0, tail, candidate, length) === 0) return candidate;
      candidate = this.#buffer.indexOf(CR, candidate + 1);
    }
    return length;
  }

  /**
   * What stands after a boundary: a position (of the line end, or behind the closing dashes) for a true delimiter,
   * `data` where the boundary is only the beginning of other text, `unknown` where more bytes are needed.
   */
  #delimiterKind(after: number): number | 'data' | 'unknown' {
    const buffer = this.#buffer;
    if (buffer[after] === DASH) {
      if (after + 1 >= buffer.length) return 'unknown';
      return buffer[after + 1] === DASH ? after + 2 : 'data';
    }
    let at = after;
    while ((buffer[at] === 32 || buffer[at] === 9) && at - after < MAX_PADDING) at += 1;
    if (at + 1 >= buffer.length) return at < buffer.length && buffer[at] !== CR ? 'data' : 'unknown';
    return buffer[at] === CR && buffer[at + 1] === LF ? at : 'data';
  }
}
