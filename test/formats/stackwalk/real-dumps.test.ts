// Frames of real dumps against what rust-minidump and Breakpad's minidump_stackwalk say about them.
import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import type { Walk } from '../../../src/formats/stackwalk/walk.ts';
import type { SymbolProvider } from '../../../src/formats/symbols/symbol-provider.ts';
import { SHARED_ABSENT, sharedData } from '../../shared-data.ts';
import { expectedName } from '../neighbour-names.ts';
import { type DumpScene, dumpScene, symbolTree, walkAll } from './dump-scene.ts';

const root = sharedData('minidumps') ?? '';
const options = { skip: root === '' ? SHARED_ABSENT : false };

/** The symbol trees by the name that the expected files use. */
const trees = new Map<string, SymbolProvider>();
function tree(name: string): SymbolProvider | undefined {
  if (name === 'nosym') return undefined;
  const folders =
    name === 'sym'
      ? ['symbols']
      : name === 'kernel32'
        ? ['symbols', 'symbols-kernel32']
        : [`symbols-${name}`];
  const known = trees.get(name) ?? symbolTree(...folders.map((folder) => path.join(root, folder)));
  trees.set(name, known);
  return known;
}

function scene(name: string): DumpScene {
  const found = dumpScene(readFileSync(path.join(root, 'dumps', `${name}.dmp`)));
  assert.ok(found !== null, `${name} can be walked`);
  return found;
}

function moduleName(found: DumpScene, index: number | null): string {
  const file = index === null ? '' : (found.dump.modules[index]?.codeFile ?? '');
  return file.slice(Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\')) + 1);
}

type RustFrame = {
  readonly trust: string;
  readonly offset: string;
  readonly module: string | null;
  readonly function: string | null;
  readonly file: string | null;
  readonly line: number | null;
  readonly inlines: readonly object[] | null;
};

describe('frames are those of rust-minidump', options, () => {
  const files = globSync(`${root}/expected/*.rust-json-*.json`).toSorted();
  it('there is something to compare', () => assert.ok(files.length >= 4));

  for (const file of files) {
    const [name = '', set = ''] = path.basename(file, '.json').split('.rust-json-');
    // Holds: native-rust-minidump
    it(`${name} (${set})`, async () => {
      const found = scene(name);
      const walks = await walkAll(found, tree(set));
      const json = JSON.parse(readFileSync(file, 'utf8')) as {
        threads: { thread_id: number; frames: RustFrame[] }[];
      };
      let compared = 0;
      for (const thread of json.threads) {
        // The thread that wrote the dump has no frames there.
        if (thread.frames.length === 0) continue;
        const walk = walks[found.threads.findIndex(({ id }) => id === thread.thread_id)];
        const ours = walk?.frames.map((frame) => ({
          trust: frame.trust,
          offset: frame.instruction,
          module: moduleName(found, frame.moduleIndex) || null,
          function: frame.function,
          file: frame.file,
          line: frame.line,
          inlines: frame.inlines,
        }));
        const theirs = thread.frames.map((frame) => ({
          trust: frame.trust,
          offset: BigInt(frame.offset),
          module: frame.module,
          function: frame.function,
          file: frame.file,
          line: frame.line,
          inlines: frame.inlines ?? [],
        }));
        assert.deepEqual(ours, theirs);
        compared += theirs.length;
      }
      assert.ok(compared > 0);
    });
  }
});

/**
 * Where the two part on purpose: how many frames of each thread agree, and why not more. Threads are Breakpad's; one
 * that is not named agrees in all its frames.
 */
const PARTINGS: Readonly<
  Record<string, { readonly agree: Readonly<Record<number, number>>; readonly why: string }>
> = {
  'gen-amd64_plugin_O2.sym': { agree: { 0: 8 }, why: 'Breakpad goes on behind _start' },
  'gen-amd64_threads_O2.sym': { agree: { 0: 6 }, why: 'Breakpad goes on behind _start' },
  'gen-arm_inline_O2.sym': { agree: { 0: 15 }, why: 'Breakpad goes on behind _start' },
  'gen-x86_null_O0.sym': { agree: { 0: 18 }, why: 'Breakpad takes data beside code for a return address' },
  'nm-windows.nosym': { agree: { 0: 3 }, why: 'frame records and longer scans find other frames' },
  'sb-macos-no-fp.nosym': { agree: { 0: 2, 1: 3 }, why: 'Breakpad repeats lr, and does not scan on arm64' },
  'sb-macos-no-fp.sym': { agree: { 0: 2, 1: 3 }, why: 'Breakpad repeats lr, and does not scan on arm64' },
  'sb-macos-no-fp.sentry_original': {
    agree: { 0: 2, 1: 3 },
    why: 'Breakpad repeats lr, and does not scan on arm64',
  },
};

describe('frames are those of minidump_stackwalk', options, () => {
  const files = globSync(`${root}/expected/*.breakpad-*.m.txt`)
    .filter((file) => !file.includes('upstream'))
    .toSorted();
  it('there is something to compare', () => assert.ok(files.length >= 40));

  for (const file of files) {
    const [name = '', set = ''] = path.basename(file, '.m.txt').split('.breakpad-');
    if (!existsSync(path.join(root, 'dumps', `${name}.dmp`))) continue;
    // Holds: native-breakpad
    it(`${name} (${set})`, async () => {
      const found = scene(name);
      // The thread that wrote the dump is not counted there.
      const writer = found.dump.breakpadInfo?.dumpThreadId;
      const walks = (await walkAll(found, tree(set))).filter(
        (_, index) => found.threads[index]?.id !== writer,
      );
      const parting = PARTINGS[`${name}.${set}`];
      const theirs = breakpadFrames(readFileSync(file, 'utf8'));
      assert.ok(theirs.size > 0);
      for (const [thread, frames] of theirs) {
        const walk = walks[thread];
        assert.ok(walk !== undefined, `thread ${thread}`);
        const agree = parting?.agree[thread] ?? frames.length;
        const ours = physicalAndInlined(found, walk).slice(0, agree);
        const expected = frames.slice(0, agree).map((frame, i) => {
          const [module = '', name = '', ...place] = frame.split('|');
          return [module, expectedName(name, ours[i]?.split('|')[1]), ...place].join('|');
        });
        assert.deepEqual(ours, expected);
      }
    });
  }
});

/** Frames of Breakpad's machine-readable output by thread: module, function, file, line. */
function breakpadFrames(text: string): Map<number, string[]> {
  const threads = new Map<number, string[]>();
  for (const line of text.split('\n')) {
    const [thread = '', , ...fields] = line.split('|');
    if (!/^\d+\|\d+\|/.test(line)) continue;
    const frames = threads.get(Number(thread)) ?? [];
    frames.push(fields.slice(0, 4).join('|'));
    threads.set(Number(thread), frames);
  }
  return threads;
}

/** Our frames in the same form: inlined calls are frames of their own. */
function physicalAndInlined(found: DumpScene, walk: Walk): string[] {
  return walk.frames.flatMap((frame) =>
    [...frame.inlines, frame].map((place) =>
      [moduleName(found, frame.moduleIndex), place.function ?? '', place.file ?? '', place.line ?? ''].join(
        '|',
      ),
    ),
  );
}

describe('hostile dumps', options, () => {
  const files = globSync(`${root}/hostile/*`).toSorted();
  it('are there', () => assert.ok(files.length >= 20));

  for (const file of files) {
    it(`${path.basename(file)} is walked within bounds`, async () => {
      const bytes = readFileSync(file);
      const found = dumpScene(file.endsWith('.gz') ? gunzipSync(bytes) : bytes);
      if (found === null) return;
      for (const walk of await walkAll(found, tree('sym'))) {
        assert.ok(walk.frames.length <= 500 && walk.frameCount <= 4096);
      }
    });
  }
});
