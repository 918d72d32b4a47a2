// The library runs where there is no Node: its modules import none of Node's, and work when Node's globals are taken away.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

const ROOT = path.resolve(import.meta.dirname, '../..');
const FOR_BROWSERS = ['minidump', 'stackwalk', 'symbols', 'debug-files'].map(
  (name) => `src/library/library-${name}.ts`,
);

/** Everything that a module brings with it; types are erased. */
function modulesOf(entries: readonly string[]): {
  readonly files: readonly string[];
  readonly packages: readonly string[];
} {
  const files = new Set<string>();
  const packages = new Set<string>();
  const visit = (file: string): void => {
    if (files.has(file)) return;
    files.add(file);
    const source = readFileSync(path.join(ROOT, file), 'utf8').replaceAll(
      /^(?:import|export) type [^;]*;/gms,
      '',
    );
    for (const [, name = ''] of source.matchAll(/(?:^|\s)from '([^']+)'|^import '([^']+)'/gm)) {
      if (name.startsWith('.')) visit(path.posix.join(path.posix.dirname(file), name));
      else packages.add(name);
    }
  };
  for (const entry of entries) visit(entry);
  return { files: [...files], packages: [...packages] };
}

test('every entry of the library is looked at', () => {
  const entries = globSync('src/library/*.ts', { cwd: ROOT }).map((file) => file.replaceAll('\\', '/'));
  assert.deepEqual(entries.toSorted(), [...FOR_BROWSERS, 'src/library/library-node.ts'].toSorted());
});

test('what is for browsers imports nothing of Node and no package', () => {
  const { files, packages } = modulesOf(FOR_BROWSERS);
  assert.ok(files.length > 80, `only ${files.length} modules`);
  assert.deepEqual(packages, []);
});

test('what is for Node does, so that this looks at imports', () => {
  assert.ok(modulesOf(['src/library/library-node.ts']).packages.includes('node:fs'));
});

const PROGRAM = `
import { readFileSync } from 'node:fs';
import { strippedProgram, separateDebugFile } from '${ROOT}/test/formats/debug-files/dwarf-builder.ts';
import { dumpOf } from '${ROOT}/test/formats/minidump/parsed.ts';
const builder = dumpOf();
const context = builder.amd64({ rip: 0x401008n });
const dump = new Uint8Array(builder
  .modules({ base: 0x400000n, size: 0x10000, name: '/opt/app', codeView: builder.buildId(...Buffer.from('00112233445566778899aabbccddeeff', 'hex')) })
  .threads({ id: 1, context })
  .exception({ threadId: 1, code: 11, flags: 1, context })
  .build());
const program = new Uint8Array(strippedProgram());
const debug = new Uint8Array(separateDebugFile(5));
const log = console.log;
for (const name of ['Buffer', 'process', 'global', 'setImmediate', 'clearImmediate', 'require', 'module']) delete globalThis[name];
const { processMinidump, renderText } = await import('${ROOT}/src/library/library-minidump.ts');
const { MemorySymbols, openSymbolIndex, inMemory, symbolsFromText } = await import('${ROOT}/src/library/library-symbols.ts');
const { indexDebugFiles, writeSymbolText } = await import('${ROOT}/src/library/library-debug-files.ts');
const files = [{ name: 'app', content: program }, { name: 'app.debug', content: debug }];
const index = await indexDebugFiles(files);
log(openSymbolIndex(inMemory(index.content)).locate(0x1008).function);
let text = '';
await writeSymbolText(files, (piece) => { text += piece; });
const symbols = new MemorySymbols();
log(symbols.add(text));
log(renderText(await processMinidump(dump, { symbols })));
`;

test('what is for browsers works without the globals of Node', () => {
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', PROGRAM], {
    encoding: 'utf8',
  });
  assert.match(stdout, /^app::run\(int\)\ntrue\n/, stderr);
  assert.match(stdout, /app!app::run\(int\)/, stderr);
});
