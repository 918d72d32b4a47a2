// Visits everything that one identity can reach: pages by their links, every API operation that reads, searches and filters.
import type { Operation } from '../../../src/reports/operations/operation.ts';
import { thorough } from '../../thorough.ts';
import { unpacked } from './unpacked.ts';
import { OPERATIONS } from '../../../src/reports/api/endpoint-registry.ts';

/** What somebody sends with a request. */
export interface Identity {
  readonly name: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** One answer. */
export interface Seen {
  readonly address: string;
  readonly status: number;
  /** Headers and body; of an archive or something compressed what it holds as well. */
  readonly text: string;
}

/** Query strings with which one page is asked for. */
const MAX_QUERIES = thorough ? 30 : 3;
/** Each of some hundred paths with as many query strings: more than that are links that make paths without end. */
const MAX_PAGES = 5000;

/** What there is to ask the API for. */
export interface Subjects {
  readonly crashIds: readonly string[];
  readonly bugs: readonly number[];
  readonly versions: readonly string[];
  readonly products: readonly string[];
  readonly attachments: ReadonlyMap<string, readonly string[]>;
}

export class Crawler {
  readonly #base: string;
  readonly #identity: Identity;
  readonly seen: Seen[] = [];

  constructor(base: string, identity: Identity) {
    this.#base = base;
    this.#identity = identity;
  }

  async get(address: string): Promise<Seen> {
    return this.#ask(address, {});
  }

  async post(address: string, body: unknown): Promise<Seen> {
    return this.#ask(address, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    });
  }

  async patch(address: string, body: unknown): Promise<Seen> {
    return this.#ask(address, {
      method: 'PATCH',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    });
  }

  /** Every page that links lead to, from the first pages on. */
  async pages(start: readonly string[]): Promise<void> {
    const waiting = [...start];
    const known = new Set(waiting);
    const queries = new Map<string, number>();
    for (let visited = 0; visited < MAX_PAGES; visited += 1) {
      const address = waiting.shift();
      if (address === undefined) return;
      const { text } = await this.get(address);
      for (const [, link = ''] of text.matchAll(/(?:href|action|data-copy-from)="(\/[^"#]*)/g)) {
        const next = link.replaceAll('&amp;', '&');
        // Leaving would end the visit.
        if (known.has(next) || /^\/(assets|sign-out|libraries)/.test(next)) continue;
        const [path = '', query] = next.split('?', 2);
        if (query !== undefined) {
          // A filter leads to narrower ones without end.
          const before = queries.get(path) ?? 0;
          if (before >= MAX_QUERIES) continue;
          queries.set(path, before + 1);
        }
        known.add(next);
        waiting.push(next);
      }
    }
    throw new Error(`more than ${MAX_PAGES} pages: links lead in circles`);
  }

  /** Every API operation that reads, about every subject. */
  async operations(subjects: Subjects): Promise<void> {
    for (const operation of OPERATIONS.filter(({ method }) => method === 'get')) {
      for (const address of addressesOf(operation, subjects)) await this.get(address);
    }
  }

  async #ask(address: string, init: RequestInit): Promise<Seen> {
    const response = await fetch(`${this.#base}${address}`, {
      ...init,
      redirect: 'manual',
      headers: { ...this.#identity.headers, ...(init.headers as Record<string, string> | undefined) },
    });
    const head = [...response.headers].map(([name, value]) => `${name}: ${value}`).join('\n');
    const seen = {
      address,
      status: response.status,
      text: `${head}\n\n${[...unpacked(Buffer.from(await response.arrayBuffer()))].join('\n')}`,
    };
    this.seen.push(seen);
    return seen;
  }
}

function addressesOf(operation: Operation, subjects: Subjects): readonly string[] {
  const { path } = operation;
  const of = (name: string, values: readonly (string | number)[]): readonly string[] =>
    values.map((value) => path.replace(`{${name}}`, encodeURIComponent(value)));
  if (path.includes('{name}')) {
    return [...subjects.attachments].flatMap(([crashId, names]) =>
      names.map((name) => path.replace('{crash_id}', crashId).replace('{name}', encodeURIComponent(name))),
    );
  }
  if (path.includes('{crash_id}')) {
    return of('crash_id', subjects.crashIds).map((address) =>
      address.endsWith('/memory') ? `${address}?at=0x7f000100` : address,
    );
  }
  if (path.includes('{bug}')) return of('bug', subjects.bugs);
  if (path.includes('{product}'))
    return of('product', subjects.products)
      .map((address) => address.replace('{account}', 'default'))
      .flatMap((address) =>
        address.includes('{version}')
          ? subjects.versions.map((version) => address.replace('{version}', encodeURIComponent(version)))
          : [address],
      );
  if (path.includes('{')) return [];
  if (path === '/api/signature-preview') return subjects.crashIds.map((id) => `${path}?crash_id=${id}`);
  return [path, ...(path === '/api/reports' || path === '/api/bugs' ? [`${path}?limit=1`] : [])];
}
