// The strict check of `ownership`: which paths, packages and modules belong to the application.
import { asObject, own } from './json-object.ts';
import { OWNERSHIP_LISTS } from './ownership.ts';
import type { Problems } from './problems.ts';

/** Checks the value of `ownership`, which may be missing. */
export function checkOwnership(value: unknown, at: string, problems: Problems): void {
  if (value === undefined || value === null) return;
  const ownership = asObject(value);
  if (ownership === null) {
    problems.add(at, 'must be an object');
    return;
  }
  for (const { list, key } of OWNERSHIP_LISTS) {
    const entries = own(ownership, list);
    if (entries === undefined || entries === null) continue;
    if (!Array.isArray(entries)) {
      problems.add(`${at}.${list}`, 'must be an array of rules');
      continue;
    }
    for (const [index, entry] of entries.entries()) {
      if (problems.full) return;
      checkRule(entry, key, `${at}.${list}[${index}]`, problems);
    }
  }
}

function checkRule(value: unknown, key: string, at: string, problems: Problems): void {
  const rule = Array.isArray(value) ? null : asObject(value);
  if (rule === null) {
    problems.add(at, 'must be an object');
    return;
  }
  const pattern = own(rule, key);
  if (pattern === undefined || pattern === null) problems.add(`${at}.${key}`, 'is missing');
  else if (typeof pattern !== 'string') problems.add(`${at}.${key}`, 'must be a string');
  const kind = own(rule, 'kind');
  if (kind === undefined || kind === null) problems.add(`${at}.kind`, 'is missing');
  else if (kind !== 'application' && kind !== 'external') {
    problems.add(`${at}.kind`, 'must be "application" or "external"');
  }
}
