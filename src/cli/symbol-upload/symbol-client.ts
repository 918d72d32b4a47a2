// Speaks to the reports server about symbols: what is there, what is missing, and sending one file. Tries again what may
// work the next time.
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SymbolKey } from '../../store/symbols.ts';

/** What the server has under a key. */
export interface KnownSymbols extends SymbolKey {
  readonly sha256: string;
  /** Absent: the server is older. */
  readonly gives?: string;
  readonly wanting?: readonly { readonly text: string }[];
}

/** What became of a file that was sent. */
export interface Sent {
  readonly outcome: 'stored' | 'duplicate';
  readonly reportsToProcess: number;
}

/** The server refused, or could not be reached in all tries. */
export class ServerFault extends Error {}

const TRIES = 6;
const FIRST_WAIT_MS = 500;
const MAX_WAIT_MS = 30_000;
const ASKED_AT_ONCE = 200;
const RETRIED = new Set([408, 429, 500, 502, 503, 504]);

/** A server and the token for it. */
export class SymbolClient {
  private readonly url: string;
  private readonly token: string;
  private readonly product: string | null;
  private readonly account: string | null;
  private readonly waits: (ms: number) => Promise<void>;

  constructor(options: {
    readonly url: string;
    readonly token: string;
    readonly product: string | null;
    readonly account?: string | null;
    readonly wait?: (ms: number) => Promise<void>;
  }) {
    this.url = options.url.replace(/\/+$/, '');
    this.token = options.token;
    this.product = options.product;
    this.account = options.account ?? null;
    this.waits = options.wait ?? ((ms) => sleep(ms));
  }

  /** What the server has of these; null where it has nothing. */
  async known(keys: readonly SymbolKey[]): Promise<readonly (KnownSymbols | null)[]> {
    const answers: (KnownSymbols | null)[] = [];
    for (let at = 0; at < keys.length; at += ASKED_AT_ONCE) {
      const files = keys.slice(at, at + ASKED_AT_ONCE);
      const { files: known } = (await this.call('/api/symbols/known', () => ({
        method: 'POST',
        body: JSON.stringify({ files, ...this.place() }),
      }))) as { readonly files: readonly (KnownSymbols | null)[] };
      if (!Array.isArray(known) || known.length !== files.length)
        throw new ServerFault('the server answered something else');
      answers.push(...(known as readonly (KnownSymbols | null)[]));
    }
    return answers;
  }

  /** Debug ids that stored reports lack. */
  async missingIds(): Promise<ReadonlySet<string>> {
    const { missing } = (await this.call('/api/symbols/missing?limit=1000', () => ({}))) as {
      readonly missing: readonly SymbolKey[];
    };
    return new Set(missing.map(({ debugId }) => debugId.toUpperCase()));
  }

  /** Sends one file; `open` is called for each try. */
  async send(name: string, open: () => Promise<Readable>): Promise<Sent> {
    const query = new URLSearchParams({ name, ...this.place() });
    const { files } = (await this.call(`/api/symbols?${query.toString()}`, async () => ({
      method: 'POST',
      headers: { 'content-type': 'application/octet-stream' },
      body: Readable.toWeb(await open()) as ReadableStream<Uint8Array>,
      duplex: 'half',
    }))) as { readonly files: readonly (Sent & { readonly message?: string })[] };
    const [file] = files;
    if (file?.outcome !== 'stored' && file?.outcome !== 'duplicate') {
      throw new ServerFault(file?.message ?? 'the server did not take it');
    }
    return file;
  }

  /** Whose the symbols are, as far as it was said. */
  private place(): { readonly product?: string; readonly account?: string } {
    return {
      ...(this.product !== null && { product: this.product }),
      ...(this.account !== null && { account: this.account }),
    };
  }

  private async call(
    where: string,
    request: () =>
      | (RequestInit & { readonly duplex?: 'half' })
      | Promise<RequestInit & { readonly duplex?: 'half' }>,
  ): Promise<unknown> {
    let wait = FIRST_WAIT_MS;
    for (let attempt = 1; ; attempt++) {
      let fault: string;
      let after: number | null = null;
      try {
        const { headers, ...init } = await request();
        const response = await fetch(this.url + where, {
          ...init,
          headers: {
            ...(headers as Record<string, string> | undefined),
            authorization: `Bearer ${this.token}`,
          },
        });
        const text = await response.text();
        if (response.ok) return parsed(text);
        fault = faultOf(response.status, text);
        if (!RETRIED.has(response.status)) throw new ServerFault(fault);
        after = Number(response.headers.get('retry-after') ?? Number.NaN) * 1000;
      } catch (error) {
        if (error instanceof ServerFault) throw error;
        const cause = (error as Error).cause;
        fault = cause instanceof Error ? cause.message : (error as Error).message;
      }
      if (attempt === TRIES) throw new ServerFault(`${fault} (${TRIES} tries)`);
      await this.waits(Math.min(MAX_WAIT_MS, after !== null && after > 0 ? after : wait));
      wait *= 2;
    }
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ServerFault('the answer is not JSON: is this the address of a reports server?');
  }
}

function faultOf(status: number, text: string): string {
  try {
    const { error, files } = JSON.parse(text) as {
      error?: { message?: string };
      files?: readonly { message?: string }[];
    };
    return error?.message ?? files?.[0]?.message ?? bareFault(status);
  } catch {
    return bareFault(status);
  }
}

function bareFault(status: number): string {
  // The submit server, for one, knows no such address.
  return status === 404
    ? 'this is no reports server (404): symbols go to the address at which people read reports, port 8081 by default'
    : `the server answered ${status}`;
}
