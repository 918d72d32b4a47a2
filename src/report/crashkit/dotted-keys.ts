// CrashKit 1.0 lets a client write `"host.id": …` for `"host": {"id": …}`; here both become the nested form.
import { asObject, type JsonObject, own } from './json-object.ts';

/** Sections of a 1.0 report that may be addressed by a dotted key. */
export const REPORT_SECTIONS: readonly string[] = [
  'host',
  'user',
  'account',
  'version',
  'configuration',
  'request',
  'data',
  'env',
  'environment',
  'ownership',
];

/** The one section inside a section: `environment.variables.PATH` is a variable named `PATH`. */
const NESTED_SECTIONS: readonly string[] = ['environment.variables'];

/** A nested object, and the dotted keys that said something which was already said in another form. */
export interface Expanded {
  readonly object: JsonObject;
  readonly clashes: readonly string[];
}

/**
 * Nests the dotted keys of `source` that start with one of `sections`; every other key stays as it is, because a
 * configuration key such as `db.pool` is a name and not a path. The nested form wins over the dotted one.
 */
export function expandDottedKeys(
  source: JsonObject,
  sections: readonly string[] = REPORT_SECTIONS,
): Expanded {
  const keys = Object.keys(source);
  if (!keys.some((key) => key.includes('.'))) return { object: source, clashes: [] };
  const target: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  const clashes: string[] = [];
  const dotted: string[] = [];
  for (const key of keys) {
    if (splitKey(key, sections) === null) target[key] = own(source, key);
    else dotted.push(key);
  }
  const opened = new Set<string>();
  const open = (
    parent: Record<string, unknown>,
    name: string,
    at: string,
  ): Record<string, unknown> | null => {
    const present = parent[name];
    if (opened.has(at)) return present as Record<string, unknown>;
    if (present !== undefined && present !== null && asObject(present) === null) return null;
    const copy: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
    for (const [key, value] of Object.entries(asObject(present) ?? {})) copy[key] = value;
    parent[name] = copy;
    opened.add(at);
    return copy;
  };
  for (const key of dotted) {
    const path = splitKey(key, sections) ?? [];
    let parent: Record<string, unknown> | null = target;
    for (let depth = 0; parent !== null && depth < path.length - 1; depth += 1) {
      parent = open(parent, path[depth] ?? '', path.slice(0, depth + 1).join('.'));
    }
    const last = path.at(-1) ?? '';
    if (parent === null || last in parent) clashes.push(key);
    else parent[last] = own(source, key);
  }
  return { object: target, clashes };
}

function splitKey(key: string, sections: readonly string[]): readonly string[] | null {
  const dot = key.indexOf('.');
  if (dot <= 0 || dot === key.length - 1) return null;
  const section = key.slice(0, dot);
  if (!sections.includes(section)) return null;
  const rest = key.slice(dot + 1);
  for (const nested of NESTED_SECTIONS) {
    const inner = nested.slice(section.length + 1);
    if (nested.startsWith(`${section}.`) && rest.startsWith(`${inner}.`) && rest.length > inner.length + 1) {
      return [section, inner, rest.slice(inner.length + 1)];
    }
  }
  return [section, rest];
}
