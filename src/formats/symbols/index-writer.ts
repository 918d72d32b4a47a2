// Writes a symbol index (index-layout.ts) front to back, record by record, whoever reads them: a parser of .sym text or of a
// debug file. Records go out as soon as they are complete; only the tables and a bounded map of rule texts stay in memory.
import { ByteInterner } from './byte-interner.ts';
import { demangledBytes } from './demangle/demangle.ts';
import { CfiDraft, NO_RULES } from './cfi-record.ts';
import { MAX_U32 } from './field-scanner.ts';
import { FunctionDraft } from './function-record.ts';
import {
  encodeHeader,
  encodeTrailer,
  ENTRY_BYTES,
  type Extent,
  MAX_RECORD_BYTES,
  TABLES,
  type TableName,
  TRAILER_BYTES,
} from './index-layout.ts';
import type { SymbolFileFacts } from './module-symbols.ts';
import { RecordOutput } from './record-output.ts';
import type { SymbolRecordSink, WinRecord } from './record-parser.ts';
import { encodeFacts, publicFacts, type StoredFacts } from './stored-facts.ts';
import type { SymbolIdentity, SymbolSink } from './symbol-sink.ts';
import { TableBuilder } from './table-builder.ts';
import { VarintWriter } from './varint.ts';

/** Most CFI texts remembered for reuse (a power of two), and the longest that is. */
const MAX_TEXTS = 32_768;
const MAX_TEXT_BYTES = 512;
/** Longest text of a header field that is kept: six of them fit the facts also where each character is escaped. */
const MAX_FACT_CHARS = 1024;
/** Files of one id whose names are kept. */
const MAX_FILES_MADE_FROM = 4;

/** The Breakpad form of a debug id, or an older short one. */
const DEBUG_ID = /^[0-9A-Fa-f]{9,41}$/;

type MutableFacts = { -readonly [K in keyof StoredFacts]: StoredFacts[K] };

/** Use once: records in any order, then `finish`. Never throws on any values. */
export class IndexWriter implements SymbolRecordSink, SymbolSink {
  readonly facts: MutableFacts = {
    os: null,
    cpu: null,
    debugId: null,
    debugFile: null,
    codeId: null,
    codeFile: null,
    generator: null,
    functions: 0,
    publics: 0,
    lines: 0,
    inlines: 0,
    files: 0,
    cfiRanges: 0,
    winRanges: 0,
    droppedRecords: 0,
    skippedLines: 0,
    oldInlines: false,
    madeFrom: [],
  };
  private readonly readName: (name: Uint8Array) => Uint8Array;
  private readonly out: RecordOutput;
  private readonly tables: Readonly<Record<TableName, TableBuilder>> = {
    functions: new TableBuilder('keep-first'),
    publics: new TableBuilder('first-wins'),
    cfi: new TableBuilder('keep-first'),
    frameData: new TableBuilder('cut-previous'),
    fpo: new TableBuilder('cut-previous'),
    files: new TableBuilder('last-wins'),
    origins: new TableBuilder('last-wins'),
  };
  private readonly scratch = new VarintWriter();
  private readonly texts = new ByteInterner({ maxEntries: MAX_TEXTS, maxLength: MAX_TEXT_BYTES });
  private readonly writeText = (rules: Uint8Array): number => this.out.record(rules);
  private function: FunctionDraft | null = null;
  /** True inside a FUNC that is left out: its lines belong to nothing, but are not damage. */
  private ignoringFunction = false;
  private range: CfiDraft | null = null;
  private ignoringRange = false;

  /** `emit` gets the index front to back in pieces that it may keep; `readName` makes mangled names readable. */
  constructor(
    emit: (bytes: Uint8Array) => void,
    { readName = demangledBytes }: { readonly readName?: (name: Uint8Array) => Uint8Array } = {},
  ) {
    this.readName = readName;
    this.out = new RecordOutput(emit);
    this.out.raw(encodeHeader());
  }

  identity(identity: SymbolIdentity): void {
    this.module(identity.os, identity.cpu, identity.debugId, identity.debugFile);
    if (identity.codeId !== null) this.facts.codeId ??= brief(identity.codeId).toUpperCase();
    if (identity.codeFile !== null) this.facts.codeFile ??= brief(identity.codeFile);
    this.facts.generator ??= brief(identity.generator);
    this.facts.madeFrom = identity.madeFrom.slice(0, MAX_FILES_MADE_FROM).map(brief);
  }

  module(os: string, cpu: string, debugId: string, debugFile: string): void {
    // The first MODULE line names the file.
    if (this.facts.os !== null) return;
    this.facts.os = brief(os);
    this.facts.cpu = brief(cpu);
    this.facts.debugId = DEBUG_ID.test(debugId) ? debugId.toUpperCase() : null;
    this.facts.debugFile = brief(debugFile);
  }

  info(key: string, value: string): void {
    if (key === 'CODE_ID' && this.facts.codeId === null) {
      const blank = value.search(/[ \t]/);
      this.facts.codeId = brief(blank === -1 ? value : value.slice(0, blank)).toUpperCase();
      const file = blank === -1 ? '' : value.slice(blank).trim();
      if (file !== '') this.facts.codeFile = brief(file);
    } else if (key === 'GENERATOR') {
      this.facts.generator ??= brief(value);
    }
  }

  file(number: number, name: Uint8Array): void {
    this.facts.files++;
    this.add('files', number, name.length, this.out.record(name));
  }

  inlineOrigin(number: number, name: Uint8Array): void {
    const plain = this.readName(name);
    this.add('origins', number, plain.length, this.out.record(plain));
  }

  func(address: number, size: number, parameterSize: number, name: Uint8Array): void {
    this.finishFunction();
    this.ignoringFunction = size === 0;
    if (size === 0) this.facts.droppedRecords++;
    else this.function = new FunctionDraft(address, size, parameterSize, this.readName(name));
  }

  line(address: number, size: number, line: number, file: number): boolean {
    if (this.function === null) return this.ignoringFunction;
    if (this.function.addLine(address, size, line, file)) this.facts.lines++;
    else this.facts.droppedRecords++;
    return true;
  }

  inline(
    depth: number,
    callLine: number,
    callFile: number,
    origin: number,
    ranges: readonly number[],
  ): boolean {
    if (callFile < 0) this.facts.oldInlines = true;
    if (this.function === null) return this.ignoringFunction;
    if (this.function.addInline(depth, callLine, callFile, origin, ranges)) this.facts.inlines++;
    else this.facts.droppedRecords++;
    return true;
  }

  public(address: number, parameterSize: number, name: Uint8Array): void {
    this.writePublic(address, 0, parameterSize, name);
  }

  symbol(address: number, size: number, name: Uint8Array): void {
    if (size > 0) this.writePublic(address, Math.min(size, MAX_U32), 0, name);
    else this.facts.droppedRecords++;
  }

  cfiInit(address: number, size: number, rules: Uint8Array): void {
    this.finishFunction();
    this.finishRange();
    this.ignoringRange = size === 0;
    if (size === 0) this.facts.droppedRecords++;
    else {
      this.range = new CfiDraft(address, size, { complete: false, signal: false });
      this.range.addRow(address, this.text(rules));
    }
  }

  cfiRow(address: number, rules: Uint8Array): boolean {
    if (this.range === null) return this.ignoringRange;
    if (!this.range.addRow(address, this.text(rules))) this.facts.droppedRecords++;
    return true;
  }

  unwindRange(address: number, size: number, signal: boolean): void {
    this.finishFunction();
    this.finishRange();
    this.ignoringRange = size === 0;
    if (size === 0) this.facts.droppedRecords++;
    else this.range = new CfiDraft(address, size, { complete: true, signal });
  }

  unwindRow(address: number, rules: Uint8Array | null): void {
    const text = rules === null ? NO_RULES : this.text(rules);
    if (this.range !== null && !this.range.addRow(address, text)) this.facts.droppedRecords++;
  }

  win(record: WinRecord): void {
    this.finishFunction();
    if (record.size === 0) {
      this.facts.droppedRecords++;
      return;
    }
    const { scratch } = this;
    scratch.clear();
    scratch.unsigned(record.parameterSize);
    scratch.unsigned(record.savedRegisterSize);
    scratch.unsigned(record.localSize);
    scratch.unsigned(record.allocatesBasePointer ? 1 : 0);
    scratch.block(record.program);
    const table = record.type === 4 ? 'frameData' : 'fpo';
    this.add(table, record.address, record.size, this.out.record(scratch.bytes()));
  }

  /** Writes what is pending, the tables, the facts and the trailer. */
  finish(): SymbolFileFacts {
    this.finishFunction();
    this.finishRange();
    const extents: Partial<Record<TableName, Extent>> = {};
    // Aligned, so that no entry crosses a block of the reader's.
    this.out.raw(new Uint8Array((ENTRY_BYTES - (this.out.position % ENTRY_BYTES)) % ENTRY_BYTES));
    for (const name of TABLES) {
      const position = this.out.position;
      const table = this.tables[name].finish((bytes) => this.out.raw(bytes));
      // Public symbols that share an address, and numbers given twice, are normal: only ranges count as dropped.
      if (name !== 'publics' && name !== 'files' && name !== 'origins')
        this.facts.droppedRecords += table.dropped;
      extents[name] = { position, count: table.count };
    }
    this.facts.functions = extents.functions?.count ?? 0;
    this.facts.publics = extents.publics?.count ?? 0;
    this.facts.cfiRanges = extents.cfi?.count ?? 0;
    this.facts.winRanges = (extents.frameData?.count ?? 0) + (extents.fpo?.count ?? 0);
    const facts = encodeFacts(this.facts);
    const position = this.out.position;
    this.out.raw(facts);
    const trailer = {
      tables: extents as Record<TableName, Extent>,
      facts: { position, count: facts.length },
    };
    this.out.raw(encodeTrailer(trailer, this.out.position + TRAILER_BYTES));
    this.out.flush();
    return publicFacts(this.facts);
  }

  private writePublic(address: number, size: number, parameterSize: number, name: Uint8Array): void {
    this.finishFunction();
    this.scratch.clear();
    this.scratch.unsigned(parameterSize);
    this.scratch.block(this.readName(name));
    this.add('publics', address, size, this.out.record(this.scratch.bytes()));
  }

  private add(table: TableName, start: number, size: number, position: number): void {
    if (!this.tables[table].add(start, size, position)) this.facts.droppedRecords++;
  }

  private finishFunction(): void {
    const { function: func, scratch } = this;
    this.function = null;
    this.ignoringFunction = false;
    if (func === null) return;
    scratch.clear();
    this.facts.droppedRecords += func.write(scratch);
    if (scratch.length > MAX_RECORD_BYTES) this.facts.droppedRecords++;
    else this.add('functions', func.address, func.size, this.out.record(scratch.bytes()));
  }

  private finishRange(): void {
    const { range, scratch } = this;
    this.range = null;
    if (range === null) return;
    scratch.clear();
    range.write(scratch);
    this.add('cfi', range.address, range.size, this.out.record(scratch.bytes()));
  }

  /** The position of a CFI text, written before if it was met before. */
  private text(rules: Uint8Array): number {
    return this.texts.get(rules, this.writeText);
  }
}

/** Header text that is short enough to keep. */
function brief(text: string): string {
  return text.slice(0, MAX_FACT_CHARS);
}
