import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { pauseMs } from '../../../src/client/uploader/upload-backoff.ts';
import { distinctParts } from '../../../src/client/uploader/form-upload.ts';
import { SentState } from '../../../src/client/uploader/sent-state.ts';

const dir = mkdtempSync(path.join(tmpdir(), 'mayday-state-'));
after(() => rmSync(dir, { recursive: true }));
const entry = (key: string) => ({ key, name: 'a.dmp', at: '2026-01-01', answer: `CrashID=${key}\n` });

test('what was sent is known to the next run', () => {
  const file = path.join(dir, 'new', 'sent.jsonl');
  new SentState(file).add(entry('one'));
  assert.equal(new SentState(file).answer('one'), 'CrashID=one\n');
  assert.equal(new SentState(file).answer('two'), null);
});

test('a line that a kill cut off loses neither the others nor the next', () => {
  const file = path.join(dir, 'cut.jsonl');
  new SentState(file).add(entry('one'));
  appendFileSync(file, '\n{"key":"two","na');
  new SentState(file).add(entry('three'));
  const state = new SentState(file);
  assert.deepEqual(
    ['one', 'two', 'three'].map((key) => state.answer(key)),
    ['CrashID=one\n', null, 'CrashID=three\n'],
  );
});

test('the file is cut to its newer half when it is large', () => {
  const file = path.join(dir, 'large.jsonl');
  const line = (n: number) => JSON.stringify({ ...entry(`k${n}`), answer: 'x'.repeat(1000) });
  writeFileSync(file, Array.from({ length: 17_000 }, (_, n) => line(n)).join('\n'));
  new SentState(file).add(entry('last'));
  assert.ok(statSync(file).size < 10_000_000);
  const state = new SentState(file);
  assert.deepEqual(
    [state.answer('k0'), state.answer('k16999')?.length, state.answer('last')],
    [null, 1000, 'CrashID=last\n'],
  );
  assert.ok(!readFileSync(file, 'utf8').includes('"k1"'));
});

test('pauses double up to a minute, or are as long as the server says', () => {
  assert.deepEqual(
    [2, 3, 4, 12].map((attempt) => pauseMs(attempt, null, 0, 1)),
    [1000, 2000, 4000, 60_000],
  );
  assert.equal(pauseMs(2, null, 0, 0), 500);
  assert.equal(pauseMs(2, '7', 0, 0), 7000);
  assert.equal(pauseMs(2, '86400', 0, 0), 60_000);
  assert.equal(pauseMs(2, 'Thu, 01 Jan 1970 00:00:09 GMT', 4000, 0), 5000);
  assert.equal(pauseMs(2, 'soon', 0, 1), 1000);
});

test('part names stay as they are unless a collector could not tell them apart', () => {
  assert.deepEqual(distinctParts(['log.txt', 'screen'], ['upload_file_minidump']), ['log.txt', 'screen']);
  assert.deepEqual(distinctParts(['log.txt', 'logtxt', 'log-txt'], []), ['log.txt', 'logtxt_2', 'logtxt_3']);
  assert.deepEqual(distinctParts(['…', 'upload_file_minidump'], ['upload_file_minidump']), [
    '_2',
    'upload_file_minidump_2',
  ]);
});
