import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { adjustedAddress } from '../../../src/formats/crash/adjusted-address.ts';
import { type BitFlip, possibleBitFlips } from '../../../src/formats/crash/bit-flips.ts';
import { ARCH, OS } from '../minidump/builder.ts';
import { type CrashSpec, factsOf } from './crashed.ts';

// mov dword [rax], 5
const STORE = 'c70005000000';
const HEAP = '7f0000000000-7f0000010000 rw-p';

function flips(spec: CrashSpec): BitFlip[] {
  const facts = factsOf(spec);
  return possibleBitFlips(facts, adjustedAddress(facts));
}

describe('possibleBitFlips', () => {
  test('finds the address and the register that one bit separates from a mapping', () => {
    const rax = 0x7f00_0000_1000n ^ (1n << 40n);
    const found = flips({ code: STORE, registers: { rax }, address: rax, maps: [HEAP] });
    assert.deepEqual(
      found.map(({ address, sourceRegister }) => [address, sourceRegister]),
      [
        [0x7f00_0000_1000n, null],
        [0x7f00_0000_1000n, 'rax'],
      ],
    );
    assert.equal(found[0]?.confidence, 0.25);
  });

  test('is more confident with registers near the corrected address', () => {
    const rax = 0x7f00_0000_1000n ^ (1n << 40n);
    const registers = { rax, rbx: 0x7f00_0000_1800n, rcx: 0x7f00_0000_0800n };
    const [first] = flips({ code: STORE, registers, address: rax, maps: [HEAP] });
    assert.equal(first?.nearbyRegisters, 2);
    // 1 - (1 - 0.25) * (1 - 0.55)
    assert.equal(first.confidence, 0.6625);
  });

  test('is half as confident with a poison pattern in a register', () => {
    const rax = 0x7f00_0000_1000n ^ (1n << 40n);
    const registers = { rax, rdx: 0xe5e5_e5e5_e5e5_e5e5n };
    const [first] = flips({ code: STORE, registers, address: rax, maps: [HEAP] });
    assert.equal(first?.confidence, 0.125);
  });

  test('flips only the high bits of a non-canonical address, with high confidence', () => {
    const rax = 0x7f00_0000_1000n ^ (1n << 60n);
    const [first] = flips({ code: STORE, registers: { rax }, flags: 0x80, maps: [HEAP] });
    assert.equal(first?.address, 0x7f00_0000_1000n);
    assert.equal(first.confidence, 0.925);
  });

  test('takes null for a candidate, with less confidence for a small number', () => {
    const [high] = flips({ address: 1n << 45n });
    assert.deepEqual([high?.isNull, high?.wasLow, high?.confidence], [true, false, 0.625]);
    const [low] = flips({ address: 16n });
    assert.deepEqual([low?.isNull, low?.wasLow, low?.confidence], [true, true, 0.4375]);
  });

  test('suspects nothing where the address is mapped', () => {
    assert.deepEqual(flips({ address: 0x7f00_0000_1000n, maps: [HEAP] }), []);
  });

  test('suspects nothing where the access has run over the edge of a mapping', () => {
    const rax = 0x7f00_0001_0001n;
    assert.deepEqual(flips({ code: STORE, registers: { rax }, address: rax, maps: [HEAP] }), []);
  });

  test('suspects nothing behind a null pointer', () => {
    assert.deepEqual(flips({ code: STORE, registers: { rax: 0n }, address: 0n, maps: [HEAP] }), []);
  });

  test('suspects nothing on 32-bit processors, where every address is near a mapping', () => {
    assert.deepEqual(flips({ address: 1n << 20n, architecture: ARCH.x86 }), []);
  });

  test('asks for the right that Windows says was missing', () => {
    const spec = { platform: OS.windows, exception: 0xc0000005, maps: ['7f0000000000-7f0000010000 r--p'] };
    const address = 0x7f00_0000_1000n ^ (1n << 40n);
    assert.equal(flips({ ...spec, parameters: [0n, address] }).length, 1);
    assert.equal(flips({ ...spec, parameters: [1n, address] }).length, 0);
  });
});
