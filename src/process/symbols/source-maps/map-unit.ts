// A script with its map as one file, which is what the store keeps of them: a line of JSON with the sizes, then the bytes.
import { createReadStream, createWriteStream } from 'node:fs';
import { open, readFile, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { parseMap } from '../../../formats/source-maps/parse-map.ts';
import { buildMapIndex, type MapFacts } from '../../../formats/source-maps/build-map-index.ts';
import { sourceName } from '../../../formats/source-maps/source-name.ts';

const HEAD = 'MAYDAY-SOURCE-MAP 1 ';
const MAX_HEAD = 1024 * 1024;

/** A file that belongs to a script. */
export interface UnitFile {
  readonly url: string;
  /** Path on the disk. */
  readonly file: string;
}

/** What is kept of a script. */
export interface UnitParts {
  /** Null: the map came alone. */
  readonly script: string | null;
  readonly map: string;
  /** Originals that the map may lack. */
  readonly sources: readonly UnitFile[];
}

interface Head {
  readonly script: number | null;
  readonly map: number;
  readonly sources: readonly (readonly [url: string, bytes: number])[];
}

/** Writes a unit from files on the disk. */
export async function writeUnit(parts: UnitParts, target: string): Promise<void> {
  const size = async (file: string): Promise<number> => (await stat(file)).size;
  const head: Head = {
    script: parts.script === null ? null : await size(parts.script),
    map: await size(parts.map),
    sources: await Promise.all(parts.sources.map(async ({ url, file }) => [url, await size(file)] as const)),
  };
  const handle = await open(target, 'w', 0o600);
  await handle.writeFile(`${HEAD}${JSON.stringify(head)}\n`);
  await handle.close();
  const all = [parts.script, parts.map, ...parts.sources.map(({ file }) => file)];
  for (const file of all)
    if (file !== null) await pipeline(createReadStream(file), createWriteStream(target, { flags: 'a' }));
}

/** Makes the index of a unit; throws an `Error` with a sentence where the map cannot be used. */
export async function indexUnit(unitFile: string, indexFile: string): Promise<MapFacts> {
  const bytes = await readFile(unitFile);
  const end = bytes.subarray(0, MAX_HEAD).indexOf(0x0a);
  const line = bytes.toString('utf8', 0, Math.max(0, end));
  if (!line.startsWith(HEAD)) throw new Error('the stored source map is damaged');
  const head = JSON.parse(line.slice(HEAD.length)) as Head;
  let at = end + 1;
  const next = (length: number): string => {
    const text = bytes.toString('utf8', at, at + length);
    at += length;
    return text;
  };
  const script = head.script === null ? null : next(head.script);
  const map = parseMap(next(head.map));
  const sources = head.sources.map(
    ([url, length]) => [sourceName(url.replace(/^~\//, '')), next(length)] as const,
  );
  const built = buildMapIndex(map, script, (source) => contentOf(sourceName(source), sources));
  const handle = await open(indexFile, 'w', 0o600);
  try {
    for (const piece of built.pieces) await handle.writeFile(piece);
  } finally {
    await handle.close();
  }
  return built.facts;
}

/** An uploaded original: of those whose path ends as the map's does the shortest, since that says the least that is not asked for. */
function contentOf(
  name: string,
  sources: readonly (readonly [name: string, content: string])[],
): string | null {
  const fitting = sources
    .filter(([path]) => path === name || path.endsWith(`/${name}`) || name.endsWith(`/${path}`))
    .toSorted(([one], [other]) => one.length - other.length);
  return fitting[0]?.[1] ?? null;
}
