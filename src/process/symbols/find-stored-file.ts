// Finds the stored file that a path of one of the layouts asks for.
import { debugIdsOf } from '../../formats/native-text/build-id.ts';
import type { SymbolFile, SymbolStore } from '../../store/symbols.ts';
import { fileOfName, partOfBuild, type WantedStoredFile } from './symbol-layouts.ts';

/** The file, as it was uploaded; null where none is stored. */
export async function findStoredFile(
  store: Pick<SymbolStore, 'findByDebugId' | 'findByCodeId'>,
  wanted: WantedStoredFile,
): Promise<SymbolFile | null> {
  if (wanted.by === 'build') {
    for (const debugId of debugIdsOf(wanted.buildId)) {
      const found = partOfBuild(await store.findByDebugId(debugId), wanted);
      if (found !== null) return found;
    }
    return null;
  }
  const byId = fileOfName(await store.findByDebugId(wanted.id), wanted.file);
  if (byId !== null) return byId;
  const byCodeId = await store.findByCodeId(wanted.file, wanted.id);
  return byCodeId === null ? null : fileOfName([byCodeId], wanted.file);
}
