// Functions, lines and inlined calls of the corpus at all of its samples, compared as its README says.
import assert from 'node:assert/strict';
import path from 'node:path';
import { describe, it } from 'node:test';
import { DEBUG_FILE_FORMATS } from '../../../src/formats/debug-files/registry.ts';
import { SHARED_ABSENT } from '../../shared-data.ts';
import { CORPUS, type CorpusEntry, corpusFile, openImages, readManifest, symbolsOf } from './corpus.ts';
import { difference, readSamples } from './frame-comparison.ts';

/** How many samples of an entry may differ, and why. */
const PARTINGS: Readonly<Record<string, { readonly samples: number; readonly why: string }>> = {
  'elf-x64-c-O0-d5': { samples: 1, why: 'llvm takes a label without type or size for a function' },
  'elf-x64-c-O2-d2': { samples: 1, why: 'llvm takes a label without type or size for a function' },
  'elf-x64-c-O3-d3': { samples: 1, why: 'llvm takes a label without type or size for a function' },
  'pe-x64-mingw-O2': { samples: 4, why: 'llvm takes the public alias of a function for its name' },
  'pe-x86-mingw-O1': {
    samples: 3,
    why: 'llvm takes an underscore off the name that the debug information has',
  },
  'pe-x64-cpp-O2': {
    samples: 2,
    why: 'llvm takes the first of two lines at the first byte of a function, which has no length',
  },
  'pe-x86-c-O2': {
    samples: 1,
    why: 'llvm takes the first of two lines at the first byte of a function, which has no length',
  },
  'pe-a64-cpp-O2': {
    samples: 2,
    why: 'llvm takes the first of two lines at the first byte of a function, which has no length',
  },
  'pe-x64-icf': {
    samples: 5,
    why: 'of folded functions llvm takes the last; every name of the address is right',
  },
  'pe-x64-c-O0': { samples: 1, why: 'a public symbol has no size: the last one goes on behind the code' },
  'elf-x64-rust-dbg': { samples: 1, why: 'llvm finds a function that the linker dropped at address 0' },
};

/** The debug information of this program lies in its objects, to which it has a map (`N_OSO`): that is not followed. */
const NOT_READ = new Set(['macho-x64-oso']);

async function differences(entry: CorpusEntry, oracle: string): Promise<string[]> {
  const images = openImages(entry.files.map(({ name, path: file }) => ({ name, bytes: corpusFile(file) })));
  if (typeof images === 'string') throw new Error(images);
  // Two programs share one file of texts.
  const program = path.basename(oracle).replace(/\.frames\.jsonl.*$/, '');
  const others = new Set(
    entry.files.map(({ name }) => name).filter((name) => entry.name.includes('dwz') && name !== program),
  );
  const cpu = /\.(amd64|arm64)\.frames/.exec(oracle)?.[1];
  const wanted = images.filter(
    ({ name, image }) =>
      (!others.has(name) || name === 'common.debug') &&
      (cpu === undefined || image.ids.cpu === (cpu === 'amd64' ? 'x86_64' : cpu)),
  );
  const { symbols } = await symbolsOf(wanted);
  const samples = readSamples(corpusFile(oracle).toString('utf8'));
  assert.ok(samples.length > 0);
  return samples.map((sample) => difference(symbols, sample)).filter((each) => each !== null);
}

describe('frames of the corpus', { skip: CORPUS === null && SHARED_ABSENT }, () => {
  for (const entry of CORPUS === null ? [] : readManifest().files) {
    if (!DEBUG_FILE_FORMATS.some(({ name }) => name === entry.format) || NOT_READ.has(entry.name)) continue;
    for (const { path: oracle } of entry.oracles.filter((each) => each.path.includes('.frames.jsonl'))) {
      it(`${entry.name}: functions, lines and inlined calls are those of ${path.basename(oracle)}`, async () => {
        const found = await differences(entry, oracle);
        const allowed = PARTINGS[entry.name]?.samples ?? 0;
        assert.ok(found.length <= allowed, found.slice(0, 5).join('\n'));
      });
    }
  }
});
