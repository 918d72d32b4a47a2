// A crash in one instruction: bytes at the program counter, registers, an exception, and what is mapped.
import type { CrashFacts } from '../../../src/formats/crash/crash-facts.ts';
import { crashFacts } from '../../../src/formats/crash/crash-info.ts';
import { CrashMemory } from '../../../src/formats/crash/crash-memory.ts';
import assert from 'node:assert/strict';
import { ARCH, type DumpBuilder, OS, type Registers } from '../minidump/builder.ts';
import { dumpOf, parsed } from '../minidump/parsed.ts';

/** Where the crashing instruction lies. */
export const CODE = 0x40_1000n;

export interface CrashSpec {
  /** Machine code in hexadecimal; without it the dump has no bytes at the program counter. */
  readonly code?: string;
  readonly registers?: Registers;
  readonly platform?: number;
  readonly architecture?: number;
  readonly exception?: number;
  readonly flags?: number;
  readonly parameters?: readonly bigint[];
  readonly address?: bigint;
  /** Lines of /proc/<pid>/maps. */
  readonly maps?: readonly string[];
  readonly stack?: { readonly base: bigint; readonly bytes: Uint8Array };
}

/** The dump of such a crash. */
export function crashDump(spec: CrashSpec): DumpBuilder {
  const architecture = spec.architecture ?? ARCH.amd64;
  const builder = dumpOf({ architecture, platform: spec.platform ?? OS.linux });
  const registers = { rip: CODE, eip: CODE, pc: CODE, ...spec.registers };
  const context = architecture === ARCH.x86 ? builder.x86(registers) : builder.amd64(registers);
  builder.threads({ id: 1, context, ...(spec.stack === undefined ? {} : { stack: spec.stack }) });
  builder.exception({
    threadId: 1,
    code: spec.exception ?? 11,
    flags: spec.flags ?? 1,
    address: spec.address ?? 0n,
    context,
    ...(spec.parameters === undefined ? {} : { parameters: spec.parameters }),
  });
  const code = spec.code === undefined ? [] : [{ base: CODE, bytes: Buffer.from(spec.code, 'hex') }];
  builder.memory(...code, ...(spec.stack === undefined ? [] : [spec.stack]));
  if (spec.maps !== undefined) {
    builder.textStream('linuxMaps', spec.maps.map((line) => `${line} 00000000 00:00 0\n`).join(''));
  }
  return builder;
}

/** The facts that the analyses of such a crash start from. */
export function factsOf(spec: CrashSpec): CrashFacts {
  const dump = parsed(crashDump(spec));
  const facts = crashFacts(dump, new CrashMemory(dump));
  assert.ok(facts);
  return facts;
}
