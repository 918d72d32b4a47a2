// One event of Sentry's clients on its way into a draft: judged by the product's filters and the limit of its key, made
// private, written as the payload, committed.
import { createHash } from 'node:crypto';
import type { KeyedProduct } from '../../report/client-rules.ts';
import { asObject, own, type JsonObject } from '../../report/crashkit/json-object.ts';
import { DataFilter } from '../../report/privacy/data-filter.ts';
import { dataNotes } from '../../report/privacy/data-notes.ts';
import { changesData } from '../../report/privacy/data-rules.ts';
import { filterEvent } from '../../report/privacy/filter-event.ts';
import { namesOfProduct } from '../../report/privacy/names-of-product.ts';
import { rewrittenJsonBytes } from '../../report/privacy/rewritten-json.ts';
import type { SecretNames } from '../../report/privacy/secret-names.ts';
import { summariseEvent } from '../../report/sentry/event-summary.ts';
import { withPresentNames } from '../../report/sentry/event-names.ts';
import { eventIdOf, textOf } from '../../report/sentry/event-values.ts';
import type { Draft, Intake, Outcome, WireRequest } from '../adapter.ts';
import { clientOfRequest } from './client-key.ts';
import { filteredBy } from './inbound-filter.ts';

/** The name of the attachment that holds the event. */
export const EVENT_PART = 'payload.json';

/** An event as it came. */
export interface ReceivedEvent {
  /** The event's own bytes, stored as they are where nothing was filtered; null: it was put together from other things. */
  readonly bytes: Uint8Array | null;
  /** What tells an event without an id from others, where it is not its bytes; null: nothing does. */
  readonly fingerprint?: Uint8Array | null;
  readonly event: JsonObject;
  /** The id that the header of its envelope names. */
  readonly headerId: string | null;
  /** When the client sent it, by its own clock. */
  readonly sentAt: string | null;
  /** What the client calls itself. */
  readonly client: string | null;
}

/** What became of it. */
export type EventFate =
  | { readonly kind: 'committed'; readonly outcome: Outcome; readonly eventId: string | null }
  | { readonly kind: 'filtered' }
  | { readonly kind: 'limited'; readonly waitSeconds: number };

/** Everything that commits of one request share. */
export interface EventSurroundings {
  readonly request: WireRequest;
  readonly intake: Intake;
  readonly keyed: KeyedProduct;
}

/** The data rules of a product, for one report; null: it has none that change anything. */
function dataFilterOf({ dataRules }: KeyedProduct): DataFilter | null {
  return dataRules !== undefined && changesData(dataRules) ? new DataFilter(dataRules) : null;
}

/** The names that are secret for a product. */
export function secretNames({ rules }: Pick<KeyedProduct, 'rules'>): SecretNames {
  return namesOfProduct(rules.privateKeys);
}

/** Takes one event into `draft`, which may hold attachments already. */
export async function commitEvent(
  received: ReceivedEvent,
  draft: Draft,
  surroundings: EventSurroundings,
): Promise<EventFate> {
  const { bytes, client } = received;
  const event = withPresentNames(received.event);
  const { request, intake, keyed } = surroundings;
  const sdk = client ?? sdkOf(event) ?? clientOfRequest(request) ?? '';
  const filter = filteredBy(event, keyed.rules, request.userAgent);
  if (filter !== null) {
    intake.countClient(keyed, { fate: 'filtered', kind: 'event', reason: filter, sdk, count: 1 });
    return { kind: 'filtered' };
  }
  const routineNotes: string[] = [];
  const wait = intake.waitOfKey(keyed);
  if (wait > 0) {
    intake.countClient(keyed, { fate: 'limited', kind: 'event', reason: keyed.product, sdk, count: 1 });
    return { kind: 'limited', waitSeconds: wait };
  }
  const ownId = eventIdOf(own(event, 'event_id'));
  const eventId = received.headerId ?? ownId;
  const safe = privateEvent(event, surroundings);
  const data = dataFilterOf(keyed);
  const stored =
    data === null
      ? safe.stored
      : (asObject(await data.inTurns((filter) => filter.structured(safe.stored))) ?? {});
  const changed = safe.changed || stored !== safe.stored;
  for (const note of data === null ? [] : dataNotes(data.found)) routineNotes.push(note);
  const sink = draft.part({
    name: EVENT_PART,
    kind: 'payload',
    filename: null,
    contentType: 'application/json',
  });
  await sink.write(writtenEvent(bytes, stored, changed || event !== received.event, data));
  await sink.end();
  const outcome = await draft.commit(
    eventSubmission(stored, {
      ...surroundings,
      eventId,
      sentAt: received.sentAt,
      filtered: safe.filtered,
      dataNotes: routineNotes,
      bytes: received.fingerprint === undefined ? bytes : received.fingerprint,
    }),
  );
  return { kind: 'committed', outcome, eventId };
}

/** The bytes of an event: as they came where nothing was changed, and else with what did not change as it was written. */
function writtenEvent(
  bytes: Uint8Array | null,
  stored: JsonObject,
  changed: boolean,
  data: DataFilter | null,
): Uint8Array {
  if (bytes === null) return Buffer.from(JSON.stringify(stored));
  if (!changed && data === null) return bytes;
  const received = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return data === null ? rewrittenJsonBytes(received, stored) : data.rewritten(received, stored);
}

function privateEvent(
  event: JsonObject,
  { intake, keyed }: EventSurroundings,
): { readonly stored: JsonObject; readonly filtered: number; readonly changed: boolean } {
  if (keyed.rules.privacy === 'off') {
    const user = asObject(own(event, 'user'));
    const isAuto = user !== null && own(user, 'ip_address') === '{{auto}}';
    if (!isAuto) return { stored: event, filtered: 0, changed: false };
    const address = keyed.rules.keepAddress ? intake.clientAddress() : null;
    return { stored: { ...event, user: { ...user, ip_address: address } }, filtered: 0, changed: true };
  }
  const { event: stored, count } = filterEvent(event, {
    names: secretNames(keyed),
    keepAddress: keyed.rules.keepAddress,
    address: intake.clientAddress(),
  });
  const user = asObject(own(event, 'user'));
  return {
    stored,
    filtered: count,
    changed: count > 0 || (user !== null && Object.hasOwn(user, 'ip_address')),
  };
}

/** The fields of the report. */
export function eventSubmission(
  event: JsonObject,
  {
    intake,
    keyed,
    eventId,
    sentAt,
    filtered,
    dataNotes: notes = [],
    bytes,
  }: EventSurroundings & {
    readonly eventId: string | null;
    readonly sentAt: string | null;
    readonly filtered: number;
    /** What the data rules of the product left out. */
    readonly dataNotes?: readonly string[];
    readonly bytes: Uint8Array | null;
  },
): Parameters<Draft['commit']>[0] {
  const { maxAnnotations, maxNameLength } = intake.settings;
  const summary = summariseEvent(event, { maxAnnotations: maxAnnotations - 3, maxNameLength });
  const annotations = [...summary.annotations];
  if (eventId !== null) annotations.push({ key: 'event_id', value: eventId });
  if (sentAt !== null) annotations.push({ key: 'sent_at', value: sentAt.slice(0, 60) });
  return {
    protocol: 'sentry',
    account: keyed.account,
    product: keyed.product,
    version: summary.version,
    platform: summary.platform,
    annotations,
    notes: [],
    routineNotes: [
      ...(filtered === 0
        ? []
        : [`${filtered} ${filtered === 1 ? 'value was' : 'values were'} filtered before storing.`]),
      ...notes,
    ],
    payloadKind: 'json',
    identity: identityOf(eventId, bytes),
    installation: summary.userId,
    token: null,
    crashId: null,
    uploadKey: null,
    unknownProduct: 'default',
    keyed: true,
    joins: eventId !== null,
  };
}

/** The identity of the report of an event, within its product. */
export function identityOfEvent(eventId: string): string {
  return `event:${eventId}`;
}

function identityOf(eventId: string | null, bytes: Uint8Array | null): string | null {
  if (eventId !== null) return identityOfEvent(eventId);
  return bytes === null ? null : `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

function sdkOf(event: JsonObject): string | null {
  const sdk = asObject(own(event, 'sdk'));
  const name = sdk === null ? null : textOf(sdk, 'name');
  if (sdk === null || name === null) return null;
  const version = textOf(sdk, 'version');
  return version === null ? name : `${name}/${version}`;
}
