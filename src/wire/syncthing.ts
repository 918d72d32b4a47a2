// Syncthing's crash reports (docs/protocols/syncthing.md): a text whose SHA-256 is its name.
import { REFUSALS, Refused } from '../base/refusal.ts';
import { asArray, asObject, asText, own } from '../report/crashkit/json-object.ts';
import type { Annotation } from '../report/report.ts';
import type { Adapter, Intake, Submission, WireAnswer, WireRequest, WireSettings } from './adapter.ts';
import { goEnvironment, readGoVersionLine, type GoVersionLine } from '../base/go-version-line.ts';
import { receivePayload } from './payload-body.ts';
import { decodeUtf8 } from './text-decoding.ts';

const ID = /^[0-9a-f]{64}$/i;
const MAX_VALUE = 1000;
const MAX_NAME = 100;
const GO_OUTPUT = /^(?:panic|fatal error|runtime): .*|^runtime:.*/m;
const NOT_FOUND: WireAnswer = { status: 404, body: 'not found\n' };

async function head(request: WireRequest, intake: Intake): Promise<WireAnswer> {
  const stored = await intake.findByIdentity(identityOf(reportId(request)));
  return stored === null ? NOT_FOUND : { status: 200, body: '' };
}

async function get(request: WireRequest, intake: Intake): Promise<WireAnswer> {
  const id = reportId(request);
  if (!intake.settings.syncthingGetEnabled) {
    return { status: 405, body: 'method_not_allowed\n', headers: { Allow: 'HEAD, PUT, OPTIONS' } };
  }
  const crashId = await intake.findByIdentity(identityOf(id));
  const text = crashId === null ? null : await intake.payload(crashId);
  return text === null ? NOT_FOUND : { status: 200, body: text };
}

async function put(request: WireRequest, intake: Intake): Promise<WireAnswer> {
  const id = reportId(request);
  const draft = intake.draft();
  const sink = draft.part({ name: 'report.txt', kind: 'payload', filename: null, contentType: 'text/plain' });
  const { bytes, sha256 } = await receivePayload(request.body, sink, {
    keepBytes: intake.settings.syncthingMaxBytes,
  });
  if (sha256 !== id) throw new Refused('report_id_mismatch', `the body is ${sha256}`);

  const { text, oddity } = decodeUtf8(bytes ?? Buffer.alloc(0));
  const pattern = intake.settings.syncthingIgnore.find((candidate) => matches(candidate, text));
  if (pattern !== undefined) {
    intake.observe('syncthing_ignored', `matches ${pattern.source}`);
    return { status: 200, body: 'ok\n' };
  }
  const line = readGoVersionLine(text.slice(0, lineEnd(text)));
  const notes = oddity === null ? [] : [`The report ${oddity}.`];
  if (line === null) notes.push('The first line is not a version line, so the program is unknown.');
  await draft.commit({
    ...fromVersionLine(line),
    protocol: 'syncthing',
    account: 'default',
    annotations: [...versionAnnotations(line), ...crashAnnotations(text)],
    notes,
    payloadKind: 'text',
    identity: identityOf(id),
    identityScope: 'server',
    installation: null,
    token: null,
    crashId: null,
    uploadKey: request.query.get('key'),
    unknownProduct: 'default',
  });
  return { status: 200, body: 'ok\n' };
}

/** Failures that are no crashes: a JSON array, which Syncthing sends without an id. */
async function failure(request: WireRequest, intake: Intake): Promise<WireAnswer> {
  const draft = intake.draft();
  const sink = draft.part({
    name: 'payload.json',
    kind: 'payload',
    filename: null,
    contentType: 'application/json',
  });
  const { bytes, blank } = await receivePayload(request.body, sink);
  if (blank) return { status: 200, body: 'ok\n' };
  const { first, items, note } = readFailures(bytes);
  const version = asText(own(first, 'version'))?.slice(0, MAX_VALUE) ?? null;
  const line = version === null ? null : readGoVersionLine(version);
  const annotations: Annotation[] = [{ key: 'failures', value: String(items) }];
  for (const key of ['description', 'count', 'version'] as const) {
    const value = asText(own(first, key));
    if (value !== null) annotations.push({ key, value: value.slice(0, MAX_VALUE) });
  }
  for (const [key, value] of Object.entries(asObject(own(first, 'extra')) ?? {}).slice(0, 40)) {
    const shown = asText(value);
    const name = `extra.${key.slice(0, MAX_NAME)}`;
    if (shown !== null && !annotations.some(({ key: taken }) => taken === name)) {
      annotations.push({ key: name, value: shown.slice(0, MAX_VALUE) });
    }
  }
  await draft.commit({
    ...fromVersionLine(line),
    product: line?.program ?? 'syncthing',
    version: line?.version ?? version,
    protocol: 'syncthing',
    account: 'default',
    annotations,
    notes: note === null ? [] : [note],
    payloadKind: 'json',
    identity: null,
    installation: null,
    token: null,
    crashId: null,
    uploadKey: request.query.get('key'),
    unknownProduct: 'default',
  });
  return { status: 200, body: 'ok\n' };
}

function readFailures(bytes: Buffer | null): {
  readonly first: Readonly<Record<string, unknown>>;
  readonly items: number;
  readonly note: string | null;
} {
  let parsed: unknown;
  try {
    parsed = bytes === null ? null : JSON.parse(decodeUtf8(bytes).text);
  } catch {
    parsed = null;
  }
  const items = asArray(parsed);
  return {
    first: asObject(items[0]) ?? {},
    items: items.length,
    note: items.length === 0 ? 'The failures are not a JSON array with anything in it.' : null,
  };
}

/** The id in the path, in lower case; refuses what is not 64 hexadecimal digits. */
function reportId(request: WireRequest): string {
  const id = request.params['sha256'] ?? '';
  if (!ID.test(id)) throw new Refused('bad_report_id');
  return id.toLowerCase();
}

function identityOf(id: string): string {
  return `syncthing:${id}`;
}

/** A pattern with the flag `g` or `y` would remember where it stopped the last time. */
function matches(pattern: RegExp, text: string): boolean {
  pattern.lastIndex = 0;
  return pattern.test(text);
}

function lineEnd(text: string): number {
  const end = text.indexOf('\n');
  return end === -1 ? text.length : text[end - 1] === '\r' ? end - 1 : end;
}

function fromVersionLine(line: GoVersionLine | null): Pick<Submission, 'product' | 'version' | 'platform'> {
  return {
    product: line?.program ?? null,
    version: line?.version ?? null,
    platform: line === null ? null : `${line.os}-${line.architecture}`,
  };
}

function versionAnnotations(line: GoVersionLine | null): readonly Annotation[] {
  if (line === null) return [];
  return pairs([
    ['program', line.program],
    ['version', line.version],
    ['codename', line.codename],
    ['runtime', line.runtime],
    ['os', line.os],
    ['architecture', line.architecture],
    ['builder', line.builder],
    ['built', line.built],
    ['environment', goEnvironment(line)],
    ['tags', line.tags.length === 0 ? null : line.tags.join(', ')],
  ]);
}

function crashAnnotations(text: string): readonly Annotation[] {
  return pairs([
    ['panicAt', /^Panic at (\S+)/m.exec(text)?.[1] ?? null],
    ['panic', GO_OUTPUT.exec(text)?.[0].trim() ?? null],
  ]);
}

function pairs(entries: readonly (readonly [string, string | null])[]): readonly Annotation[] {
  return entries.flatMap(([key, value]) =>
    value === null || value === '' ? [] : [{ key, value: value.slice(0, MAX_VALUE) }],
  );
}

const limit = (settings: WireSettings): number => settings.syncthingMaxBytes;

/** `/newcrash/{sha256}` and the failures beside it. */
export const syncthing: Adapter = {
  name: 'syncthing',
  routes: [
    { methods: ['HEAD'], path: '/newcrash/{sha256}', stores: false, maxBytes: limit, handle: head },
    { methods: ['GET'], path: '/newcrash/{sha256}', stores: false, maxBytes: limit, handle: get },
    { methods: ['PUT'], path: '/newcrash/{sha256}', stores: true, maxBytes: limit, handle: put },
    // An id that is missing is an id that is not 64 digits.
    { methods: ['HEAD', 'GET', 'PUT'], path: '/newcrash', stores: false, maxBytes: limit, handle: head },
    { methods: ['POST'], path: '/newcrash/failure', stores: true, maxBytes: limit, handle: failure },
  ],
  refuse: (code) => ({ status: REFUSALS[code].status, body: `${code}\n` }),
};
