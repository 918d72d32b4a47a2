// A report on its way from an adapter into the store: product, throttle, crash id and identity are decided here, once
// the body has been read; then one commit makes it durable.
import { Refused } from '../base/refusal.ts';
import { dayOfCrashId, newCrashId } from '../report/crash-id.ts';
import type { ThrottleResult } from '../report/report.ts';
import { changesData } from '../report/privacy/data-rules.ts';
import { DataFilter } from '../report/privacy/data-filter.ts';
import { dataNotes } from '../report/privacy/data-notes.ts';
import { FILTERED } from '../report/privacy/filter-text.ts';
import type { ProductPolicy, ReportDraft } from '../store/intake.ts';
import type { Draft, Outcome, PartInfo, PartSink, Submission } from '../wire/adapter.ts';
import {
  heldPayload,
  privateAnnotations,
  privatePayload,
  type HeldPayload,
  type PayloadRules,
} from './private-parts.ts';
import type { SubmitContext } from './submit-context.ts';
import { FLOOD_RULE } from './flood-guard.ts';
import { encodingsOf } from './codec.ts';
import type { Exchange } from './exchange.ts';
import { inboxHeaders, inboxLine, inboxPath, splitTarget } from './inbox-line.ts';

const MAX_NOTES = 200;
const MAX_USER_AGENT = 500;
const MAX_FIELD = 500;
/** Fields in the log line of one report, at level debug. */
const MAX_LOGGED = 100;
/** Texts that are no product's name; `.` and `..` cannot be a segment of the URL of a page. */
const NAMELESS = /^\s*$|^\.{1,2}$|\p{Cc}/u;

interface Home {
  readonly account: string;
  readonly product: string;
}

/** The draft of one request. The server discards it when the request has been answered, which a commit survives. */
export class DraftInTransit implements Draft {
  readonly #context: SubmitContext;
  readonly #exchange: Exchange;
  readonly #draft: ReportDraft;
  readonly #notes: string[] = [];
  /** What became of it; null: it is not committed. */
  outcome: Outcome | null = null;
  /** Secrets that were filtered out of a payload. */
  #filtered = 0;
  /** The data rules of the product on this report, payload and annotations together; null: it has none. */
  #data: DataFilter | null = null;
  /** The product that `#data` is of. */
  #dataOf: string | null = null;
  readonly #held: HeldPayload[] = [];

  constructor(context: SubmitContext, exchange: Exchange) {
    this.#context = context;
    this.#exchange = exchange;
    this.#draft = context.store.draft();
  }

  part({ name, kind, filename, contentType }: PartInfo): PartSink {
    const sink = this.#draft.attachment({ name, kind, filename, contentType });
    const { product, account } = this.#exchange;
    // Sentry's endpoints have filtered already.
    if (kind !== 'payload' || this.#exchange.protocol === 'sentry') return sink;
    const hold = (bytes: number, most: number) => this.#exchange.body?.hold(bytes, most);
    if (product === null) {
      // Whose it is stands in the payload itself (Syncthing), or an upload key says it.
      const held = heldPayload(sink, hold, this.#context.settings.syncthingMaxBytes);
      this.#held.push(held);
      return held.sink;
    }
    return privatePayload(sink, {
      rules: async () => this.#rulesOf(await this.#policyBefore(account ?? 'default', product)),
      filtered: (count) => (this.#filtered += count),
      hold,
    });
  }

  /** Of whom a payload is, before its report is read: an upload key in the query says more than the path. */
  async #policyBefore(account: string, product: string): Promise<ProductPolicy | null> {
    const { store } = this.#context;
    const [, query = ''] = splitTarget(this.#exchange.request.url ?? '');
    const key = new URLSearchParams(query).get('key');
    const owner = key === null ? { account, product } : await store.productByKey(key);
    // A key of nobody is refused once the report is read.
    return owner === null ? null : store.product(owner.account, owner.product);
  }

  note(sentence: string): void {
    this.#notes.push(sentence);
  }

  async commit(submission: Submission): Promise<Outcome> {
    this.outcome = await this.#commit(submission);
    return this.outcome;
  }

  async #commit(submission: Submission): Promise<Outcome> {
    const { counters } = this.#context;
    this.#notes.push(...submission.notes);
    const home = await this.#home(submission);
    const rules = this.#rulesOf(await this.#context.store.product(home.account, home.product));
    const { protocol } = submission;
    const throttle = this.#throttle(submission);
    const crashId =
      submission.crashId ?? newCrashId(throttle.action === 'defer' ? 1 : 0, this.#exchange.receivedAt);
    if (throttle.action === 'reject' || throttle.action === 'fake_accept') {
      counters.outcome(protocol, 'throttled');
      this.#tellInbox('throttled', throttle.rule, '', { protocol, home, crashId: null });
      return { kind: 'throttled', throttle, crashId };
    }
    if (this.#isFlood(home)) {
      counters.outcome(protocol, 'throttled');
      return { kind: 'throttled', throttle: { rule: FLOOD_RULE, action: 'reject' }, crashId };
    }
    const { annotations, filtered } = await this.#privateFields(submission, rules);
    const installation = this.#kept(submission.installation);
    const { identity, identityScope } = submission;
    const product = `${home.account}/${home.product}`;
    const result = await this.#draft.commit({
      protocol,
      account: home.account,
      product: home.product,
      version: cut(submission.version),
      platform: cut(submission.platform),
      receivedAt: this.#exchange.receivedAt,
      annotations,
      notes: [
        ...this.#notes,
        ...(submission.routineNotes ?? []),
        ...filteredNote(filtered),
        ...dataNotes(this.#data?.found ?? new Map()),
      ].slice(0, MAX_NOTES),
      payloadKind: submission.payloadKind,
      encoding: encodingName(this.#exchange),
      bodyBytes: this.#exchange.body?.decodedBytes ?? 0,
      userAgent: this.#exchange.request.headers['user-agent']?.slice(0, MAX_USER_AGENT) ?? null,
      clientHash: this.#exchange.clientHash,
      throttle,
      installation: cut(installation),
      token: submission.token,
      state: throttle.action === 'defer' ? 'deferred' : 'queued',
      crashId,
      identity: identity === null || identityScope === 'server' ? identity : `${product}:${identity}`,
      ...(submission.joins === true && { joins: true }),
    });
    counters.outcome(protocol, result.kind);
    if (result.kind === 'stored') this.#logAccepted({ ...submission, annotations }, home, crashId);
    if (result.kind === 'stored' && throttle.action !== 'defer') this.#context.onQueued();
    if (result.kind === 'duplicate') {
      this.#tellInbox('duplicate', 'the report is already stored', '', {
        protocol,
        home,
        crashId: result.crashId,
      });
    } else if (this.#notes.length > 0) {
      const [first = ''] = this.#notes;
      this.#tellInbox('accepted_with_notes', first, this.#notes.slice(1).join(' '), {
        protocol,
        home,
        crashId,
      });
    }
    return result;
  }

  async join({ account, product }: Home, identity: string): Promise<boolean> {
    const { protocol } = this.#exchange;
    if (this.#isFlood({ account, product })) {
      this.#context.counters.outcome(protocol, 'throttled');
      return false;
    }
    await this.#draft.join({ account, product, identity: `${account}/${product}:${identity}` });
    this.#context.counters.outcome(protocol, 'answered');
    this.#context.onQueued();
    const [first] = this.#notes;
    if (first !== undefined) {
      const home = { account, product };
      this.#tellInbox('accepted_with_notes', first, this.#notes.slice(1).join(' '), {
        protocol,
        home,
        crashId: null,
      });
    }
    return true;
  }

  /** The annotations as they are stored, and how many values of the whole report were filtered here. */
  async #privateFields(
    { protocol, annotations }: Submission,
    rules: PayloadRules | null,
  ): Promise<{ readonly annotations: Submission['annotations']; readonly filtered: number }> {
    // Sentry's events were filtered before their annotations were read from them.
    if (protocol === 'sentry') return { annotations, filtered: this.#filtered };
    for (const held of this.#held.splice(0))
      this.#filtered += await held.settle(rules ?? { secrets: null, data: null });
    if (rules === null) return { annotations, filtered: this.#filtered };
    const { secrets, data } = rules;
    const kept = secrets === null ? { annotations, count: 0 } : privateAnnotations(annotations, secrets);
    return {
      annotations:
        data === null
          ? kept.annotations
          : await data.inTurns((filter) => filter.annotations(kept.annotations)),
      filtered: this.#filtered + kept.count,
    };
  }

  /** What a product's reports are filtered by; null: they are kept as they come. */
  #rulesOf(policy: ProductPolicy | null): PayloadRules | null {
    const dataRules = policy?.dataRules;
    const home = policy === null ? null : `${policy.account}/${policy.product}`;
    if (home !== this.#dataOf) {
      this.#dataOf = home;
      this.#data = dataRules !== undefined && changesData(dataRules) ? new DataFilter(dataRules) : null;
    }
    const secrets = policy?.privateKeys ?? null;
    return secrets === null && this.#data === null ? null : { secrets, data: this.#data };
  }

  /** The name of the installation, unless it is a value that is never stored, or would be scrubbed: a part of it names nobody. */
  #kept(installation: string | null): string | null {
    if (installation === null || installation.includes(FILTERED)) return null;
    return this.#data === null ? installation : this.#data.installation(installation);
  }

  /** Removes what was not committed; never throws. */
  discard(): Promise<void> {
    return this.#draft.discard();
  }

  /** One line for each accepted report; its fields only at level debug, since they may be personal. */
  #logAccepted({ protocol, version, annotations }: Submission, home: Home, crashId: string): void {
    const { log } = this.#context;
    const bytes = this.#exchange.body?.decodedBytes ?? 0;
    log.info({ crashId, protocol, product: home.product, version, bytes }, 'report accepted');
    if (!log.isLevelEnabled('debug')) return;
    const fields = annotations.slice(0, MAX_LOGGED).map(({ key, value }) => [key, value.slice(0, MAX_FIELD)]);
    log.debug({ crashId, fields: Object.fromEntries(fields) }, 'fields of the report');
  }

  #isFlood({ account, product }: Home): boolean {
    const { floods, store, addressOf } = this.#context;
    const { request } = this.#exchange;
    return floods.isFlood({
      address: addressOf(request),
      request,
      account,
      product,
      short: store.admission().short,
    });
  }

  #throttle(submission: Submission): ThrottleResult {
    const { crashId } = submission;
    if (crashId === null) return this.#context.throttle(submission.annotations, this.#exchange.receivedAt);
    // A report that was submitted elsewhere before carries the decision in its id (Socorro).
    const deferred = dayOfCrashId(crashId) !== null && crashId.at(-7) === '1';
    return { rule: 'already_throttled', action: deferred ? 'defer' : 'accept' };
  }

  /** The account and product that the report is filed under; creates a product on its first report. */
  async #home(submission: Submission): Promise<Home> {
    const { store, settings, defaultProduct } = this.#context;
    const { account, uploadKey, unknownProduct } = submission;
    const named = submission.product;
    if (uploadKey !== null) {
      const owner = await store.productByKey(uploadKey);
      if (owner === null) throw new Refused('unknown_key', 'no product has this upload key');
      if (named !== null && named !== owner.product) {
        this.#notes.push(
          `The report names the product "${named.slice(0, 80)}"; its upload key belongs to another one.`,
        );
      }
      return { account: owner.account, product: owner.product };
    }
    if (named === null || NAMELESS.test(named) || named.length > settings.maxNameLength) {
      if (named !== null) this.#notes.push('The product has a name that products cannot have.');
      return this.#defaultHome(account);
    }
    if (submission.keyed === true) return { account, product: named };
    const home = await this.#existing(account, named);
    if (home !== null) return home;
    if (unknownProduct === 'refuse') throw new Refused('not-found', `${account}/${named}`);
    this.#notes.push(
      `There is no product "${named.slice(0, 80)}"; the report is filed under "${defaultProduct}".`,
    );
    return this.#defaultHome(account);
  }

  async #defaultHome(account: string): Promise<Home> {
    const { defaultProduct } = this.#context;
    return (await this.#existing(account, defaultProduct)) ?? { account, product: defaultProduct };
  }

  /**
   * A product that exists or could be created, under the name that its account has today; null: neither. Refuses where it takes reports
   * with its upload key only, and where its account is closed.
   */
  async #existing(account: string, product: string): Promise<Home | null> {
    const { store } = this.#context;
    let policy = await store.product(account, product);
    if (policy === null) {
      if (!(await store.createProduct(account, product))) return null;
      policy = await store.product(account, product);
    }
    if (policy === null) return { account, product };
    if (policy.closed === true) throw new Refused('not-found', `${account}/${product}`);
    if (policy.requireKey) throw new Refused('unknown_key', `${account}/${product} requires its upload key`);
    return { account: policy.account, product: policy.product };
  }

  /** The target of the request, without what the product does not store either. */
  #inboxPath(target: string): string {
    const { removedAnnotations } = this.#context.settings;
    const data = this.#data;
    if (data === null) return inboxPath(target, removedAnnotations);
    const has = (name: string): boolean => removedAnnotations.has(name) || data.isNeverStored(name);
    return data.text(inboxPath(target, { has }));
  }

  #tellInbox(
    outcome: string,
    reason: string,
    detail: string,
    about: { readonly protocol: string; readonly home: Home; readonly crashId: string | null },
  ): void {
    const { request, receivedAt, clientHash, body } = this.#exchange;
    this.#context.store.addInbox(
      inboxLine({
        at: receivedAt,
        protocol: about.protocol,
        method: request.method ?? '',
        path: this.#inboxPath(request.url ?? ''),
        account: about.home.account,
        product: about.home.product,
        outcome,
        reason,
        detail,
        status: 200,
        bodyBytes: body?.decodedBytes ?? 0,
        clientHash,
        crashId: about.crashId,
        headers: inboxHeaders(request.headers),
      }),
    );
  }
}

function filteredNote(count: number): readonly string[] {
  return count === 0
    ? []
    : [`${count} ${count === 1 ? 'value was' : 'values were'} filtered before storing.`];
}

/** The codings of a body as the report keeps them: `identity`, `gzip`, `gzip, br`. */
function encodingName({ request }: Exchange): string {
  const encodings = encodingsOf(request.headers);
  return encodings.length === 0 ? 'identity' : encodings.join(', ');
}

function cut(text: string | null): string | null {
  return text === null ? null : text.slice(0, MAX_FIELD);
}
