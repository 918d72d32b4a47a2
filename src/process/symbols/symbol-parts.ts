// What symbol files give, and what a build still lacks: which other file of it would give that, by its name and id.
import type { SymbolFileFacts } from '../../formats/symbols/module-symbols.ts';
import type { SymbolFile, WantedFile } from '../../store/symbols.ts';
import { debugFileNameOf, type InspectedImage } from './read-debug-files.ts';

type Counts = Pick<
  SymbolFileFacts,
  'functions' | 'lines' | 'inlines' | 'publics' | 'cfiRanges' | 'winRanges'
>;

/** What the text of a symbol file gives, as rows of symbols keep it. */
export function partsOfText({ functions, lines, inlines, publics, cfiRanges, winRanges }: Counts): string {
  return parts({
    functions: functions > 0,
    lines: lines > 0,
    inlines: inlines > 0,
    names: publics > 0,
    unwind: cfiRanges + winRanges > 0,
  });
}

/** What a debug file gives: its headers say what kind, the index that it went into whether there are lines and inlined calls. */
export function partsOfImage({ gives }: Pick<InspectedImage, 'gives'>, { lines, inlines }: Counts): string {
  const { functions, symbols, unwind } = gives;
  return parts({
    functions,
    lines: functions && lines > 0,
    inlines: functions && inlines > 0,
    names: symbols,
    unwind,
  });
}

function parts(given: Readonly<Record<string, boolean>>): string {
  return Object.keys(given)
    .filter((part) => given[part] === true)
    .join(',');
}

/** The id by which dumps find an image: its debug id; of a PE file without one its code id. */
export function buildIdOf({ format, ids }: Pick<InspectedImage, 'format' | 'ids'>): string | null {
  if (ids.debugId !== null) return ids.debugId;
  // MinGW links no reference to a PDB: dumps have nothing but the time stamp and the size.
  return format === 'PE' ? (ids.codeId?.toUpperCase() ?? null) : null;
}

/** What a debug file does not give itself, and which files would. `name`: its own. */
export function wantsOf(image: InspectedImage, name: string): readonly WantedFile[] {
  const debugId = buildIdOf(image);
  const { gives, isDebugOnly, needs } = image;
  const wants: WantedFile[] = needs.map(({ name: file, debugId: id }) => ({
    gives: 'shared',
    file,
    debugId: id,
  }));
  if (debugId === null) return wants;
  // A debug file without debug information was stripped, or built without it: no other file has it either.
  if (!gives.functions && !isDebugOnly) {
    wants.push({ gives: 'functions', file: debugFileOf(image, name), debugId });
  }
  // A program without unwind information has none anywhere.
  if (!gives.unwind && isDebugOnly) wants.push({ gives: 'unwind', file: programOf(image, name), debugId });
  return wants;
}

function debugFileOf({ format, debugLink }: InspectedImage, name: string): string {
  if (debugLink !== null) return debugLink;
  return `${baseName(name)}${format === 'Mach-O' ? '.dSYM' : '.debug'}`;
}

function programOf({ format, ids }: InspectedImage, name: string): string {
  const stem = baseName(name).replace(/\.pdb$/i, '');
  // A PDB does not say what it belongs to.
  return format === 'PDB' ? `${stem}.exe or ${stem}.dll` : debugFileNameOf(ids, name);
}

function baseName(name: string): string {
  return name.slice(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1);
}

/**
 * What a build lacks: what its files want and none of them gives. `files`: everything that is stored under its id; `shared`: ids of
 * shared files that are stored.
 */
export function lackingParts(
  files: readonly Pick<SymbolFile, 'format' | 'gives' | 'wants'>[],
  shared: ReadonlySet<string>,
): readonly WantedFile[] {
  // Who uploads a text has chosen what is in it.
  if (files.some(({ format }) => format === 'sym')) return [];
  const given = new Set(files.flatMap(({ gives }) => gives.split(',')));
  const lacking = new Map<string, WantedFile>();
  for (const want of files.flatMap(({ wants }) => wants)) {
    const isThere = want.gives === 'shared' ? shared.has(want.debugId) : given.has(want.gives);
    if (!isThere) lacking.set(`${want.gives} ${want.debugId}`, want);
  }
  return [...lacking.values()];
}

const WANTED_PARTS: Readonly<Record<WantedFile['gives'], string>> = {
  functions: 'functions, lines and inlined calls',
  unwind: 'unwind information',
  shared: 'names that were moved out of it (dwz)',
};

/** What a wanted file would give, and which file that is, for people. */
export function wantedText({ gives, file, debugId }: WantedFile): string {
  return `${WANTED_PARTS[gives]}: ${file} with the id ${debugId}`;
}
