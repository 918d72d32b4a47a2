import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Minidump, parseMinidump } from '../../../src/formats/minidump/minidump.ts';
import type { MinidumpModule } from '../../../src/formats/minidump/streams/modules.ts';
import { ARCH, DumpBuilder, OS, type ModuleSpec, u16, u32, u64 } from './builder.ts';

const GUID = [
  0x01234567,
  0x89ab,
  0xcdef,
  Uint8Array.from([0xfe, 0xdc, 0xba, 0x98, 0x76, 0x54, 0x32, 0x10]),
] as const;

function parsed(bytes: Uint8Array): Minidump {
  const result = parseMinidump(bytes);
  assert.ok(result.ok);
  return result.dump;
}

function moduleOf(
  platform: number,
  spec: (builder: DumpBuilder) => Partial<ModuleSpec>,
  options: { bigEndian?: boolean } = {},
): MinidumpModule {
  const builder = new DumpBuilder(options);
  const module = { base: 0x1000n, size: 0x2000, name: '/opt/app', ...spec(builder) };
  const [first] = parsed(
    builder.system({ architecture: ARCH.amd64, platform }).modules(module).build(),
  ).modules;
  assert.ok(first);
  return first;
}

describe('module ids', () => {
  test('print an RSDS record as GUID and age, the age in hexadecimal without padding', () => {
    const module = moduleOf(OS.windows, (b) => ({
      codeView: b.rsds(GUID, 0x1a, 'C:\\build\\app.pdb'),
      timestamp: 0x45d35f6c,
    }));
    assert.equal(module.debugId, '0123456789ABCDEFFEDCBA98765432101a');
    assert.equal(module.debugFile, 'C:\\build\\app.pdb');
    assert.equal(module.codeId, '45d35f6c2000');
  });

  test('are the same from a big-endian dump', () => {
    const module = moduleOf(OS.linux, (b) => ({ codeView: b.rsds(GUID, 1, 'app') }), { bigEndian: true });
    assert.equal(module.debugId, '0123456789ABCDEFFEDCBA98765432101');
  });

  test('print an NB10 record as timestamp and age', () => {
    const module = moduleOf(OS.windows, (b) => ({
      codeView: b.pack(
        u32(0x3031424e),
        u32(0),
        u32(0xabcd1234),
        u32(0x2f),
        new TextEncoder().encode('old.pdb\0'),
      ),
    }));
    assert.equal(module.debugId, 'ABCD12342f');
    assert.equal(module.debugFile, 'old.pdb');
  });

  test('take the GUID of an ELF module from its build id, which is the code id', () => {
    const bytes = Array.from({ length: 20 }, (_, index) => index + 1);
    const module = moduleOf(OS.linux, (b) => ({ codeView: b.buildId(...bytes) }));
    assert.equal(module.debugId, '0403020106050807090A0B0C0D0E0F100');
    assert.equal(module.codeId, '0102030405060708090a0b0c0d0e0f1011121314');
    assert.equal(module.debugFile, '/opt/app');
  });

  test('pad a short build id with zeros, as lld writes ids of 8 bytes', () => {
    const module = moduleOf(OS.linux, (b) => ({ codeView: b.buildId(1, 2, 3, 4, 5, 6, 7, 8) }));
    assert.equal(module.debugId, '040302010605080700000000000000000');
  });

  test('are absent for a build id of zeros, so that it can never match symbols', () => {
    const module = moduleOf(OS.linux, (b) => ({ codeView: b.buildId(0, 0, 0, 0) }));
    assert.equal(module.debugId, null);
    assert.equal(module.codeId, null);
  });

  test('are absent for a nil GUID', () => {
    const nil = [0, 0, 0, new Uint8Array(8)] as const;
    assert.equal(moduleOf(OS.windows, (b) => ({ codeView: b.rsds(nil, 1, 'a.pdb') })).debugId, null);
  });

  test('use the UUID as code id on macOS', () => {
    const module = moduleOf(OS.macos, (b) => ({ codeView: b.rsds(GUID, 0, 'app') }));
    assert.equal(module.codeId, '0123456789abcdeffedcba9876543210');
  });

  test('give a Windows module without CodeView record its image id', () => {
    const module = moduleOf(OS.windows, () => ({ timestamp: 0x378bc3cd }));
    assert.equal(module.codeId, '378bc3cd2000');
    assert.equal(module.debugId, null);
  });
});

describe('module list', () => {
  test('prints versions of Windows in 16-bit parts', () => {
    const version = [0x00050001, 0x0a280ac4, 0, 0] as const;
    assert.equal(moduleOf(OS.windows, () => ({ version })).version, '5.1.2600.2756');
  });

  test('prints versions of ELF modules in 32-bit parts', () => {
    assert.equal(moduleOf(OS.linux, () => ({ version: [1, 2, 3, 4] })).version, '1.2.3.4');
  });

  test('leaves out modules of size 0 or beyond the end of the address space, with notes', () => {
    const builder = new DumpBuilder().system({ architecture: ARCH.amd64, platform: OS.linux });
    const dump = parsed(
      builder
        .modules(
          { base: 0x1000n, size: 0, name: 'empty' },
          { base: 0xffff_ffff_ffff_f000n, size: 0x2000, name: 'wraps' },
          { base: 0x2000n, size: 0x10, name: 'good' },
        )
        .build(),
    );
    assert.deepEqual(
      dump.modules.map((module) => module.codeFile),
      ['good'],
    );
    assert.equal(dump.notes.length, 2);
  });

  test('keeps a module whose CodeView record is damaged, and the modules behind it', () => {
    const builder = new DumpBuilder().system({ architecture: ARCH.amd64, platform: OS.linux });
    const damaged = builder.pack(u32(0x53445352), u16(1));
    const dump = parsed(
      builder
        .modules(
          { base: 0x1000n, size: 0x100, name: 'one', codeView: damaged },
          { base: 0x2000n, size: 0x100, name: 'two' },
        )
        .build(),
    );
    assert.deepEqual(
      dump.modules.map((module) => module.codeFile),
      ['one', 'two'],
    );
    assert.equal(dump.modules[0]?.debugId, null);
  });

  test('reads at most as many modules as fit, whatever the count says', () => {
    const builder = new DumpBuilder().system({ architecture: ARCH.amd64, platform: OS.linux });
    const dump = parsed(builder.stream('moduleList', builder.pack(u32(0x2780_0000), u64(0))).build());
    assert.deepEqual(dump.modules, []);
  });

  test('accepts four bytes of padding behind the count', () => {
    const builder = new DumpBuilder().system({ architecture: ARCH.amd64, platform: OS.linux });
    const record = builder.pack(u64(0x1000), u32(0x100), new Uint8Array(96));
    const dump = parsed(builder.stream('moduleList', builder.pack(u32(1), u32(0), record)).build());
    assert.equal(dump.modules[0]?.base, 0x1000n);
  });
});

describe('unloaded module list', () => {
  test('is read through its extended header, with longer entries than we know', () => {
    const builder = new DumpBuilder().system({ architecture: ARCH.amd64, platform: OS.windows });
    const name = builder.string16('gone.dll');
    const entry = builder.pack(u64(0x5000), u32(0x100), u32(0), u32(0xabc), u32(name), u64(99));
    const dump = parsed(
      builder.stream('unloadedModuleList', builder.pack(u32(12), u32(32), u32(1), entry)).build(),
    );
    assert.deepEqual(dump.unloadedModules, [
      { base: 0x5000n, size: 0x100n, codeFile: 'gone.dll', codeId: '00000abc100' },
    ]);
  });

  test('is empty for entries shorter than the format has', () => {
    const builder = new DumpBuilder().system({ architecture: ARCH.amd64, platform: OS.windows });
    const stream = builder.pack(u32(12), u32(0), u32(0xffffffff));
    assert.deepEqual(parsed(builder.stream('unloadedModuleList', stream).build()).unloadedModules, []);
  });
});
