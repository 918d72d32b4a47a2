// Upstream symbol servers behind the store: what a dump asks for and the store lacks is fetched once, kept within a budget,
// and not asked for again for a while where nobody has it. Off unless the operator names servers.
import { LRUCache } from 'lru-cache';
import type { Readable } from 'node:stream';
import type { Log } from '../../base/log.ts';
import type { SymbolRequest } from '../../formats/symbols/symbol-provider.ts';
import { pipeToFile } from './pipe-to-file.ts';
import type { Scratch } from './scratch.ts';
import type { UpstreamFetcher } from './symbol-finder.ts';
import type { SymbolIntake } from './symbol-intake.ts';
import { symbolKeyOf } from './symbol-lookup-key.ts';
import { SymbolsRefused } from './symbols-refused.ts';
import type { SymbolCache } from './symbol-cache.ts';
import { UpstreamBudget } from './upstream-budget.ts';
import { type UpstreamFile, upstreamFiles, type UpstreamKind } from './upstream-layouts.ts';
import { askUpstream, type UpstreamRequestOptions } from './upstream-request.ts';

/** A server that is asked. */
export type UpstreamServer = { readonly url: string; readonly kind: UpstreamKind };

export type UpstreamOptions = Omit<UpstreamRequestOptions, 'fetch'> & {
  /** In the order in which they are asked. */
  readonly servers: readonly UpstreamServer[];
  readonly intake: Pick<SymbolIntake, 'take'>;
  readonly scratch: Scratch;
  readonly cache: SymbolCache;
  readonly log: Log;
  /** For one module, all servers and the indexing together: a crash waits for it. */
  readonly totalMs: number;
  /** Bytes of one file as it arrives. */
  readonly maxBytes: number;
  /** For all modules of one report. */
  readonly perReport: { readonly maxBytes: number; readonly maxMs: number };
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
type Answer = 'stored' | 'absent' | { readonly why: string };

/** One module that is being fetched. */
type Errand = {
  readonly request: SymbolRequest;
  readonly debugId: string;
  /** For the log, and to know it again. */
  readonly name: string;
  readonly over: AbortSignal;
  readonly maxBytes: number;
  bytes: number;
};

/** Fetches symbols from upstream servers into the store. */
export class UpstreamSymbols implements UpstreamFetcher {
  private readonly options: UpstreamOptions;
  private readonly now: () => number;
  private readonly budget: UpstreamBudget;
  /** Until when a key is not asked for again. */
  private readonly silent = new LRUCache<string, number>({ max: MAX_REMEMBERED });
  private readonly underWay = new Map<string, Promise<boolean>>();
  private readonly states: ReadonlyMap<UpstreamServer, ServerState>;

  constructor(options: UpstreamOptions) {
    this.options = options;
    this.now = options.now ?? Date.now;
    this.budget = new UpstreamBudget(options.perReport);
    this.states = new Map(options.servers.map((server) => [server, { failures: 0, restUntil: 0 }]));
  }

  /** True: symbols are stored now; false: nobody has them, not in time, or the share of the job is used up. Never rejects. */
  fetch(request: SymbolRequest, job: string | null): Promise<boolean> {
    // A module without a debug id is found by its code id, as what is stored is.
    const key = symbolKeyOf(request) ?? symbolKeyOf({ ...request, debugId: request.codeId });
    if (key === null) return Promise.resolve(false);
    const name = `${key.debugId}/${key.debugFile}`;
    const known = this.underWay.get(name);
    if (known !== undefined) return known;
    if ((this.silent.get(name) ?? 0) > this.now()) return Promise.resolve(false);
    // More at once would only wait for each other in the indexer; what is left out now is asked for by the next report.
    if (this.underWay.size >= MAX_AT_ONCE) return Promise.resolve(false);
    const left =
      job === null ? { bytes: this.options.maxBytes, ms: this.options.totalMs } : this.budget.left(job);
    if (left === null) return Promise.resolve(false);
    const errand: Errand = {
      request,
      debugId: key.debugId,
      name,
      over: AbortSignal.timeout(Math.max(1, Math.min(this.options.totalMs, Math.ceil(left.ms)))),
      maxBytes: left.bytes,
      bytes: 0,
    };
    const start = performance.now();
    const fetching = this.fromServers(errand).finally(() => {
      this.underWay.delete(name);
      if (job !== null) this.budget.spend(job, { bytes: errand.bytes, ms: performance.now() - start });
    });
    this.underWay.set(name, fetching);
    return fetching;
  }

  private async fromServers(errand: Errand): Promise<boolean> {
    const { servers, log } = this.options;
    let allSaidNo = true;
    for (const server of servers) {
      const files = upstreamFiles(server.kind, errand.request);
      const state = this.states.get(server);
      if (files.length === 0) continue;
      if (state === undefined || state.restUntil > this.now()) {
        allSaidNo = false;
        continue;
      }
      const result = await this.fromServer(server, files, errand);
      if (result === 'stored') {
        state.failures = 0;
        return true;
      }
      if (result === 'absent') state.failures = 0;
      else {
        allSaidNo = false;
        log.warn(
          { server: new URL(server.url).host, symbols: errand.name, why: result.why },
          'an upstream symbol server failed',
        );
        if (++state.failures >= FAILURES_BEFORE_REST) {
          state.failures = 0;
          state.restUntil = this.now() + REST_MS;
        }
      }
    }
    this.silent.set(errand.name, this.now() + (allSaidNo ? ABSENT_MS : FAILED_MS));
    return false;
  }

  /** All files of the module that the server has: a debug file and its program complete each other. */
  private async fromServer(
    server: UpstreamServer,
    files: readonly UpstreamFile[],
    errand: Errand,
  ): Promise<Answer> {
    let best: Answer = 'absent';
    for (const file of files) {
      const answer = await this.fetchFile(server, file, errand);
      if (answer === 'stored' || (answer !== 'absent' && best === 'absent')) best = answer;
      if (answer === 'absent') await this.tellUnreadable(server, file, errand);
      if (typeof answer === 'object') break;
    }
    return best;
  }

  private async fetchFile(server: UpstreamServer, file: UpstreamFile, errand: Errand): Promise<Answer> {
    const { scratch, intake, cache, maxBytes } = this.options;
    const asked = await this.ask(server, file.path, errand);
    try {
      if (asked.answer.kind === 'absent') return 'absent';
      if (asked.answer.kind === 'failed') return asked.answer;
      const { body } = asked.answer;
      return await scratch.withFile(async (path) => {
        const room = Math.min(maxBytes, errand.maxBytes - errand.bytes);
        const content = bounded(body, room, (bytes) => {
          errand.bytes += bytes;
          asked.heard();
        });
        await pipeToFile(content, path);
        asked.end();
        await cache.makeRoom();
        const [taken] = await intake.take({
          file: path,
          name: file.name,
          // A server that answers with other symbols than asked for is refused by the id.
          claims: { debugId: errand.debugId, ...this.namedBy(server, errand) },
          product: null,
          by: 'upstream',
          source: new URL(server.url).host,
        });
        if (taken === undefined || !('symbols' in taken)) return { why: 'sent no symbols' };
        cache.added(taken.symbols);
        return 'stored' as const;
      });
    } catch (error) {
      return { why: error instanceof SymbolsRefused ? error.message : String(error) };
    } finally {
      asked.end();
    }
  }

  /** A text is stored under the name that the dump has; a debug file under its own. */
  private namedBy({ kind }: UpstreamServer, { request }: Errand): { readonly debugFile?: string } {
    const key = kind === 'breakpad' ? symbolKeyOf(request) : null;
    return key === null ? {} : { debugFile: key.debugFile };
  }

  /** Where a server has a form of a file that is not read, its operator is told, once in a while. */
  private async tellUnreadable(server: UpstreamServer, file: UpstreamFile, errand: Errand): Promise<void> {
    for (const { path, why } of file.unreadable) {
      const asked = await this.ask(server, path, errand, 'HEAD');
      asked.end();
      if (asked.answer.kind !== 'found') continue;
      asked.answer.body.destroy();
      this.options.log.warn(
        { server: new URL(server.url).host, symbols: errand.name, why },
        'symbols are not readable',
      );
      return;
    }
  }

  /** Asks; a silence of the server ends the answer, and the body behind it, until `end`. */
  private async ask(
    server: UpstreamServer,
    path: UpstreamFile['path'],
    { over }: Errand,
    method: 'GET' | 'HEAD' = 'GET',
  ): Promise<{
    readonly answer: Awaited<ReturnType<typeof askUpstream>>;
    heard(): void;
    end(): void;
  }> {
    const { timeoutMs } = this.options;
    const silence = new AbortController();
    const timer = setTimeout(() => silence.abort(new Error(`silent for ${timeoutMs} ms`)), timeoutMs);
    const answer = await askUpstream(server.url, path, AbortSignal.any([over, silence.signal]), {
      ...this.options,
      fetch: this.options.fetch ?? fetch,
      method,
    });
    return { answer, heard: () => void timer.refresh(), end: () => clearTimeout(timer) };
  }
}

async function* bounded(
  body: Readable,
  maxBytes: number,
  heard: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  let total = 0;
  for await (const chunk of body) {
    const bytes = chunk as Buffer;
    total += bytes.length;
    heard(bytes.length);
    if (total > maxBytes) throw new SymbolsRefused('too_large');
    yield bytes;
  }
}
