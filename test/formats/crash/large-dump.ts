// A minidump with as much memory in it as a full dump of a small program has.
import { words64 } from '../minidump/builder.ts';
import { CODE, crashDump } from './crashed.ts';

const MEBIBYTE = 1024 * 1024;
const STACK = 0x7000_0000n;

/** A crash with 16 MB of heap in the dump, in regions like those of a full dump. */
export function largeDump(): Uint8Array {
  const stack = {
    base: STACK,
    bytes: words64(...Array.from({ length: 512 }, (_, at) => STACK + BigInt(at))),
  };
  const builder = crashDump({ registers: { rsp: STACK, rbp: STACK + 64n }, stack });
  const heap = Array.from({ length: 64 }, (_, at) => ({
    base: 0x10_0000_0000n + BigInt(at * MEBIBYTE),
    bytes: new Uint8Array(MEBIBYTE / 4).fill(at),
  }));
  return builder.memory({ base: CODE, bytes: Buffer.from('8b00', 'hex') }, stack, ...heap).build();
}
