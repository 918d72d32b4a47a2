// Records of symbol files, source maps and mappings: the content as it was uploaded. Indexes are made again where it is taken in.
import type { Store } from '../../store/store.ts';
import type { SymbolFile } from '../../store/symbols.ts';
import type { ExportFilter, ExportRecord } from './export-format.ts';
import type { ExportFolder } from './export-folder.ts';
import { isOfTarget, type RecordPage } from './export-reports.ts';

const PAGE = 50;

/** Files of no product belong to all of them. */
export async function symbolPage(
  store: Store,
  folder: ExportFolder,
  filter: ExportFilter,
  cursor: string | null,
): Promise<RecordPage> {
  const { rows, next } = await store.symbols.listSymbols(
    { order: 'newest' },
    { limit: PAGE, ...(cursor !== null && { cursor }) },
  );
  const records: ExportRecord[] = [];
  const lost: string[] = [];
  for (const file of rows) {
    if (filter.product !== undefined && file.product !== null && file.product !== filter.product) continue;
    if (!(await putText(store, folder, file, lost))) continue;
    records.push({
      record: 'symbols',
      debugFile: file.debugFile,
      debugId: file.debugId,
      codeFile: file.codeFile,
      codeId: file.codeId,
      os: file.os,
      cpu: file.cpu,
      generator: file.generator,
      format: file.format,
      gives: file.gives,
      product: file.product,
      uploadedAt: file.uploadedAt,
      uploadedBy: file.uploadedBy,
      source: file.source,
      sha256: file.sha256,
      size: file.textBytes,
    });
  }
  return { records, next, lost };
}

/** False: it is gone since the page was read, or lost. */
async function putText(
  store: Store,
  folder: ExportFolder,
  { debugFile, debugId, sha256, textBytes }: SymbolFile,
  lost: string[],
): Promise<boolean> {
  const key = { debugFile, debugId };
  try {
    const text = await store.symbols.openText(key);
    if (text !== null) {
      await folder.putBlob(text, { sha256, size: textBytes });
      return true;
    }
    if ((await store.symbols.getSymbols(key))?.sha256 === sha256) throw new Error('its file is not there');
  } catch (error) {
    if (isOfTarget(error)) throw error;
    // Symbols that were replaced meanwhile are told, too: the same command, later, has the new ones.
    lost.push(`symbols ${debugFile} ${debugId}: ${error instanceof Error ? error.message : String(error)}`);
  }
  return false;
}
