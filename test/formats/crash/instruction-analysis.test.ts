import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { InstructionAnalysis } from '../../../src/formats/crash/instruction-analysis.ts';
import { ARCH, type Registers, words64 } from '../minidump/builder.ts';
import { type CrashSpec, factsOf } from './crashed.ts';

function analyse(code: string, registers: Registers = {}, spec: CrashSpec = {}): InstructionAnalysis {
  const { instruction } = factsOf({ code, registers, ...spec });
  assert.ok(instruction);
  return instruction;
}

describe('instruction text', () => {
  for (const [code, text] of [
    ['c704254500000005000000', 'mov dword [0x45], 0x5'],
    ['c604254200008001', 'mov byte [0x80000042], 0x1'],
    ['f77dfc', 'idiv dword [rbp - 0x4]'],
    ['0f2800', 'movaps xmm0, xmmword [rax]'],
    ['c5fc1000', 'vmovups ymm0, ymmword [rax]'],
    ['62f17c481000', 'vmovups zmm0, zmmword [rax]'],
    ['48c7040841414141', 'mov qword [rax + rcx * 1], 0x41414141'],
    ['c78424900300000d0000c0', 'mov dword [rsp + 0x390], -0x3ffffff3'],
    ['cd29', 'int 0x29'],
    ['0f0b', 'ud2'],
  ] as const) {
    // Holds: native-instruction
    test(`is "${text}"`, () => {
      assert.equal(analyse(code).text, text);
    });
  }
});

describe('memory accesses', () => {
  test('are computed from base, index, scale and displacement', () => {
    // mov rax, [rbx + rcx * 8 + 0x10]
    const { accesses, addressRegisters } = analyse('488b44cb10', { rbx: 0x1000n, rcx: 2n });
    assert.deepEqual(accesses, [{ address: 0x1020n, size: 8, access: 'read', fromNull: false }]);
    assert.deepEqual(addressRegisters, ['rbx', 'rcx']);
  });

  test('wrap around at the end of the address space', () => {
    // mov rax, [rbx - 8]
    assert.equal(analyse('488b43f8', { rbx: 4n }).accesses[0]?.address, 0xffff_ffff_ffff_fffcn);
  });

  test('wrap around at 32 bits on x86', () => {
    // mov eax, [ebx - 8]
    const { accesses } = analyse('8b43f8', { ebx: 4n }, { architecture: ARCH.x86 });
    assert.deepEqual(accesses, [{ address: 0xffff_fffcn, size: 4, access: 'read', fromNull: false }]);
  });

  test('are relative to the next instruction where the operand says so', () => {
    // mov eax, [rip + 0x10]
    assert.equal(analyse('8b0510000000').accesses[0]?.address, 0x40_1016n);
  });

  test('of add are both read and written', () => {
    // add [rax], ecx
    assert.equal(analyse('0108', { rax: 0x9000n }).accesses[0]?.access, 'readwrite');
  });

  test('of lea do not exist', () => {
    // lea rax, [rax + 8]
    assert.deepEqual(analyse('488d4008').accesses, []);
  });

  test('of push are below the stack pointer', () => {
    const { accesses } = analyse('50', { rsp: 0x8000n });
    assert.deepEqual(accesses, [{ address: 0x7ff8n, size: 8, access: 'write', fromNull: false }]);
  });

  test('of a call through memory are the pointer and the return address', () => {
    const { accesses } = analyse('ff10', { rax: 0x9000n, rsp: 0x8000n });
    assert.deepEqual(
      accesses.map(({ address, access }) => [address, access]),
      [
        [0x9000n, 'read'],
        [0x7ff8n, 'write'],
      ],
    );
  });

  test('relative to a thread-local segment are unknown, so the list is not complete', () => {
    // mov rax, fs:[0x30]
    const { accesses, complete } = analyse('64488b042530000000');
    assert.deepEqual(accesses, []);
    assert.equal(complete, false);
  });

  test('know a null pointer by its base register, not by a small address', () => {
    // mov dword [rax + 0x10], 5, and mov dword [0x45], 5
    assert.equal(analyse('c7401005000000', { rax: 0n }).accesses[0]?.fromNull, true);
    assert.equal(analyse('c704254500000005000000').accesses[0]?.fromNull, false);
  });
});

describe('where the instruction continues', () => {
  test('is the register of an indirect call', () => {
    assert.deepEqual(analyse('ffd0', { rax: 0x1234n }).target, { kind: 'address', address: 0x1234n });
  });

  test('is the word on the stack of a return', () => {
    const stack = { base: 0x8000n, bytes: words64(0x77n, 0x88n) };
    assert.deepEqual(analyse('c3', { rsp: 0x8008n }, { stack }).target, { kind: 'address', address: 0x88n });
  });

  test('is unknown for a return whose stack was not captured', () => {
    assert.equal(analyse('c3', { rsp: 0x8008n }).target, null);
  });

  test('is unknown for a conditional jump', () => {
    assert.equal(analyse('7410').target, null);
  });

  test('is the next instruction for anything else', () => {
    assert.deepEqual(analyse('90').target, { kind: 'next' });
  });
});

describe('what stops the analysis', () => {
  test('is memory that was not captured', () => {
    assert.equal(factsOf({}).instruction, null);
  });

  test('are bytes that are no instruction', () => {
    assert.equal(factsOf({ code: '06' }).instruction, null);
  });

  test('is an instruction that the captured memory cuts off', () => {
    assert.equal(factsOf({ code: 'c70425' }).instruction, null);
  });
});
