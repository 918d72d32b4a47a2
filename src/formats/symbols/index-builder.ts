// Builds a symbol index (index-layout.ts) from a stream of .sym bytes, of any size.
import { IndexWriter } from './index-writer.ts';
import { LineSplitter } from './symbol-line-splitter.ts';
import type { SymbolFileFacts } from './module-symbols.ts';
import { RecordParser } from './record-parser.ts';
import { SymbolTextEncoding } from './text-encoding.ts';

/** Turns .sym bytes into an index. Use once: `write` for each chunk, then `end`. Never throws on any input. */
export class SymbolIndexBuilder {
  private readonly splitter: LineSplitter;
  private readonly sink: IndexWriter;
  private readonly encoding = new SymbolTextEncoding();

  /** `emit` gets the index front to back in pieces that it may keep; `readName` makes mangled names readable. */
  constructor(
    emit: (bytes: Uint8Array) => void,
    options: { readonly readName?: (name: Uint8Array) => Uint8Array } = {},
  ) {
    this.sink = new IndexWriter(emit, options);
    const parser = new RecordParser(this.sink);
    this.splitter = new LineSplitter({
      line: (bytes, start, end) => {
        if (!parser.parse(bytes, start, end)) this.sink.facts.skippedLines++;
      },
      tooLong: () => {
        this.sink.facts.skippedLines++;
      },
    });
  }

  write(chunk: Uint8Array): void {
    this.splitter.write(this.encoding.write(chunk));
  }

  /** Writes tables and trailer; the facts of the whole file. */
  end(): SymbolFileFacts {
    this.splitter.write(this.encoding.end());
    this.splitter.end();
    return this.sink.finish();
  }
}
