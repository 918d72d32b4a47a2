// Holds the import rule of docs/architecture.md: who may import whom. A rule that finds nothing to check is a failure.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

/** Folder of src/ → the folders whose files it may import; its own is always allowed. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  base: [],
  report: ['base'],
  formats: ['base'],
  wire: ['report', 'base'],
  store: ['report', 'base'],
  submit: ['wire', 'store', 'report', 'base'],
  process: ['report', 'formats', 'store', 'base'],
  reports: ['store', 'report', 'base', 'process', 'wire'],
  client: ['base'],
  app: ['base', 'report', 'formats', 'wire', 'store', 'submit', 'process', 'reports', 'client'],
  cli: ['base', 'report', 'formats', 'wire', 'store', 'submit', 'process', 'reports', 'client', 'app'],
};

/** Only this file may name an implementation of the store; an implementation may name itself. */
const COMPOSE = 'src/app/compose.ts';
/** What `reports` may take from `process`: the folder made for previews, and symbols, which it takes in and gives out. */
const SHARED_PROCESSES = ['src/process/preview/', 'src/process/symbols/'];
/** What `reports` may take from `wire`: the reader of multipart bodies, which knows no protocol. */
const SHARED_WIRE = new Set([
  'src/wire/multipart.ts',
  'src/wire/part-header.ts',
  'src/wire/header-parameters.ts',
]);

interface Import {
  readonly from: string;
  readonly to: string;
}

function importsOf(file: string): readonly Import[] {
  const source = readFileSync(file, 'utf8');
  const pattern = /(?:from|import)\s*\(?\s*['"](\.{1,2}\/[^'"]+)['"]/g;
  return [...source.matchAll(pattern)].map((match) => ({
    from: file,
    to: path.posix.join(path.posix.dirname(file), match[1] ?? ''),
  }));
}

const files = globSync('src/**/*.ts').map((file) => file.replaceAll('\\', '/'));
const imports = files.flatMap(importsOf);
const roomOf = (file: string): string => file.split('/')[1] ?? '';

test('there is something to check', () => {
  assert.ok(files.length > 20, `only ${files.length} files`);
  assert.ok(imports.length > 20, `only ${imports.length} imports`);
});

test('every folder of src/ has its row in the import rule', () => {
  assert.deepEqual(
    [...new Set(files.map(roomOf))].filter((room) => !(room in ALLOWED)),
    [],
  );
});

test('each folder imports only what the rule allows', () => {
  const broken = imports.filter(({ from, to }) => {
    const [room, target] = [roomOf(from), roomOf(to)];
    if (!to.startsWith('src/') || room === target) return false;
    return !(ALLOWED[room] ?? []).includes(target);
  });
  assert.deepEqual(broken, []);
});

test('only app/compose.ts names an implementation of the store', () => {
  const implementation = /^src\/store\/(embedded|cluster)\//;
  const broken = imports.filter(
    ({ from, to }) => implementation.test(to) && !implementation.test(from) && from !== COMPOSE,
  );
  assert.deepEqual(broken, []);
});

test('reports takes from process only previews and symbols, and from wire only the reader of forms', () => {
  const broken = imports.filter(
    ({ from, to }) =>
      roomOf(from) === 'reports' &&
      ((roomOf(to) === 'process' && !SHARED_PROCESSES.some((folder) => to.startsWith(folder))) ||
        (roomOf(to) === 'wire' && !SHARED_WIRE.has(to))),
  );
  assert.deepEqual(broken, []);
});

test('only app/config.ts and the entry of the command line read the environment', () => {
  const readers = files.filter((file) => readFileSync(file, 'utf8').includes('process.env'));
  assert.deepEqual(readers, ['src/cli/main.ts']);
});

test('no two files of src/ share a name, so that a name says which file is meant', () => {
  const named = Map.groupBy(files, (file) => path.posix.basename(file));
  assert.deepEqual(
    [...named.values()].filter((same) => same.length > 1),
    [],
  );
});
