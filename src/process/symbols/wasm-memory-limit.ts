// Gives the memory of a WebAssembly module a maximum that it did not come with. WebAssembly Core Specification, "Binary Format", memory section.
const MEMORY_SECTION = 5;
const PAGE_BYTES = 65_536;
const HEADER_BYTES = 8;

/** The module's bytes with the limit; throws where it defines no memory of its own, or needs more than the limit at once. */
export function limitMemory(module: Uint8Array, maxBytes: number): Uint8Array<ArrayBuffer> {
  let at = HEADER_BYTES;
  const number = (): number => {
    let value = 0;
    for (let shift = 0; at < module.length; shift += 7) {
      const byte = module[at++] ?? 0;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    return value >>> 0;
  };
  while (at < module.length) {
    const start = at;
    const type = module[at++];
    const end = number() + at;
    if (type === MEMORY_SECTION) {
      const [count, , pages] = [number(), number(), number()];
      if (count !== 1 || pages * PAGE_BYTES > maxBytes) break;
      const body = [1, 1, ...leb(pages), ...leb(Math.floor(maxBytes / PAGE_BYTES))];
      return Uint8Array.from([
        ...module.subarray(0, start),
        MEMORY_SECTION,
        ...leb(body.length),
        ...body,
        ...module.subarray(end),
      ]);
    }
    at = end;
  }
  throw new Error('the module has no memory that could be limited');
}

function leb(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...leb(value >>> 7)];
}
