// Real crashes whose program is uploaded as the compiler made it: the frames of its own functions are those that gdb saw at the moment of
// the crash.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import type { ModuleSymbols } from '../../../src/formats/symbols/module-symbols.ts';
import type { SymbolProvider } from '../../../src/formats/symbols/symbol-provider.ts';
import { SHARED_ABSENT } from '../../shared-data.ts';
import { dumpScene, walkAll } from '../stackwalk/dump-scene.ts';
import { CORPUS, corpusFile, openImages, readManifest, symbolsOf } from './corpus.ts';
import { simpleName } from './frame-comparison.ts';

/** Function and line of the frames that gdb found in the program's own sources. */
function ownFrames(gdb: string): string[] {
  return [...gdb.matchAll(/^#\d+\s+(?:0x[0-9a-f]+ in )?(.+?) \([^\n]*\) at app\.cc:(\d+)$/gm)].map(
    ([, name = '', line = '']) => `${simpleName(name)}:${line}`,
  );
}

/** A frame of minidump-stackwalk with the text that dump_syms made of the program. */
type ToolFrame = readonly [
  module: string,
  offset: string,
  trust: string,
  name: string | null,
  file: string | null,
  line: number | null,
  inlines: readonly (readonly [name: string, file: string | null, line: number | null])[] | null,
];

const call = (name: string | null, line: number | null): string => `${simpleName(name ?? '')}:${line ?? ''}`;

/** The calls of a program's frames that hold what a tool could know: those found by scanning are guesses. */
function* toolCalls(text: string, program: string): Generator<string> {
  const { frames } = JSON.parse(text) as { readonly frames: readonly ToolFrame[] };
  for (const [module, , trust, name, , line, inlines] of frames) {
    if (module !== program || name === null || trust === 'scan') continue;
    for (const [inlined, , at] of inlines ?? []) yield call(inlined, at);
    yield call(name, line);
  }
}

let compared = 0;

describe('walks with debug files', { skip: CORPUS === null && SHARED_ABSENT }, () => {
  for (const { program, case: name, files, dump, gdb, ...entry } of CORPUS === null
    ? []
    : readManifest().walks) {
    const walked = async () => {
      const images = openImages(
        files.map((file) => ({ name: path.basename(file), bytes: corpusFile(file) })),
      );
      if (typeof images === 'string') throw new Error(images);
      const id = images.find(({ image }) => image.ids.debugId !== null)?.image.ids.debugId;
      const { symbols } = await symbolsOf(images);
      const provider: SymbolProvider = {
        load: ({ debugId }): ModuleSymbols | null => (debugId === id ? symbols : null),
      };
      const scene = dumpScene(readFileSync(path.join(CORPUS ?? '', dump)));
      assert.ok(scene !== null);
      const [walk] = await walkAll(scene, provider);
      return walk?.frames ?? [];
    };

    it(`${program} ${name}: functions and lines are those of gdb`, async () => {
      const ours: string[] = [];
      for (const frame of await walked()) {
        for (const { function: fn, file, line } of [...frame.inlines, frame]) {
          if (file !== null && path.basename(file) === 'app.cc') ours.push(`${simpleName(fn ?? '')}:${line}`);
        }
      }
      const theirs = ownFrames(readFileSync(path.join(CORPUS ?? '', gdb), 'utf8'));
      assert.ok(theirs.length > 0);
      // gdb leaves out inlined calls where an address returns to, and gives their line to the function around them.
      const found: string[] = [];
      for (const frame of ours) if (frame === theirs[found.length]) found.push(frame);
      assert.deepEqual(found, theirs, ours.join(', '));
      assert.equal(ours[0], theirs[0]);
    });

    it(`${program} ${name}: nothing that dump_syms’ text gives is missing`, async () => {
      const ours = (await walked()).flatMap((frame) =>
        [...frame.inlines, frame].map(({ function: fn, line }) => call(fn, line)),
      );
      const theirs = [
        ...toolCalls(readFileSync(path.join(CORPUS ?? '', entry.minidump_stackwalk), 'utf8'), program),
      ];
      compared += theirs.length;
      const found: string[] = [];
      for (const one of ours) if (one === theirs[found.length]) found.push(one);
      assert.deepEqual(found, theirs, ours.join(', '));
    });
  }

  it('there was something to compare with', () => {
    assert.ok(compared > 20, `${compared} calls`);
  });
});
