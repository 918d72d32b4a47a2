// Values in words, source lines that exist, and sentences about native crashes that agree with the system's own word.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { commentOf } from '../../src/reports/view/comment-of.ts';
import { accessKind, crashWords, hasAddress } from '../../src/reports/view/crash-words.ts';
import { readNativeDump } from '../../src/reports/view/native-dump.ts';
import { sourceLines } from '../../src/reports/view/source-lines.ts';
import { durationText, typedValue } from '../../src/reports/view/typed-value.ts';

const plain = (text: string | null): string | null => text?.replaceAll('\u00a0', ' ') ?? null;

describe('a typed value', () => {
  for (const [name, value, words] of [
    ['CrashTime', '1764500000', '2025-11-30 10:53:20 UTC'],
    ['StartupTime', '1764499000.5', '2025-11-30 10:36:40 UTC'],
    ['installed_at', '1764499000000', '2025-11-30 10:36:40 UTC'],
    ['boot_time', '2025-11-30T10:36:40.123Z', '2025-11-30 10:36:40 UTC'],
    ['whatever', '2025-11-30T10:36:40+02:00', '2025-11-30 08:36:40 UTC'],
    ['TotalPhysicalMemory', '17022345216', '15.9 GB'],
    ['AvailablePageFile', '4123456', '3.9 MB'],
    ['OOMAllocationSize', '1048576', '1.0 MB'],
    ['memory_size', '8589934592', '8.0 GB'],
    ['free_mem_kb', '2048', '2.0 MB'],
    ['upload_bytes', '512', '512 B'],
    ['SecondsSinceLastCrash', '86500', '1 d'],
    ['UptimeTS', '8040.25', '2 h 14 min'],
    ['uptime_ms', '1500', '1.5 s'],
    ['request_duration_ms', '420', '0.42 s'],
  ] as const) {
    test(`of ${name} = ${value} is ${words}`, () => assert.equal(plain(typedValue(name, value)), words));
  }

  for (const [name, value, because] of [
    ['BuildID', '20241002143700', 'an id made of a date is no time'],
    ['SystemMemoryUsePercentage', '65', 'a share is no amount'],
    ['LowPhysicalMemoryEvents', '100000', 'a count is no amount'],
    ['memory', '512', 'nobody knows the unit of a small number'],
    ['window_size', '1000000', 'not every size is of bytes'],
    ['version', '1764500000', 'the name says nothing of a time'],
    ['time', '93', 'no time since 1970 is so small'],
    ['StartTime', '2025-11-30T10:36:40', 'without a zone it is no moment'],
    ['CrashTime', 'yesterday', 'words stay words'],
    ['heap', '-5', 'less than nothing is no amount'],
    ['uptime', '99999999999', 'no program runs so long'],
  ] as const) {
    test(`is none: ${because}`, () => assert.equal(typedValue(name, value), null));
  }

  test('names at most two units of a duration', () => {
    assert.deepEqual(
      [0, 0.25, 59, 60, 3599, 86_400, 90_061].map((seconds) => plain(durationText(seconds))),
      ['0 s', '0.25 s', '59 s', '1 min', '59 min 59 s', '1 d', '1 d 1 h'],
    );
  });
});

describe('source lines', () => {
  test('begin with the first line of a file and end with its last, whatever they were filled up with', () => {
    const lines = sourceLines({ source: ['', '', 'first', 'second', ''], line: 1 });
    assert.deepEqual(lines, [
      { number: 1, text: 'first', own: true },
      { number: 2, text: 'second', own: false },
    ]);
  });

  test('keep empty lines between others', () => {
    const lines = sourceLines({ source: ['a', '', 'b'], line: 7 });
    assert.deepEqual(
      lines.map(({ number, text }) => [number, text]),
      [
        [6, 'a'],
        [7, ''],
        [8, 'b'],
      ],
    );
  });

  test('have no numbers where their number is even, as none is in the middle', () => {
    const lines = sourceLines({ source: ['a', 'b'], line: 7 });
    assert.deepEqual(
      lines.map(({ number, own }) => [number, own]),
      [
        [null, false],
        [null, false],
      ],
    );
  });

  test('are absent where all are empty', () => {
    assert.deepEqual(sourceLines({ source: ['', ' ', ''], line: 3 }), []);
    assert.deepEqual(sourceLines({ source: null, line: 3 }), []);
  });
});

describe('the words of a native crash', () => {
  const dump = (type: string, address: string, access: string | null = null, more: object = {}) =>
    readNativeDump({
      crash_info: {
        type,
        address,
        ...(access !== null && { memory_accesses: [{ address, size: 4, access_type: access }] }),
        ...more,
      },
    });

  test('say of reads and writes what the reason says', () => {
    const write = dump('EXCEPTION_ACCESS_VIOLATION_WRITE', '0x10', 'write');
    assert.equal(accessKind(write), 'write');
    assert.match(crashWords(write).join(' '), /wrote to memory[^.]*\. The address is close to zero/);
    assert.match(crashWords(dump('EXCEPTION_ACCESS_VIOLATION_READ', '0x10')).join(' '), /read from memory/);
  });

  test('say what the instruction did where the system does not', () => {
    assert.match(
      crashWords(dump('SIGSEGV / SEGV_MAPERR', '0x10', 'write')).join(' '),
      /wrote to an address at/,
    );
    assert.match(crashWords(dump('SIGSEGV / SEGV_MAPERR', '0x10')).join(' '), /used an address at/);
  });

  test('take the reason for the truth where the instruction says otherwise', () => {
    assert.equal(accessKind(dump('EXCEPTION_ACCESS_VIOLATION_READ', '0x10', 'write')), 'read');
  });

  test('do not believe the read that Windows fills in for an address that no program can use', () => {
    const filled = readNativeDump({
      crash_info: {
        type: 'EXCEPTION_ACCESS_VIOLATION_READ',
        address: '0xffffffffffffffff',
        memory_accesses: [{ address: '0xfefefefefefefefe', size: 8, access_type: 'write' }],
        adjusted_address: { kind: 'null-pointer', offset: '0xfefefefefefefefe' },
      },
    });
    const words = crashWords(filled).join(' ');
    assert.equal(accessKind(filled), 'write');
    assert.match(words, /wrote to memory.*The true address is 0xfefefefefefefefe/);
    assert.doesNotMatch(words, /read from|null pointer/);
  });

  test('speak of no address where a process sent the signal', () => {
    assert.equal(hasAddress(dump('SIGABRT', '0x0004d14400005be6')), false);
    assert.equal(hasAddress(dump('SIGFPE', '0x401f27')), true);
    assert.equal(accessKind(dump('SIGABRT', '0x10', 'write')), null);
  });
});

describe('a comment', () => {
  const of = (key: string, value: string) => commentOf([{ key, value, protected: true }])?.value ?? null;

  test('is found under the names that crash reporters give it', () => {
    for (const name of ['Comments', 'comments', 'UserDescription', 'USER_COMMENT', 'user_comments']) {
      assert.equal(of(name, 'It was gone.'), 'It was gone.', name);
    }
  });

  test('is absent where nothing was said or the name is another', () => {
    assert.equal(of('Comments', ' \n'), null);
    assert.equal(of('CommentsEnabled', '1'), null);
  });
});
