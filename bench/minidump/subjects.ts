// What is walked: dumps with the symbol trees that belong to them, and one dump whose symbols are 28 MB large.
import { copyFileSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { writeSymbolIndex } from '../../src/process/symbols/index-symbol-file.ts';

const DATA = path.resolve(import.meta.dirname, '../../../shared/data');

/** Dumps that have symbols, of several systems and CPUs. */
const DUMPS = [
  'rm-pipeline-inlines-macos-segv',
  'gen-amd64_threads_O2',
  'gen-arm64_plugin_O2',
  'gen-arm_inline_O2',
  'gen-x86_null_O0',
  'rm-test',
  'sb-macos-no-fp',
];

/** The dump for the large file, and the module whose symbols it stands in for. */
const LARGE = {
  dump: 'rm-pipeline-inlines-macos-segv',
  file: 'crash-client',
  id: '509C0610949836F7B70BD88BCF03E5400',
};

/** One dump and two copies of its symbols: plain files, and files with indexes beside them. */
export type Subject = {
  readonly name: string;
  readonly dump: string;
  readonly symbols: string;
  readonly indexed: string;
};

/** Copies the data into `folder` and writes the indexes there. */
export async function prepareSubjects(
  folder: string,
): Promise<{ subjects: Subject[]; large: Subject; largeSym: string }> {
  const plain = path.join(folder, 'symbols');
  const indexed = path.join(folder, 'indexed');
  const source = path.join(DATA, 'minidumps/symbols');
  for (const file of globSync('**/*.sym', { cwd: source })) {
    await place(readFileSync(path.join(source, file)), file, plain, indexed);
  }
  const subjects = DUMPS.map((name) => {
    const dump = path.join(folder, `${name}.dmp`);
    copyFileSync(path.join(DATA, 'minidumps/dumps', `${name}.dmp`), dump);
    return { name, dump, symbols: plain, indexed };
  });

  // The large file under another module's name: the tools check the id of its first line.
  const text = gunzipSync(readFileSync(path.join(DATA, 'perf/node.sym.gz')));
  const header = Buffer.from(`MODULE Mac x86_64 ${LARGE.id} ${LARGE.file}`);
  const sym = Buffer.concat([header, text.subarray(text.indexOf(10))]);
  const large = {
    name: `${LARGE.dump} with 28 MB of symbols`,
    dump: path.join(folder, `${LARGE.dump}.dmp`),
    symbols: path.join(folder, 'large'),
    indexed: path.join(folder, 'large-indexed'),
  };
  const file = `${LARGE.file}/${LARGE.id}/${LARGE.file}.sym`;
  await place(sym, file, large.symbols, large.indexed);
  return { subjects, large, largeSym: path.join(large.symbols, file) };
}

async function place(sym: Uint8Array, file: string, plain: string, indexed: string): Promise<void> {
  for (const root of [plain, indexed]) {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    writeFileSync(path.join(root, file), sym);
  }
  const target = path.join(indexed, file);
  await writeSymbolIndex(target, `${target}.index`);
}
