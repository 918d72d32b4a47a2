import assert from 'node:assert/strict';
import {
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import {
  CUT_SHORT,
  completeAbandoned,
  deleteOldLogs,
  deleteSurplusLogs,
  markReported,
  unreportedLogs,
} from '../../../src/client/monitor/log-folder.ts';
import { MAX_LOG_BYTES, PanicLog } from '../../../src/client/monitor/panic-log.ts';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'mayday-logs-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const put = (name: string, text = 'x'): void => writeFileSync(path.join(dir, name), text);
const NOW = Date.parse('2026-03-04T05:06:07Z');

describe('logs to report', () => {
  test('are those neither reported nor being written, newest first', () => {
    put('panic-20260101-000000.log');
    put('panic-20260102-000000.log');
    put('panic-20260103-000000.reported.log');
    put('panic-20260104-000000.log');
    put('panic-20260104-000000.log.writing', '{}');
    put('notes.log');
    symlinkSync('/etc/passwd', path.join(dir, 'panic-20260105-000000.log'));
    assert.deepEqual(
      unreportedLogs(dir).map((file) => path.basename(file)),
      ['panic-20260102-000000.log', 'panic-20260101-000000.log'],
    );
  });

  test('are none in a folder that is not there', () => {
    assert.deepEqual(unreportedLogs(path.join(dir, 'absent')), []);
  });

  test('are renamed once, whoever is faster', () => {
    put('panic-1.log');
    markReported(path.join(dir, 'panic-1.log'));
    markReported(path.join(dir, 'panic-1.log'));
    assert.deepEqual(readdirSync(dir), ['panic-1.reported.log']);
  });
});

describe('a reported log', () => {
  test('is never overwritten by another of the same second', () => {
    put('panic-1.reported.log', 'first');
    put('panic-1.log', 'second');
    markReported(path.join(dir, 'panic-1.log'));
    assert.deepEqual(readdirSync(dir), ['panic-1-2.reported.log', 'panic-1.reported.log']);
    assert.equal(readFileSync(path.join(dir, 'panic-1.reported.log'), 'utf8'), 'first');
  });

  test('keeps its name: a new log of the same second gets another one', () => {
    const [first, second] = [1, 2].map((number) => {
      const log = PanicLog.create(dir, NOW, '');
      log.line(Buffer.from(`${number}\n`));
      log.finish();
      markReported(log.path);
      return log.path;
    });
    assert.notEqual(first, second);
    assert.equal(readdirSync(dir).length, 2);
  });
});

describe('a log whose monitor is gone', () => {
  const dead = JSON.stringify({ pid: 2 ** 22 + 1, host: hostname() });

  test('is completed with a line that says so', () => {
    put('panic-1.log', 'app v1\nPanic at x\npanic: half a li');
    put('panic-1.log.writing', dead);
    assert.deepEqual(completeAbandoned(dir, NOW), [path.join(dir, 'panic-1.log')]);
    assert.deepEqual(readdirSync(dir), ['panic-1.log']);
    assert.equal(
      readFileSync(path.join(dir, 'panic-1.log'), 'utf8'),
      `app v1\nPanic at x\npanic: half a li\n${CUT_SHORT}\n`,
    );
  });

  test('is removed where nothing stands in it yet, and so is a mark without a log or with nothing inside', () => {
    put('panic-1.log', '');
    put('panic-1.log.writing', dead);
    put('panic-2.log.writing', dead);
    put('panic-3.log.writing', '');
    assert.deepEqual(completeAbandoned(dir, NOW), []);
    assert.deepEqual(readdirSync(dir), []);
  });

  test('is left alone while its monitor lives, here or on another machine', () => {
    for (const [name, mark] of [
      ['panic-1.log', { pid: process.ppid, host: hostname() }],
      ['panic-2.log', { pid: 1, host: 'elsewhere' }],
    ] as const) {
      put(name);
      put(`${name}.writing`, JSON.stringify(mark));
    }
    assert.deepEqual(completeAbandoned(dir, Date.now()), []);
    assert.deepEqual(completeAbandoned(dir, Date.now() + 6 * 60_000), [path.join(dir, 'panic-2.log')]);
  });

  test('is known as one by a process that has the same number in a new container', () => {
    put('panic-1.log');
    put('panic-1.log.writing', JSON.stringify({ pid: process.pid, host: hostname() }));
    assert.equal(completeAbandoned(dir, NOW).length, 1);
  });
});

describe('deleting', () => {
  test('takes logs older than the days to keep', () => {
    for (const [name, days] of [
      ['panic-1.log', 15],
      ['panic-2.reported.log', 15],
      ['panic-3.log', 13],
      ['other.log', 99],
    ] as const) {
      put(name);
      const at = NOW / 1000 - days * 86_400;
      utimesSync(path.join(dir, name), at, at);
    }
    assert.equal(deleteOldLogs(dir, 14, NOW), 2);
    assert.deepEqual(readdirSync(dir).sort(), ['other.log', 'panic-3.log']);
  });

  test('takes what is too many, reported logs first, then the oldest', () => {
    for (const name of ['panic-1.log', 'panic-2.log', 'panic-3.reported.log', 'panic-4.log']) put(name);
    assert.equal(deleteSurplusLogs(dir, 2), 2);
    assert.deepEqual(readdirSync(dir).sort(), ['panic-2.log', 'panic-4.log']);
  });
});

describe('a log that is written', () => {
  test('is on the disk line by line, with its mark beside it until it is finished', () => {
    const log = PanicLog.create(dir, NOW, 'head\n');
    log.line(Buffer.from('one\n'));
    assert.equal(readFileSync(log.path, 'utf8'), 'head\none\n');
    assert.deepEqual(readdirSync(dir), ['panic-20260304-050607.log', 'panic-20260304-050607.log.writing']);
    log.finish(['last']);
    assert.deepEqual(readdirSync(dir), ['panic-20260304-050607.log']);
    assert.equal(readFileSync(log.path, 'utf8'), 'head\none\nlast\n');
  });

  test('has a name of its own in the same second', () => {
    const logs = [1, 2, 3].map(() => PanicLog.create(dir, NOW, ''));
    for (const log of logs) log.finish();
    assert.deepEqual(readdirSync(dir), [
      'panic-20260304-050607-2.log',
      'panic-20260304-050607-3.log',
      'panic-20260304-050607.log',
    ]);
  });

  test('begins anew where another error follows', () => {
    const log = PanicLog.create(dir, NOW, 'a\n');
    log.line(Buffer.from('long first error\n'));
    log.restart('b\n');
    log.line(Buffer.from('2\n'));
    log.finish();
    assert.equal(readFileSync(log.path, 'utf8'), 'b\n2\n');
  });

  test('stays within its limit and says that something is left out', () => {
    const log = PanicLog.create(dir, NOW, 'head\n');
    for (let n = 0; n < 3000; n += 1) log.line(Buffer.alloc(1000, 'x'));
    log.finish(['[ended by SIGABRT]']);
    const text = readFileSync(log.path, 'utf8');
    assert.ok(text.length > MAX_LOG_BYTES * 0.95 && text.length <= MAX_LOG_BYTES, `${text.length}`);
    assert.match(text, /x\[the rest is left out: [^\n]*\]\n\[ended by SIGABRT\]\n$/);
  });
});
