// Artifact bundles for tests, as Sentry's tools write them: `SYSB`, version 2, a zip with a manifest.
import { writeFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { ZipFile } from 'yazl';

const HEAD = Buffer.from('SYSB\u0002\0\0\0', 'latin1');

/** A file of a bundle; header names are written as they are. */
export interface BundleEntry {
  readonly url: string;
  readonly type: 'minified_source' | 'source_map' | 'source';
  readonly content: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The bytes of a bundle. */
export async function bundleOf(
  entries: readonly BundleEntry[],
  manifest: Readonly<Record<string, unknown>> = {},
): Promise<Buffer> {
  const zip = new ZipFile();
  // Offsets are those of the whole file, as Sentry's tools have them.
  (zip as unknown as { outputStreamCursor: number }).outputStreamCursor = HEAD.length;
  const files: Record<string, unknown> = {};
  for (const [index, { url, type, content, headers = {} }] of entries.entries()) {
    const path = `_/_/${index}-${url.replaceAll(/[^\w.]/g, '_')}`;
    files[path] = { url, type, headers };
    zip.addBuffer(Buffer.from(content), path);
  }
  zip.addBuffer(Buffer.from(JSON.stringify({ ...manifest, files })), 'manifest.json');
  zip.end();
  return Buffer.concat([HEAD, await buffer(zip.outputStream)]);
}

/** Writes one to the disk. */
export async function writeBundle(file: string, ...bundle: Parameters<typeof bundleOf>): Promise<number> {
  const bytes = await bundleOf(...bundle);
  await writeFile(file, bytes);
  return bytes.length;
}
