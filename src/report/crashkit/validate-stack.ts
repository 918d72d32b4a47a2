// The strict check of `stacktrace`: exceptions, their locations, source lines and locals.
import { asObject, type JsonObject, own } from './json-object.ts';
import type { Problems } from './problems.ts';

const LOCATION_TEXTS = ['absolute_file', 'absolute_url', 'package', 'module', 'method', 'class'] as const;

/** Checks the value of `stacktrace`, which is required and holds at least one exception. */
export function checkStacktrace(value: unknown, at: string, problems: Problems): void {
  if (value === undefined || value === null) {
    problems.add(at, 'is missing');
    return;
  }
  if (!Array.isArray(value)) {
    problems.add(at, 'must be an array of exceptions');
    return;
  }
  if (value.length === 0) problems.add(at, 'must hold at least one exception');
  for (const [index, item] of value.entries()) {
    if (problems.full) return;
    checkException(item, `${at}[${index}]`, problems);
  }
}

function checkException(value: unknown, at: string, problems: Problems): void {
  const exception = plainObject(value);
  if (exception === null) {
    problems.add(at, 'must be an object');
    return;
  }
  const kind = own(exception, 'kind');
  if (kind === undefined || kind === null) problems.add(`${at}.kind`, 'is missing');
  else if (typeof kind !== 'string') problems.add(`${at}.kind`, 'must be a string');
  else if (kind.trim() === '') problems.add(`${at}.kind`, 'must not be empty');
  textOrNothing(exception, 'message', at, problems);
  objectOrNothing(exception, 'data', at, problems);
  const locations = own(exception, 'locations');
  if (locations === undefined || locations === null) return;
  if (!Array.isArray(locations)) {
    problems.add(`${at}.locations`, 'must be an array of locations');
    return;
  }
  for (const [index, item] of locations.entries()) {
    if (problems.full) return;
    checkLocation(item, `${at}.locations[${index}]`, problems);
  }
}

function checkLocation(value: unknown, at: string, problems: Problems): void {
  const location = plainObject(value);
  if (location === null) {
    problems.add(at, 'must be an object');
    return;
  }
  for (const key of LOCATION_TEXTS) textOrNothing(location, key, at, problems);
  const line = own(location, 'line');
  if (line !== undefined && line !== null && (!Number.isSafeInteger(line) || (line as number) < 0)) {
    problems.add(`${at}.line`, 'must be a whole number of at least 0');
  }
  const claimed = own(location, 'claimed');
  if (claimed !== undefined && claimed !== null && typeof claimed !== 'boolean') {
    problems.add(`${at}.claimed`, 'must be true or false');
  }
  objectOrNothing(location, 'locals', at, problems);
  checkSource(own(location, 'source'), `${at}.source`, problems);
}

function checkSource(value: unknown, at: string, problems: Problems): void {
  if (value === undefined || value === null) return;
  if (!Array.isArray(value)) {
    problems.add(at, 'must be an array of source lines');
    return;
  }
  if (value.length % 2 === 0)
    problems.add(at, 'must have an odd length, with the line of the exception in the middle');
  for (const [index, line] of value.entries()) {
    if (problems.full) return;
    if (typeof line !== 'string') problems.add(`${at}[${index}]`, 'must be a string');
  }
}

function plainObject(value: unknown): JsonObject | null {
  return Array.isArray(value) ? null : asObject(value);
}

function textOrNothing(parent: JsonObject, key: string, at: string, problems: Problems): void {
  const value = own(parent, key);
  if (value !== undefined && value !== null && typeof value !== 'string') {
    problems.add(`${at}.${key}`, 'must be a string');
  }
}

function objectOrNothing(parent: JsonObject, key: string, at: string, problems: Problems): void {
  const value = own(parent, key);
  if (value !== undefined && value !== null && asObject(value) === null) {
    problems.add(`${at}.${key}`, 'must be an object');
  }
}
