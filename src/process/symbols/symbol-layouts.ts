// The layouts in which debuggers and tools ask a symbol server for files, as pure rules: what three steps of a path below the address mean.
//   GDB         .build-id/ab/cdef….debug, .build-id/ab/cdef…
//   debuginfod  buildid/<build id>/debuginfo, …/executable   (never `source`: Mayday has none, and would not give it)
//   Microsoft   app.pdb/<GUID><age>/app.pdb, app.exe/<time stamp><size>/app.exe   (SymSrv; case does not count)
//   SSQP        _.debug/elf-buildid-sym-<id>/_.debug, app/elf-buildid-<id>/app, _.dwarf/mach-uuid-sym-<uuid>/_.dwarf, app/mach-uuid-<uuid>/app
//   and anything that is stored, by its own name and id: <file>/<debug id>/<file>
// The layout of Breakpad, <debug file>/<debug id>/<name>.sym, is that of symbol-lookup-key.ts.
import type { SymbolFile } from '../../store/symbols.ts';
import { isMapping } from './source-maps/mapping-formats.ts';

/** Three steps of a path, decoded. */
export type LayoutPath = readonly [first: string, second: string, third: string];

/** A stored file that a path asks for. */
export type WantedStoredFile =
  /** By the build id or UUID that it carries. `format`: null where the layout does not say. */
  | {
      readonly by: 'build';
      readonly buildId: string;
      readonly part: 'debug' | 'program';
      readonly format: 'ELF' | 'Mach-O' | null;
    }
  /** By its name and the debug id, or the code id of a PE file. */
  | { readonly by: 'name'; readonly file: string; readonly id: string };

const BUILD_ID = /^(?:[0-9a-f]{2}){4,32}$/i;
/** SSQP: what comes before the id. */
const KEYED = /^(elf-buildid|mach-uuid)(-sym)?-([0-9a-f]+)$/i;
/** 32 digits and the age; a time stamp of eight digits and a size. */
const NAMED_ID = /^[0-9a-f]{9,48}$/i;

/** What a path asks for; null where it is of none of these layouts. */
export function wantedFile([first, second, third]: LayoutPath): WantedStoredFile | null {
  if (first === '.build-id') {
    const isDebug = third.endsWith('.debug');
    return ofBuild(second + (isDebug ? third.slice(0, -'.debug'.length) : third), isDebug);
  }
  if (first === 'buildid') {
    return third === 'debuginfo' || third === 'executable' ? ofBuild(second, third === 'debuginfo') : null;
  }
  const keyed = KEYED.exec(second);
  if (keyed !== null) {
    const format = keyed[1]?.toLowerCase() === 'mach-uuid' ? 'Mach-O' : 'ELF';
    return ofBuild(keyed[3] ?? '', keyed[2] !== undefined, format);
  }
  const isFile = third.toLowerCase() === first.toLowerCase() && NAMED_ID.test(second);
  return isFile ? { by: 'name', file: first, id: second.toUpperCase() } : null;
}

function ofBuild(
  buildId: string,
  isDebug: boolean,
  format: 'ELF' | 'Mach-O' | null = null,
): WantedStoredFile | null {
  if (!BUILD_ID.test(buildId)) return null;
  return { by: 'build', buildId, part: isDebug ? 'debug' : 'program', format };
}

/** Which of the files of a debug id is the wanted part of the build; null: none of them. */
export function partOfBuild(
  files: readonly SymbolFile[],
  { buildId, part, format: wanted }: Extract<WantedStoredFile, { readonly by: 'build' }>,
): SymbolFile | null {
  // A debug id holds the first half of a build id only.
  const own = files.filter(
    ({ format, codeId }) => format !== 'sym' && format === (wanted ?? format) && sameId(codeId, buildId),
  );
  if (part === 'program') return own.find(({ codeFile }) => codeFile !== null) ?? null;
  const hasFunctions = ({ gives }: SymbolFile): boolean => gives.split(',').includes('functions');
  // What strip left in a debug file beside debug information is better than nothing; a stripped program is not.
  return (
    own.find((file) => file.codeFile === null && hasFunctions(file)) ??
    own.find(hasFunctions) ??
    own.find(({ codeFile }) => codeFile === null) ??
    null
  );
}

/** Which of the files of an id has a name; case does not count on Windows, and nowhere here: ids are unique. */
export function fileOfName(files: readonly SymbolFile[], name: string): SymbolFile | null {
  const stored = files.filter((file) => file.format !== 'sym' && !isMapping(file));
  const wanted = name.toLowerCase();
  return (
    stored.find(({ debugFile }) => debugFile === name) ??
    stored.find(({ debugFile, codeFile }) =>
      [debugFile, codeFile ?? ''].some((each) => each.toLowerCase() === wanted),
    ) ??
    null
  );
}

function sameId(stored: string | null, asked: string): boolean {
  return stored !== null && stored.toLowerCase() === asked.toLowerCase();
}
