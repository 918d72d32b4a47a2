// Sound debug files to damage: those of the builders, and the small ones of the shared corpus.
import { buildPe as buildPeWithIds } from './pe-ids-builder.ts';
import { CORPUS, corpusFile, readManifest } from './corpus.ts';
import { programWithDebugInformation, separateDebugFile, strippedProgram } from './dwarf-builder.ts';
import type { Seed } from './fuzzing.ts';
import { buildArchive, buildMacho, DEFINED, FILE_TYPE } from './macho-builder.ts';
import { buildPdb } from './pdb-builder.ts';

/** Larger files would take the time from the others. */
const MAX_SEED_BYTES = 128 * 1024;

/** The files; `corpus`: also those of the shared data, where it is there. */
export function seedFiles({ corpus }: { readonly corpus: boolean }): readonly Seed[] {
  const macho = buildMacho(
    FILE_TYPE.library,
    0x1_0000_0000,
    [{ name: '__text', address: 0x1_0000_1000, bytes: Buffer.alloc(64, 0x90) }],
    [{ name: '_main', type: DEFINED, value: 0x1_0000_1000 }],
  );
  const built: Seed[] = [
    { name: 'stripped ELF', bytes: strippedProgram() },
    { name: 'ELF with DWARF 5', bytes: programWithDebugInformation(5) },
    { name: 'ELF with compressed DWARF 4', bytes: programWithDebugInformation(4, { packed: true }) },
    { name: 'debug file of ELF', bytes: separateDebugFile(5) },
    { name: 'PDB', bytes: buildPdb() },
    { name: 'PE', bytes: buildPeWithIds({ timestamp: 1, imageBytes: 0x6000 }) },
    { name: 'Mach-O', bytes: macho },
    { name: 'archive', bytes: buildArchive('a.o', macho) },
  ];
  if (!corpus || CORPUS === null) return built;
  const files = readManifest()
    .files.flatMap(({ files: each }) => each)
    .map(({ path }) => ({ name: path, bytes: corpusFile(path) }));
  return [...built, ...files.filter(({ bytes }) => bytes.length <= MAX_SEED_BYTES)];
}
