// Reads the text of a source map (ECMA-426): index maps are flattened, a guard against inclusion as a script is taken off.
import { FlattenMap, decodedMappings, type TraceMap } from '@jridgewell/trace-mapping';
import { rootedSource } from './source-name.ts';

/** A segment: generated column, then source, line (from 0), column (from 0) and name; one alone says "from here on nothing". */
export type Segment = readonly number[];

export interface ParsedMap {
  /** As the map has them, joined to its root. */
  readonly sources: readonly string[];
  /** The text of each source; null: not in the map. */
  readonly contents: readonly (string | null)[];
  readonly ignored: ReadonlySet<number>;
  readonly names: readonly string[];
  readonly lines: readonly (readonly Segment[])[];
  /** The id that build tools write into the map. */
  readonly debugId: string | null;
}

/** Servers put `)]}'` in front of JSON, so that it cannot be included as a script: the first line goes. */
const GUARD = /^\)\]\}'?[^\n]{0,100}\n/;

/** Throws an `Error` whose message says what is wrong with the map. */
export function parseMap(text: string): ParsedMap {
  let json: unknown;
  try {
    json = JSON.parse(text.replace(/^\uFEFF/, '').replace(GUARD, ''));
  } catch {
    throw new Error('the source map is no JSON');
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw new Error('the source map is no JSON object');
  const object = json as Readonly<Record<string, unknown>>;
  const isIndex = Array.isArray(object['sections']);
  if (!isIndex && typeof object['mappings'] !== 'string') throw new Error('the source map has no mappings');
  if (!isIndex && !Array.isArray(object['sources'])) throw new Error('the source map has no sources');
  let map: TraceMap;
  let lines: readonly (readonly Segment[])[];
  try {
    map = new FlattenMap(json as ConstructorParameters<typeof TraceMap>[0] & object);
    lines = decodedMappings(map);
  } catch (error) {
    throw new Error('the mappings of the source map are damaged', { cause: error });
  }
  const root = typeof object['sourceRoot'] === 'string' ? object['sourceRoot'] : '';
  const sources = map.sources.map((source) =>
    typeof source === 'string' ? rootedSource(isIndex ? '' : root, source) : '',
  );
  const contents = map.sources.map((_, index) => {
    const content = map.sourcesContent?.[index];
    return typeof content === 'string' ? content : null;
  });
  const ignored = object['ignoreList'] ?? object['x_google_ignoreList'] ?? map.ignoreList;
  return {
    sources,
    contents,
    ignored: new Set(
      Array.isArray(ignored) ? ignored.filter((one): one is number => Number.isInteger(one)) : [],
    ),
    names: (map.names as readonly unknown[]).map((name) => (typeof name === 'string' ? name : '')),
    lines,
    debugId: textOf(object['debugId']) ?? textOf(object['debug_id']),
  };
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

/** Where a script says that its map is; the last such comment counts. Null: it does not say. */
export function sourceMappingUrl(script: string): string | null {
  // The comment stands at the end; what comes before may be megabytes, the URL itself as well where it is `data:`.
  const at = Math.max(
    script.lastIndexOf('//# sourceMappingURL='),
    script.lastIndexOf('//@ sourceMappingURL='),
  );
  if (at === -1) return null;
  const end = script.slice(at).search(/[\r\n]/);
  const url = script.slice(at + '//# sourceMappingURL='.length, end === -1 ? undefined : at + end).trim();
  return url === '' ? null : url;
}

/** The map in a `data:` URL; null: it is none, or damaged. */
export function inlineMap(url: string): string | null {
  const match = /^data:[^,]{0,200},/.exec(url);
  if (match === null) return null;
  const data = url.slice(match[0].length);
  if (/;base64,$/i.test(match[0])) return Buffer.from(data, 'base64').toString('utf8');
  try {
    return decodeURIComponent(data);
  } catch {
    return null;
  }
}
