import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isLikelyGuardPage } from '../../../src/formats/crash/guard-page.ts';
import { findInconsistencies } from '../../../src/formats/crash/inconsistencies.ts';
import { OS } from '../minidump/builder.ts';
import { type CrashSpec, factsOf } from './crashed.ts';

// mov dword [rax], 5
const STORE = 'c70005000000';
// mov ecx, [rax]
const LOAD = '8b08';
const AV = { platform: OS.windows, exception: 0xc0000005, flags: 0 };

const found = (spec: CrashSpec): readonly string[] => findInconsistencies(factsOf(spec));

describe('findInconsistencies', () => {
  test('doubts a division by zero in an instruction that does not divide', () => {
    assert.deepEqual(found({ code: STORE, exception: 8, flags: 1 }), ['int_div_by_zero_not_possible']);
    assert.deepEqual(found({ code: 'f7f9', exception: 8, flags: 1 }), []);
  });

  test('doubts a privilege fault of an instruction that needs none', () => {
    const crash = { platform: OS.windows, exception: 0xc0000096 };
    assert.deepEqual(found({ code: '01c8', ...crash }), ['priv_instruction_crash_without_priv_instruction']);
    assert.deepEqual(found({ code: 'f4', ...crash }), []);
  });

  test('doubts a write where the instruction wrote elsewhere', () => {
    const crash = { code: STORE, registers: { rax: 0x9000n }, ...AV };
    assert.deepEqual(found({ ...crash, parameters: [1n, 0x5000n] }), [
      'crashing_access_not_found_in_memory_accesses',
    ]);
    assert.deepEqual(found({ ...crash, parameters: [1n, 0x9002n] }), []);
  });

  test('doubts a write where the instruction only read', () => {
    const crash = { code: LOAD, registers: { rax: 0x9000n }, ...AV };
    assert.deepEqual(found({ ...crash, parameters: [1n, 0x9000n] }), [
      'crashing_access_not_found_in_memory_accesses',
    ]);
  });

  test('doubts a violation of rights that were there', () => {
    const crash = { code: STORE, registers: { rax: 0x9000n }, ...AV, parameters: [1n, 0x9000n] };
    assert.deepEqual(found({ ...crash, maps: ['9000-a000 rw-p'] }), ['access_violation_when_access_allowed']);
    assert.deepEqual(found({ ...crash, maps: ['9000-a000 r--p'] }), []);
  });

  test('doubts a non-canonical address where every address was canonical', () => {
    const crash = { code: LOAD, ...AV, parameters: [0n, 2n ** 64n - 1n] };
    assert.deepEqual(found({ ...crash, registers: { rax: 0x9000n } }), [
      'non_canonical_address_falsely_reported',
    ]);
    assert.deepEqual(found({ ...crash, registers: { rax: 0x4141_4141_4141_4141n } }), []);
  });

  test('doubts a stack overflow of an instruction that touches no memory', () => {
    const crash = { platform: OS.windows, exception: 0xc00000fd };
    assert.deepEqual(found({ code: '01c8', ...crash }), ['crashing_access_not_found_in_memory_accesses']);
    assert.deepEqual(found({ code: '50', registers: { rsp: 0x8000n }, ...crash }), []);
  });

  test('doubts nothing without the instruction', () => {
    assert.deepEqual(found({ ...AV, parameters: [1n, 0x5000n] }), []);
  });
});

describe('isLikelyGuardPage', () => {
  const likely = (address: bigint, maps: readonly string[]): boolean =>
    isLikelyGuardPage(address, factsOf({ maps }).mappings);

  test('finds a small mapping without rights beside usable memory', () => {
    assert.equal(likely(0x8800n, ['8000-9000 ---p', '9000-20000 rw-p']), true);
    assert.equal(likely(0x9800n, ['8000-9000 rw-p', '9000-a000 ---p']), true);
  });

  test('finds none in reserved memory that is large or stands alone', () => {
    assert.equal(likely(0x8800n, ['8000-20000 ---p', '20000-30000 rw-p']), false);
    assert.equal(likely(0x8800n, ['8000-9000 ---p', 'a000-b000 rw-p']), false);
  });

  test('finds none in memory that may be used', () => {
    assert.equal(likely(0x8800n, ['8000-9000 r--p', '9000-a000 rw-p']), false);
  });
});
