// One line of a Breakpad symbol file → one call of a sink. Grammar: Breakpad's page of symbol files, with both
// generations of INLINE records. A line that is not understood is refused as a whole and changes nothing.
import { FieldScanner, MAX_ADDRESS, MAX_U32 } from './field-scanner.ts';

/** Most address ranges of one INLINE record that are kept. */
const MAX_INLINE_RANGES = 4096;

/** Receives records in file order; arrays are valid during the call only. */
export interface SymbolRecordSink {
  module(os: string, cpu: string, debugId: string, debugFile: string): void;
  info(key: string, value: string): void;
  file(number: number, name: Uint8Array): void;
  inlineOrigin(number: number, name: Uint8Array): void;
  func(address: number, size: number, parameterSize: number, name: Uint8Array): void;
  /** False where there is no function for it to belong to. */
  line(address: number, size: number, line: number, file: number): boolean;
  /** `callFile` is -1 in the old generation, which does not have it. False: no function. */
  inline(
    depth: number,
    callLine: number,
    callFile: number,
    origin: number,
    ranges: readonly number[],
  ): boolean;
  public(address: number, parameterSize: number, name: Uint8Array): void;
  cfiInit(address: number, size: number, rules: Uint8Array): void;
  /** False where no STACK CFI INIT came before. */
  cfiRow(address: number, rules: Uint8Array): boolean;
  win(record: WinRecord): void;
}

/** A STACK WIN record of type 0 (FPO) or 4 (frame data). */
export type WinRecord = {
  readonly type: 0 | 4;
  readonly address: number;
  readonly size: number;
  readonly parameterSize: number;
  readonly savedRegisterSize: number;
  readonly localSize: number;
  readonly allocatesBasePointer: boolean;
  /** Empty for FPO. */
  readonly program: Uint8Array;
};

const NO_BYTES = new Uint8Array(0);

/** Parses lines and calls `sink`; reusable for any number of lines. */
export class RecordParser {
  private readonly sink: SymbolRecordSink;
  private readonly fields = new FieldScanner();
  /** Address and size of each range of the INLINE record that is being read. */
  private readonly ranges: number[] = [];

  constructor(sink: SymbolRecordSink) {
    this.sink = sink;
  }

  /** Parses bytes `start` to `end`; false where the line is damaged. */
  parse(bytes: Uint8Array, start: number, end: number): boolean {
    const fields = this.fields;
    const first = bytes[start] ?? 0;
    // Line records are by far the most frequent and have no keyword; no keyword starts with two hexadecimal digits
    // followed by a blank or a third one.
    if (first >= 0x47 && first <= 0x5a /* G…Z */) {
      if (first === 0x53 && startsWith(bytes, start, end, 'STACK ')) {
        fields.reset(bytes, start + 6, end);
        return this.stack();
      }
      if (first === 0x50 && startsWith(bytes, start, end, 'PUBLIC ')) {
        fields.reset(bytes, start + 7, end);
        return this.public();
      }
      if (first === 0x49) return this.inlineOrInfo(bytes, start, end);
      if (first === 0x4d && startsWith(bytes, start, end, 'MODULE ')) {
        fields.reset(bytes, start + 7, end);
        return this.module();
      }
      return false;
    }
    if (first === 0x46 /* F */) {
      if (startsWith(bytes, start, end, 'FUNC ')) {
        fields.reset(bytes, start + 5, end);
        return this.func();
      }
      if (startsWith(bytes, start, end, 'FILE ')) {
        fields.reset(bytes, start + 5, end);
        return this.file();
      }
    }
    fields.reset(bytes, start, end);
    return this.line();
  }

  private line(): boolean {
    const { fields } = this;
    const address = fields.hex(MAX_ADDRESS);
    const size = address < 0 ? -1 : fields.hex(MAX_U32);
    const line = size < 0 ? -1 : fields.decimal(MAX_U32);
    const file = line < 0 ? -1 : fields.decimal(MAX_U32);
    return file >= 0 && this.sink.line(address, size, line, file);
  }

  private inlineOrInfo(bytes: Uint8Array, start: number, end: number): boolean {
    const { fields, sink } = this;
    if (startsWith(bytes, start, end, 'INLINE ')) {
      fields.reset(bytes, start + 7, end);
      return this.inline();
    }
    if (startsWith(bytes, start, end, 'INLINE_ORIGIN ')) {
      fields.reset(bytes, start + 14, end);
      const number = fields.decimal(MAX_U32);
      if (number < 0) return false;
      sink.inlineOrigin(number, fields.rest());
      return true;
    }
    if (startsWith(bytes, start, end, 'INFO ')) {
      fields.reset(bytes, start + 5, end);
      sink.info(fields.word(), fields.restText());
      return true;
    }
    return false;
  }

  private module(): boolean {
    const os = this.fields.word();
    const cpu = this.fields.word();
    const id = this.fields.word();
    if (id === '') return false;
    this.sink.module(os, cpu, id, this.fields.restText());
    return true;
  }

  private file(): boolean {
    const number = this.fields.decimal(MAX_U32);
    if (number < 0) return false;
    this.sink.file(number, this.fields.rest());
    return true;
  }

  private func(): boolean {
    const { fields } = this;
    fields.skipMultipleMark();
    const address = fields.hex(MAX_ADDRESS);
    const size = address < 0 ? -1 : fields.hex(MAX_U32);
    const parameterSize = size < 0 ? -1 : fields.hex(MAX_U32);
    if (parameterSize < 0) return false;
    this.sink.func(address, size, parameterSize, fields.rest());
    return true;
  }

  private public(): boolean {
    const { fields } = this;
    fields.skipMultipleMark();
    const address = fields.hex(MAX_ADDRESS);
    const parameterSize = address < 0 ? -1 : fields.hex(MAX_U32);
    if (parameterSize < 0) return false;
    this.sink.public(address, parameterSize, fields.rest());
    return true;
  }

  /**
   * `INLINE depth call_line call_file origin (address size)+`, or the old generation's without call_file. The two are
   * told apart by whether the number of fields is even, as Breakpad does.
   */
  private inline(): boolean {
    const { fields, ranges } = this;
    const depth = fields.decimal(MAX_U32);
    const callLine = depth < 0 ? -1 : fields.decimal(MAX_U32);
    if (callLine < 0) return false;
    const start = fields.position;
    const callFile = fields.decimal(MAX_U32);
    const origin = callFile < 0 ? -1 : fields.decimal(MAX_U32);
    if (origin >= 0 && this.readRanges()) return this.sink.inline(depth, callLine, callFile, origin, ranges);
    fields.position = start;
    const oldOrigin = fields.decimal(MAX_U32);
    return oldOrigin >= 0 && this.readRanges() && this.sink.inline(depth, callLine, -1, oldOrigin, ranges);
  }

  /** Reads the rest as pairs of address and size; false unless there are pairs and nothing else. */
  private readRanges(): boolean {
    const { fields, ranges } = this;
    let count = 0;
    ranges.length = 0;
    for (; !fields.atEnd(); count++) {
      const value = fields.hex(count % 2 === 0 ? MAX_ADDRESS : MAX_U32);
      if (value < 0) return false;
      if (count < MAX_INLINE_RANGES * 2) ranges.push(value);
    }
    return count > 0 && count % 2 === 0;
  }

  private stack(): boolean {
    const { fields } = this;
    const { bytes, position, end } = fields;
    if (startsWith(bytes, position, end, 'CFI INIT ')) {
      fields.position += 9;
      const address = fields.hex(MAX_ADDRESS);
      const size = address < 0 ? -1 : fields.hex(MAX_U32);
      if (size < 0) return false;
      this.sink.cfiInit(address, size, fields.rest());
      return true;
    }
    if (startsWith(bytes, position, end, 'CFI ')) {
      fields.position += 4;
      const address = fields.hex(MAX_ADDRESS);
      return address >= 0 && this.sink.cfiRow(address, fields.rest());
    }
    if (!startsWith(bytes, position, end, 'WIN ')) return false;
    fields.position += 4;
    return this.win();
  }

  /** `STACK WIN type address size prolog epilog params saved locals max_stack has_program program|allocates_bp`. */
  private win(): boolean {
    const { fields } = this;
    const type = fields.hex(MAX_U32);
    const numbers: number[] = [];
    for (let i = 0; i < 9; i++) {
      const value = type < 0 ? -1 : fields.hex(i === 0 ? MAX_ADDRESS : MAX_U32);
      if (value < 0) return false;
      numbers.push(value);
    }
    const [
      address = 0,
      size = 0,
      ,
      ,
      parameterSize = 0,
      savedRegisterSize = 0,
      localSize = 0,
      ,
      program = 0,
    ] = numbers;
    // Other types (trap frames, TSS) say nothing about unwinding.
    if (type !== 0 && type !== 4) return true;
    // The type and the flag must agree, or the last field is not what it seems.
    if ((type === 4) !== (program !== 0)) return false;
    const allocatesBasePointer = type === 0 && fields.hex(MAX_U32) > 0;
    this.sink.win({
      type,
      address,
      size,
      parameterSize,
      savedRegisterSize,
      localSize,
      allocatesBasePointer,
      program: type === 4 ? fields.rest() : NO_BYTES,
    });
    return true;
  }
}

/** True where the bytes at `start` are the keyword (ASCII). */
function startsWith(bytes: Uint8Array, start: number, end: number, keyword: string): boolean {
  if (end - start < keyword.length) return false;
  for (let i = 0; i < keyword.length; i++) {
    if (bytes[start + i] !== keyword.charCodeAt(i)) return false;
  }
  return true;
}
