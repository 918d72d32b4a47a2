// How rows of the symbol store tell that they hold mappings of scripts or classes, which name no addresses.
import type { SymbolFile } from '../../../store/symbols.ts';

/** The format of rows of source maps. */
export const SOURCE_MAP_FORMAT = 'sourcemap';
/** The format of rows of mappings of Java classes. */
export const PROGUARD_FORMAT = 'proguard';
/** What all mappings of Java classes are called; their ids tell them apart. */
export const CLASSES_FILE = 'mapping.txt';
/** What a row gives that only leads to another one, whose id its code id is. */
export const ALIAS = 'alias';

/** How the code id of what a report lacks begins where it is a source map; the release follows. */
export const MISSED_MAP = 'sourcemap ';
/** The code id where it is a mapping of Java classes. */
export const MISSED_CLASSES = 'proguard';

/** Whether a row holds mappings. */
export function isMapping({ format }: Pick<SymbolFile, 'format'>): boolean {
  return format === SOURCE_MAP_FORMAT || format === PROGUARD_FORMAT;
}

/** Whether what a report lacks is a mapping, by its code id. */
export function isMissedMapping({ codeId }: { readonly codeId: string | null }): boolean {
  return codeId !== null && (codeId.startsWith(MISSED_MAP) || codeId === MISSED_CLASSES);
}
