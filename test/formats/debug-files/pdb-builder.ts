// Builds a small PDB: one section of code, one module with a procedure, an inlined call in it and lines, and a public symbol.
import { MSF_MAGIC } from '../../../src/formats/debug-files/pdb/msf-file.ts';

const BLOCK_BYTES = 512;

const u8 = (...values: number[]): Buffer => Buffer.from(values);
const u16 = (...values: number[]): Buffer => Buffer.from(new Uint16Array(values).buffer);
const u32 = (...values: number[]): Buffer => Buffer.from(new Uint32Array(values).buffer);
const text = (value: string): Buffer => Buffer.from(`${value}\0`);
const join = (...parts: Buffer[]): Buffer => Buffer.concat(parts);
const aligned = (bytes: Buffer): Buffer => join(bytes, Buffer.alloc(-bytes.length & 3));
const zeros = (count: number): Buffer => Buffer.alloc(count);

/** A symbol or type record, with its length before it. */
function record(kind: number, ...parts: Buffer[]): Buffer {
  const body = aligned(join(u16(0), u16(kind), ...parts));
  body.writeUInt16LE(body.length - 2, 0);
  return body;
}

function subsection(type: number, ...parts: Buffer[]): Buffer {
  const body = join(...parts);
  return aligned(join(u32(type, body.length), body));
}

/** The stream of a module: `outer` at 0x1010, 0x40 bytes, in which `geometry::square` is inlined at 0x1020, 8 bytes. */
function moduleStream(): { readonly bytes: Buffer; readonly symbolBytes: number } {
  const symbols = join(
    u32(4),
    record(0x1147, u32(0, 0, 0, 0x40, 0, 0, 0, 0x10), u16(1), u8(0), text('outer')),
    // Offset 0x10 and a line further, 8 bytes long.
    record(0x114d, u32(0, 0, 0x1001), u8(6, 2, 3, 0x10, 4, 8)),
    record(0x114e),
    record(0x114f),
  );
  const files = subsection(0xf4, u32(1), u8(0, 0), zeros(2), u32(10), u8(0, 0), zeros(2));
  const inlinees = subsection(0xf6, u32(0), u32(0x1001, 8, 70));
  const lines = subsection(
    0xf2,
    u32(0x10),
    u16(1, 0),
    u32(0x40),
    u32(0, 3, 12 + 24),
    u32(0, 11, 0x10, 12, 0x20, 0xfeefee),
  );
  return { bytes: join(symbols, files, inlinees, lines), symbolBytes: symbols.length };
}

/** Streams of types and ids share their header. */
function types(...records: Buffer[]): Buffer {
  const body = join(...records);
  return join(u32(20_040_203, 56, 0x1000, 0x1000 + records.length, body.length), zeros(36), body);
}

function sectionHeader(address: number): Buffer {
  return join(Buffer.from('.text\0\0\0'), u32(0x80, address), zeros(20), u32(0x6000_0020));
}

/** What a PDB may have besides. */
export type PdbExtras = {
  readonly machine?: number;
  /** Places before and after rearranging, by the former; 0: gone. */
  readonly omapFromSource?: readonly (readonly [before: number, after: number])[];
  /** The same by the latter. */
  readonly omapToSource?: readonly (readonly [after: number, before: number])[];
  /** One record of the older frame data: start, size, words of locals, of parameters, and bits. */
  readonly fpo?: readonly [start: number, size: number, locals: number, parameters: number, bits: number];
};

/** The file. Streams: 1 info, 2 types, 3 debug information, 4 ids, 5 module, 6 symbols, 7 sections, 8 texts, then what is there besides. */
export function buildPdb({ machine = 0x8664, omapFromSource, omapToSource, fpo }: PdbExtras = {}): Buffer {
  const extra: Buffer[] = [];
  const added = (bytes: Buffer | null): number => (bytes === null ? 0xffff : 8 + extra.push(bytes));
  const fpoAt = added(fpo === undefined ? null : join(u32(fpo[0], fpo[1], fpo[2]), u16(fpo[3], fpo[4])));
  const fromAt = added(omapFromSource === undefined ? null : u32(...omapFromSource.flat()));
  const toAt = added(omapToSource === undefined ? null : u32(...omapToSource.flat()));
  const isMoved = omapFromSource !== undefined || omapToSource !== undefined;
  // The sections as they are now lie elsewhere, so that using them would show.
  const nowAt = added(isMoved ? sectionHeader(0x9000) : null);
  const { bytes: module, symbolBytes } = moduleStream();
  const info = join(
    u32(20_000_404, 0, 9),
    u32(0x11223344),
    u16(0x5566, 0x7788),
    u8(1, 2, 3, 4, 5, 6, 7, 8),
    u32(7),
    text('/names'),
    u32(1, 1, 1, 1, 0, 0, 8),
  );
  const modules = aligned(
    join(
      zeros(34),
      u16(5),
      u32(symbolBytes, 0, module.length - symbolBytes),
      zeros(16),
      text('a.obj'),
      text('a.obj'),
    ),
  );
  const streams = u16(
    fpoAt,
    0xffff,
    0xffff,
    toAt,
    fromAt,
    isMoved ? nowAt : 7,
    0xffff,
    0xffff,
    0xffff,
    0xffff,
    isMoved ? 7 : 0xffff,
  );
  const debug = join(
    u32(0xffff_ffff, 19_990_903, 3),
    u16(0, 0, 0, 0, 6, 0),
    u32(modules.length, 0, 0, 0, 0, 0, streams.length, 0),
    u16(0, machine),
    zeros(4),
    modules,
    streams,
  );
  const ids = types(record(0x1605, u32(0), text('geometry')), record(0x1601, u32(0x1000, 0), text('square')));
  const symbols = record(0x110e, u32(2, 0x60), u16(1), text('exported'));
  const sections = sectionHeader(0x1000);
  const names = join(u32(0xeffe_effe, 1, 19), u8(0), text('/src/a.c'), text('/src/a.h'));
  return container([zeros(0), info, types(), debug, ids, module, symbols, sections, names, ...extra]);
}

function container(streams: readonly Buffer[]): Buffer {
  const blocks: Buffer[] = [zeros(BLOCK_BYTES), zeros(BLOCK_BYTES), zeros(BLOCK_BYTES)];
  const place = (bytes: Buffer): number[] => {
    const numbers: number[] = [];
    for (let at = 0; at < bytes.length; at += BLOCK_BYTES) {
      numbers.push(blocks.length);
      const block = zeros(BLOCK_BYTES);
      bytes.copy(block, 0, at);
      blocks.push(block);
    }
    return numbers;
  };
  const lists = streams.flatMap(place);
  const directory = u32(streams.length, ...streams.map(({ length }) => length), ...lists);
  const map = place(u32(...place(directory)));
  const [mapBlock = 0] = map;
  join(Buffer.from(MSF_MAGIC), u32(BLOCK_BYTES, 1, blocks.length, directory.length, 0, mapBlock)).copy(
    blocks[0] ?? zeros(0),
  );
  return join(...blocks);
}
