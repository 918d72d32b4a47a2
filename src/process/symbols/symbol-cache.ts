// Keeps symbols that came from upstream servers within a budget of bytes: the longest unused go first.
import type { SymbolFile, SymbolKey, SymbolStore } from '../../store/symbols.ts';

const PAGE = 200;
/** After so long the store is asked again: other processes add and use symbols, too. */
const FRESH_MS = 10 * 60_000;

type Kept = { readonly key: SymbolKey; readonly bytes: number; readonly usedAt: number };

/** The part of a symbol store that is a cache. */
export class SymbolCache {
  private readonly store: SymbolStore;
  private readonly maxBytes: number;
  private readonly now: () => number;
  private kept: Kept[] | null = null;
  private readAt = 0;

  constructor({
    store,
    maxBytes,
    now = Date.now,
  }: {
    store: SymbolStore;
    maxBytes: number;
    now?: () => number;
  }) {
    this.store = store;
    this.maxBytes = maxBytes;
    this.now = now;
  }

  /** Deletes until the cache is within its budget. */
  async makeRoom(): Promise<void> {
    const kept = await this.read();
    let bytes = kept.reduce((sum, file) => sum + file.bytes, 0);
    if (bytes <= this.maxBytes) return;
    kept.sort((one, other) => other.usedAt - one.usedAt);
    while (bytes > this.maxBytes) {
      const oldest = kept.pop();
      if (oldest === undefined) return;
      bytes -= oldest.bytes;
      await this.store.deleteSymbols(oldest.key);
    }
  }

  /** Counts a file that has just been stored. */
  added(symbols: SymbolFile): void {
    this.kept?.push(keptOf(symbols));
  }

  private async read(): Promise<Kept[]> {
    if (this.kept !== null && this.now() - this.readAt < FRESH_MS) return this.kept;
    const kept: Kept[] = [];
    let cursor: string | undefined;
    do {
      const page = await this.store.listSymbols({}, { limit: PAGE, ...(cursor !== undefined && { cursor }) });
      kept.push(...page.rows.filter(({ source }) => source !== 'upload').map(keptOf));
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
    this.kept = kept;
    this.readAt = this.now();
    return kept;
  }
}

function keptOf({ debugFile, debugId, storedBytes, indexBytes, lastUsedAt, uploadedAt }: SymbolFile): Kept {
  return {
    key: { debugFile, debugId },
    bytes: storedBytes + indexBytes,
    usedAt: Math.max(lastUsedAt ?? 0, uploadedAt),
  };
}
