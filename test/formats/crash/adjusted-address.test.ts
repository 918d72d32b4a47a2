import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { adjustedAddress } from '../../../src/formats/crash/adjusted-address.ts';
import { ARCH, OS } from '../minidump/builder.ts';
import { factsOf } from './crashed.ts';

// mov dword [rax + 0x10], 5
const STORE = 'c7401005000000';

describe('adjustedAddress', () => {
  test('shows a null pointer with its offset', () => {
    const facts = factsOf({ code: STORE, registers: { rax: 0n }, address: 0x10n });
    assert.deepEqual(adjustedAddress(facts), { kind: 'null-pointer', offset: 0x10n });
  });

  test('shows a null pointer on x86 too', () => {
    const facts = factsOf({ code: STORE, architecture: ARCH.x86, address: 0x10n });
    assert.deepEqual(adjustedAddress(facts), { kind: 'null-pointer', offset: 0x10n });
  });

  test('shows a call through a null pointer', () => {
    const facts = factsOf({ code: 'ffd0', registers: { rax: 0n, rsp: 0x8000n } });
    assert.deepEqual(adjustedAddress(facts), { kind: 'null-pointer', offset: 0n });
  });

  for (const [system, crash] of [
    ['Linux', { platform: OS.linux, exception: 11, flags: 0x80 }],
    ['macOS', { platform: OS.macos, exception: 1, flags: 13 }],
    ['Windows', { platform: OS.windows, exception: 0xc0000005, parameters: [0n, 2n ** 64n - 1n] }],
  ] as const) {
    test(`finds the non-canonical address that ${system} did not report`, () => {
      const facts = factsOf({ code: STORE, registers: { rax: 0x4141_4141_4141_4141n }, ...crash });
      assert.deepEqual(adjustedAddress(facts), {
        kind: 'non-canonical',
        address: 0x4141_4141_4141_4151n,
      });
    });
  }

  test('leaves an ordinary fault alone, even at an address that is not canonical', () => {
    const facts = factsOf({ code: STORE, registers: { rax: 0x4141_4141_4141_4141n }, flags: 1 });
    assert.equal(adjustedAddress(facts), null);
  });

  test('knows nothing without the instruction', () => {
    assert.equal(adjustedAddress(factsOf({ registers: { rax: 0n } })), null);
  });
});
