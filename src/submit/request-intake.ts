// What one request's adapter may ask of the server: the store behind the contract of wire/adapter.ts.
import type { ClientCount, KeyedProduct } from '../report/client-rules.ts';
import { wordsUnder } from '../report/privacy/words-under.ts';
import type { PersonWords } from '../report/person-words.ts';
import type { Intake, Outcome } from '../wire/adapter.ts';
import type { SubmitContext } from './submit-context.ts';
import { DraftInTransit } from './submission-draft.ts';
import type { Exchange } from './exchange.ts';
import { inboxHeaders, inboxLine, inboxPath } from './inbox-line.ts';

const MAX_TOKEN_REPORTS = 100;

/** The intake of one request, which may bring several reports; `close` removes whatever the adapter began and did not commit. */
export class RequestIntake implements Intake {
  readonly #context: SubmitContext;
  readonly #exchange: Exchange;
  readonly #drafts: DraftInTransit[] = [];
  /** Whether the request ended in a count of its own (stored, ignored, …) rather than being a mere answer. */
  counted = false;

  constructor(context: SubmitContext, exchange: Exchange) {
    this.#context = context;
    this.#exchange = exchange;
  }

  get settings(): Intake['settings'] {
    return this.#context.settings;
  }

  get version(): Intake['version'] {
    return this.#context.version;
  }

  draft(): DraftInTransit {
    this.counted = true;
    const draft = new DraftInTransit(this.#context, this.#exchange);
    this.#drafts.push(draft);
    return draft;
  }

  /** What became of the reports that were committed so far. */
  get outcomes(): readonly Outcome[] {
    return this.#drafts.flatMap(({ outcome }) => outcome ?? []);
  }

  close(): Promise<unknown> | undefined {
    const [first] = this.#drafts;
    return this.#drafts.length <= 1
      ? first?.discard()
      : Promise.all(this.#drafts.map((draft) => draft.discard()));
  }

  async productKnown(account: string, product: string): Promise<boolean> {
    const { store } = this.#context;
    const policy = await store.product(account, product);
    return policy === null ? store.createProduct(account, product) : policy.closed !== true;
  }

  newInstallation(account: string, product: string): ReturnType<Intake['newInstallation']> {
    return this.#context.store.newInstallation(account, product);
  }

  installationKnown(account: string, product: string, id: string, cookie: string): Promise<boolean> {
    return this.#context.store.installationKnown(account, product, id, cookie);
  }

  missingBlobs(account: string, product: string, hashes: readonly string[]): Promise<readonly string[]> {
    return this.#context.store.missingBlobs(account, product, hashes);
  }

  putBlob(account: string, product: string, hash: string, body: AsyncIterable<Uint8Array>): Promise<void> {
    return this.#context.store.putBlob(account, product, hash, body);
  }

  findByIdentity(identity: string): Promise<string | null> {
    return this.#context.store.findByIdentity(identity);
  }

  lastPayload(account: string, product: string): Promise<Uint8Array | null> {
    return this.#context.store.lastPayload(account, product);
  }

  payloadsByToken(account: string, product: string, token: string): Promise<readonly Uint8Array[]> {
    return this.#context.store.payloadsByToken(account, product, token, MAX_TOKEN_REPORTS);
  }

  payload(crashId: string): Promise<Uint8Array | null> {
    return this.#context.store.payload(crashId);
  }

  processNow(crashId: string): ReturnType<Intake['processNow']> {
    return this.#context.processNow === null ? Promise.resolve(null) : this.#context.processNow(crashId);
  }

  keyedProduct(key: string): ReturnType<Intake['keyedProduct']> {
    return this.#context.store.keyedProduct(key);
  }

  waitOfKey(keyed: KeyedProduct): number {
    return this.#context.keyLimits.wait(keyed);
  }

  countClient({ account, product }: Pick<KeyedProduct, 'account' | 'product'>, count: ClientCount): void {
    this.#context.store.countClient(account, product, count);
  }

  discarded(
    keyed: KeyedProduct,
    { kind, sdk, count }: { readonly kind: string; readonly sdk: string; readonly count: number },
  ): void {
    const { account, product } = keyed;
    this.countClient(keyed, { fate: 'discarded', kind, reason: 'not_kept', sdk, count });
    this.counted = true;
    this.#context.counters.outcome(this.#exchange.protocol, 'ignored');
    if (!this.#context.told.isFirst(`${account}/${product}/${kind}`)) return;
    this.#addInbox(
      'ignored',
      'not_kept',
      `${sdk || 'A client'} sends "${kind}", which Mayday does not keep.`,
      { account, product },
    );
  }

  get receivedAt(): number {
    return this.#exchange.receivedAt;
  }

  async putSessions(
    { account, product }: Pick<KeyedProduct, 'account' | 'product'>,
    sessions: Parameters<Intake['putSessions']>[1],
  ): Promise<void> {
    this.counted = true;
    const late = await this.#context.store.putSessions(account, product, sessions);
    this.#context.counters.outcome(this.#exchange.protocol, 'answered');
    if (late > 0) {
      const count = { fate: 'refused', kind: 'session', reason: 'too old', sdk: '', count: late } as const;
      this.countClient({ account, product }, count);
    }
  }

  async putFeedback(
    { account, product }: Pick<KeyedProduct, 'account' | 'product'>,
    words: PersonWords,
  ): Promise<void> {
    this.counted = true;
    const identity = words.eventId === null ? null : `${account}/${product}:event:${words.eventId}`;
    const policy = await this.#context.store.product(account, product);
    const kept = wordsUnder(words, policy?.dataRules);
    await this.#context.store.putFeedback(account, product, kept, identity);
    this.#context.counters.outcome(this.#exchange.protocol, 'answered');
  }

  clientAddress(): string | null {
    return this.#context.addressOf(this.#exchange.request);
  }

  observe(event: string, detail: string): void {
    this.counted = true;
    this.#context.counters.outcome(this.#exchange.protocol, 'ignored');
    this.#addInbox('ignored', event, detail, null);
  }

  #addInbox(
    outcome: string,
    reason: string,
    detail: string,
    of: Pick<KeyedProduct, 'account' | 'product'> | null,
  ): void {
    const { request, receivedAt, clientHash, body, protocol } = this.#exchange;
    this.#context.store.addInbox(
      inboxLine({
        at: receivedAt,
        protocol,
        method: request.method ?? '',
        path: inboxPath(request.url ?? '', this.#context.settings.removedAnnotations),
        account: of?.account ?? this.#exchange.account,
        product: of?.product ?? null,
        outcome,
        reason,
        detail,
        status: 200,
        bodyBytes: body?.decodedBytes ?? 0,
        clientHash,
        crashId: null,
        headers: inboxHeaders(request.headers),
      }),
    );
  }

  async health(): Promise<Readonly<Record<string, string>>> {
    const failing: Record<string, string> = {};
    const { full, reason } = this.#context.store.admission();
    if (full) failing['admission'] = reason ?? 'the store is full';
    try {
      await this.#context.store.check();
    } catch (error) {
      failing['store'] = error instanceof Error ? error.message : String(error);
    }
    return failing;
  }
}
