// A small but whole minidump for the demonstration: one thread of a Linux program on amd64 that read through a null pointer.
// Layouts: MINIDUMP_HEADER, MINIDUMP_DIRECTORY and the streams of Microsoft's minidumpapiset.h; ELF build ids as Breakpad's
// CodeView record `BpEL`.
const STREAM = { threadList: 3, moduleList: 4, memoryList: 5, exception: 6, systemInfo: 7 } as const;
const ARCHITECTURE_AMD64 = 9;
const PLATFORM_LINUX = 0x8201;
const SIGSEGV = 11;
const THREAD_ID = 4711;
const MODULE_BASE = 0x0000_5581_2f00_0000n;
const MODULE_SIZE = 0x8000;
const STACK_BASE = 0x0000_7ffd_1c00_0000n;
const STACK_SIZE = 512;
const CRASH_OFFSET = 0x1234n;
const CONTEXT_SIZE = 1232;

/** The bytes of the demonstration's minidump; `atMs` becomes the crash time in its header. */
export function demoMinidump(atMs: number): Uint8Array {
  const dump = new DumpWriter();
  dump.skip(32); // The header is written last, when the place of the directory is known.

  const name = dump.here();
  const moduleName = new TextEncoder().encode('/usr/bin/demo-app');
  dump.u32(moduleName.length * 2);
  for (const letter of moduleName) dump.u16(letter);
  dump.u16(0);

  const codeView = dump.here();
  dump.u32(0x4270_454c);
  for (let index = 0; index < 20; index += 1) dump.u8(0xd0 + index);

  const stack = dump.here();
  for (let offset = 0; offset < STACK_SIZE; offset += 8) {
    dump.u64(offset === 64 ? MODULE_BASE + 0x2040n : BigInt(offset));
  }

  const context = dump.here();
  dump.skip(CONTEXT_SIZE);
  dump.set32(context + 0x30, 0x0010_000f);
  dump.set64(context + 0x98, STACK_BASE);
  dump.set64(context + 0xa0, STACK_BASE + 128n);
  dump.set64(context + 0xf8, MODULE_BASE + CRASH_OFFSET);

  const systemInfo = dump.here();
  dump.u16(ARCHITECTURE_AMD64);
  dump.skip(2 + 2 + 1 + 1 + 4 + 4 + 4);
  dump.u32(PLATFORM_LINUX);
  dump.skip(4 + 2 + 2 + 24);

  const threads = dump.here();
  dump.u32(1);
  dump.u32(THREAD_ID);
  dump.skip(4 + 4 + 4 + 8);
  dump.u64(STACK_BASE);
  dump.u32(STACK_SIZE);
  dump.u32(stack);
  dump.u32(CONTEXT_SIZE);
  dump.u32(context);

  const modules = dump.here();
  dump.u32(1);
  dump.u64(MODULE_BASE);
  dump.u32(MODULE_SIZE);
  dump.skip(8);
  dump.u32(name);
  dump.skip(52);
  dump.u32(24);
  dump.u32(codeView);
  dump.skip(8 + 16);

  const memory = dump.here();
  dump.u32(1);
  dump.u64(STACK_BASE);
  dump.u32(STACK_SIZE);
  dump.u32(stack);

  const exception = dump.here();
  dump.u32(THREAD_ID);
  dump.u32(0);
  dump.u32(SIGSEGV);
  dump.u32(1);
  dump.skip(8 + 8 + 8 + 15 * 8);
  dump.u32(CONTEXT_SIZE);
  dump.u32(context);

  const end = dump.here();
  const streams: readonly (readonly [type: number, size: number, at: number])[] = [
    [STREAM.systemInfo, 56, systemInfo],
    [STREAM.threadList, 4 + 48, threads],
    [STREAM.moduleList, 4 + 108, modules],
    [STREAM.memoryList, 4 + 16, memory],
    [STREAM.exception, 168, exception],
  ];
  for (const [type, size, at] of streams) {
    dump.u32(type);
    dump.u32(size);
    dump.u32(at);
  }
  dump.set32(0, 0x504d_444d);
  dump.set32(4, 0xa793);
  dump.set32(8, streams.length);
  dump.set32(12, end);
  dump.set32(20, Math.floor(atMs / 1000));
  return dump.bytes();
}

/** Appends little-endian values to a buffer that is large enough for the demonstration. */
class DumpWriter {
  readonly #buffer = Buffer.alloc(8192);
  #at = 0;

  here(): number {
    return this.#at;
  }
  skip(count: number): void {
    this.#at += count;
  }
  u8(value: number): void {
    this.#at = this.#buffer.writeUInt8(value, this.#at);
  }
  u16(value: number): void {
    this.#at = this.#buffer.writeUInt16LE(value, this.#at);
  }
  u32(value: number): void {
    this.#at = this.#buffer.writeUInt32LE(value, this.#at);
  }
  u64(value: bigint): void {
    this.#at = this.#buffer.writeBigUInt64LE(value, this.#at);
  }
  set32(at: number, value: number): void {
    this.#buffer.writeUInt32LE(value, at);
  }
  set64(at: number, value: bigint): void {
    this.#buffer.writeBigUInt64LE(value, at);
  }
  bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#at);
  }
}
