// Giving memory back: only what one chunk owns alone.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { releaseChunk } from '../../src/base/release-chunk.ts';

test('a large chunk that owns its memory is emptied', () => {
  const chunk = new Uint8Array(64 * 1024);
  releaseChunk(chunk);
  assert.equal(chunk.length, 0);
});

test('a view into a larger buffer, a small chunk and shared memory stay as they are', () => {
  const whole = new Uint8Array(128 * 1024);
  const view = whole.subarray(0, 64 * 1024);
  releaseChunk(view);
  assert.equal(view.length, 64 * 1024);
  const small = new Uint8Array(100);
  releaseChunk(small);
  assert.equal(small.length, 100);
  const shared = new Uint8Array(new SharedArrayBuffer(64 * 1024));
  releaseChunk(shared);
  assert.equal(shared.length, 64 * 1024);
});
