// Functions, lines and inlined calls of the corpus at all of its samples, compared as its README says.
import assert from 'node:assert/strict';
import path from 'node:path';
import { describe, it } from 'node:test';
import { DEBUG_FILE_FORMATS } from '../../../src/formats/debug-files/registry.ts';
import { SHARED_ABSENT } from '../../shared-data.ts';
import { CORPUS, type CorpusEntry, corpusFile, openImages, readManifest, symbolsOf } from './corpus.ts';
import { difference, readSamples } from './frame-comparison.ts';
import { PARTINGS } from './known-partings.ts';

async function differences(
  entry: CorpusEntry,
  oracle: string,
): Promise<readonly (readonly [offset: number, what: string])[]> {
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
  return samples.flatMap((sample) => {
    const what = difference(symbols, sample);
    return what === null ? [] : [[sample.offset, what] as const];
  });
}

describe('frames of the corpus', { skip: CORPUS === null && SHARED_ABSENT }, () => {
  for (const entry of CORPUS === null ? [] : readManifest().files) {
    if (!DEBUG_FILE_FORMATS.some(({ name }) => name === entry.format)) continue;
    for (const { path: oracle } of entry.oracles.filter((each) => each.path.includes('.frames.jsonl'))) {
      it(`${entry.name}: functions, lines and inlined calls are those of ${path.basename(oracle)}`, async () => {
        const found = await differences(entry, oracle);
        const known = Object.values(PARTINGS[entry.name] ?? {}).flat();
        const others = found.filter(([offset]) => !known.includes(offset));
        assert.deepEqual(
          others.map(([, what]) => what),
          [],
        );
        // What no longer differs is no longer listed.
        assert.equal(found.length, known.length);
      });
    }
  }
});
