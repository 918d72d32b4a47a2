// Reads the files of a zip archive that a test was given.
import { buffer } from 'node:stream/consumers';
import { fromBufferPromise } from 'yauzl';

/** Name → content of every file. */
export async function unzip(archive: Buffer): Promise<ReadonlyMap<string, Buffer>> {
  const files = new Map<string, Buffer>();
  const zip = await fromBufferPromise(archive);
  for await (const entry of zip.eachEntry()) {
    files.set(entry.fileName, await buffer(await zip.openReadStreamPromise(entry)));
  }
  return files;
}
