import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Minidump, parseMinidump } from '../../../src/formats/minidump/minidump.ts';
import { ARCH, DumpBuilder, OS, u32, u64 } from './builder.ts';

function parsed(bytes: Uint8Array): Minidump {
  const result = parseMinidump(bytes);
  assert.ok(result.ok, result.ok ? '' : result.message);
  return result.dump;
}

function minimal(options: { bigEndian?: boolean } = {}): DumpBuilder {
  return new DumpBuilder(options).system({ architecture: ARCH.amd64, platform: OS.linux }).threads({ id: 7 });
}

describe('parseMinidump', () => {
  test('reads a dump of either byte order alike', () => {
    for (const bigEndian of [false, true]) {
      const dump = parsed(
        minimal({ bigEndian }).modules({ base: 0x1000n, size: 0x200, name: 'app' }).build(),
      );
      assert.equal(dump.header.littleEndian, !bigEndian);
      assert.equal(dump.header.timestamp, 1_700_000_000);
      assert.equal(dump.threads?.[0]?.id, 7);
      assert.equal(dump.modules[0]?.codeFile, 'app');
    }
  });

  test('says what an empty file is', () => {
    assert.deepEqual(parseMinidump(new Uint8Array(0)), {
      ok: false,
      reason: 'empty',
      message: 'the file is empty',
    });
  });

  test('says what compressed data is, because senders forget to decompress', () => {
    const result = parseMinidump(Uint8Array.from([0x1f, 0x8b, 8, 0]));
    assert.ok(!result.ok);
    assert.equal(result.reason, 'not-a-minidump');
    assert.match(result.message, /gzip/);
  });

  test('refuses a file that ends inside of the header', () => {
    const result = parseMinidump(minimal().build().subarray(0, 20));
    assert.ok(!result.ok);
    assert.equal(result.reason, 'truncated');
  });

  test('refuses another version of the format', () => {
    const bytes = minimal().build();
    bytes[4] = 0x12;
    const result = parseMinidump(bytes);
    assert.ok(!result.ok);
    assert.equal(result.reason, 'unsupported-version');
  });

  test('takes the last of two streams of one type', () => {
    const dump = parsed(minimal().threads({ id: 8 }, { id: 9 }).build());
    assert.deepEqual(
      dump.threads?.map((thread) => thread.id),
      [8, 9],
    );
  });

  test('reads only as many directory entries as the file can hold when the count is a lie', () => {
    const bytes = minimal().build();
    new DataView(bytes.buffer).setUint32(8, 0xffffffff, true);
    const dump = parsed(bytes);
    assert.equal(dump.threads?.[0]?.id, 7);
    assert.ok(dump.notes.some((note) => note.part === 'directory'));
  });

  test('leaves out a stream that is cut short, and reads the others', () => {
    const builder = minimal();
    const dump = parsed(builder.stream('exception', builder.pack(u32(7), u32(0))).build());
    assert.equal(dump.exception, null);
    assert.equal(dump.threads?.length, 1);
    assert.ok(dump.notes.some((note) => note.part === 'ExceptionStream'));
  });

  test('names the streams that it does not read', () => {
    const dump = parsed(
      minimal().stream(0x47670007, new Uint8Array(4)).stream(0x12340001, new Uint8Array(4)).build(),
    );
    const listed = dump.streams.filter((stream) => stream.support !== 'read');
    assert.deepEqual(
      listed.map(({ name, vendor, support }) => ({ name, vendor, support })),
      [
        { name: 'LinuxEnviron', vendor: 'Google Extension', support: 'listed' },
        { name: null, vendor: 'Unknown Extension', support: 'unknown' },
      ],
    );
  });

  test('never throws for any single flipped byte of a dump with every stream', () => {
    const builder = minimal().modules({ base: 0x1000n, size: 0x200, name: 'app' });
    builder
      .exception({ threadId: 7, code: 11 })
      .memory({ base: 0x5000n, bytes: new Uint8Array(16) })
      .textStream('linuxMaps', '1000-2000 r-xp 00000000 00:00 0 /bin/app\n')
      .stream('memory64List', builder.pack(u64(1), u64(32), u64(0x9000), u64(8)))
      .stream('handleData', builder.pack(u32(16), u32(32), u32(0), u32(0)));
    const bytes = builder.build();
    for (let at = 0; at < bytes.length; at += 1) {
      for (const value of [0x00, 0x7f, 0xff]) {
        const damaged = Uint8Array.from(bytes);
        damaged[at] = value;
        assert.doesNotThrow(() => parseMinidump(damaged), `byte ${at} = ${value}`);
      }
    }
  });
});
