// Events of Sentry or Bugsink, one JSON object a line (or a file each): as the SDK sent it, wrapped as `{"event": …}` or `{"data": …}` (exports of
// tables), or as Sentry's API shows it (`eventID`, `entries`), which is turned back into what the SDK sent.
import { LOCAL_STORE_TARGET } from '../../submit/local-intake.ts';
import { linesOf } from '../export/open-export.ts';
import { isTime, jsonText } from '../record-fields.ts';
import { FileRefused, type SourceFolder } from '../source-folder.ts';
import { asObject, refusedReport, type JsonObject as Json } from './dump-beside.ts';
import type { Source, SourceItem } from './source.ts';

const FILE_NAME = /\.(?:jsonl|ndjson|json)$/i;
const EVENT_ID = /^[0-9a-f]{32}$/;
const LOOKED_AT = 5;

export const sentryEvents: Source = {
  name: 'sentry',
  title: 'events of Sentry or Bugsink as JSON lines',
  isNameless: true,
  async detect({ folder, file }) {
    const files = file === null ? (await folder.names()).filter((name) => FILE_NAME.test(name)) : [file];
    for (const name of files.slice(0, LOOKED_AT)) if (await beginsWithEvent(folder, name)) return true;
    return false;
  },
  async *items({ folder, file }): AsyncGenerator<SourceItem> {
    if (file !== null) yield* eventsOf(folder, file);
    else for await (const { name } of folder.files()) if (FILE_NAME.test(name)) yield* eventsOf(folder, name);
  },
};

async function beginsWithEvent(folder: SourceFolder, name: string): Promise<boolean> {
  try {
    for await (const { value } of valuesOf(folder, name)) return eventOf(value) !== null;
  } catch (error) {
    // A link says nothing of the files beside it.
    if (!(error instanceof FileRefused)) throw error;
  }
  return false;
}

async function* eventsOf(folder: SourceFolder, file: string): AsyncGenerator<SourceItem> {
  try {
    for await (const { place, value, modifiedAt } of valuesOf(folder, file))
      yield itemOf(place, value, modifiedAt);
  } catch (error) {
    if (!(error instanceof FileRefused)) throw error;
    yield refusedReport(file, error.code, error.message);
  }
}

function itemOf(place: string, value: unknown, modifiedAt: number): SourceItem {
  const found = eventOf(value);
  if (found === null) return refusedReport(place, 'bad_record', 'it is no event');
  const { event, arrivedAt } = found;
  return {
    is: 'report',
    name: place,
    async request() {
      return {
        target: LOCAL_STORE_TARGET,
        headers: { 'content-type': 'application/json' },
        body: inPieces(Buffer.from(jsonText(event))),
        receivedAt: arrivedAt ?? modifiedAt,
      };
    },
  };
}

async function* inPieces(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
}

/** Lines, or the whole of a file that is one value over several lines. A line that is no JSON is undefined. */
async function* valuesOf(
  folder: SourceFolder,
  file: string,
): AsyncGenerator<{ readonly place: string; readonly value: unknown; readonly modifiedAt: number }> {
  const { handle, modifiedAt, bytes } = await folder.open(file);
  let line = 0;
  let isWhole = false;
  try {
    for await (const text of linesOf(handle)) {
      line += 1;
      const value = parsed(text);
      isWhole = line === 1 && value === undefined && bytes <= WHOLE_BYTES;
      if (isWhole) break;
      if (Array.isArray(value)) {
        for (const [index, one] of value.entries())
          yield { place: `${file}:${line}[${index}]`, value: one, modifiedAt };
      } else if (text.length > 0) yield { place: `${file}:${line}`, value, modifiedAt };
    }
    if (!isWhole) return;
  } finally {
    await handle.close();
  }
  // Its first line is no value by itself.
  const whole = parsed((await folder.read(file, WHOLE_BYTES)).bytes);
  if (whole !== undefined && Array.isArray(whole)) {
    for (const [index, value] of whole.entries()) yield { place: `${file}[${index}]`, value, modifiedAt };
  } else yield { place: file, value: whole, modifiedAt };
}

const WHOLE_BYTES = 32 * 1024 * 1024;

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}

/** The event as an SDK sends it, and when the other server got it. */
function eventOf(value: unknown): { readonly event: Json; readonly arrivedAt: number | null } | null {
  const object = asObject(value);
  if (object === null) return null;
  const inner = wrapped(object);
  const arrivedAt = firstTime([
    object['dateReceived'],
    object['received'],
    object['digested_at'],
    object['ingested_at'],
    inner['received'],
    inner['dateReceived'],
    object['dateCreated'],
    inner['dateCreated'],
    inner['timestamp'],
  ]);
  if (Array.isArray(inner['entries'])) return { event: ofApi(inner), arrivedAt };
  const isEvent =
    'exception' in inner ||
    'message' in inner ||
    'logentry' in inner ||
    'platform' in inner ||
    'event_id' in inner;
  return isEvent ? { event: inner, arrivedAt } : null;
}

/** Exports of tables keep the event in a column, as an object or as its text. */
function wrapped(object: Json): Json {
  for (const key of ['event', 'data', 'payload']) {
    const value = object[key];
    const inner = asObject(typeof value === 'string' ? parsed(Buffer.from(value)) : value);
    if (inner !== null && ('event_id' in inner || 'exception' in inner || 'platform' in inner)) return inner;
  }
  return object;
}

/** What Sentry's API shows of an event → the event. */
function ofApi(shown: Json): Json {
  const event: Record<string, unknown> = {};
  const copy = (from: string, to = from): void => {
    if (shown[from] !== undefined && shown[from] !== null) event[to] = shown[from];
  };
  for (const name of [
    'platform',
    'message',
    'user',
    'contexts',
    'sdk',
    'dist',
    'culprit',
    'fingerprints',
    'packages',
  ])
    copy(name);
  copy('packages', 'modules');
  copy('fingerprints', 'fingerprint');
  copy('context', 'extra');
  copy('dateCreated', 'timestamp');
  delete event['packages'];
  delete event['fingerprints'];
  const id = [shown['eventID'], shown['id']].find((one) => typeof one === 'string' && EVENT_ID.test(one));
  if (id !== undefined) event['event_id'] = id;
  const release = asObject(shown['release']);
  const version = release === null ? shown['release'] : release['version'];
  if (typeof version === 'string') event['release'] = version;
  const tags = Array.isArray(shown['tags']) ? shown['tags'] : [];
  event['tags'] = Object.fromEntries(
    tags.flatMap((tag: unknown) => {
      const { key, value } = asObject(tag) ?? {};
      return typeof key === 'string' && typeof value === 'string' ? [[key, value] as const] : [];
    }),
  );
  for (const [tag, name] of TAGGED) {
    const value = (event['tags'] as Json)[tag];
    if (event[name] === undefined && typeof value === 'string') event[name] = value;
  }
  for (const entry of (shown['entries'] as readonly unknown[]).slice(0, 100)) {
    const { type, data } = asObject(entry) ?? {};
    if (typeof type !== 'string' || data === undefined || data === null) continue;
    const name = type === 'message' ? 'logentry' : type;
    if (
      ['exception', 'logentry', 'request', 'breadcrumbs', 'threads', 'stacktrace', 'debugmeta'].includes(name)
    )
      event[name === 'debugmeta' ? 'debug_meta' : name] = camelless(data, 0);
  }
  return event;
}

/** Members that the API shows as tags alone. */
const TAGGED = [
  ['environment', 'environment'],
  ['release', 'release'],
  ['level', 'level'],
  ['server_name', 'server_name'],
  ['transaction', 'transaction'],
] as const;

/** The API writes `absPath` and `lineNo` for what SDKs send as `abs_path` and `lineno`. */
function camelless(value: unknown, depth: number): unknown {
  if (depth > MAX_DEPTH) return null;
  if (Array.isArray(value)) return value.map((one) => camelless(one, depth + 1));
  const object = asObject(value);
  if (object === null) return value;
  return Object.fromEntries(
    Object.entries(object).map(([key, one]) =>
      // Names in there are those of a program.
      key === 'vars' || key === 'data' ? [key, one] : [RENAMED[key] ?? key, camelless(one, depth + 1)],
    ),
  );
}

const MAX_DEPTH = 40;
const RENAMED: Readonly<Record<string, string>> = {
  absPath: 'abs_path',
  lineNo: 'lineno',
  colNo: 'colno',
  inApp: 'in_app',
  instructionAddr: 'instruction_addr',
  symbolAddr: 'symbol_addr',
  rawStacktrace: 'raw_stacktrace',
  threadId: 'thread_id',
  postContext: 'post_context',
  preContext: 'pre_context',
  contextLine: 'context_line',
};

/** Milliseconds since 1970 of the first that is a time: ISO 8601, or seconds since 1970. */
function firstTime(values: readonly unknown[]): number | null {
  for (const value of values) {
    const time =
      typeof value === 'number' ? value * 1000 : typeof value === 'string' ? Date.parse(value) : Number.NaN;
    if (time > 0 && isTime(time)) return Math.floor(time);
  }
  return null;
}
