// Whether the index of a stored mapping is one that this version of Mayday reads, by its first bytes.
import { CLASS_MAGIC } from '../../../formats/java-mapping/class-index-layout.ts';
import { MAGIC } from '../../../formats/source-maps/map-index-layout.ts';
import type { SymbolFile } from '../../../store/symbols.ts';
import { FileAccess } from '../file-access.ts';
import { ALIAS, SOURCE_MAP_FORMAT } from './mapping-formats.ts';

/** False: it is damaged, not there, or of another version. What only leads to another one has none. */
export function isPresentMappingIndex(row: Pick<SymbolFile, 'format' | 'gives'>, file: string): boolean {
  if (row.gives === ALIAS) return true;
  const magic = row.format === SOURCE_MAP_FORMAT ? MAGIC : CLASS_MAGIC;
  let access: FileAccess;
  try {
    access = new FileAccess(file);
  } catch {
    return false;
  }
  try {
    return magic.equals(access.read(0, magic.length));
  } finally {
    access.close();
  }
}
