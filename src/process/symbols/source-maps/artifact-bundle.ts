// Artifact bundles as Sentry's tools make them: `SYSB`, a version, then a zip archive whose manifest.json says what each file is. A
// plain zip with a manifest is taken as well.
import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { asObject, asText, own, type JsonObject } from '../../../report/crashkit/json-object.ts';
import type { Scratch } from '../scratch.ts';
import { SymbolsRefused } from '../symbols-refused.ts';
import { eachZipEntry } from '../zip-entries.ts';

const MANIFEST = 'manifest.json';
const MAX_MANIFEST_BYTES = 16 * 1024 * 1024;
const MAX_URL = 2000;
/** All files of a bundle together, as many times its size, and a little more for small ones. */
const BUNDLE_RATIO = 200;
const BUNDLE_FREE_BYTES = 64 * 1024 * 1024;

export type BundledKind = 'minified_source' | 'source_map' | 'source';

/** A file of a bundle, on the disk. */
export interface BundledFile {
  readonly kind: BundledKind;
  readonly url: string;
  readonly debugId: string | null;
  /** Where the tool says that the map of a script is; null: nowhere. */
  readonly sourceMap: string | null;
  readonly file: string;
}

export interface ArtifactBundle {
  readonly release: string | null;
  readonly dist: string | null;
  readonly files: readonly BundledFile[];
}

export interface BundleLimits {
  /** Bytes of the bundle itself. */
  readonly size: number;
  /** Bytes of one file of it. */
  readonly maxFileBytes: number;
}

/** Unpacks a bundle for as long as `work` takes. Rejects with `SymbolsRefused` where it is damaged or too large. */
export async function withArtifactBundle<T>(
  bundle: string,
  scratch: Scratch,
  { size, maxFileBytes }: BundleLimits,
  work: (bundle: ArtifactBundle) => Promise<T>,
): Promise<T> {
  const manifest = await readManifest(bundle, scratch);
  const described = asObject(own(manifest, 'files')) ?? {};
  const files: BundledFile[] = [];
  let left = size * BUNDLE_RATIO + BUNDLE_FREE_BYTES;
  try {
    await eachZipEntry(bundle, async (entry) => {
      const about = Object.hasOwn(described, entry.name) ? asObject(described[entry.name]) : null;
      const kind = about === null ? null : kindOf(asText(own(about, 'type')));
      const url = about === null ? null : asText(own(about, 'url'));
      if (about === null || kind === null || url === null || url === '') return;
      if (entry.bytes > maxFileBytes)
        throw new SymbolsRefused('text_too_large', `(${entry.name.slice(0, 200)})`);
      left -= entry.bytes;
      if (left < 0) throw new SymbolsRefused('compression_ratio');
      await scratch.checkSpace(entry.bytes);
      const file = await scratch.newFile();
      const headers = lowerCased(asObject(own(about, 'headers')) ?? {});
      files.push({
        kind,
        url: url.slice(0, MAX_URL),
        debugId: headers.get('debug-id') ?? null,
        sourceMap: headers.get('sourcemap') ?? headers.get('x-sourcemap') ?? null,
        file,
      });
      await pipeline(await entry.open(), createWriteStream(file, { mode: 0o600 })).catch((error: unknown) => {
        throw brokenEntry(error);
      });
    });
    return await work({
      release: textOf(manifest, 'release'),
      dist: textOf(manifest, 'dist'),
      files,
    });
  } finally {
    for (const { file } of files) await scratch.remove(file);
  }
}

/** What the disk says has a code; what the archive says has none. */
function brokenEntry(error: unknown): unknown {
  if (error instanceof SymbolsRefused || (error as NodeJS.ErrnoException).code !== undefined) return error;
  return new SymbolsRefused('bad_zip', `(${(error as Error).message.slice(0, 200)})`);
}

async function readManifest(bundle: string, scratch: Scratch): Promise<JsonObject> {
  let text: string | null = null;
  await eachZipEntry(bundle, async (entry) => {
    if (entry.name !== MANIFEST || text !== null) return;
    if (entry.bytes > MAX_MANIFEST_BYTES) throw new SymbolsRefused('text_too_large', '(manifest.json)');
    text = await scratch.withFile(async (file) => {
      await pipeline(await entry.open(), createWriteStream(file, { mode: 0o600 })).catch((error: unknown) => {
        throw brokenEntry(error);
      });
      return readFile(file, 'utf8');
    });
  });
  if (text === null) throw new SymbolsRefused('bad_bundle', '(it has no manifest.json)');
  try {
    const manifest: unknown = JSON.parse(text);
    const object = Array.isArray(manifest) ? null : asObject(manifest);
    if (object !== null) return object;
  } catch {
    // Told below.
  }
  throw new SymbolsRefused('bad_bundle', '(its manifest.json is no JSON object)');
}

/** Tools write the names of headers in any case. */
function lowerCased(headers: JsonObject): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const [name, value] of Object.entries(headers).slice(0, 100)) {
    const text = asText(value);
    if (text !== null && text !== '') found.set(name.toLowerCase(), text.slice(0, MAX_URL));
  }
  return found;
}

function kindOf(type: string | null): BundledKind | null {
  return type === 'minified_source' || type === 'source_map' || type === 'source' ? type : null;
}

function textOf(object: JsonObject, name: string): string | null {
  const text = asText(own(object, name));
  return text === null || text === '' ? null : text.slice(0, 250);
}
