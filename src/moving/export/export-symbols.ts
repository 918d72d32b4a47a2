// Records of symbol files, source maps and mappings: the content as it was uploaded. Indexes are made again where it is taken in.
import type { Store } from '../../store/store.ts';
import type { ExportFilter, ExportRecord } from './export-format.ts';
import type { ExportFolder } from './export-folder.ts';
import type { RecordPage } from './export-reports.ts';

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
  for (const file of rows) {
    if (filter.product !== undefined && file.product !== null && file.product !== filter.product) continue;
    const text = await store.symbols.openText(file);
    if (text === null) continue;
    const blob = await folder.putBlob(text, null);
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
      ...blob,
    });
  }
  return { records, next };
}
