// Keys of a CrashKit 1.0 payload that the API does not know, for the strict mode: most are misspelt ones. They are no faults, since
// anybody may send more than is understood, so they are told as warnings.
import { expandDottedKeys } from './dotted-keys.ts';
import { asArray, asObject, type JsonObject, own } from './json-object.ts';
import { OWNERSHIP_LISTS } from './ownership.ts';
import { Problems } from './problems.ts';

const WHAT = 'is not a key of the 1.0 API';
/** Further reports of an array are not looked at: they are made by the same program. */
const MAX_REPORTS = 100;

const REPORT_KEYS = new Set([
  ...['host', 'user', 'account', 'version', 'configuration', 'request', 'data', 'env', 'environment'],
  ...[
    'stacktrace',
    'ownership',
    'language',
    'role',
    'severity',
    'count',
    'date',
    'fingerprint',
    'occurrence_id',
    'time',
    'tags',
    'breadcrumbs',
    'sample_rate',
  ],
  ...['client_version', 'clientVersion', 'userActionOrScreenNameOrBackgroundProcess'],
]);
/** Sections in which every key is the program's own are not here. */
const VERSION_KEYS = new Set(['number', 'revision', 'build', 'edition']);
const EXCEPTION_KEYS = new Set(['kind', 'name', 'message', 'data', 'locations']);
const LOCATION_KEYS = new Set([
  ...[
    'absolute_file',
    'absolute_url',
    'file',
    'package',
    'module',
    'line',
    'column',
    'method',
    'function',
    'class',
  ],
  ...['locals', 'source', 'claimed'],
]);

/** `[1].stacktrace[0].locations[2].lines: is not a key of the 1.0 API`, for each; bounded as faults are. */
export function unknownKeys(payload: unknown): readonly string[] {
  const found = new Problems('unknown keys');
  if (Array.isArray(payload)) {
    for (const [index, item] of payload.slice(0, MAX_REPORTS).entries())
      lookAtReport(item, `[${index}].`, found);
  } else lookAtReport(payload, '', found);
  return found.list();
}

function lookAtReport(value: unknown, prefix: string, found: Problems): void {
  const sent = asObject(value);
  if (sent === null) return;
  const { object: report } = expandDottedKeys(sent);
  lookAt(report, REPORT_KEYS, prefix, found);
  lookAt(asObject(own(report, 'version')), VERSION_KEYS, `${prefix}version.`, found);
  for (const [index, item] of asArray(own(report, 'stacktrace')).entries()) {
    if (found.full) return;
    const at = `${prefix}stacktrace[${index}].`;
    const exception = asObject(item);
    lookAt(exception, EXCEPTION_KEYS, at, found);
    for (const [place, location] of asArray(
      exception === null ? null : own(exception, 'locations'),
    ).entries()) {
      if (found.full) return;
      lookAt(asObject(location), LOCATION_KEYS, `${at}locations[${place}].`, found);
    }
  }
  lookAtOwnership(asObject(own(report, 'ownership')), `${prefix}ownership.`, found);
}

function lookAtOwnership(ownership: JsonObject | null, prefix: string, found: Problems): void {
  if (ownership === null) return;
  lookAt(ownership, new Set(OWNERSHIP_LISTS.map(({ list }) => list)), prefix, found);
  for (const { list, key } of OWNERSHIP_LISTS) {
    for (const [index, rule] of asArray(own(ownership, list)).entries()) {
      if (found.full) return;
      lookAt(asObject(rule), new Set([key, 'kind']), `${prefix}${list}[${index}].`, found);
    }
  }
}

function lookAt(
  object: JsonObject | null,
  known: ReadonlySet<string>,
  prefix: string,
  found: Problems,
): void {
  for (const key of Object.keys(object ?? {})) {
    if (found.full) return;
    if (!known.has(key)) found.add(`${prefix}${key}`, WHAT);
  }
}
