// Writes the records of a module as the text of a Breakpad symbol file (`.sym`), for tools that read no other. The text has no word for
// the size of a PUBLIC record or for signal frames.
import { demangledBytes } from './demangle/demangle.ts';
import type { WinRecord } from './record-parser.ts';
import type { SymbolIdentity, SymbolSink } from './symbol-sink.ts';

const PIECE_CHARS = 64 * 1024;

/** A range of unwind rows that has not been written yet. */
type TextRange = {
  readonly start: number;
  readonly end: number;
  /** The rules at `start`; null until there are some. */
  readonly initial: string | null;
  rows: string;
  rules: ReadonlyMap<string, string>;
};

/** A sink that gives text in pieces. Call `end` after the last record. */
export class SymbolTextWriter implements SymbolSink {
  private readonly emit: (text: string) => void;
  private readonly readName: (name: Uint8Array) => Uint8Array;
  private readonly decoder = new TextDecoder();
  private pending = '';
  private range: TextRange | null = null;

  /** `readName` makes mangled names readable. */
  constructor(
    emit: (text: string) => void,
    { readName = demangledBytes }: { readonly readName?: (name: Uint8Array) => Uint8Array } = {},
  ) {
    this.readName = readName;
    this.emit = emit;
  }

  identity(identity: SymbolIdentity): void {
    const { os, cpu, debugId, debugFile, codeId, codeFile } = identity;
    this.record(`MODULE ${os} ${cpu} ${debugId} ${oneLine(debugFile)}`);
    if (codeId !== null)
      this.record(`INFO CODE_ID ${codeId}${codeFile === null ? '' : ` ${oneLine(codeFile)}`}`);
    this.record(`INFO GENERATOR ${oneLine(identity.generator)}`);
  }

  file(number: number, name: Uint8Array): void {
    this.record(`FILE ${number} ${this.text(name)}`);
  }

  inlineOrigin(number: number, name: Uint8Array): void {
    this.record(`INLINE_ORIGIN ${number} ${this.text(this.readName(name))}`);
  }

  func(address: number, size: number, parameterSize: number, name: Uint8Array): void {
    this.record(`FUNC ${hex(address)} ${hex(size)} ${hex(parameterSize)} ${this.text(this.readName(name))}`);
  }

  line(address: number, size: number, line: number, file: number): boolean {
    this.record(`${hex(address)} ${hex(size)} ${line} ${file}`);
    return true;
  }

  inline(
    depth: number,
    callLine: number,
    callFile: number,
    origin: number,
    ranges: readonly number[],
  ): boolean {
    this.record(`INLINE ${depth} ${callLine} ${callFile} ${origin} ${ranges.map(hex).join(' ')}`);
    return true;
  }

  symbol(address: number, _size: number, name: Uint8Array): void {
    this.public(address, 0, name);
  }

  public(address: number, parameterSize: number, name: Uint8Array): void {
    this.record(`PUBLIC ${hex(address)} ${hex(parameterSize)} ${this.text(this.readName(name))}`);
  }

  unwindRange(address: number, size: number): void {
    this.endRange();
    this.range = { end: address + size, start: address, initial: null, rows: '', rules: new Map() };
  }

  unwindRow(address: number, rules: Uint8Array | null): void {
    const { range } = this;
    if (range === null) return;
    if (rules === null) {
      this.writeRange(range, address);
      this.range = { ...range, start: address, initial: null, rows: '', rules: new Map() };
      return;
    }
    const text = this.text(rules);
    const next = rulesByName(text);
    if (range.initial === null) {
      this.range = { ...range, start: address, initial: text, rules: next };
      return;
    }
    const changes = changesBetween(range.rules, next);
    if (changes !== '') range.rows += `STACK CFI ${hex(address)} ${changes}\n`;
    range.rules = next;
  }

  win({ type, ...record }: WinRecord): void {
    const { address, size, parameterSize, savedRegisterSize, localSize, program } = record;
    const numbers = [address, size, 0, 0, parameterSize, savedRegisterSize, localSize, 0];
    const last = type === 4 ? `1 ${this.text(program)}` : `0 ${record.allocatesBasePointer ? 1 : 0}`;
    this.record(`STACK WIN ${type} ${numbers.map(hex).join(' ')} ${last}`);
  }

  /** Gives the rest. */
  end(): void {
    this.endRange();
    this.flush();
  }

  private endRange(): void {
    if (this.range !== null) this.writeRange(this.range, this.range.end);
    this.range = null;
  }

  private writeRange({ start, initial, rows }: TextRange, end: number): void {
    if (initial === null || end <= start) return;
    this.record(`STACK CFI INIT ${hex(start)} ${hex(end - start)} ${initial}`);
    this.pending += rows;
  }

  private record(text: string): void {
    this.pending += `${text}\n`;
    if (this.pending.length > PIECE_CHARS) this.flush();
  }

  private flush(): void {
    if (this.pending !== '') this.emit(this.pending);
    this.pending = '';
  }

  private text(bytes: Uint8Array): string {
    return oneLine(this.decoder.decode(bytes));
  }
}

/** `name: expression name: expression …` taken apart. */
function rulesByName(text: string): Map<string, string> {
  const rules = new Map<string, string>();
  let name = '';
  for (const word of text.split(' ')) {
    if (word.endsWith(':')) {
      name = word.slice(0, -1);
      rules.set(name, '');
    } else rules.set(name, rules.get(name) === '' ? word : `${rules.get(name) ?? ''} ${word}`);
  }
  return rules;
}

/** What to say so that the rules of one row become those of the next: rows add to each other in the text. */
function changesBetween(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string {
  const changes: string[] = [];
  for (const [name, rule] of after) if (before.get(name) !== rule) changes.push(`${name}: ${rule}`);
  // A register that no rule is left for has the value that it had.
  for (const name of before.keys()) if (!after.has(name)) changes.push(`${name}: ${name}`);
  return changes.join(' ');
}

function hex(value: number): string {
  return value.toString(16);
}

/** Names come from files: a line break in one would be another record. */
function oneLine(text: string): string {
  return text.replaceAll(/[\r\n]/g, ' ');
}
