// The symbol files of a zip archive on disk, one after the other, each as a stream that is bounded by who reads it.
import { PassThrough, type Readable } from 'node:stream';
import { type Entry, getFileNameLowLevel, openPromise, validateFileName, type ZipFile } from 'yauzl';
import { SymbolsRefused } from './symbols-refused.ts';

const MAX_ENTRIES = 20_000;
const MAX_NAME_LENGTH = 1024;

/** One file of an archive. */
export type ZipEntry = {
  /** As the archive has it, with slashes. Never to be used as a path. */
  readonly name: string;
  /** The name leads out of the archive: it cannot be opened. */
  readonly leadsOut: boolean;
  readonly bytes: number;
  /** Rejects with `SymbolsRefused`: `bad_entry_name` where the name leads out, `bad_zip` where the data is damaged. */
  open(): Promise<Readable>;
};

/**
 * Calls `each` for every file of the archive, in its order; folders are passed over. Rejects with `SymbolsRefused`
 * where the archive is damaged, and with what `each` rejects with. A bad name is a fault of its entry alone: archives come from build
 * scripts of many makes, and one wrong path in them must not cost the others.
 */
export async function eachZipEntry(file: string, each: (entry: ZipEntry) => Promise<void>): Promise<void> {
  let zip: ZipFile;
  try {
    zip = await openPromise(file, { autoClose: false, validateEntrySizes: true, decodeStrings: false });
  } catch (error) {
    throw damaged(error);
  }
  try {
    if (zip.entryCount > MAX_ENTRIES) throw new SymbolsRefused('too_many_entries');
    const entries = zip.eachEntry()[Symbol.asyncIterator]();
    for (;;) {
      const entry = await nextEntry(entries);
      if (entry === null) return;
      const name = nameOf(entry);
      if (name.endsWith('/')) continue;
      const leadsOut = validateFileName(name) !== null;
      await each({
        name: name.slice(0, MAX_NAME_LENGTH),
        leadsOut,
        bytes: entry.uncompressedSize,
        open: () =>
          leadsOut ? Promise.reject(new SymbolsRefused('bad_entry_name')) : openEntry(zip, entry, name),
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

/** As yauzl decodes names itself: by the flag for UTF-8 or Info-ZIP's field, with slashes for backslashes. */
function nameOf({ generalPurposeBitFlag, fileNameRaw, extraFields }: Entry): string {
  return getFileNameLowLevel(generalPurposeBitFlag, fileNameRaw, extraFields, false);
}

async function openEntry(zip: ZipFile, entry: Entry, name: string): Promise<Readable> {
  if (entry.isEncrypted()) throw new SymbolsRefused('bad_zip', `${name.slice(0, 200)} is encrypted.`);
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
  return new SymbolsRefused('bad_zip', `(${text.slice(0, 200)})`);
}
