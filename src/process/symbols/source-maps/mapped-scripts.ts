// From places in minified scripts to places in their sources, for one report: every file is looked for once, and each place that could
// not be mapped says why.
import type { MappedPosition } from '../../../formats/source-maps/map-index.ts';
import { sourceName } from '../../../formats/source-maps/source-name.ts';
import type { ProcessedReport } from '../../../report/processed-report.ts';
import { idOfUuid, idsOfReleaseFile, keyOfScript, missedId, type ReleaseName } from './map-key.ts';
import { MISSED_MAP } from './mapping-formats.ts';
import { DAMAGED, type Mappings } from './mapping-files.ts';

/** A place in a script, as a stack says it; from 1. */
export interface ScriptPlace {
  readonly url: string;
  readonly line: number | null;
  readonly column: number | null;
  /** Whether a map is expected: what has its source already needs none, but is mapped where there is one. */
  readonly wantsMap: boolean;
}

/** By what the maps of a report are found. */
export interface ScriptContext {
  /** Names that the report's release may have, best first; none: the report names none. */
  readonly releases: readonly ReleaseName[];
  readonly dist: string | null;
  /** UUIDs of scripts by their URL. */
  readonly debugIds: ReadonlyMap<string, string>;
}

/** What was found of a place. */
export type Mapping =
  | {
      readonly kind: 'mapped';
      readonly file: string;
      readonly function: string | null;
      readonly at: MappedPosition;
    }
  | { readonly kind: 'unmapped'; readonly why: string };

export const UNMAPPED = {
  place: 'The frame tells no line and column.',
  id: 'The report names neither a debug id of this file nor a release.',
  map: 'No source map of this file is stored.',
  outside: 'The source map says nothing of this position.',
  damaged: 'The index of the source map cannot be read.',
  many: 'The report names more files than are looked for.',
} as const;

const MAX_FILES = 64;

/** Maps places, innermost frame first, of one stack after the other; `stacks` keeps its shape. */
export async function mapScripts(
  stacks: readonly (readonly (ScriptPlace | null)[])[],
  context: ScriptContext,
  mappings: Mappings,
): Promise<{
  readonly stacks: readonly (readonly (Mapping | null)[])[];
  readonly missing: ProcessedReport['missingSymbols'];
}> {
  const files = new Map<string, readonly string[]>();
  const wanted = new Set<string>();
  for (const place of stacks.flat()) {
    if (place === null || place.line === null || place.column === null) continue;
    if (!files.has(place.url)) {
      const ids = idsOf(place.url, context);
      if (ids.length === 0 || files.size >= MAX_FILES) continue;
      files.set(place.url, ids);
    }
    if (place.wantsMap || debugIdOf(place.url, context) !== null) wanted.add(place.url);
  }
  const found = await mappings.maps([...files.values()]);
  const indexes = new Map([...files.keys()].map((url, index) => [url, found[index] ?? null]));
  const mapped = stacks.map((stack) => {
    const places = stack.map((place) => (place === null ? null : mappingOf(place)));
    return places.map((mapping, index) => withCallSite(mapping, places[index + 1] ?? null));
  });
  const missing = [...indexes].flatMap(([url, index]) =>
    index === null && wanted.has(url) ? [missingOf(url, context)] : [],
  );
  return { stacks: mapped, missing: missing.flatMap((one) => (one === null ? [] : [one])) };

  function mappingOf({ url, line, column, wantsMap }: ScriptPlace): Mapping | null {
    if (line === null || column === null) return wantsMap ? { kind: 'unmapped', why: UNMAPPED.place } : null;
    const index = indexes.get(url);
    if (index === undefined || index === null) {
      if (!wantsMap) return null;
      const why =
        index === null ? UNMAPPED.map : idsOf(url, context).length === 0 ? UNMAPPED.id : UNMAPPED.many;
      return { kind: 'unmapped', why };
    }
    if (index === DAMAGED) return { kind: 'unmapped', why: UNMAPPED.damaged };
    const at = index.locate(line, column);
    if (at === null) return { kind: 'unmapped', why: UNMAPPED.outside };
    return { kind: 'mapped', file: sourceName(at.source), function: at.function, at };
  }
}

/** Without the script nothing says which function is around a place; then its call site names it, where the map knows the token. */
function withCallSite(mapping: Mapping | null, caller: Mapping | null): Mapping | null {
  if (mapping?.kind !== 'mapped' || mapping.at.knowsFunctions || caller?.kind !== 'mapped') return mapping;
  return { ...mapping, function: caller.at.token };
}

/** A debug id decides alone: releases share URLs, but not contents. */
function idsOf(url: string, context: ScriptContext): readonly string[] {
  const own = debugIdOf(url, context);
  const named = context.releases.flatMap((name) => idsOfReleaseFile(name, context.dist, url));
  return own === null ? named : [own, ...named];
}

function debugIdOf(url: string, { debugIds }: ScriptContext): string | null {
  const uuid = debugIds.get(url) ?? debugIds.get(url.replace(/[?#].*$/s, ''));
  return uuid === undefined ? null : idOfUuid(uuid);
}

/** What the list of missing maps shows. */
function missingOf(url: string, context: ScriptContext): ProcessedReport['missingSymbols'][number] | null {
  const [release] = context.releases;
  const id = debugIdOf(url, context) ?? (release === undefined ? null : missedId(release, url));
  if (id === null) return null;
  const { debugFile } = keyOfScript(url, id);
  return {
    debugFile,
    debugId: id,
    codeFile: url.slice(0, 1000),
    codeId: `${MISSED_MAP}${release?.release ?? ''}`.slice(0, 300),
  };
}
