// The form upload of Crashpad, Breakpad, Electron and Socorro's clients: one endpoint, `POST /submit`, for docs/protocols/crashpad.md
// and socorro.md. A report counts as `socorro` when it speaks Socorro: annotations as the JSON part `extra`, or an
// annotation `ProductName`; every other one is `crashpad`. Both get the same answers.
import { createHash, timingSafeEqual } from 'node:crypto';
import { REFUSALS, Refused } from '../base/refusal.ts';
import { isCrashId } from '../report/crash-id.ts';
import type {
  Adapter,
  Intake,
  Outcome,
  Submission,
  WireAnswer,
  WireRequest,
  WireSettings,
} from './adapter.ts';
import { readForm, type Form } from './form-body.ts';
import { parseHeaderParameters } from './header-parameters.ts';
import { VERSION_NAMES } from './version-names.ts';

/** Where the product and version of a report stand, by precedence (docs/protocols/crashpad.md). */
const PRODUCT_NAMES = ['ProductName', '_productName', 'product', 'prod'] as const;
const PLATFORM_NAMES = ['platform', 'plat', 'Platform', 'OS', 'os'] as const;
const INSTALLATION_NAMES = ['guid', 'host.id'] as const;

const FORM_TYPES: ReadonlySet<string> = new Set(['multipart/form-data', 'multipart/mixed']);
/** RFC 2046 allows 70 characters. */
const MAX_BOUNDARY = 200;
const UUID_FORM = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

async function submit(request: WireRequest, intake: Intake): Promise<WireAnswer> {
  const boundary = boundaryOf(request);
  const draft = intake.draft();
  const form = await readForm(request.body, boundary, {
    draft,
    settings: intake.settings,
    dumpAlone: triesOnce(request),
  });
  const outcome = await draft.commit(submission(request, form, intake.settings));
  return answer(outcome);
}

/**
 * Whether a dump is taken without annotations. Crashpad's handler cannot read those of a process whose memory is damaged, sends the
 * dump alone, and never tries again; an address that names the product says all that is needed. Mozilla's clients hear
 * `no_annotations`, as their specification says.
 */
function triesOnce({ userAgent, params, query }: WireRequest): boolean {
  if (userAgent?.startsWith('Crashpad/') === true || params['key'] !== undefined) return true;
  return filled(query.get('product')) !== null || filled(query.get('key')) !== null;
}

/** The multipart boundary; refuses a request without body or of another type, in the order of Socorro's collector. */
function boundaryOf(request: WireRequest): string {
  const contentType = request.headers['content-type'];
  if (contentType === undefined || contentType.trim() === '') throw new Refused('no_content_type');
  const { value, parameters } = parseHeaderParameters(contentType);
  if (!FORM_TYPES.has(value)) throw new Refused('wrong_content_type', value.slice(0, 100));
  const boundary = parameters.get('boundary') ?? '';
  if (boundary === '' || boundary.length > MAX_BOUNDARY) throw new Refused('no_boundary');
  if (!request.hasBody) throw new Refused('no_content_length');
  return boundary;
}

function submission(request: WireRequest, form: Form, settings: WireSettings): Submission {
  const values = new Map(form.annotations.map(({ key, value }) => [key, value]));
  const { query } = request;
  const notes = [...form.notes];
  const crashId = ownCrashId(request, values.get('uuid'), settings, notes);
  return {
    protocol: form.hasExtra || values.has('ProductName') ? 'socorro' : 'crashpad',
    account: 'default',
    product: firstOf(values, PRODUCT_NAMES) ?? filled(query.get('product')),
    version: firstOf(values, VERSION_NAMES) ?? filled(query.get('version')),
    platform: firstOf(values, PLATFORM_NAMES),
    annotations: form.annotations,
    notes,
    routineNotes: form.routineNotes,
    payloadKind: form.hasExtra ? 'json' : 'multipart',
    identity: crashId === null ? identityOf(form) : `crash-id:${crashId}`,
    installation: firstOf(values, INSTALLATION_NAMES) ?? filled(query.get('guid')),
    token: null,
    crashId,
    uploadKey: request.params['key'] ?? filled(query.get('key')),
    unknownProduct: 'default',
  };
}

/**
 * What makes two uploads the same report: the annotations, and name and hash of every binary part. Crashpad's `guid`
 * names the installation and is one annotation among others. Without a binary part nothing tells two crashes apart.
 */
function identityOf(form: Form): string | null {
  if (form.parts.length === 0) return null;
  // A text that no other set of keys, values, names and hashes can make: every piece is told with its length.
  const pieces = form.annotations.map(({ key, value }) => `${key.length},${value.length}:${key}${value}`);
  pieces.sort();
  const parts = form.parts.map(({ name, sha256 }) => `${name}:${sha256}`);
  parts.sort();
  return `${pieces.length};${pieces.join('')};${parts.join(';')}`;
}

/** The crash id that a report carries itself, which needs the configured bearer token. */
function ownCrashId(
  request: WireRequest,
  uuid: string | undefined,
  settings: WireSettings,
  notes: string[],
): string | null {
  if (uuid === undefined) return null;
  if (!UUID_FORM.test(uuid)) {
    notes.push('The annotation "uuid" is no crash id; the report got a new one.');
    return null;
  }
  const given = /^Bearer\s+(\S+)\s*$/i.exec(request.headers.authorization ?? '')?.[1];
  if (settings.uuidToken === null || given === undefined || !sameSecret(given, settings.uuidToken)) {
    throw new Refused('unauthorized_uuid');
  }
  if (isCrashId(uuid)) return uuid;
  notes.push('The annotation "uuid" is no crash id; the report got a new one.');
  return null;
}

function sameSecret(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

function firstOf(values: ReadonlyMap<string, string>, names: readonly string[]): string | null {
  for (const name of names) {
    const value = filled(values.get(name));
    if (value !== null) return value;
  }
  return null;
}

function filled(value: string | null | undefined): string | null {
  const trimmed = value?.trim() ?? '';
  return trimmed === '' ? null : trimmed;
}

function answer(outcome: Outcome): WireAnswer {
  if (outcome.kind === 'throttled' && outcome.throttle.action === 'reject') {
    return { status: 200, body: `Discarded=rule_${outcome.throttle.rule}` };
  }
  return { status: 200, body: `CrashID=bp-${outcome.crashId}\n` };
}

/**
 * `POST /submit`, with an upload key in the path or the query where there is one; and the addresses of small servers that Mayday can
 * replace behind the same name: `/post` (mini-breakpad-server) and `/crashreports` (simple-breakpad-server).
 */
export const crashpad: Adapter = {
  name: 'crashpad',
  routes: [
    { methods: ['POST'], path: '/submit', stores: true, handle: submit },
    { methods: ['POST'], path: '/submit/{key}', stores: true, handle: submit },
    { methods: ['POST'], path: '/post', stores: true, handle: submit },
    { methods: ['POST'], path: '/crashreports', stores: true, handle: submit },
  ],
  refuse: (code) => ({ status: REFUSALS[code].status, body: `Discarded=${code}` }),
};
