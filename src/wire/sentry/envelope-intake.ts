// The items of one envelope, taken in while they arrive: attachments stream into the draft of the envelope's event, events are
// held until they are whole, what is not kept is counted. Committed by `finish`, after the body was read to its end.
import { Refused } from '../../base/refusal.ts';
import type { KeyedProduct } from '../../report/client-rules.ts';
import { asObject, asText, own, type JsonObject } from '../../report/crashkit/json-object.ts';
import { readPersonWords, type PersonWords } from '../../report/person-words.ts';
import {
  readSession,
  readSessionBuckets,
  type SessionBucket,
  type SessionUpdate,
} from '../../report/session-update.ts';
import { eventIdOf, timeOf } from '../../report/sentry/event-values.ts';
import type { Draft, Intake, WireAnswer, WireRequest } from '../adapter.ts';
import { AttachmentTaker } from './attachment-taker.ts';
import { clientOfRequest, productOfKeys, readDsn } from './client-key.ts';
import type { EnvelopeHandler, ItemSink } from './envelope-parser.ts';
import { commitEvent, eventSubmission, identityOfEvent, type EventFate } from './event-draft.ts';
import { heldItem } from './held-item.ts';
import { limitedAnswer, takenAnswer } from './sentry-answers.ts';

/** Other items that are held until they are whole. */
const MAX_SMALL_BYTES = 256 * 1024;
/** Envelopes have one event; all events of one that has several may be this many times as large as one may be. */
const EVENTS_FACTOR = 4;
const MAX_TYPE = 40;
const MAX_WORDS = 10;
const MAX_CLOCK_ERROR_MS = 60_000;

export class EnvelopeIntake implements EnvelopeHandler {
  readonly #request: WireRequest;
  readonly #intake: Intake;
  readonly #keys: string[];
  #keyed: KeyedProduct | null;
  #eventId: string | null = null;
  #sentAt: string | null = null;
  #client: string | null = null;
  #draft: Draft | null = null;
  #attachments: AttachmentTaker | null = null;
  readonly #events: Buffer[] = [];
  #eventBytes = 0;
  readonly #updates: SessionUpdate[] = [];
  readonly #buckets: SessionBucket[] = [];
  readonly #words: PersonWords[] = [];
  readonly #discarded = new Map<string, number>();
  readonly #notes: string[] = [];

  /** `keyed`: the product where the request itself has named a key. */
  constructor(
    request: WireRequest,
    intake: Intake,
    { keys, keyed }: { readonly keys: readonly string[]; readonly keyed: KeyedProduct | null },
  ) {
    this.#request = request;
    this.#intake = intake;
    this.#keys = [...keys];
    this.#keyed = keyed;
  }

  envelope(header: JsonObject): void | Promise<void> {
    this.#eventId = eventIdOf(own(header, 'event_id'));
    const sentAt = own(header, 'sent_at');
    this.#sentAt = typeof sentAt === 'string' ? sentAt : null;
    const sdk = asObject(own(header, 'sdk'));
    if (sdk !== null) {
      const parts = [asText(own(sdk, 'name')), asText(own(sdk, 'version'))].filter((part) => part !== null);
      this.#client = parts.length === 0 ? null : parts.join('/');
    }
    // Reports of what was lost name no SDK in their header.
    this.#client ??= clientOfRequest(this.#request);
    // What an app has kept since its last run may still name the server before this one: the request's own key says more.
    if (this.#keyed !== null) return undefined;
    const dsn = own(header, 'dsn');
    if (typeof dsn === 'string' && dsn !== '') {
      const { key, id } = readDsn(dsn.slice(0, 2000));
      if (id !== this.#request.params['id']) {
        throw new Refused('key_rejected', 'the DSN of the envelope is of another product than the path');
      }
      this.#keys.push(key);
    }
    return productOfKeys(this.#keys, this.#request, this.#intake).then((keyed) => {
      this.#keyed = keyed;
    });
  }

  item(header: JsonObject): ItemSink | null {
    const type = asText(own(header, 'type')) ?? '';
    const { settings } = this.#intake;
    switch (type) {
      case 'event':
        return this.#held(settings.maxEventBytes, (bytes) => this.#event(bytes));
      case 'attachment':
        return this.#attachment(header);
      case 'client_report':
        return this.#held(MAX_SMALL_BYTES, (bytes) => this.#clientReport(bytes));
      case 'session':
        return this.#held(MAX_SMALL_BYTES, (bytes) => this.#session(bytes));
      case 'sessions':
        return this.#held(settings.maxEventBytes, (bytes) => this.#sessions(bytes));
      case 'feedback':
      case 'user_report':
        return this.#held(MAX_SMALL_BYTES, (bytes) => this.#feedback(bytes));
      default:
        this.#discard(type);
        return null;
    }
  }

  /** What items become is small; an event stays as it is, and says so. */
  #held(maxBytes: number, take: (bytes: Buffer | null) => boolean | void): ItemSink {
    return heldItem(this.#request.body, maxBytes, (bytes) => take(bytes) === true);
  }

  #event(bytes: Buffer | null): boolean {
    const { maxEventBytes } = this.#intake.settings;
    this.#eventBytes += bytes?.length ?? 0;
    if (bytes === null) this.#leftOut('event', `it is larger than ${maxEventBytes} bytes or cut off`);
    else if (this.#eventBytes > EVENTS_FACTOR * maxEventBytes) {
      this.#eventBytes -= bytes.length;
      this.#leftOut(
        'event',
        `the events of the envelope are larger than ${EVENTS_FACTOR * maxEventBytes} bytes together`,
      );
    } else {
      this.#events.push(bytes);
      return true;
    }
    return false;
  }

  /** Commits what came. `fault`: what ended the envelope before its end. */
  async finish(fault: string | null): Promise<WireAnswer> {
    const keyed = this.#keyed;
    if (keyed === null) throw new Refused('no_key');
    if (fault !== null) {
      if (this.#events.length === 0) throw new Refused('invalid_envelope', fault);
      this.#notes.push(`The envelope is damaged: ${fault}.`);
    }
    const [fates] = await Promise.all([this.#commitEvents(keyed), this.#putRest(keyed)]);
    let wait = 0;
    if (this.#events.length === 0) {
      wait = await this.#commitAttachments(keyed);
      for (const note of this.#notes) this.#intake.observe('item_left_out', note);
    }
    for (const [type, count] of this.#discarded) {
      this.#intake.discarded(keyed, { kind: type, sdk: this.#client ?? '', count });
    }
    const limited = fates.find((fate) => fate.kind === 'limited');
    if (limited !== undefined) return limitedAnswer(limited.waitSeconds);
    if (wait > 0) return limitedAnswer(wait);
    return takenAnswer(this.#eventId);
  }

  async #commitEvents(keyed: KeyedProduct): Promise<readonly EventFate[]> {
    const surroundings = { request: this.#request, intake: this.#intake, keyed };
    const fates: Promise<EventFate>[] = [];
    for (const [index, bytes] of this.#events.entries()) {
      const event = parsedEvent(bytes);
      if (event === null) {
        this.#leftOut('event', 'it is no JSON object');
        continue;
      }
      // What came beside the events belongs to the first.
      const draft = index === 0 ? this.#ownDraft() : this.#intake.draft();
      if (index === 0) for (const note of this.#notes) draft.note(note);
      const received = {
        bytes,
        event,
        headerId: index === 0 ? this.#eventId : null,
        sentAt: this.#sentAt,
        client: this.#client,
      };
      fates.push(commitEvent(received, draft, surroundings));
    }
    const settled = await Promise.all(fates);
    if (this.#events.length > 0 && fates.length === 0)
      throw new Refused('invalid_event', 'no event is a JSON object');
    return settled;
  }

  /**
   * Attachments without an event: a minidump is a report, or belongs to that of its event; other files belong to the event that the
   * header names, which came before or comes later. Gives the seconds that the client has to wait; 0: they were taken.
   */
  async #commitAttachments(keyed: KeyedProduct): Promise<number> {
    const attachments = this.#attachments;
    if (this.#draft === null || attachments === null) return 0;
    const eventId = this.#eventId;
    if (!attachments.hasMinidump && eventId === null) {
      if (this.#isAlone()) throw new Refused('no_event');
      this.#leftOut('attachment', 'no event_id in the header says whose it is');
      return 0;
    }
    const wait = this.#intake.waitOfKey(keyed);
    if (wait > 0) {
      this.#intake.countClient(keyed, {
        fate: 'limited',
        kind: 'attachment',
        reason: keyed.product,
        sdk: this.#client ?? '',
        count: attachments.count,
      });
      return wait;
    }
    if (!attachments.hasMinidump && eventId !== null) {
      // A screenshot that a person sends with their words belongs to what they speak of: the words are no event.
      const isWithWords = this.#words.length > 0;
      const spokenOf = this.#words.find((words) => words.eventId !== null)?.eventId ?? null;
      if (isWithWords && spokenOf === null) {
        this.#leftOut('attachment', 'the words that it came with are about no event');
        return 0;
      }
      await this.#draft.join(keyed, identityOfEvent(spokenOf ?? eventId));
      return 0;
    }
    const surroundings = { request: this.#request, intake: this.#intake, keyed };
    await this.#draft.commit(
      eventSubmission(
        {},
        {
          ...surroundings,
          eventId,
          sentAt: this.#sentAt,
          filtered: 0,
          bytes: Buffer.from(attachments.digest()),
        },
      ),
    );
    return 0;
  }

  /** Whether the envelope brought nothing but attachments. */
  #isAlone(): boolean {
    return this.#updates.length + this.#buckets.length + this.#words.length + this.#discarded.size === 0;
  }

  /** Sessions and words of people. */
  async #putRest(keyed: KeyedProduct): Promise<void> {
    const updates = this.#updates;
    const buckets = this.#buckets;
    if (updates.length > 0 || buckets.length > 0) await this.#intake.putSessions(keyed, { updates, buckets });
    for (const words of this.#words) await this.#intake.putFeedback(keyed, words);
  }

  #session(bytes: Buffer | null): void {
    const { settings, receivedAt } = this.#intake;
    const value = bytes === null ? null : parsedEvent(bytes);
    const update = value === null ? null : readSession(value, receivedAt);
    if (update === null) this.#leftOut('session', 'it names no session');
    else if (this.#updates.length >= settings.maxEnvelopeSessions) {
      this.#leftOut('session', `there are more than ${settings.maxEnvelopeSessions}`);
    } else this.#updates.push({ ...update, startedAt: this.#corrected(update.startedAt) });
  }

  #sessions(bytes: Buffer | null): void {
    const { settings, receivedAt } = this.#intake;
    const value = bytes === null ? null : parsedEvent(bytes);
    if (value === null) return this.#leftOut('sessions', 'it is no JSON object, or too large');
    const room = settings.maxSessionBuckets - this.#buckets.length;
    const all = readSessionBuckets(value, receivedAt);
    if (all.length > room)
      this.#leftOut('sessions', `there are more than ${settings.maxSessionBuckets} buckets`);
    const kept = all.slice(0, Math.max(0, room));
    for (const one of kept) this.#buckets.push({ ...one, startedAt: this.#corrected(one.startedAt) });
  }

  /** A time of the client, set right where its clock is wrong by more than a minute. */
  #corrected(at: number): number {
    const sentAt = timeOf(this.#sentAt);
    const error = sentAt === null ? 0 : sentAt - this.#intake.receivedAt;
    return Math.abs(error) > MAX_CLOCK_ERROR_MS ? at - error : at;
  }

  #feedback(bytes: Buffer | null): void {
    const item = bytes === null ? null : parsedEvent(bytes);
    const words = item === null ? null : readPersonWords(item);
    if (words === null) this.#leftOut('feedback', 'it says nothing');
    else if (this.#words.length < MAX_WORDS) this.#words.push(words);
  }

  #ownDraft(): Draft {
    this.#draft ??= this.#intake.draft();
    return this.#draft;
  }

  #attachment(header: JsonObject): ItemSink | null {
    const draft = this.#ownDraft();
    this.#attachments ??= new AttachmentTaker(draft, this.#intake.settings);
    return this.#attachments.take(header);
  }

  #clientReport(bytes: Buffer | null): void {
    const report = bytes === null ? null : parsedEvent(bytes);
    const keyed = this.#keyed;
    if (report === null || keyed === null) return;
    const events = own(report, 'discarded_events');
    for (const entry of Array.isArray(events) ? events.slice(0, 200) : []) {
      const item = asObject(entry);
      const count = item === null ? null : own(item, 'quantity');
      if (item === null || typeof count !== 'number' || !(count > 0) || count > 1e9) continue;
      this.#intake.countClient(keyed, {
        fate: 'lost',
        kind: asText(own(item, 'category')) ?? '',
        reason: asText(own(item, 'reason')) ?? '',
        sdk: this.#client ?? '',
        count: Math.trunc(count),
      });
    }
  }

  #discard(type: string): void {
    // A client chooses the types: what is odd is one kind.
    const kind = /^[a-z][a-z0-9_]*$/.test(type) && type.length <= MAX_TYPE ? type : 'unknown';
    this.#discarded.set(kind, (this.#discarded.get(kind) ?? 0) + 1);
  }

  #leftOut(kind: string, why: string): void {
    this.#notes.push(`An item of the envelope was left out (${kind}): ${why}.`);
    if (this.#keyed !== null) {
      this.#intake.countClient(this.#keyed, {
        fate: 'refused',
        kind,
        reason: why,
        sdk: this.#client ?? '',
        count: 1,
      });
    }
  }
}

function parsedEvent(bytes: Buffer): JsonObject | null {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    return Array.isArray(value) ? null : asObject(value);
  } catch {
    return null;
  }
}
