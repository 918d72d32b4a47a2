// Ownership rules of CrashKit 1.0: which locations are the application's own code.
import { asArray, asObject, own } from './json-object.ts';

/** The three lists of rules and the key that holds the pattern of each, in the order in which they are asked. */
export const OWNERSHIP_LISTS = [
  { list: 'paths', key: 'absolute_path' },
  { list: 'packages', key: 'package_prefix' },
  { list: 'modules', key: 'module_prefix' },
] as const;

/** More rules in a list than these are not looked at. */
const MAX_RULES = 1000;

/** One checked rule; `name` is where it stands in the payload, such as `ownership.paths[0]`. */
export interface OwnershipRule {
  readonly list: (typeof OWNERSHIP_LISTS)[number]['list'];
  readonly pattern: string;
  readonly application: boolean;
  readonly name: string;
}

/** What ownership rules are compared with. */
export interface OwnedThing {
  readonly path: string;
  readonly package: string;
  readonly module: string;
}

/** Reads the `ownership` value; entries that make no sense are left out. Null where the report has none at all. */
export function readOwnership(value: unknown): readonly OwnershipRule[] | null {
  const ownership = asObject(value);
  if (ownership === null) return null;
  const rules: OwnershipRule[] = [];
  for (const { list, key } of OWNERSHIP_LISTS) {
    for (const [index, item] of asArray(own(ownership, list)).slice(0, MAX_RULES).entries()) {
      const entry = asObject(item);
      const pattern = entry === null ? null : own(entry, key);
      const kind = entry === null ? null : own(entry, 'kind');
      if (typeof pattern !== 'string' || (kind !== 'application' && kind !== 'external')) continue;
      rules.push({ list, pattern, application: kind === 'application', name: `ownership.${list}[${index}]` });
    }
  }
  return rules;
}

/**
 * The rule that decides about a location: in each list the first matching entry wins, and paths are asked before
 * packages, packages before modules. Null: no rule matches, so it is not the application's.
 */
export function decidingRule(rules: readonly OwnershipRule[], thing: OwnedThing): OwnershipRule | null {
  return rules.find((rule) => matches(rule, thing)) ?? null;
}

function matches(rule: OwnershipRule, thing: OwnedThing): boolean {
  if (rule.list === 'paths') return pathBelow(rule.pattern, thing.path) !== null;
  return hasNamePrefix(rule.list === 'packages' ? thing.package : thing.module, rule.pattern);
}

/**
 * What is left of `file` below the folder (or file) `base`, or null where it lies elsewhere. Whole path segments;
 * both separators are the same; paths with a drive letter are compared without regard to case, as Windows does.
 */
export function pathBelow(base: string, file: string): string | null {
  const folder = withoutTrailingSlashes(base.replaceAll('\\', '/'));
  const path = file.replaceAll('\\', '/');
  if (path === '') return null;
  const ignoreCase = /^[A-Za-z]:/.test(path);
  const start = path.slice(0, folder.length);
  const same = ignoreCase ? start.toLowerCase() === folder.toLowerCase() : start === folder;
  if (!same) return null;
  const rest = path.slice(folder.length);
  if (rest === '') return '';
  if (rest.startsWith('/')) return rest.slice(1);
  return folder === '' ? rest : null;
}

/** True where `name` is `prefix` or continues it after a separator: `com.my` covers `com.my.app`, not `com.mine`. */
function hasNamePrefix(name: string, prefix: string): boolean {
  if (name === '' || prefix === '' || !name.startsWith(prefix)) return false;
  if (name.length === prefix.length || !/[\w$]$/.test(prefix)) return true;
  return !/[\w$]/.test(name.charAt(prefix.length));
}

function withoutTrailingSlashes(path: string): string {
  let end = path.length;
  while (end > 0 && path.charAt(end - 1) === '/') end -= 1;
  return path.slice(0, end);
}
