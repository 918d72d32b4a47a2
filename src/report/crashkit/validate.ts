// The strict check of a CrashKit 1.0 payload, which `?debug=1` answers with. It judges only what was sent: anything
// that the documented format leaves open (`host.*`, `configuration.*`, unknown keys) is accepted.
import { expandDottedKeys } from './dotted-keys.ts';
import { asObject, type JsonObject, own } from './json-object.ts';
import { Problems } from './problems.ts';
import { checkOwnership } from './validate-ownership.ts';
import { checkStacktrace } from './validate-stack.ts';

/** More reports in one payload than these are refused in debug mode. */
export const MAX_REPORTS_IN_PAYLOAD = 1000;

const OBJECT_SECTIONS = ['host', 'configuration', 'request', 'data', 'env'] as const;

const TEXT_KEYS: Readonly<Record<string, readonly string[]>> = {
  host: ['id', 'hostname'],
  user: ['id', 'name', 'email', 'url'],
  account: ['id', 'name', 'url'],
  version: ['number', 'revision', 'build', 'edition'],
};

/**
 * Every fault of a payload (a report object or an array of them, already decoded from JSON), in the form
 * `stacktrace[0].line: must be …`; in an array, paths start with the position, `[1].stacktrace…`. Empty when the
 * payload is sound. At most `MAX_PROBLEMS` faults and a closing line.
 */
export function validateReport(payload: unknown): readonly string[] {
  const problems = new Problems();
  if (Array.isArray(payload)) {
    if (payload.length === 0) problems.add('', 'must hold at least one report');
    if (payload.length > MAX_REPORTS_IN_PAYLOAD) {
      problems.add('', `must hold at most ${MAX_REPORTS_IN_PAYLOAD} reports`);
    }
    for (const [index, item] of payload.slice(0, MAX_REPORTS_IN_PAYLOAD).entries()) {
      if (problems.full) break;
      checkReport(item, `[${index}]`, problems);
    }
  } else {
    checkReport(payload, '', problems);
  }
  return problems.list();
}

function checkReport(value: unknown, at: string, problems: Problems): void {
  const sent = Array.isArray(value) ? null : asObject(value);
  if (sent === null) {
    problems.add(at, at === '' ? 'must be an object or an array of objects' : 'must be an object');
    return;
  }
  const { object: report, clashes } = expandDottedKeys(sent);
  const prefix = at === '' ? '' : `${at}.`;
  for (const key of clashes)
    problems.add(`${prefix}${key}`, 'is given twice, as a dotted key and as a nested one');

  for (const section of OBJECT_SECTIONS) checkObject(report, section, prefix, problems);
  for (const [section, keys] of Object.entries(TEXT_KEYS)) {
    const object = checkObject(report, section, prefix, problems);
    for (const key of object === null ? [] : keys) checkText(object, key, `${prefix}${section}.`, problems);
  }
  for (const section of ['user', 'account']) checkTags(report, section, prefix, problems);
  checkEnvironment(report, prefix, problems);
  checkOccurrenceKeys(report, prefix, problems);
  checkStacktrace(own(report, 'stacktrace'), `${prefix}stacktrace`, problems);
  checkOwnership(own(report, 'ownership'), `${prefix}ownership`, problems);
}

/** Checks that a section, where it is present, is an object; answers it, or null. */
function checkObject(parent: JsonObject, key: string, prefix: string, problems: Problems): JsonObject | null {
  const value = own(parent, key);
  if (value === undefined || value === null) return null;
  const object = asObject(value);
  if (object === null && key !== 'version') problems.add(`${prefix}${key}`, 'must be an object');
  else if (object === null)
    problems.add(`${prefix}version`, 'must be an object (the number goes into version.number)');
  return object;
}

function checkText(parent: JsonObject | null, key: string, prefix: string, problems: Problems): void {
  const value = parent === null ? undefined : own(parent, key);
  if (value !== undefined && value !== null && typeof value !== 'string') {
    problems.add(`${prefix}${key}`, 'must be a string');
  }
}

function checkTags(report: JsonObject, section: string, prefix: string, problems: Problems): void {
  const object = asObject(own(report, section));
  const tags = object === null ? undefined : own(object, 'tags');
  if (tags === undefined || tags === null) return;
  const at = `${prefix}${section}.tags`;
  if (!Array.isArray(tags)) {
    problems.add(at, 'must be an array of strings');
    return;
  }
  for (const [index, tag] of tags.entries()) {
    if (problems.full) break;
    if (typeof tag !== 'string') problems.add(`${at}[${index}]`, 'must be a string');
  }
}

function checkEnvironment(report: JsonObject, prefix: string, problems: Problems): void {
  const environment = checkObject(report, 'environment', prefix, problems);
  const variables =
    environment === null ? null : checkObject(environment, 'variables', `${prefix}environment.`, problems);
  for (const [name, value] of Object.entries(variables ?? {})) {
    if (problems.full) break;
    if (typeof value !== 'string') problems.add(`${prefix}environment.variables.${name}`, 'must be a string');
  }
}

/** Keys that both APIs know and that say how an occurrence is counted. */
function checkOccurrenceKeys(report: JsonObject, prefix: string, problems: Problems): void {
  for (const key of ['language', 'role', 'client_version', 'clientVersion'])
    checkText(report, key, prefix, problems);
  checkText(report, 'userActionOrScreenNameOrBackgroundProcess', prefix, problems);
  const severity = own(report, 'severity');
  if (severity !== undefined && severity !== null && severity !== 'normal' && severity !== 'major') {
    problems.add(`${prefix}severity`, 'must be "normal" or "major"');
  }
  const count = own(report, 'count');
  if (count !== undefined && count !== null && (!Number.isSafeInteger(count) || (count as number) < 1)) {
    problems.add(`${prefix}count`, 'must be a whole number of at least 1');
  }
  const date = own(report, 'date');
  if (date !== undefined && date !== null && !isCalendarDate(date)) {
    problems.add(`${prefix}date`, 'must be a date in the form YYYY-MM-DD');
  }
}

/** True for a text `YYYY-MM-DD` that names a day which exists. */
export function isCalendarDate(value: unknown): value is string {
  if (typeof value !== 'string' || !/^\d{4}-\d{2}-\d{2}$/.test(value)) return false;
  const time = Date.parse(`${value}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(value);
}
