// Stores a symbol file: text and index are copied, made durable and put in place; then the row. A crash between leaves orphans that the
// sweep removes, never a row without files.
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { constants } from 'node:zlib';
import { releaseChunk } from '../../base/release-chunk.ts';
import { StorageError } from '../intake.ts';
import { SymbolsOfOthers } from '../symbols.ts';
import type { SymbolUpload } from '../symbols.ts';
import type { StoreParts } from './store-parts.ts';
import { asStorageError, errorCode } from './disk/storage-error.ts';
import { WriteFailed } from './thread/writer-client.ts';
import { createZstdFile } from './disk/zstd-file.ts';
import { checkedKey } from './symbols/symbol-key.ts';
import { indexPath, symbolFolder, textPath } from './symbols/symbol-files.ts';
import type { StoredFiles } from './symbols/symbol-files.ts';
import type { SymbolRow } from './symbols/symbol-row.ts';
import type { PutSymbolRow } from './symbols/write-symbols.ts';

const READ_BYTES = 256 * 1024;

/** Uploads of symbols are few and long: a real window shrinks them much better than that of attachments. */
const PARAMETERS = {
  chunkSize: 64 * 1024,
  params: {
    [constants.ZSTD_c_compressionLevel]: 3,
    [constants.ZSTD_c_checksumFlag]: 1,
  },
};

/** False: the same content was there. */
export async function putSymbols(parts: StoreParts, upload: SymbolUpload): Promise<boolean> {
  const key = checkedKey(upload.key);
  if (key === null) {
    throw new RangeError(
      `${JSON.stringify(upload.key.debugFile)} with ${JSON.stringify(upload.key.debugId)} names no symbol file`,
    );
  }
  const { layout, files, now } = parts;
  const draft = path.join(layout.incoming, randomBytes(16).toString('hex'));
  const stored = { ...key, revision: randomBytes(8).toString('hex') };
  try {
    await requireSpace(parts, upload);
    await files.makeFolder(draft);
    const text = await copyText(parts, upload.textFile, path.join(draft, 'text'));
    const indexBytes = await copyIndex(parts, upload.indexFile, path.join(draft, 'index'));
    await place(parts, draft, stored);
    const row = {
      format: 'sym',
      gives: '',
      ...upload.facts,
      wants: JSON.stringify(upload.facts.wants ?? []),
      ...stored,
      ...text,
      product: upload.product,
      uploadedAt: now(),
      uploadedBy: upload.by,
      source: upload.source,
      indexBytes,
      hasCfi: upload.facts.hasCfi ? 1 : 0,
    };
    return await storeRow(parts, row, upload.accounts ?? []);
  } catch (error) {
    if (error instanceof SymbolsOfOthers) throw error;
    throw asStorageError(error, `keep symbols of ${key.debugFile}`);
  } finally {
    await files.removeTree(draft).catch(() => undefined);
  }
}

/** Writes another index over that of a row; whoever has the old one open goes on reading it. Gives its size. */
export async function replaceIndex(
  parts: StoreParts,
  stored: StoredFiles,
  indexFile: string,
): Promise<number> {
  const { layout, files } = parts;
  const draft = path.join(layout.incoming, randomBytes(16).toString('hex'));
  const target = indexPath(layout, stored);
  try {
    await files.makeFolder(draft);
    const bytes = await copyIndex(parts, indexFile, path.join(draft, 'index'));
    await files.rename(path.join(draft, 'index'), target);
    await files.syncFolder(path.dirname(target));
    return bytes;
  } catch (error) {
    throw asStorageError(error, `keep an index of ${stored.debugFile}`);
  } finally {
    await files.removeTree(draft).catch(() => undefined);
  }
}

/** The copies take less than their originals; so much must be free beside what is always kept free. */
async function requireSpace({ files, layout, options }: StoreParts, upload: SymbolUpload): Promise<void> {
  const [text, index] = await Promise.all([files.stat(upload.textFile), files.stat(upload.indexFile)]);
  const needed = (text?.size ?? 0) + (index?.size ?? 0);
  if ((await files.freeBytes(layout.root)) - needed < options.minFreeBytes) {
    throw new StorageError('The disk has too little free space for these symbols.', { reason: 'full' });
  }
}

async function copyText(
  { files }: StoreParts,
  from: string,
  to: string,
): Promise<{ readonly textBytes: number; readonly sha256: string; readonly storedBytes: number }> {
  const file = await createZstdFile(files, to, PARAMETERS);
  try {
    for await (const chunk of await files.openRead(from, { highWaterMark: READ_BYTES })) {
      await file.write(chunk as Buffer);
      releaseChunk(chunk as Buffer);
    }
    const { size, sha256 } = await file.end();
    return { textBytes: size, sha256, storedBytes: await file.syncAndClose() };
  } finally {
    await file.abandon();
  }
}

async function copyIndex({ files }: StoreParts, from: string, to: string): Promise<number> {
  const file = await files.create(to);
  try {
    for await (const chunk of await files.openRead(from, { highWaterMark: READ_BYTES })) {
      await file.write(chunk as Buffer);
      releaseChunk(chunk as Buffer);
    }
    return await file.sync();
  } finally {
    await file.close();
  }
}

/** Every name on the way is durable before the row exists. */
async function place(
  { files, layout }: StoreParts,
  draft: string,
  stored: Parameters<typeof textPath>[1],
): Promise<void> {
  const folder = symbolFolder(layout, stored);
  const moveText = () => files.rename(path.join(draft, 'text'), textPath(layout, stored));
  await files.makeFolder(folder);
  try {
    await moveText();
  } catch (error) {
    // The sweep took the folder for one that was left empty long ago.
    if (errorCode(error) !== 'ENOENT') throw error;
    await files.makeFolder(folder);
    await moveText();
  }
  await files.rename(path.join(draft, 'index'), indexPath(layout, stored));
  for (const each of [folder, path.dirname(folder), layout.symbols]) await files.syncFolder(each);
}

async function storeRow(
  { writer, files, layout }: StoreParts,
  row: Omit<SymbolRow, 'lastUsedAt'>,
  accounts: readonly string[],
): Promise<boolean> {
  const removeFiles = async (): Promise<void> => {
    await files.removeTree(textPath(layout, row)).catch(() => undefined);
    await files.removeTree(indexPath(layout, row)).catch(() => undefined);
  };
  let put: PutSymbolRow;
  try {
    put = await writer.write('putSymbolRow', [row, accounts], { rows: 1024, files: 0 });
  } catch (error) {
    // Where the row may have been stored after all, its files must stay.
    if (!(error instanceof WriteFailed) || error.certain) await removeFiles();
    throw error;
  }
  if (put !== 'new') await removeFiles();
  if (put === 'of_others') throw new SymbolsOfOthers();
  return put === 'new';
}
