import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ByteReader } from '../../../src/base/byte-reader.ts';
import { type CpuContext, readContext } from '../../../src/formats/minidump/cpu-context.ts';
import { ARCH, DumpBuilder } from './builder.ts';

const build = new DumpBuilder();

function registersOf(bytes: Uint8Array, architecture: number): CpuContext | null {
  return readContext(new ByteReader(bytes), architecture);
}

describe('readContext', () => {
  test('reads the registers of amd64', () => {
    const context = registersOf(build.amd64({ rip: 1n, rsp: 2n, rax: 3n, r15: 4n, rdi: 5n }), ARCH.amd64);
    assert.equal(context?.instructionPointer, 1n);
    assert.equal(context?.stackPointer, 2n);
    assert.deepEqual(
      ['rax', 'r15', 'rdi'].map((name) => context?.registers.get(name)),
      [3n, 4n, 5n],
    );
  });

  test('reads the registers of x86', () => {
    const context = registersOf(build.x86({ eip: 1n, esp: 2n, ebp: 3n, eflags: 4n, edi: 5n }), ARCH.x86);
    assert.equal(context?.instructionPointer, 1n);
    assert.equal(context?.stackPointer, 2n);
    assert.deepEqual(
      ['ebp', 'eflags', 'edi'].map((name) => context?.registers.get(name)),
      [3n, 4n, 5n],
    );
  });

  test('reads the registers of arm, with r11 under the name fp', () => {
    const context = registersOf(build.arm({ r15: 1n, r13: 2n, r11: 3n, r14: 4n, r12: 5n }), ARCH.arm);
    assert.equal(context?.instructionPointer, 1n);
    assert.equal(context?.stackPointer, 2n);
    assert.deepEqual(
      ['fp', 'lr', 'r12'].map((name) => context?.registers.get(name)),
      [3n, 4n, 5n],
    );
  });

  test('reads arm64 records of both generations alike', () => {
    const registers = { pc: 1n, sp: 2n, x0: 3n, x28: 4n, x29: 5n, x30: 6n };
    const recent = registersOf(build.arm64(registers), ARCH.arm64);
    const old = registersOf(build.arm64Old(registers), ARCH.arm64Old);
    assert.deepEqual(recent?.registers, old?.registers);
    assert.deepEqual(
      ['pc', 'sp', 'x0', 'x28', 'fp', 'lr'].map((name) => recent?.registers.get(name)),
      [1n, 2n, 3n, 4n, 5n, 6n],
    );
  });

  test('reads the registers of mips', () => {
    const context = registersOf(build.mips({ epc: 1n, $29: 2n, $31: 3n, $16: 4n, $28: 5n }), ARCH.mips);
    assert.equal(context?.instructionPointer, 1n);
    assert.equal(context?.stackPointer, 2n);
    assert.deepEqual(
      ['ra', 's0', 'gp'].map((name) => context?.registers.get(name)),
      [3n, 4n, 5n],
    );
  });

  test('reads the registers of ppc, which nobody unwinds', () => {
    const context = registersOf(build.ppc({ srr0: 1n, r1: 2n }), ARCH.ppc);
    assert.equal(context?.instructionPointer, 1n);
    assert.equal(context?.stackPointer, 2n);
  });

  test('accepts a context with extended state behind it', () => {
    const longer = new Uint8Array(2000);
    longer.set(build.amd64({ rip: 1n }, 0x10005f));
    assert.equal(registersOf(longer, ARCH.amd64)?.instructionPointer, 1n);
  });

  test('gives nothing for the flags of another processor', () => {
    assert.equal(registersOf(build.amd64({ rip: 1n }, 0x1003f), ARCH.amd64), null);
  });

  test('gives nothing for a record that is too short', () => {
    assert.equal(registersOf(build.amd64({ rip: 1n }).subarray(0, 1000), ARCH.amd64), null);
  });

  test('gives nothing for an unknown processor', () => {
    assert.equal(registersOf(build.amd64({ rip: 1n }), 0x7777), null);
  });
});
