// The submit role without a socket: reports that lie somewhere go the way of live ones (adapter, draft, store), as the requests that would
// have brought them. What is different is said here: their times are their own, nothing is throttled, and nobody's inbox hears of them.
import { randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { Refused, type RefusalCode } from '../base/refusal.ts';
import type { ClientRules, KeyedProduct } from '../report/client-rules.ts';
import type { IntakeStore } from '../store/intake.ts';
import { StorageError } from '../store/intake.ts';
import { ADAPTERS } from '../wire/adapter-registry.ts';
import { IncomingBody } from './body.ts';
import { encodingsOf } from './codec.ts';
import { Exchange } from './exchange.ts';
import { splitTarget } from './inbox-line.ts';
import { refusalOf } from './request-handler.ts';
import { RequestIntake } from './request-intake.ts';
import { RequestView } from './request-view.ts';
import { createRouter, type Router } from './router.ts';
import type { SubmitContext } from './submit-context.ts';
import { submitContextOf, type SubmitServerOptions } from './submit-server.ts';
import { dryDraft } from './dry-draft.ts';

/** A report as the request that would have brought it. */
export interface LocalRequest {
  /** With the query. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: AsyncIterable<Uint8Array>;
  /** When it arrived where it comes from, milliseconds since 1970. */
  readonly receivedAt: number;
}

export type LocalOutcome =
  | { readonly kind: 'stored' | 'duplicate'; readonly crashId: string }
  /** Nothing was to be stored of it: a filter of the product left it out. */
  | { readonly kind: 'left_out' }
  | { readonly kind: 'refused'; readonly code: RefusalCode; readonly detail: string };

/** The product that everything goes to, whatever it says itself. */
export interface LocalHome {
  readonly account: string;
  readonly product: string;
}

export interface LocalIntakeOptions extends Omit<SubmitServerOptions, 'store'> {
  readonly store: IntakeStore;
  /** Makes the product of `home` where it is not there. Products that reports name are made as they are for live ones. */
  readonly makeHome: () => Promise<void>;
  readonly home: LocalHome | null;
  /** What the product of `home` decided about its clients. */
  readonly clientRules: ClientRules;
  /** Nothing is stored, and outcomes are what they would be. */
  readonly dryRun: boolean;
}

/** Any text of 32 digits: the only key of an import. */
const KEY = '0'.repeat(32);
const DSN_ID = 1;

/** Where an adapter of Sentry's clients takes an event of an import. */
export const LOCAL_STORE_TARGET = `/api/${DSN_ID}/store/?sentry_key=${KEY}`;

export class LocalIntake {
  readonly #context: SubmitContext;
  readonly #router: Router = createRouter(ADAPTERS);
  /** Lets a report keep the crash id that it has. */
  readonly #token: string;
  readonly #home: LocalHome | null;

  private constructor(context: SubmitContext, token: string, home: LocalHome | null) {
    this.#context = context;
    this.#token = token;
    this.#home = home;
  }

  static async open(options: LocalIntakeOptions): Promise<LocalIntake> {
    const token = randomBytes(16).toString('hex');
    const context = await submitContextOf({
      ...options,
      store: importing(options),
      uuidToken: token,
      throttleRules: [],
      floodPerMinute: 0,
    });
    const throttle = () => ({ rule: 'imported', action: 'accept' }) as const;
    return new LocalIntake({ ...context, throttle, addressOf: () => '' }, token, options.home);
  }

  /** The address of the form upload, for reports that may say nothing of their product themselves. */
  formTarget(query: Readonly<Record<string, string>>): string {
    const text = new URLSearchParams(query).toString();
    const path = this.#home === null ? '/submit' : `/submit/${KEY}`;
    return text === '' ? path : `${path}?${text}`;
  }

  /** Throws `StorageError` where the store can keep nothing more: then nothing else can be taken either. */
  async take({ target, headers, body, receivedAt }: LocalRequest): Promise<LocalOutcome> {
    const [path, query] = splitTarget(target);
    const request = requestOf(body, {
      url: target,
      headers: { ...headers, authorization: `Bearer ${this.#token}` },
    });
    const exchange = new Exchange(request, NOBODY, {
      receivedAt,
      startedAt: performance.now(),
      expectsContinue: false,
    });
    try {
      return await this.#run(exchange, path, query);
    } catch (error) {
      const { code, detail } = refusalOf(error);
      if (code === 'disk_full' || code === 'storage_failed') {
        const reason = code === 'disk_full' ? 'full' : 'failed';
        throw error instanceof StorageError ? error : new StorageError(detail, { reason, cause: error });
      }
      if (code === 'internal_error') throw error;
      return { kind: 'refused', code, detail };
    } finally {
      request.destroy();
    }
  }

  async #run(exchange: Exchange, path: string, query: string | undefined): Promise<LocalOutcome> {
    const { store, settings, limits, lanes, texts } = this.#context;
    const match = this.#router(path);
    const route = match?.place.byMethod.get('POST');
    if (match === null || route === undefined) throw new Refused('unknown_path');
    exchange.adapter = match.place.adapter;
    exchange.route = route;
    exchange.account = match.params['account'] ?? null;
    exchange.product = match.params['product'] ?? null;
    const { full, reason } = store.admission();
    if (full) throw new Refused('disk_full', reason ?? '');
    const { request } = exchange;
    const body = new IncomingBody(request, {
      encodings: encodingsOf(request.headers),
      maxBytes: route.maxBytes?.(settings) ?? limits.maxUploadBytes,
      maxRatio: limits.maxDecompressionRatio,
      lanes,
      texts,
      announcedBytes: null,
      onStart: () => undefined,
    });
    exchange.body = body;
    const intake = new RequestIntake(this.#context, exchange);
    try {
      const view = new RequestView(request, { params: match.params, path, query, hasBody: true, body });
      await route.handle(view, intake);
      const [outcome] = intake.outcomes;
      return outcome === undefined || outcome.kind === 'throttled' ? { kind: 'left_out' } : outcome;
    } finally {
      body.close();
      await intake.close();
    }
  }
}

/** Nobody waits for an answer. */
const NOBODY = {} as ServerResponse;

/** A request for the parts of the server, which ask of it no more than its head and its bytes. */
function requestOf(
  body: AsyncIterable<Uint8Array>,
  { url, headers }: { readonly url: string; readonly headers: IncomingHttpHeaders },
): IncomingMessage {
  const stream = Readable.from(body, { objectMode: false });
  return Object.assign(stream, { method: 'POST', url, headers }) as unknown as IncomingMessage;
}

/** The store as an import has it: products need no key and may be made, and the inbox stays as it is. */
function importing({ store, makeHome, home, clientRules: rules, dryRun }: LocalIntakeOptions): IntakeStore {
  const own: Partial<IntakeStore> = {
    ...(dryRun && { draft: () => dryDraft(store) }),
    addInbox: () => undefined,
    countClient: dryRun ? () => undefined : (...counted) => store.countClient(...counted),
    ...(dryRun && { createProduct: async () => true }),
    async product(account, product) {
      const policy = await store.product(account, product);
      return policy === null ? null : { ...policy, requireKey: false };
    },
    async productByKey() {
      if (home === null) return null;
      if (!dryRun) await makeHome();
      return { ...home, requireKey: false };
    },
    async keyedProduct(): Promise<KeyedProduct | null> {
      if (home === null) return null;
      if (!dryRun) await makeHome();
      const dataRules = (await store.product(home.account, home.product))?.dataRules;
      return {
        ...home,
        ...{ dsnId: DSN_ID, keyId: 0, enabled: true, perMinute: null, rules },
        ...(dataRules !== undefined && { dataRules }),
      };
    },
  };
  return new Proxy(store, {
    get(target, name: keyof IntakeStore) {
      const method: unknown = own[name] ?? target[name];
      return typeof method === 'function' ? method.bind(own[name] === undefined ? target : own) : method;
    },
  });
}
