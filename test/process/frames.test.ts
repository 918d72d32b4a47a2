// Frames that were guessed, among others.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { processedFrame, sureFrames } from '../../src/process/frames.ts';
import type { FrameTrust } from '../../src/report/processed-report.ts';

const frame = (name: string, trust: FrameTrust) => processedFrame({ function: name, trust });

it('frames found by scanning go, and what was inlined into them', () => {
  const frames = [
    frame('a', 'inline'),
    frame('A', 'context'),
    frame('b', 'inline'),
    frame('c', 'inline'),
    frame('C', 'scan'),
    frame('d', 'inline'),
    frame('D', 'cfi'),
    frame('E', 'scan'),
  ];
  assert.deepEqual(
    sureFrames(frames).map((one) => one.function),
    ['a', 'A', 'd', 'D'],
  );
});
