// Upstream symbol servers behind the store: what a dump asks for and the store lacks is fetched once, kept within a budget,
// and not asked for again for a while where nobody has it. Off unless the operator names servers.
import { LRUCache } from 'lru-cache';
import { createWriteStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Log } from '../../base/log.ts';
import type { SymbolRequest } from '../../formats/symbols/symbol-provider.ts';
import type { SymbolKey } from '../../store/symbols.ts';
import type { Scratch } from './scratch.ts';
import type { UpstreamFetcher } from './symbol-finder.ts';
import type { SymbolIntake } from './symbol-intake.ts';
import { symbolFileName, symbolKeyOf } from './symbol-lookup-key.ts';
import { SymbolsRefused } from './symbols-refused.ts';
import type { SymbolCache } from './symbol-cache.ts';
import { askUpstream, type UpstreamRequestOptions } from './upstream-request.ts';

export type UpstreamOptions = Omit<UpstreamRequestOptions, 'fetch'> & {
  /** Base addresses in the order in which they are asked. */
  readonly servers: readonly string[];
  readonly intake: Pick<SymbolIntake, 'take'>;
  readonly scratch: Scratch;
  readonly cache: SymbolCache;
  readonly log: Log;
  /** For one file, all servers and its indexing together: a crash waits for it. */
  readonly totalMs: number;
  /** Bytes of one file as it arrives. */
  readonly maxBytes: number;
  readonly fetch?: typeof fetch;
  readonly now?: () => number;
};

const ABSENT_MS = 3_600_000;
const FAILED_MS = 5 * 60_000;
const MAX_REMEMBERED = 10_000;
const MAX_AT_ONCE = 4;
/** After so many failures in a row a server is left alone for a while. */
const FAILURES_BEFORE_REST = 5;
const REST_MS = 60_000;

type ServerState = { failures: number; restUntil: number };

/** Fetches symbols from upstream servers into the store. */
export class UpstreamSymbols implements UpstreamFetcher {
  private readonly options: UpstreamOptions;
  private readonly now: () => number;
  /** Until when a key is not asked for again. */
  private readonly silent = new LRUCache<string, number>({ max: MAX_REMEMBERED });
  private readonly underWay = new Map<string, Promise<SymbolKey | null>>();
  private readonly states: ReadonlyMap<string, ServerState>;

  constructor(options: UpstreamOptions) {
    this.options = options;
    this.now = options.now ?? Date.now;
    this.states = new Map(options.servers.map((server) => [server, { failures: 0, restUntil: 0 }]));
  }

  /** The key under which the symbols are stored now; null where nobody has them, or not in time. Never rejects. */
  fetch(request: SymbolRequest): Promise<SymbolKey | null> {
    const key = symbolKeyOf(request);
    if (key === null) return Promise.resolve(null);
    const name = `${key.debugId}/${key.debugFile}`;
    const known = this.underWay.get(name);
    if (known !== undefined) return known;
    if ((this.silent.get(name) ?? 0) > this.now()) return Promise.resolve(null);
    // More at once would only wait for each other in the indexer; what is left out now is asked for by the next report.
    if (this.underWay.size >= MAX_AT_ONCE) return Promise.resolve(null);
    const fetching = this.fromServers(key, name).finally(() => this.underWay.delete(name));
    this.underWay.set(name, fetching);
    return fetching;
  }

  private async fromServers(key: SymbolKey, name: string): Promise<SymbolKey | null> {
    const { servers, log, totalMs } = this.options;
    const over = AbortSignal.timeout(totalMs);
    let allSaidNo = true;
    for (const server of servers) {
      const state = this.states.get(server);
      if (state === undefined || state.restUntil > this.now()) {
        allSaidNo = false;
        continue;
      }
      const result = await this.fromServer(server, key, over);
      if (result === 'stored') {
        state.failures = 0;
        return key;
      }
      if (result === 'absent') state.failures = 0;
      else {
        allSaidNo = false;
        log.warn(
          { server: new URL(server).host, symbols: name, why: result.why },
          'an upstream symbol server failed',
        );
        if (++state.failures >= FAILURES_BEFORE_REST) {
          state.failures = 0;
          state.restUntil = this.now() + REST_MS;
        }
      }
    }
    this.silent.set(name, this.now() + (allSaidNo ? ABSENT_MS : FAILED_MS));
    return null;
  }

  private async fromServer(
    server: string,
    key: SymbolKey,
    over: AbortSignal,
  ): Promise<'stored' | 'absent' | { readonly why: string }> {
    const { timeoutMs, scratch, intake, cache, maxBytes } = this.options;
    // Ends the body, too, where it falls silent.
    const silence = new AbortController();
    const timer = setTimeout(() => silence.abort(new Error(`silent for ${timeoutMs} ms`)), timeoutMs);
    const answer = await askUpstream(
      server,
      [key.debugFile, key.debugId, symbolFileName(key)],
      AbortSignal.any([over, silence.signal]),
      { ...this.options, fetch: this.options.fetch ?? fetch },
    );
    try {
      if (answer.kind === 'absent') return 'absent';
      if (answer.kind === 'failed') return answer;
      return await scratch.withFile(async (file) => {
        await pipeline(
          bounded(answer.body, maxBytes, () => timer.refresh()),
          createWriteStream(file),
        );
        clearTimeout(timer);
        await cache.makeRoom();
        const [taken] = await intake.take({
          file,
          name: symbolFileName(key),
          // A server that answers with other symbols than asked for is refused by the id.
          claims: { debugFile: key.debugFile, debugId: key.debugId },
          product: null,
          by: 'upstream',
          source: new URL(server).host,
        });
        if (taken === undefined || !('symbols' in taken)) return { why: 'sent no symbols' };
        cache.added(taken.symbols);
        return 'stored' as const;
      });
    } catch (error) {
      return { why: error instanceof SymbolsRefused ? error.message : String(error) };
    } finally {
      clearTimeout(timer);
    }
  }
}

async function* bounded(body: Readable, maxBytes: number, heard: () => void): AsyncGenerator<Buffer> {
  let total = 0;
  for await (const chunk of body) {
    const bytes = chunk as Buffer;
    total += bytes.length;
    if (total > maxBytes) throw new SymbolsRefused('too_large');
    heard();
    yield bytes;
  }
}
