// Which map belongs to which script of a bundle: what the tool says, what the script says, the same debug id, or the same name with
// `.map`. Nothing is ever fetched.
import { readFile } from 'node:fs/promises';
import { inlineMap, sourceMappingUrl } from '../../../formats/source-maps/parse-map.ts';
import type { BundledFile } from './artifact-bundle.ts';
import { storedUrl } from './map-key.ts';

/** A script with its map; `script` null: the map came alone. */
export interface BundledScript {
  /** Of the script. */
  readonly url: string;
  readonly debugId: string | null;
  readonly script: string | null;
  /** A file on the disk, or the text of a map that stood in the script. */
  readonly map: { readonly file: string } | { readonly text: string };
}

/** Scripts with maps, and the URLs of scripts without. */
export async function scriptsOfBundle(files: readonly BundledFile[]): Promise<{
  readonly scripts: readonly BundledScript[];
  readonly without: readonly string[];
}> {
  const maps = files.filter(({ kind }) => kind === 'source_map');
  const byUrl = new Map(maps.map((map) => [storedUrl(map.url), map]));
  const byId = new Map(
    maps.flatMap((map) => (map.debugId === null ? [] : [[map.debugId.toLowerCase(), map] as const])),
  );
  const used = new Set<BundledFile>();
  const scripts: BundledScript[] = [];
  const without: string[] = [];
  for (const script of files.filter(({ kind }) => kind === 'minified_source')) {
    const said = script.sourceMap ?? sourceMappingUrl(await readFile(script.file, 'utf8'));
    const inline = said === null ? null : inlineMap(said);
    const url = storedUrl(script.url);
    if (inline !== null) {
      scripts.push({ url, debugId: script.debugId, script: script.file, map: { text: inline } });
      continue;
    }
    const map =
      (said === null ? undefined : byUrl.get(storedUrl(resolvedUrl(said, script.url)))) ??
      (script.debugId === null ? undefined : byId.get(script.debugId.toLowerCase())) ??
      byUrl.get(`${url.replace(/\?.*$/s, '')}.map`);
    if (map === undefined) {
      without.push(url);
      continue;
    }
    used.add(map);
    scripts.push({
      url,
      debugId: script.debugId ?? map.debugId,
      script: script.file,
      map: { file: map.file },
    });
  }
  for (const map of maps) {
    if (used.has(map)) continue;
    scripts.push({
      url: storedUrl(map.url).replace(/\.map$/, ''),
      debugId: map.debugId,
      script: null,
      map: { file: map.file },
    });
  }
  return { scripts, without };
}

/** A URL relative to that of the script, which may begin with `~`. */
export function resolvedUrl(url: string, base: string): string {
  if (/^(?:[a-z][a-z0-9+.-]*:|~)/i.test(url)) return url;
  const isTilde = base.startsWith('~');
  const root = 'http://tilde.invalid';
  try {
    const resolved = new URL(url, isTilde ? `${root}${base.slice(1)}` : base).href;
    return isTilde ? `~${resolved.slice(root.length)}` : resolved;
  } catch {
    // Not a URL at all: a path beside the script.
    return base.replace(/[^/]*$/, url);
  }
}
