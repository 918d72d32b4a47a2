// What the composition decides by itself.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sweepGraceMs } from '../../src/app/compose.ts';

test('files without a row are left alone for a quarter of an hour, and longer than any upload may take', () => {
  assert.equal(sweepGraceMs({ REQUEST_TIMEOUT_SECONDS: 600 }), 15 * 60_000);
  assert.equal(sweepGraceMs({ REQUEST_TIMEOUT_SECONDS: 60 }), 15 * 60_000);
  assert.equal(sweepGraceMs({ REQUEST_TIMEOUT_SECONDS: 86_400 }), 1.5 * 86_400_000);
});
