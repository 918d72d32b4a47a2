// Finds the route of a path. Built once from all adapters; the paths without names are found in one look-up.
import { Refused } from '../base/refusal.ts';
import type { Adapter, Route } from '../wire/adapter.ts';

/** Everything that is known of one path. */
export interface Place {
  readonly adapter: Adapter;
  readonly byMethod: ReadonlyMap<string, Route>;
  /** For `Allow`. */
  readonly allow: string;
}

/** A place and the values of the names in its path. */
export interface Match {
  readonly place: Place;
  readonly params: Readonly<Record<string, string>>;
}

interface MutablePlace {
  readonly adapter: Adapter;
  readonly byMethod: Map<string, Route>;
  /** `account`, … in the order of the path. */
  readonly names: readonly string[];
  allow: string;
}

interface Node {
  readonly literals: Map<string, Node>;
  named: Node | null;
  place: MutablePlace | null;
}

const NO_PARAMS: Readonly<Record<string, string>> = {};
const MAX_SEGMENTS = 16;

/** Answers null for a path that no adapter has. Throws `Refused` for one that cannot be decoded. */
export type Router = (path: string) => Match | null;

/** Two routes of one path share its place; a path belongs to one adapter. */
export function createRouter(adapters: readonly Adapter[]): Router {
  const root = node();
  const fixed = new Map<string, Match>();
  for (const adapter of adapters) {
    for (const route of adapter.routes) {
      const place = placeAt(root, adapter, route);
      for (const method of route.methods) place.byMethod.set(method, route);
      place.allow = [...place.byMethod.keys(), 'OPTIONS'].join(', ');
      if (place.names.length === 0) fixed.set(route.path, { place, params: NO_PARAMS });
    }
  }
  return (path) => {
    const found = fixed.get(path);
    if (found !== undefined) return found;
    const segments = segmentsOf(path);
    if (segments.length > MAX_SEGMENTS) return null;
    const values: string[] = [];
    const place = walk(root, segments, 0, values);
    if (place === null) return null;
    const params: Record<string, string> = {};
    for (const [index, name] of place.names.entries()) params[name] = values[index] ?? '';
    return { place, params };
  };
}

function placeAt(root: Node, adapter: Adapter, route: Route): MutablePlace {
  const names: string[] = [];
  let at = root;
  for (const segment of route.path.slice(1).split('/')) {
    if (segment.startsWith('{')) {
      names.push(segment.slice(1, -1));
      at.named ??= node();
      at = at.named;
    } else {
      const next = at.literals.get(segment) ?? node();
      at.literals.set(segment, next);
      at = next;
    }
  }
  at.place ??= { adapter, byMethod: new Map(), names, allow: '' };
  return at.place;
}

function walk(at: Node, segments: readonly string[], index: number, values: string[]): MutablePlace | null {
  const segment = segments[index];
  if (segment === undefined) return at.place;
  const literal = at.literals.get(segment);
  const found = literal === undefined ? null : walk(literal, segments, index + 1, values);
  if (found !== null) return found;
  if (at.named === null || segment === '') return null;
  values.push(segment);
  const named = walk(at.named, segments, index + 1, values);
  if (named === null) values.pop();
  return named;
}

/** Decoded segments; slashes that stand together count as one, and one at the end does not count. */
function segmentsOf(path: string): readonly string[] {
  const segments = path.split('/').filter((segment) => segment !== '');
  if (!path.includes('%')) return segments;
  try {
    return segments.map(decodeURIComponent);
  } catch {
    throw new Refused('bad_request', 'the path is not percent-encoded UTF-8');
  }
}

function node(): Node {
  return { literals: new Map(), named: null, place: null };
}
