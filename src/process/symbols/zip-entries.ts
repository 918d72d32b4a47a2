// The symbol files of a zip archive on disk, one after the other, each as a stream that is bounded by who reads it.
import { PassThrough, type Readable } from 'node:stream';
import { openPromise, type Entry, type ZipFile } from 'yauzl';
import { SymbolsRefused } from './symbols-refused.ts';

const MAX_ENTRIES = 20_000;
const MAX_NAME_LENGTH = 1024;

/** One file of an archive. */
export type ZipEntry = {
  /** As the archive has it, with slashes. Never to be used as a path. */
  readonly name: string;
  readonly bytes: number;
  open(): Promise<Readable>;
};

/**
 * Calls `each` for every file of the archive, in its order; folders are passed over. Rejects with `SymbolsRefused`
 * where the archive is damaged or has a name that leads out of it, and with what `each` rejects with.
 */
export async function eachZipEntry(file: string, each: (entry: ZipEntry) => Promise<void>): Promise<void> {
  let zip: ZipFile;
  try {
    zip = await openPromise(file, { autoClose: false, validateEntrySizes: true });
  } catch (error) {
    throw damaged(error);
  }
  try {
    if (zip.entryCount > MAX_ENTRIES) throw new SymbolsRefused('too_many_entries');
    const entries = zip.eachEntry()[Symbol.asyncIterator]();
    for (;;) {
      const entry = await nextEntry(entries);
      if (entry === null) return;
      if (entry.fileName.endsWith('/')) continue;
      await each({
        name: entry.fileName.slice(0, MAX_NAME_LENGTH),
        bytes: entry.uncompressedSize,
        open: () => openEntry(zip, entry),
      });
    }
  } finally {
    zip.close();
  }
}

async function nextEntry(entries: AsyncIterator<Entry>): Promise<Entry | null> {
  try {
    const { done, value } = await entries.next();
    return done === true ? null : value;
  } catch (error) {
    throw damaged(error);
  }
}

async function openEntry(zip: ZipFile, entry: Entry): Promise<Readable> {
  if (entry.isEncrypted())
    throw new SymbolsRefused('bad_zip', `${entry.fileName.slice(0, 200)} is encrypted.`);
  try {
    return lasting(await zip.openReadStreamPromise(entry));
  } catch (error) {
    throw damaged(error);
  }
}

/**
 * yauzl tells a fault of the data by an event, once, and leaves the stream as it is: nobody who listens later would hear of
 * it, and an event that nobody hears ends the process. This one is destroyed instead.
 */
function lasting(stream: Readable): Readable {
  const out = new PassThrough();
  out.on('error', () => {});
  out.on('close', () => stream.destroy());
  stream.on('error', (error) => out.destroy(error));
  return stream.pipe(out);
}

function damaged(error: unknown): SymbolsRefused {
  const text = error instanceof Error ? error.message : String(error);
  if (/^(absolute path|invalid relative path|invalid characters)/.test(text))
    return new SymbolsRefused('bad_entry_name');
  return new SymbolsRefused('bad_zip', `(${text.slice(0, 200)})`);
}
