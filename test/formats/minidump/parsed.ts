// Short ways from a builder to what the parser makes of it.
import assert from 'node:assert/strict';
import { type Minidump, parseMinidump } from '../../../src/formats/minidump/minidump.ts';
import { ARCH, DumpBuilder, OS, type SystemSpec } from './builder.ts';

/** The parsed dump; fails the test where the file was refused. */
export function parsed(builder: DumpBuilder): Minidump {
  const result = parseMinidump(builder.build());
  assert.ok(result.ok, result.ok ? '' : result.message);
  return result.dump;
}

/** A builder with a SystemInfo stream, amd64 Linux unless told otherwise. */
export function dumpOf(system: Partial<SystemSpec> = {}): DumpBuilder {
  return new DumpBuilder().system({ architecture: ARCH.amd64, platform: OS.linux, ...system });
}
