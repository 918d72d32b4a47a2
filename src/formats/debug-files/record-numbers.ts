// Numbers for source files and inlined functions of one module, given out once for each path and each name.
import type { SymbolSink } from '../symbols/symbol-sink.ts';

/** Names that are remembered, by their characters; beyond that all are forgotten, and numbered once more. */
const MAX_CHARS = 16 * 1024 * 1024;
const OVERHEAD_CHARS = 32;

const encoder = new TextEncoder();

/** Writes each name before the record that first needs it. */
export class RecordNumbers {
  private readonly sink: SymbolSink;
  private readonly files = new Map<string, number>();
  private readonly origins = new Map<string, number>();
  private nextFile = 0;
  private nextOrigin = 0;
  private fileChars = 0;
  private originChars = 0;

  constructor(sink: SymbolSink) {
    this.sink = sink;
  }

  file(path: string): number {
    const known = this.files.get(path);
    if (known !== undefined) return known;
    this.fileChars += path.length + OVERHEAD_CHARS;
    if (this.fileChars > MAX_CHARS) {
      this.files.clear();
      this.fileChars = 0;
    }
    const number = this.nextFile++;
    this.files.set(path, number);
    this.sink.file(number, encoder.encode(path));
    return number;
  }

  origin(name: string): number {
    const known = this.origins.get(name);
    if (known !== undefined) return known;
    this.originChars += name.length + OVERHEAD_CHARS;
    if (this.originChars > MAX_CHARS) {
      this.origins.clear();
      this.originChars = 0;
    }
    const number = this.nextOrigin++;
    this.origins.set(name, number);
    this.sink.inlineOrigin(number, encoder.encode(name));
    return number;
  }
}
