import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { describeAssertion } from '../../../src/formats/minidump/streams/breakpad-info.ts';
import { OS, u16, u32, u64, zeros } from './builder.ts';
import { dumpOf, parsed } from './parsed.ts';

const text16 = (text: string, bytes: number): Uint8Array => {
  const field = new Uint8Array(bytes);
  for (let index = 0; index < text.length; index += 1) field[index * 2] = text.charCodeAt(index);
  return field;
};

describe('ThreadList', () => {
  test('gives stacks and contexts where they are in the dump', () => {
    const builder = dumpOf();
    const [first, second] =
      parsed(
        builder.threads(
          { id: 1, teb: 5n, stack: { base: 0x7000n, bytes: Uint8Array.from([1, 2, 3, 4]) } },
          { id: 2, context: builder.amd64({ rip: 9n }) },
        ),
      ).threads ?? [];
    assert.deepEqual([first?.stackBase, first?.teb, first?.context], [0x7000n, 5n, null]);
    assert.deepEqual([...(first?.stack?.bytes ?? [])], [1, 2, 3, 4]);
    assert.equal(second?.stack, null);
    assert.equal(second?.context?.length, 1232);
  });
});

describe('ThreadNames', () => {
  test('drops a name that cannot be read and keeps the others', () => {
    const builder = dumpOf();
    const good = builder.string16('render');
    const odd = builder.place(builder.pack(u32(3), zeros(4))).rva;
    const dump = parsed(
      builder.stream(
        'threadNames',
        builder.pack(u32(3), u32(1), u64(good), u32(2), u64(odd), u32(3), u64(2n ** 63n)),
      ),
    );
    assert.deepEqual([...dump.threadNames], [[1, 'render']]);
    assert.equal(dump.notes.length, 2);
  });

  test('replaces an unpaired surrogate in a name', () => {
    const builder = dumpOf();
    const name = builder.place(builder.pack(u32(4), u16(0xd800), u16(0x41))).rva;
    const dump = parsed(builder.stream('threadNames', builder.pack(u32(1), u32(1), u64(name))));
    assert.equal(dump.threadNames.get(1), '\ufffdA');
  });
});

describe('memory lists', () => {
  test('prefer the 64-bit list where a dump has both', () => {
    const builder = dumpOf().memory({ base: 0x1000n, bytes: Uint8Array.from([1]) });
    const { rva } = builder.place(Uint8Array.from([7, 8, 9]));
    const stream = builder.pack(u64(2), u64(rva), u64(0x2000), u64(2), u64(0x3000), u64(1));
    const dump = parsed(builder.stream('memory64List', stream));
    assert.deepEqual(
      dump.memory.map(({ base, bytes }) => [base, [...bytes.bytes]]),
      [
        [0x2000n, [7, 8]],
        [0x3000n, [9]],
      ],
    );
  });

  test('keep of a region beyond the end of the file what is there', () => {
    const builder = dumpOf();
    const stream = builder.pack(u64(1), u64(0), u64(0x2000), u64(2n ** 64n - 256n));
    const dump = parsed(builder.stream('memory64List', stream));
    assert.equal(dump.memory.length, 1);
    assert.ok((dump.memory[0]?.bytes.length ?? 0) < 1000);
    assert.equal(dump.notes.length, 1);
  });

  test('do not believe a count that wraps around', () => {
    const builder = dumpOf();
    const stream = builder.pack(u64(2n ** 60n), u64(32), u64(0x2000), u64(4));
    assert.equal(parsed(builder.stream('memory64List', stream)).memory.length, 1);
  });
});

describe('MiscInfo', () => {
  test('gives only the fields that its flags grant', () => {
    const builder = dumpOf();
    const stream = builder.pack(u32(24), u32(1), u32(42), u32(1000), u32(1), u32(2));
    const { miscInfo } = parsed(builder.stream('miscInfo', stream));
    assert.equal(miscInfo?.processId, 42);
    assert.equal(miscInfo.processCreateTime, null);
  });

  test('reads the build string of version 4', () => {
    const builder = dumpOf();
    const stream = builder.pack(u32(832), u32(0x100), zeros(224), text16('10.0.1', 520), zeros(80));
    assert.equal(parsed(builder.stream('miscInfo', stream)).miscInfo?.buildString, '10.0.1');
  });
});

describe('Breakpad streams', () => {
  test('give thread ids by their validity bits', () => {
    const builder = dumpOf();
    const dump = parsed(builder.stream('breakpadInfo', builder.pack(u32(2), u32(5), u32(6))));
    assert.deepEqual(dump.breakpadInfo, { dumpThreadId: null, requestingThreadId: 6 });
  });

  test('give the parts of an assertion', () => {
    const builder = dumpOf();
    const stream = builder.pack(
      text16('p != 0', 256),
      text16('run', 256),
      text16('a.cpp', 256),
      u32(12),
      u32(1),
    );
    const { assertion } = parsed(builder.stream('assertion', stream));
    assert.ok(assertion);
    assert.equal(
      describeAssertion(assertion),
      'Invalid parameter passed to library function: p != 0 in run at a.cpp:12',
    );
  });

  test('say nothing for an assertion without any text', () => {
    const builder = dumpOf();
    const { assertion } = parsed(builder.stream('assertion', zeros(776)));
    assert.ok(assertion);
    assert.equal(describeAssertion(assertion), null);
  });
});

describe('CrashpadInfo', () => {
  test('gives ids and annotations of process and modules', () => {
    const builder = dumpOf();
    const dictionary = (key: string, value: string): Uint8Array =>
      builder.location(
        builder.place(builder.pack(u32(1), u32(builder.string8(key)), u32(builder.string8(value)))),
      );
    const list = builder.location(builder.place(builder.pack(u32(1), u32(builder.string8('listed')))));
    const name = builder.string8('channel');
    const value = builder.string8('beta');
    const objects = builder.location(
      builder.place(
        builder.pack(u32(2), u32(name), u16(1), u16(0), u32(value), u32(name), u16(0x8001), u16(0), u32(0)),
      ),
    );
    const module = builder.place(builder.pack(u32(1), list, dictionary('k', 'v'), objects));
    const modules = builder.location(builder.place(builder.pack(u32(1), u32(0), builder.location(module))));
    const guid = builder.pack(u32(1), u16(2), u16(3), Uint8Array.from([4, 5, 6, 7, 8, 9, 10, 11]));
    const dump = parsed(
      builder.stream('crashpadInfo', builder.pack(u32(1), guid, zeros(16), dictionary('ver', '1'), modules)),
    );
    assert.equal(dump.crashpadInfo?.reportId, '00000001-0002-0003-0405-060708090a0b');
    assert.deepEqual([...(dump.crashpadInfo?.annotations ?? [])], [['ver', '1']]);
    const [annotations] = dump.crashpadInfo?.modules ?? [];
    assert.deepEqual(annotations?.list, ['listed']);
    assert.deepEqual([...(annotations?.simple ?? [])], [['k', 'v']]);
    assert.deepEqual(annotations?.objects, [
      { name: 'channel', type: 1, value: 'beta' },
      { name: 'channel', type: 0x8001, value: null },
    ]);
  });

  test('is absent with version 0', () => {
    assert.equal(parsed(dumpOf().stream('crashpadInfo', zeros(52))).crashpadInfo, null);
  });

  test('does not believe the count of a dictionary', () => {
    const builder = dumpOf();
    const endless = builder.location(builder.place(builder.pack(u32(0xffffffff), u32(0), u32(0))));
    const stream = builder.pack(u32(1), zeros(32), endless, zeros(8));
    assert.equal(parsed(builder.stream('crashpadInfo', stream)).crashpadInfo?.annotations.size, 0);
  });
});

describe('Linux texts', () => {
  test('give the distribution from lsb-release and os-release', () => {
    const lsb = parsed(dumpOf().textStream('lsbRelease', 'DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE="16.04"\n'));
    assert.deepEqual([lsb.lsbRelease?.id, lsb.lsbRelease?.release], ['Ubuntu', '16.04']);
    const os = parsed(dumpOf().textStream('lsbRelease', 'ID=debian\nPRETTY_NAME="Debian 12"\n'));
    assert.deepEqual([os.lsbRelease?.id, os.lsbRelease?.description], ['debian', 'Debian 12']);
  });

  test('give process id and microcode', () => {
    const dump = parsed(
      dumpOf()
        .textStream('linuxProcStatus', 'Name:\tapp\nPid:\t1304\nPPid:\t1\n')
        .textStream('linuxCpuInfo', 'processor\t: 0\nmicrocode\t: 0xf0\n'),
    );
    assert.deepEqual([dump.linuxPid, dump.microcode], [1304, 0xf0n]);
  });

  test('give the limits of the process by columns', () => {
    const text =
      'Limit                     Soft Limit           Hard Limit           Units     \n' +
      'Max cpu time              unlimited            unlimited            seconds   \n' +
      'Max open files            1024                 4096                 files     \n' +
      'Max nice priority         0                    0                    \n';
    assert.deepEqual(parsed(dumpOf().textStream('procLimits', text)).procLimits, [
      { name: 'Max cpu time', soft: 'unlimited', hard: 'unlimited', unit: 'seconds' },
      { name: 'Max open files', soft: 1024, hard: 4096, unit: 'files' },
      { name: 'Max nice priority', soft: 0, hard: 0, unit: 'n/a' },
    ]);
  });

  test('pass soft errors through, and note text that is no JSON', () => {
    assert.deepEqual(parsed(dumpOf().textStream('softErrors', '[{"a":1}]')).softErrors, [{ a: 1 }]);
    const broken = parsed(dumpOf().textStream('softErrors', '[{'));
    assert.equal(broken.softErrors, null);
    assert.equal(broken.notes[0]?.part, 'MozSoftErrors');
  });
});

describe('strings', () => {
  test('of a dump are read up to a total, however many records point at a long one', () => {
    const builder = dumpOf();
    const long = builder.string16('x'.repeat(30_000));
    const names = Array.from({ length: 600 }, (_, id) => builder.pack(u32(id), u64(long)));
    const dump = parsed(builder.stream('threadNames', builder.pack(u32(600), ...names)));
    // 16 MiB of 60,000 bytes each.
    assert.equal(dump.threadNames.size, 279);
    assert.ok(dump.notes.some((note) => note.part === 'strings'));
  });
});

describe('soft errors', () => {
  test('that are nested too deep to be written out again are left out', () => {
    const dump = parsed(dumpOf().textStream('softErrors', '['.repeat(100_000) + ']'.repeat(100_000)));
    assert.equal(dump.softErrors, null);
    assert.match(dump.notes[0]?.text ?? '', /nested too deep/);
  });

  test('may hold any number of brackets in their texts', () => {
    const text = `["${'[{\\"'.repeat(200)}"]`;
    assert.notEqual(parsed(dumpOf().textStream('softErrors', text)).softErrors, null);
  });
});

describe('memory info', () => {
  test('reads /proc/<pid>/maps and leaves out lines that are not mappings', () => {
    const text =
      '00400000-0041a000 r-xp 00000000 fe:01 42    /opt/my app (deleted)\nnonsense\n' +
      'ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]\n';
    assert.deepEqual(parsed(dumpOf().textStream('linuxMaps', text)).linuxMaps, [
      {
        base: 0x400000n,
        size: 0x1a000n,
        readable: true,
        writable: false,
        executable: true,
        name: '/opt/my app (deleted)',
      },
      {
        base: 0xffffffffff600000n,
        size: 0x1000n,
        readable: false,
        writable: false,
        executable: true,
        name: '[vsyscall]',
      },
    ]);
  });

  test('reads rights out of the protection constants of Windows', () => {
    const builder = dumpOf({ platform: OS.windows });
    const info = (base: number, protection: number): Uint8Array =>
      builder.pack(u64(base), u64(0), u32(0), u32(0), u64(0x1000), u32(0), u32(protection), u32(0), u32(0));
    const stream = builder.pack(u32(16), u32(48), u64(2), info(0x1000, 0x20), info(0x2000, 0x104));
    assert.deepEqual(
      parsed(builder.stream('memoryInfoList', stream)).memoryInfoList?.map((mapping) => [
        mapping.readable,
        mapping.writable,
        mapping.executable,
      ]),
      [
        [true, false, true],
        [true, true, false],
      ],
    );
  });
});

describe('HandleData', () => {
  test('gives names of both versions of descriptors', () => {
    const builder = dumpOf({ platform: OS.windows });
    const type = builder.string16('File');
    const descriptor = builder.pack(
      u64(0x44),
      u32(type),
      u32(0),
      u32(0),
      u32(1),
      u32(2),
      u32(3),
      u32(0),
      u32(0),
    );
    const dump = parsed(
      builder.stream('handleData', builder.pack(u32(16), u32(40), u32(1), u32(0), descriptor)),
    );
    assert.deepEqual(dump.handles, [
      { handle: 0x44n, typeName: 'File', objectName: null, grantedAccess: 1, objectInfo: [] },
    ]);
  });

  test('ends at a list of object information that points at itself', () => {
    const builder = dumpOf({ platform: OS.windows });
    // The entry lies where the next thing is put, so it can name its own place.
    const { rva } = builder.place(zeros(0));
    builder.place(builder.pack(u32(rva), u32(5), u32(0)));
    const descriptor = builder.pack(u64(1), zeros(24), u32(rva), u32(0));
    const dump = parsed(
      builder.stream('handleData', builder.pack(u32(16), u32(40), u32(1), u32(0), descriptor)),
    );
    assert.deepEqual(dump.handles?.[0]?.objectInfo, [5]);
    assert.equal(dump.notes[0]?.part, 'HandleData');
  });
});

describe('macOS streams', () => {
  test('give the records of crash info sections', () => {
    const builder = dumpOf({ platform: OS.macos });
    const strings = new TextEncoder().encode('/usr/lib/a.dylib\0abort() called\0sig\0trace\0more\0');
    const record = builder.place(builder.pack(u64(0x4d7a0001), u64(5), u64(1), u64(2), u64(3), strings));
    const stream = builder.pack(u32(0x4d7a0001), u32(1), u32(40), builder.location(record), zeros(152));
    const [first] = parsed(builder.stream('macCrashInfo', stream)).macCrashInfo ?? [];
    assert.deepEqual(
      [first?.thread, first?.abortCause, first?.modulePath, first?.message, first?.message2],
      [1n, 3n, '/usr/lib/a.dylib', 'abort() called', 'more'],
    );
  });

  test('stop at a record whose strings do not end', () => {
    const builder = dumpOf({ platform: OS.macos });
    const record = builder.place(
      builder.pack(u64(0x4d7a0001), u64(4), u64(1), u64(2), new TextEncoder().encode('x')),
    );
    const stream = builder.pack(
      u32(0x4d7a0001),
      u32(0xffffffff),
      u32(32),
      builder.location(record),
      zeros(152),
    );
    const dump = parsed(builder.stream('macCrashInfo', stream));
    assert.deepEqual(dump.macCrashInfo, []);
    assert.equal(dump.notes[0]?.part, 'MozMacosCrashInfo');
  });

  test('give the boot arguments', () => {
    const builder = dumpOf({ platform: OS.macos });
    const text = builder.string16('-v keepsyms=1');
    const dump = parsed(builder.stream('macBootArgs', builder.pack(u32(0x4d7a0002), u64(text))));
    assert.equal(dump.macBootArgs, '-v keepsyms=1');
  });
});
