// A sample of damaged debug files; `test/formats/debug-files/fuzz-run.ts` tries as many as it is told.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { damaged, fuzz, type Fault } from './fuzzing.ts';
import { seedFiles } from './fuzz-seeds.ts';

/** A few for each sound file; the run of 100,000 is a command of its own. */
const SAMPLE = 3000;

test('damaged debug files of every kind give something, or a sentence', async () => {
  const faults: Fault[] = [];
  const tried = await fuzz(seedFiles({ corpus: false }), { from: 0, to: SAMPLE }, (fault) =>
    faults.push(fault),
  );
  assert.equal(tried, SAMPLE);
  assert.deepEqual(faults, []);
});

test('sound files are among the seeds, and damaging them changes them', () => {
  const seeds = seedFiles({ corpus: false });
  assert.ok(seeds.length >= 6);
  const changed = Array.from({ length: 200 }, (_, input) => {
    const seed = seeds[input % seeds.length];
    return seed !== undefined && !Buffer.from(damaged(seed, input, seeds)).equals(Buffer.from(seed.bytes));
  });
  assert.ok(changed.filter(Boolean).length > 150);
});

test('what throws is seen', async () => {
  const faults: Fault[] = [];
  const hostile = {
    name: 'hostile',
    get bytes(): Uint8Array {
      throw new Error('read');
    },
  };
  await assert.rejects(fuzz([hostile], { from: 0, to: 1 }, (fault) => faults.push(fault)));
});
