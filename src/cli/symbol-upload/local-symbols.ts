// Finds the symbol files that were named on the command line: files, folders of them, zip archives.
import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { open, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { START_BYTES } from '../../formats/debug-files/debug-file.ts';
import { debugFileFormatOf } from '../../formats/debug-files/registry.ts';
import { SymbolTextEncoding } from '../../formats/symbols/text-encoding.ts';
import { GUID_LENGTH, symbolKey } from '../../process/symbols/symbol-lookup-key.ts';
import {
  inspectDebugFile,
  storedNameOf,
  UnreadableDebugFile,
} from '../../process/symbols/read-debug-files.ts';
import { buildIdOf } from '../../process/symbols/symbol-parts.ts';
import { MAGIC_BYTES, packingOf, unpacked } from '../../process/symbols/unpacked.ts';
import { eachZipEntry } from '../../process/symbols/zip-entries.ts';
import type { SymbolKey } from '../../store/symbols.ts';

/** A symbol file that can be sent. */
export interface LocalSymbols {
  /** As shown to people. */
  readonly label: string;
  /** The file's own name, or its place in an archive. */
  readonly name: string;
  readonly bytes: number;
  /** From its MODULE line, or, where it has none, its place in the tree. Null: no dump could ask for it. */
  readonly key: SymbolKey | null;
  /** Whether the file is packed already. */
  readonly packed: boolean;
  /** Calls `use` with its bytes; only then the file is open. */
  read<T>(use: (bytes: Readable) => Promise<T>): Promise<T>;
}

/** A name that cannot be read, and why. */
export interface Unreadable {
  readonly label: string;
  readonly fault: string;
}

const SYMBOL_NAME = /\.sym(\.gz|\.zst)?$/i;
const MODULE_LINE_BYTES = 8192;

/** Everything behind the names, in their order; what cannot be read is told. */
export async function findLocalSymbols(
  names: readonly string[],
): Promise<{ readonly found: readonly LocalSymbols[]; readonly unreadable: readonly Unreadable[] }> {
  const found: LocalSymbols[] = [];
  const unreadable: Unreadable[] = [];
  for (const name of names) {
    try {
      await collect(name, found, unreadable);
    } catch (error) {
      unreadable.push({ label: name, fault: error instanceof Error ? error.message : String(error) });
    }
  }
  return { found, unreadable };
}

async function collect(name: string, found: LocalSymbols[], unreadable: Unreadable[]): Promise<void> {
  if ((await stat(name)).isDirectory()) {
    const entries = await readdir(name, { recursive: true, withFileTypes: true });
    const files = entries
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name));
    for (const file of files.toSorted()) {
      if (SYMBOL_NAME.test(file)) found.push(await fileSymbols(file));
      // Beside debug files a build folder holds objects and others that no dump asks for.
      else if (await isDebugFile(file)) found.push(...(await linkedSymbols(file)));
    }
    return;
  }
  if (packingOf(await firstBytes(name)) === 'zip') await zipSymbols(name, found, unreadable);
  else found.push(await fileSymbols(name));
}

async function firstBytes(name: string): Promise<Uint8Array> {
  const handle = await open(name);
  try {
    const bytes = new Uint8Array(MAGIC_BYTES);
    await handle.read(bytes, 0, MAGIC_BYTES, 0);
    return bytes;
  } finally {
    await handle.close();
  }
}

async function fileSymbols(file: string): Promise<LocalSymbols> {
  const { size } = await stat(file);
  if (await isDebugFile(file)) return debugFileSymbols(file, size);
  const head = await headOf(createReadStream(file), file);
  return {
    label: file,
    name: file,
    bytes: size,
    key: head.key ?? keyOfPlace(file.split(path.sep)),
    packed: head.packed,
    read: (use) => use(createReadStream(file)),
  };
}

/** Tells by the first bytes. */
async function isDebugFile(file: string): Promise<boolean> {
  const handle = await open(file);
  try {
    const { bytesRead, buffer } = await handle.read(new Uint8Array(START_BYTES), 0, START_BYTES, 0);
    return debugFileFormatOf(buffer.subarray(0, bytesRead)) !== null;
  } finally {
    await handle.close();
  }
}

/** A program, library or debug file as a compiler made it. */
async function debugFileSymbols(file: string, bytes: number): Promise<LocalSymbols> {
  const key = await keyOfDebugFile(file, file);
  return { label: file, name: file, bytes, key, packed: false, read: (use) => use(createReadStream(file)) };
}

/** The key under which the server keeps a debug file. */
async function keyOfDebugFile(file: string, name: string): Promise<SymbolKey | null> {
  const base = path.posix.basename(name.replaceAll('\\', '/'));
  const images = await inspectDebugFile({ file, name: base });
  const image = images.find((each) => buildIdOf(each) !== null);
  return image === undefined ? null : symbolKey(storedNameOf(image, base), buildIdOf(image) ?? '');
}

/** The same, but nothing for what could not be found again. */
async function linkedSymbols(file: string): Promise<readonly LocalSymbols[]> {
  try {
    const symbols = await debugFileSymbols(file, (await stat(file)).size);
    return symbols.key === null ? [] : [symbols];
  } catch (error) {
    if (error instanceof UnreadableDebugFile) return [];
    throw error;
  }
}

async function zipSymbols(archive: string, found: LocalSymbols[], unreadable: Unreadable[]): Promise<void> {
  await eachZipEntry(archive, async (entry) => {
    if (entry.leadsOut) {
      unreadable.push({ label: `${archive}:${entry.name}`, fault: 'its name leads out of the archive' });
      return;
    }
    const { name, bytes } = entry;
    const head = await headOf(await entry.open(), name);
    // Objects and texts that are no symbols are not for the server.
    if (!SYMBOL_NAME.test(name) && (head.key === null || !head.isDebugFile)) return;
    found.push({
      label: `${archive}:${name}`,
      name,
      bytes,
      key: head.key ?? keyOfPlace(name.split('/')),
      packed: head.packed,
      read: (use) => readEntry(archive, name, use),
    });
  });
}

/** The archive is opened anew for each entry: only what the server lacks is read a second time. */
async function readEntry<T>(archive: string, name: string, use: (bytes: Readable) => Promise<T>): Promise<T> {
  const results: T[] = [];
  await eachZipEntry(archive, async (entry) => {
    if (results.length === 0 && entry.name === name) results.push(await use(await entry.open()));
  });
  const [result] = results;
  if (result === undefined) throw new Error(`${name} is no longer in ${archive}`);
  return result;
}

type Head = { readonly key: SymbolKey | null; readonly packed: boolean; readonly isDebugFile: boolean };

/** What the beginning tells: of a text its MODULE line, of a debug file, which is unpacked for it, its ids. */
async function headOf(source: Readable, name: string): Promise<Head> {
  const { text, packing } = await unpacked(source);
  const packed = packing !== 'plain';
  const encoding = new SymbolTextEncoding();
  let start = Buffer.alloc(0);
  let head = '';
  try {
    const pieces = text[Symbol.asyncIterator]();
    for (;;) {
      const { done, value } = (await pieces.next()) as IteratorResult<Buffer, undefined>;
      if (done === true) break;
      if (start.length < START_BYTES) start = Buffer.concat([start, value]);
      if (start.length >= START_BYTES && debugFileFormatOf(start.subarray(0, START_BYTES)) !== null) {
        return { key: await keyOfStream(start, pieces, name), packed, isDebugFile: true };
      }
      head += Buffer.from(encoding.write(value)).toString('utf8');
      if (head.length >= MODULE_LINE_BYTES || (start.length >= START_BYTES && head.includes('\n'))) break;
    }
  } finally {
    text.destroy();
    source.destroy();
  }
  const module = /^MODULE \S+ \S+ (\S+) ([^\r\n]+)/.exec(head);
  const key = module === null ? null : symbolKey(module[2] ?? '', module[1] ?? '');
  return { key, packed, isDebugFile: false };
}

/** Unpacks a debug file to where its headers can be read. */
async function keyOfStream(
  start: Buffer,
  rest: AsyncIterator<Buffer, undefined>,
  name: string,
): Promise<SymbolKey | null> {
  const file = path.join(tmpdir(), `mayday-${randomUUID()}`);
  async function* whole(): AsyncGenerator<Buffer> {
    yield start;
    for (;;) {
      const { done, value } = await rest.next();
      if (done === true) return;
      yield value;
    }
  }
  try {
    await pipeline(whole(), createWriteStream(file, { flags: 'wx', mode: 0o600 }));
    return await keyOfDebugFile(file, name);
  } catch (error) {
    if (error instanceof UnreadableDebugFile) return null;
    throw error;
  } finally {
    await rm(file, { force: true });
  }
}

/** `…/<debug file>/<debug id>/<name>.sym` */
function keyOfPlace(parts: readonly string[]): SymbolKey | null {
  const [debugFile, debugId] = parts.slice(-3);
  if (parts.length < 3 || debugFile === undefined || debugId === undefined) return null;
  return debugId.length >= GUID_LENGTH ? symbolKey(debugFile, debugId) : null;
}
