import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { SystemInfo } from '../../../src/formats/minidump/streams/system-info.ts';
import { ARCH, DumpBuilder, OS, type SystemSpec, u32, zeros } from './builder.ts';
import { dumpOf, parsed } from './parsed.ts';

function system(spec: Partial<SystemSpec>): SystemInfo {
  const { systemInfo } = parsed(dumpOf(spec));
  assert.ok(systemInfo);
  return systemInfo;
}

describe('SystemInfo', () => {
  test('joins version and service pack of Windows', () => {
    const info = system({ platform: OS.windows, version: [5, 1, 2600], csd: 'Service Pack 2' });
    assert.deepEqual([info.os, info.osVersion, info.osBuild], ['windows', '5.1.2600', 'Service Pack 2']);
  });

  test('takes the version of Linux out of uname where the fields are 0', () => {
    const info = system({ csd: 'Linux 3.13.0-53-generic #89-Ubuntu SMP 2015 x86_64' });
    assert.deepEqual([info.osVersion, info.osBuild], ['3.13.0-53-generic', '#89-Ubuntu SMP 2015']);
  });

  test('drops both machine and system name at the end of uname -srvmo', () => {
    assert.equal(system({ csd: 'Linux 4.4.0 #57 SMP x86_64 Linux/GNU' }).osBuild, '#57 SMP');
  });

  test('leaves a Linux version alone that Crashpad has filled in', () => {
    const info = system({ version: [5, 10, 28], csd: '-1rodete2-amd64 #1 SMP' });
    assert.deepEqual([info.osVersion, info.osBuild], ['5.10.28', '-1rodete2-amd64 #1 SMP']);
  });

  test('describes an x86 processor with its vendor', () => {
    const vendor = new TextEncoder().encode('GenuineIntel');
    const cpuData = Uint8Array.from([...vendor, ...zeros(12)]);
    const info = system({ architecture: ARCH.x86, level: 6, revision: 0x0d08, cpuData });
    assert.equal(info.cpuInfo, 'GenuineIntel family 6 model 13 stepping 8');
  });

  test('describes an arm processor with its part and features', () => {
    const cpuData = new DumpBuilder().pack(u32(0x410fc0f2), u32(0x1002), zeros(16));
    assert.equal(
      system({ architecture: ARCH.arm, level: 7, cpuData }).cpuInfo,
      'ARMv7 ARM Cortex-A15 features: half,neon',
    );
  });

  test('notes an unknown processor', () => {
    const dump = parsed(dumpOf({ architecture: 0x7777 }));
    assert.equal(dump.systemInfo?.cpu, 'unknown');
    assert.deepEqual(
      dump.notes.map((note) => note.part),
      ['SystemInfo'],
    );
  });
});
