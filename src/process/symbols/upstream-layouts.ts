// What is asked of symbol servers for a module, as pure rules: one list of files for each kind of server. Names and ids come from dumps:
// they are checked here, and nothing but single, safe steps of a path comes out.
import { debugIdsOf } from '../../formats/native-text/build-id.ts';
import { safeBaseName } from '../../formats/symbols/symbol-path.ts';
import type { SymbolRequest } from '../../formats/symbols/symbol-provider.ts';
import { symbolFileName, symbolKeyOf } from './symbol-lookup-key.ts';
import type { UpstreamPath } from './upstream-request.ts';

/** A kind of symbol server. */
export type UpstreamKind = 'breakpad' | 'debuginfod' | 'microsoft';

/** A file that a server may have. */
export type UpstreamFile = {
  readonly path: UpstreamPath;
  /** What it is called where it is stored. */
  readonly name: string;
  /** Forms of the same file that cannot be read, and why: asked for to be able to say so. */
  readonly unreadable: readonly { readonly path: UpstreamPath; readonly why: string }[];
};

const BUILD_ID = /^(?:[0-9a-f]{2}){8,32}$/i;
/** A time stamp and a size: all digits that a PE file is found by. */
const PE_CODE_ID = /^[0-9A-F]{9,16}$/i;

/** The files to ask for, in this order: each gives something that the others do not. */
export function upstreamFiles(kind: UpstreamKind, request: SymbolRequest): readonly UpstreamFile[] {
  const files = { breakpad: breakpadFiles, debuginfod: debuginfodFiles, microsoft: microsoftFiles };
  return files[kind](request);
}

/** Breakpad: `<debug file>/<DEBUG ID>/<name>.sym`. */
function breakpadFiles(request: SymbolRequest): readonly UpstreamFile[] {
  const key = symbolKeyOf(request);
  if (key === null) return [];
  const name = symbolFileName(key);
  return [file([key.debugFile, key.debugId, name], name)];
}

/** debuginfod: the debug file gives functions and lines, the program unwind rows. */
function debuginfodFiles(request: SymbolRequest): readonly UpstreamFile[] {
  const elf = elfBuildId(request);
  if (elf === null) return [];
  const { buildId, name } = elf;
  return [
    file(['buildid', buildId, 'debuginfo'], `${name}.debug`),
    file(['buildid', buildId, 'executable'], name),
  ];
}

/** Microsoft's layout (SymSrv) for PDB and PE files, and its keys for others (SSQP). */
function microsoftFiles(request: SymbolRequest): readonly UpstreamFile[] {
  const files: UpstreamFile[] = [];
  const { debugFile, codeFile, codeId } = request;
  const key = symbolKeyOf(request);
  if (key !== null && /\.pdb$/i.test(debugFile ?? '')) files.push(symSrvFile(key.debugFile, key.debugId));
  const program = codeFile === null ? null : safeBaseName(codeFile);
  if (program !== null && codeId !== null && PE_CODE_ID.test(codeId)) {
    // As symstore writes it: the time stamp in upper case, the size in lower case. Servers match without regard to case.
    files.push(symSrvFile(program, codeId.slice(0, 8).toUpperCase() + codeId.slice(8).toLowerCase()));
  }
  const elf = elfBuildId(request);
  if (elf !== null) {
    files.push(
      file(['_.debug', `elf-buildid-sym-${elf.buildId}`, '_.debug'], `${elf.name}.debug`),
      file([elf.name, `elf-buildid-${elf.buildId}`, elf.name], elf.name),
    );
  }
  const mach = machUuid(request);
  if (mach !== null) {
    files.push(
      file(['_.dwarf', `mach-uuid-sym-${mach.uuid}`, '_.dwarf'], `${mach.name}.dwarf`),
      file([mach.name, `mach-uuid-${mach.uuid}`, mach.name], mach.name),
    );
  }
  return files;
}

function symSrvFile(name: string, id: string): UpstreamFile {
  return {
    path: [name, id, name],
    name,
    unreadable: [
      {
        path: [name, id, `${name.slice(0, -1)}_`],
        why: `has only ${name.slice(0, -1)}_, compressed as a cabinet, which is not read`,
      },
      {
        path: [name, id, 'file.ptr'],
        why: 'has only a pointer to another place (file.ptr), which is not followed',
      },
    ],
  };
}

function file(path: UpstreamPath, name: string): UpstreamFile {
  return { path, name, unreadable: [] };
}

/** The build id of an ELF file: its first half, turned around, is the debug id. */
function elfBuildId({ debugId, codeId, codeFile, debugFile }: SymbolRequest): {
  readonly buildId: string;
  readonly name: string;
} | null {
  if (codeId === null || debugId === null || !BUILD_ID.test(codeId)) return null;
  if (debugIdsOf(codeId).at(-1) !== debugId.toUpperCase()) return null;
  const name = safeBaseName(codeFile ?? '') ?? safeBaseName(debugFile ?? '');
  return name === null ? null : { buildId: codeId.toLowerCase(), name };
}

/** The UUID of a Mach-O file is its debug id without the age. */
function machUuid({ debugId, codeId, codeFile, debugFile }: SymbolRequest): {
  readonly uuid: string;
  readonly name: string;
} | null {
  if (codeId === null || debugId === null || !/^[0-9a-f]{32}$/i.test(codeId)) return null;
  if (`${codeId.toUpperCase()}0` !== debugId.toUpperCase()) return null;
  const name = safeBaseName(codeFile ?? '') ?? safeBaseName(debugFile ?? '');
  return name === null ? null : { uuid: codeId.toLowerCase(), name };
}
