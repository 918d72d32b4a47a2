// Symbols of one module, looked up in its index (index-layout.ts) by reading small pieces. A damaged index gives fewer
// answers, never an exception.
import { BoundedCache } from './bounded-cache.ts';
import { type CfiProgram, compileCfiRules } from './cfi-program.ts';
import { searchCfiRecord } from './cfi-record.ts';
import {
  type FunctionHit,
  type InlineHit,
  linesCover,
  readFunctionName,
  searchFunctionRecord,
} from './function-record.ts';
import {
  decodeEntry,
  decodeHeader,
  decodeTrailer,
  ENTRY_BYTES,
  type Entry,
  entryStart,
  HEADER_BYTES,
  INDEX_VERSION,
  MAX_RECORD_BYTES,
  type TableName,
  type Trailer,
  TRAILER_BYTES,
} from './index-layout.ts';
import type {
  CfiAt,
  InlinedCall,
  ModuleSymbols,
  SourceLocation,
  SymbolFileFacts,
  WinFrame,
} from './module-symbols.ts';
import { BLOCK_BYTES, BlockCache, type CachedAccess, type RandomAccess } from './random-access.ts';
import { decodeFacts, publicFacts, type StoredFacts } from './stored-facts.ts';
import { VarintReader } from './varint.ts';

/** Cost of answers that are kept for one module: about its size in bytes. */
const MAX_ANSWER_COST = 1024 * 1024;
/** Most rule texts (and tokens in them) that may hold at one address. */
const MAX_RULE_TEXTS = 4096;
/** Most pieces of one function whose unwind ranges are followed back to its start. */
const MAX_CHAINED = 32;
/** Where ranges of code are described. */
const UNWIND_TABLES = ['cfi', 'frameData', 'fpo'] as const;
/** A file or function that its record does not name. */
const NAME_OMITTED = '<name omitted>';

const decoder = new TextDecoder();

/** Why bytes are not a usable index. */
export type IndexFault = 'not_an_index' | 'other_version' | 'damaged';

/** Opens an index. `other_version` asks for it to be built again from the .sym. */
export function openSymbolIndex(
  source: RandomAccess,
  cache: BlockCache = new BlockCache(),
): ModuleSymbols | IndexFault {
  const access = cache.over(source);
  const version = decodeHeader(access.read(0, HEADER_BYTES));
  if (version === null) return 'not_an_index';
  if (version !== INDEX_VERSION) return 'other_version';
  const total = source.byteLength;
  if (total < HEADER_BYTES + TRAILER_BYTES) return 'damaged';
  const trailer = decodeTrailer(access.read(total - TRAILER_BYTES, TRAILER_BYTES), total);
  if (trailer === null) return 'damaged';
  const facts = decodeFacts(access.read(trailer.facts.position, trailer.facts.count));
  return facts === null ? 'damaged' : new IndexedSymbols(access, trailer, facts);
}

class IndexedSymbols implements ModuleSymbols {
  readonly facts: SymbolFileFacts;
  private readonly access: CachedAccess;
  private readonly trailer: Trailer;
  private readonly oldInlines: boolean;
  private readonly locations = new BoundedCache<number, SourceLocation | null>(MAX_ANSWER_COST);
  private readonly cfi = new BoundedCache<number, CfiAt | null>(MAX_ANSWER_COST);
  private readonly texts = new BoundedCache<number, Map<string, CfiProgram> | null>(MAX_ANSWER_COST);
  private readonly names = new BoundedCache<number, string>(MAX_ANSWER_COST);

  constructor(access: CachedAccess, trailer: Trailer, facts: StoredFacts) {
    this.access = access;
    this.trailer = trailer;
    this.oldInlines = facts.oldInlines;
    this.facts = publicFacts(facts);
  }

  locate(offset: number): SourceLocation | null {
    const known = this.locations.get(offset);
    if (known !== undefined) return known;
    const location = this.findLocation(offset);
    const cost = location === null ? 32 : 128 + location.function.length + location.inlines.length * 128;
    this.locations.set(offset, location, cost);
    return location;
  }

  hasName(offset: number): boolean {
    const func = this.covering('functions', offset);
    if (func !== null) return (readFunctionName(this.record(func.position))?.name.length ?? 0) > 0;
    return this.publicBelow(offset) !== null;
  }

  isUncovered(offset: number): boolean {
    const { tables } = this.trailer;
    const hasUnwind = tables.cfi.count + tables.frameData.count + tables.fpo.count > 0;
    const hasLines = this.facts.lines > 0;
    if (!hasUnwind && !hasLines) return false;
    if (hasUnwind) {
      for (const table of UNWIND_TABLES) {
        if (this.covering(table, offset) !== null) return false;
      }
    }
    if (!hasLines) return true;
    const func = this.covering('functions', offset);
    return func === null || !linesCover(this.record(func.position), offset - func.start);
  }

  cfiAt(offset: number): CfiAt | null {
    const known = this.cfi.get(offset);
    if (known !== undefined) return known;
    const cfi = this.findCfi(offset);
    this.cfi.set(offset, cfi, 64 + (cfi === null ? 0 : cfi.rules.size * 64));
    return cfi;
  }

  winFrameDataAt(offset: number): WinFrame | null {
    return this.findWin('frameData', offset);
  }

  winFpoAt(offset: number): WinFrame | null {
    return this.findWin('fpo', offset);
  }

  private findLocation(offset: number): SourceLocation | null {
    const func = this.covering('functions', offset);
    if (func !== null) {
      const hit = searchFunctionRecord(this.record(func.position), offset - func.start);
      if (hit !== null) return this.describe(func.start, hit);
    }
    const found = this.publicAt(offset);
    if (found === null) return null;
    return {
      function: decoder.decode(found.name),
      functionOffset: found.start,
      parameterSize: found.parameterSize,
      source: 'public',
      file: null,
      line: null,
      inlines: [],
    };
  }

  /**
   * Names a function and the calls inlined at an address. Each physical or inlined function is where it was called:
   * the function itself stands at the call of its outermost inlined call, that one at the call of the next, and the
   * innermost at the line record.
   */
  private describe(functionOffset: number, hit: FunctionHit): SourceLocation {
    const ownFile = hit.line === null ? null : this.fileName(hit.line.file);
    const ownLine = hit.line === null || hit.line.line === 0 ? null : hit.line.line;
    const place = (call: InlineHit | undefined): { file: string | null; line: number | null } => {
      if (call === undefined) return { file: ownFile, line: ownLine };
      // The old generation does not say in which file a call is: the line record's is the best guess.
      return {
        file: call.callFile < 0 ? ownFile : this.fileName(call.callFile),
        line: call.callLine === 0 ? null : call.callLine,
      };
    };
    const inlines: InlinedCall[] = [];
    for (const [depth, call] of hit.inlines.entries()) {
      inlines.unshift({ function: this.originName(call.origin), ...place(hit.inlines[depth + 1]) });
    }
    return {
      function: hit.name.length === 0 ? NAME_OMITTED : decoder.decode(hit.name),
      functionOffset,
      parameterSize: hit.parameterSize,
      source: 'func',
      ...place(hit.inlines[0]),
      inlines,
    };
  }

  /**
   * The name of a PUBLIC record as far as it reaches: to the end of its size where that is known, else to the next function or the next
   * range of unwind rows, which begins other code. What lies behind has no name: that of a neighbour would be wrong (libc's `abort` was
   * called `pthread_key_delete`, the last symbol before it that the table names).
   */
  private publicAt(offset: number): { start: number; name: Uint8Array; parameterSize: number } | null {
    const entry = this.publicBelow(offset);
    if (entry === null || (entry.size === 0 && this.unwindStartsBetween(entry.start, offset))) return null;
    const record = readFunctionName(this.record(entry.position));
    return record === null ? null : { start: entry.start, ...record };
  }

  /** The nearest PUBLIC record at or below the address, unless its size ends, or a function starts, between the two. */
  private publicBelow(offset: number): Entry | null {
    const entry = this.nearest('publics', offset);
    if (entry === null || (entry.size > 0 && offset - entry.start >= entry.size)) return null;
    const func = this.nearest('functions', offset);
    return func !== null && entry.start <= func.start ? null : entry;
  }

  /**
   * True where other code than that at `start` was described up to `offset`, by unwind rows or STACK WIN records. One function of Windows may
   * have several ranges (chained unwind information, frame data of a prologue); they follow on each other without a gap, while functions are padded.
   */
  private unwindStartsBetween(start: number, offset: number): boolean {
    const isWindows = this.facts.os?.toLowerCase() === 'windows';
    return UNWIND_TABLES.some((table) => {
      let range = this.nearest(table, offset);
      if (isWindows) {
        if (range !== null && offset >= range.start + range.size) return range.start > start;
        for (let steps = 0; range !== null && range.start > start && steps < MAX_CHAINED; steps++) {
          const before: Entry | null = this.nearest(table, range.start - 1);
          if (before === null || before.start + before.size !== range.start) break;
          range = before;
        }
      }
      return range !== null && range.start > start;
    });
  }

  private findCfi(offset: number): CfiAt | null {
    const range = this.covering('cfi', offset);
    if (range === null) return null;
    const hit = searchCfiRecord(this.record(range.position), offset - range.start);
    if (hit === null || hit.texts.length > MAX_RULE_TEXTS) return null;
    const rules = new Map<string, CfiProgram>();
    for (const text of hit.texts) {
      const row = this.ruleText(text);
      if (row === null) return null;
      for (const [register, program] of row) rules.set(register, program);
    }
    return { start: range.start, rules, signal: hit.signal };
  }

  private ruleText(position: number): Map<string, CfiProgram> | null {
    const known = this.texts.get(position);
    if (known !== undefined) return known;
    const bytes = this.record(position);
    const rules = compileCfiRules([decoder.decode(bytes)]);
    this.texts.set(position, rules, 64 + bytes.length * 16);
    return rules;
  }

  private findWin(table: 'frameData' | 'fpo', offset: number): WinFrame | null {
    const entry = this.covering(table, offset);
    if (entry === null) return null;
    const reader = new VarintReader(this.record(entry.position));
    const parameterSize = reader.unsigned();
    const savedRegisterSize = reader.unsigned();
    const localSize = reader.unsigned();
    const allocatesBasePointer = reader.unsigned() !== 0;
    const program = reader.block();
    if (reader.failed) return null;
    return {
      parameterSize,
      savedRegisterSize,
      localSize,
      program: table === 'frameData' ? decoder.decode(program) : null,
      allocatesBasePointer,
    };
  }

  private fileName(number: number): string | null {
    const entry = this.nearest('files', number);
    const name = entry === null || entry.start !== number ? '' : this.text(entry.position);
    return name === '' ? null : name;
  }

  private originName(number: number): string {
    const entry = this.nearest('origins', number);
    if (entry === null || entry.start !== number) return NAME_OMITTED;
    const name = this.text(entry.position);
    const plain = this.oldInlines ? name.replace(/^[0-9]+ /, '') : name;
    return plain === '' ? NAME_OMITTED : plain;
  }

  private text(position: number): string {
    const known = this.names.get(position);
    if (known !== undefined) return known;
    const text = decoder.decode(this.record(position));
    this.names.set(position, text, 64 + text.length * 2);
    return text;
  }

  /** The entry of a range table that covers `key`. */
  private covering(table: TableName, key: number): Entry | null {
    const entry = this.nearest(table, key);
    return entry !== null && key - entry.start < entry.size ? entry : null;
  }

  /** The last entry that starts at or below `key`. */
  private nearest(table: TableName, key: number): Entry | null {
    const { position, count } = this.trailer.tables[table];
    let low = 0;
    let high = count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const at = position + middle * ENTRY_BYTES;
      const view = this.access.blockView(at);
      const inBlock = at % BLOCK_BYTES;
      // The source gave less than it has: a read error.
      if (inBlock + ENTRY_BYTES > view.byteLength) return null;
      if (entryStart(view, inBlock) <= key) low = middle + 1;
      else high = middle;
    }
    if (low === 0) return null;
    const at = position + (low - 1) * ENTRY_BYTES;
    const view = this.access.blockView(at);
    return (at % BLOCK_BYTES) + ENTRY_BYTES > view.byteLength ? null : decodeEntry(view, at % BLOCK_BYTES);
  }

  /** A record's bytes; empty where there are not as many as it says. */
  private record(position: number): Uint8Array {
    const prefix = new VarintReader(this.access.read(position, 8));
    const length = prefix.unsigned();
    if (prefix.failed || length > MAX_RECORD_BYTES) return new Uint8Array(0);
    const bytes = this.access.read(position + prefix.offset, length);
    return bytes.length === length ? bytes : new Uint8Array(0);
  }
}
