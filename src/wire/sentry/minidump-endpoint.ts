// `minidump/`: a crash handler's form, or a bare minidump as the body. The event stands in parts of MessagePack
// (`__sentry-event`, `__sentry-breadcrumb1`, …) or in fields (`sentry`, `sentry[tags][x]`, `sentry__1`, …).
import { Refused } from '../../base/refusal.ts';
import { asObject, own, type JsonObject } from '../../report/crashkit/json-object.ts';
import { eventIdOf, timeOf, valuesOf } from '../../report/sentry/event-values.ts';
import type { Intake, RequestBody, WireAnswer, WireRequest } from '../adapter.ts';
import { parseHeaderParameters } from '../header-parameters.ts';
import { VERSION_NAMES } from '../version-names.ts';
import { MultipartParser, type PartHandler } from '../multipart.ts';
import type { PartHeader } from '../part-header.ts';
import { AttachmentTaker } from './attachment-taker.ts';
import { keysOfRequest, productOfKeys } from './client-key.ts';
import type { ItemSink } from './envelope-parser.ts';
import { commitEvent, eventSubmission } from './event-draft.ts';
import { heldItem } from './held-item.ts';
import { decodeMsgpack } from './msgpack.ts';
import { dashedAnswer, limitedAnswer } from './sentry-answers.ts';

const DUMP_PART = 'upload_file_minidump';
const EVENT_PART = '__sentry-event';
const BREADCRUMB_PART = /^__sentry-breadcrumbs?\d?$/;
const MAX_BREADCRUMBS = 500;
const MAX_FIELDS_DEPTH = 10;

/** Takes a crash of a native program. */
export async function minidumpEndpoint(request: WireRequest, intake: Intake): Promise<WireAnswer> {
  const keyed = await productOfKeys(keysOfRequest(request), request, intake);
  const draft = intake.draft();
  const taker = new AttachmentTaker(draft, intake.settings);
  const event = (await readDump(request, taker, intake)) ?? {};
  if (!taker.hasMinidump) throw new Refused('no_minidump', 'the form has no part "upload_file_minidump"');
  const surroundings = { request, intake, keyed };
  const eventId = eventIdOf(own(event, 'event_id'));
  const bytes = Buffer.from(taker.digest());
  if (Object.keys(event).length === 0) {
    const outcome = await draft.commit(
      eventSubmission(event, { ...surroundings, eventId, sentAt: null, filtered: 0, bytes }),
    );
    return dashedAnswer(outcome.crashId.replaceAll('-', ''));
  }
  const received = { event, bytes: null, fingerprint: bytes, headerId: null, sentAt: null, client: null };
  const fate = await commitEvent(received, draft, surroundings);
  if (fate.kind === 'limited') return limitedAnswer(fate.waitSeconds);
  const crashId = fate.kind === 'committed' ? fate.outcome.crashId.replaceAll('-', '') : '0'.repeat(32);
  return dashedAnswer(eventId ?? crashId);
}

async function readDump(
  request: WireRequest,
  taker: AttachmentTaker,
  intake: Intake,
): Promise<JsonObject | null> {
  const { value: type, parameters } = parseHeaderParameters(request.headers['content-type'] ?? '');
  if (type === 'multipart/form-data') {
    const boundary = parameters.get('boundary') ?? '';
    if (boundary === '' || boundary.length > 200) throw new Refused('no_boundary');
    const parts = new DumpParts(request.body, taker, intake);
    const parser = new MultipartParser(boundary, parts, intake.settings);
    await request.body.pump((chunk) => parser.write(chunk));
    parser.finish();
    return parts.event();
  }
  const sink = taker.begin({ filename: null, contentType: type === '' ? null : type, kind: 'minidump' });
  taker.hasMinidump = true;
  let size = 0;
  await request.body.pump((chunk) => {
    size += chunk.length;
    return sink.data(chunk);
  });
  if (size === 0) throw new Refused('no_minidump', 'the body is empty');
  await sink.end(true);
  return null;
}

/** The parts of the form: dumps and files stream into the draft, the rest becomes an event. */
class DumpParts implements PartHandler {
  readonly #body: RequestBody;
  readonly #taker: AttachmentTaker;
  readonly #limit: number;
  #sink: ItemSink | null = null;
  #event: JsonObject = {};
  readonly #breadcrumbs: unknown[] = [];
  /** `sentry[a][b]` and `sentry`, in order of arrival. */
  readonly #fields: (readonly [path: readonly string[], value: string])[] = [];
  readonly #chunks: (readonly [number: number, text: string])[] = [];
  readonly #others: (readonly [name: string, value: string])[] = [];
  #left: number;

  constructor(body: RequestBody, taker: AttachmentTaker, intake: Intake) {
    this.#body = body;
    this.#taker = taker;
    this.#limit = intake.settings.maxEventBytes;
    this.#left = this.#limit;
  }

  begin(header: PartHeader): void {
    const name = header.name ?? '';
    if (name === EVENT_PART) this.#sink = this.#held((bytes) => this.#mergeEvent(bytes));
    else if (BREADCRUMB_PART.test(name)) this.#sink = this.#held((bytes) => this.#addBreadcrumbs(bytes));
    else if (name === DUMP_PART && !this.#taker.hasMinidump) {
      this.#taker.hasMinidump = true;
      this.#sink = this.#taker.begin({ ...header, kind: 'minidump' });
    } else if (header.filename !== null) {
      this.#sink = this.#taker.begin({ ...header, filename: header.filename || name, kind: 'file' });
    } else this.#sink = this.#held((bytes) => this.#addField(name, bytes.toString('utf8')));
  }

  data(chunk: Uint8Array): void | Promise<void> {
    return this.#sink?.data(chunk);
  }

  end(): void | Promise<void> {
    return this.#sink?.end(true);
  }

  /** What all parts together say. */
  event(): JsonObject {
    const fields = this.#fields.length === 0 ? {} : nested(this.#fields);
    const chunked = this.#chunks.toSorted(([a], [b]) => a - b).map(([, text]) => text);
    const event: Record<string, unknown> = {
      ...parsedObject(chunked.join('')),
      ...fields,
      ...this.#event,
    };
    if (this.#breadcrumbs.length > 0) {
      const all = [...valuesOf(event['breadcrumbs']), ...valuesOf(this.#breadcrumbs)];
      event['breadcrumbs'] = all
        .toSorted((a, b) => (timeOf(own(a, 'timestamp')) ?? 0) - (timeOf(own(b, 'timestamp')) ?? 0))
        .slice(-MAX_BREADCRUMBS);
    }
    if (this.#others.length > 0) {
      // A handler that knows nothing of Sentry tells the version as it tells it everywhere.
      const others = new Map(this.#others);
      event['release'] ??= VERSION_NAMES.map((name) => others.get(name)).find((value) => value);
      event['extra'] = { ...Object.fromEntries(this.#others), ...asObject(event['extra']) };
    }
    return event;
  }

  #held(take: (bytes: Buffer) => void): ItemSink {
    return heldItem(this.#body, this.#left, (bytes) => {
      if (bytes === null)
        throw new Refused('text_part_too_large', `the fields have more than ${this.#limit} bytes`);
      this.#left -= bytes.length;
      take(bytes);
      return true;
    });
  }

  #mergeEvent(bytes: Buffer): void {
    const [value] = decodeMsgpack(bytes).values;
    const event = parsedObject(bytes.toString('utf8')) ?? (Array.isArray(value) ? null : asObject(value));
    if (event !== null) this.#event = { ...this.#event, ...event };
  }

  #addBreadcrumbs(bytes: Buffer): void {
    this.#breadcrumbs.push(...decodeMsgpack(bytes).values.slice(-MAX_BREADCRUMBS));
  }

  #addField(name: string, value: string): void {
    const chunk = /^sentry__(\d{1,5})$/.exec(name)?.[1];
    if (chunk !== undefined) this.#chunks.push([Number(chunk), value]);
    else if (name === 'sentry') this.#fields.push([[], value]);
    else if (name.startsWith('sentry[')) {
      const path = [...name.slice(6).matchAll(/\[([^\]]{0,200})\]/g)].map((match) => match[1] ?? '');
      if (path.length > 0 && path.length <= MAX_FIELDS_DEPTH) this.#fields.push([path, value]);
    } else if (name !== '') this.#others.push([name.slice(0, 200), value]);
  }
}

/** Fields with paths as one object; a field `sentry` is JSON of the whole. */
function nested(fields: readonly (readonly [path: readonly string[], value: string])[]): JsonObject {
  const root = new Map<string, unknown>();
  for (const [path, value] of fields) {
    if (path.length === 0) {
      for (const [key, one] of Object.entries(parsedObject(value) ?? {})) root.set(key, one);
      continue;
    }
    let at = root;
    for (const key of path.slice(0, -1)) {
      const next = at.get(key);
      const inner = next instanceof Map ? (next as Map<string, unknown>) : new Map<string, unknown>();
      at.set(key, inner);
      at = inner;
    }
    at.set(path.at(-1) ?? '', value);
  }
  return asPlain(root);
}

function asPlain(map: ReadonlyMap<string, unknown>): JsonObject {
  return Object.fromEntries(
    [...map].map(([key, value]) => [
      key,
      value instanceof Map ? asPlain(value as Map<string, unknown>) : value,
    ]),
  );
}

function parsedObject(text: string): JsonObject | null {
  if (!text.trimStart().startsWith('{')) return null;
  try {
    return asObject(JSON.parse(text));
  } catch {
    return null;
  }
}
