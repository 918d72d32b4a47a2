// Debug information for tests, in version 4 and 5 of DWARF: one unit with a function of two parts, a call inlined into it, and a function
// that the linker dropped.
import { zstdCompressSync } from 'node:zlib';
import { type BuiltSection, buildElf, buildIdNote, ehFrame, fields, symbol, text } from './elf-builder.ts';

function uleb(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...uleb(Math.floor(value / 128))];
}

/** An abbreviation: code, tag, whether it has children, and pairs of attribute and form. */
function abbreviation(code: number, tag: number, children: 0 | 1, ...pairs: number[]): number[] {
  return [code, tag, children, ...pairs.flatMap(uleb), 0, 0];
}

const ABBREVIATIONS = Buffer.from([
  // compile_unit: name, comp_dir (string), language (data1), low_pc (addr), stmt_list (sec_offset)
  ...abbreviation(1, 0x11, 1, 0x03, 0x08, 0x1b, 0x08, 0x13, 0x0b, 0x11, 0x01, 0x10, 0x17),
  // namespace: name
  ...abbreviation(2, 0x39, 1, 0x03, 0x08),
  // subprogram, abstract: name, inline
  ...abbreviation(3, 0x2e, 0, 0x03, 0x08, 0x20, 0x0b),
  // subprogram: linkage_name (string), ranges (sec_offset)
  ...abbreviation(4, 0x2e, 1, 0x6e, 0x08, 0x55, 0x17),
  // inlined_subroutine: abstract_origin (ref4), low_pc (addr), high_pc (data4), call_file, call_line (data1)
  ...abbreviation(5, 0x1d, 0, 0x31, 0x13, 0x11, 0x01, 0x12, 0x06, 0x58, 0x0b, 0x59, 0x0b),
  // subprogram: name, low_pc (addr), high_pc (data4)
  ...abbreviation(6, 0x2e, 0, 0x03, 0x08, 0x11, 0x01, 0x12, 0x06),
  0,
]);

const NAME = 'main.cc\0';
const DIRECTORY = '/src\0';

/** The unit; offsets in it count from its header. */
function unit(version: 4 | 5): Buffer {
  const headerBytes = version === 5 ? 12 : 11;
  const head = Buffer.concat([
    Buffer.from([1]),
    Buffer.from(NAME + DIRECTORY),
    fields([4, 1], [0, 8], [0, 4]),
    Buffer.from([2]),
    Buffer.from('app\0'),
  ]);
  const abstractAt = headerBytes + head.length;
  const body = Buffer.concat([
    head,
    Buffer.from([3]),
    Buffer.from('helper\0'),
    Buffer.from([1, 0]),
    Buffer.from([4]),
    Buffer.from('_ZN3app3runEi\0'),
    fields([version === 5 ? 12 : 0, 4]),
    Buffer.from([5]),
    fields([abstractAt, 4], [0x1004, 8], [4, 4], [1, 1], [21, 1]),
    Buffer.from([0]),
    Buffer.from([6]),
    Buffer.from('dropped\0'),
    fields([0, 8], [0x10, 4]),
    Buffer.from([0]),
  ]);
  const header =
    version === 5
      ? fields([body.length + headerBytes - 4, 4], [5, 2], [1, 1], [8, 1], [0, 4])
      : fields([body.length + headerBytes - 4, 4], [4, 2], [0, 4], [8, 1]);
  return Buffer.concat([header, body]);
}

/** 0x1000 to 0x1010, and 0x1040 to 0x1048. */
function ranges(version: 4 | 5): BuiltSection {
  if (version === 4) {
    const bytes = fields([0x1000, 8], [0x1010, 8], [0x1040, 8], [0x1048, 8], [0, 8], [0, 8]);
    return { name: '.debug_ranges', bytes };
  }
  const list = Buffer.concat([
    Buffer.from([7]),
    fields([0x1000, 8]),
    Buffer.from([0x10, 7]),
    fields([0x1040, 8]),
    Buffer.from([8, 0]),
  ]);
  return {
    name: '.debug_rnglists',
    bytes: Buffer.concat([fields([list.length + 8, 4], [5, 2], [8, 1], [0, 1], [0, 4]), list]),
  };
}

/** Rows: 0x1000 line 20, 0x1004 line 5 (the inlined code), 0x1008 line 22 to 0x1048. */
function lines(version: 4 | 5): Buffer {
  const setAddress = (address: number): Buffer =>
    Buffer.concat([Buffer.from([0, 9, 2]), fields([address, 8])]);
  const program = Buffer.concat([
    setAddress(0x1000),
    Buffer.from([3, 19, 1]),
    Buffer.from([2, 4, 3, 0x71, 1]),
    Buffer.from([2, 4, 3, 17, 1]),
    Buffer.from([2, ...uleb(0x40), 0, 1, 1]),
  ]);
  const operands = [0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1];
  const common = [1, 1, 1, 0xfb, 14, 13, ...operands];
  const tables =
    version === 5
      ? Buffer.concat([
          Buffer.from([1, 1, 8, 1]),
          Buffer.from(DIRECTORY),
          Buffer.from([2, 1, 8, 2, 0x0b, 2]),
          Buffer.from(`${NAME.slice(0, -1)}\0\0`),
          Buffer.from(`${NAME.slice(0, -1)}\0\0`),
        ])
      : Buffer.concat([Buffer.from([0]), Buffer.from(NAME), Buffer.from([0, 0, 0, 0])]);
  const headerLength = common.length + tables.length;
  const rest = Buffer.concat([
    version === 5 ? fields([5, 2], [8, 1], [0, 1], [headerLength, 4]) : fields([4, 2], [headerLength, 4]),
    Buffer.from(common),
    tables,
    program,
  ]);
  return Buffer.concat([fields([rest.length, 4]), rest]);
}

const BUILD_ID = buildIdNote(Buffer.from('00112233445566778899aabbccddeeff00112233', 'hex'));

/** The sections, by the names that ELF gives them. */
export function debugSections(version: 4 | 5): readonly BuiltSection[] {
  return [
    { name: '.debug_info', bytes: unit(version) },
    { name: '.debug_abbrev', bytes: ABBREVIATIONS },
    { name: '.debug_line', bytes: lines(version) },
    ranges(version),
  ];
}

function pack(section: BuiltSection): BuiltSection {
  const bytes = Buffer.concat([
    fields([2, 4], [0, 4], [section.bytes.length, 8], [1, 8]),
    zstdCompressSync(section.bytes),
  ]);
  return { ...section, flags: 0x800, bytes };
}

/** A program with debug information; `packed`: its sections are compressed. */
export function programWithDebugInformation(version: 4 | 5, { packed = false } = {}): Buffer {
  const sections = debugSections(version);
  return buildElf([text(0x1000, 0x100), BUILD_ID, ...(packed ? sections.map(pack) : sections)]);
}

/** A program whose debug information has lines alone, for two functions that symbols name. */
export function programWithLinesAlone(): Buffer {
  const head = Buffer.concat([
    Buffer.from([1]),
    Buffer.from(NAME + DIRECTORY),
    fields([4, 1], [0, 8], [0, 4]),
    Buffer.from([0]),
  ]);
  const info = Buffer.concat([fields([head.length + 7, 4], [4, 2], [0, 4], [8, 1]), head]);
  return buildElf([
    text(0x1000, 0x100),
    BUILD_ID,
    { name: '.debug_info', bytes: info },
    { name: '.debug_abbrev', bytes: ABBREVIATIONS },
    { name: '.debug_line', bytes: lines(4) },
    {
      name: '.symtab',
      type: 2,
      bytes: Buffer.concat([Buffer.alloc(24), symbol(1, 0x1000, 8), symbol(7, 0x1008, 8)]),
      link: 7,
    },
    { name: '.strtab', type: 3, bytes: Buffer.from('\0first\0second\0') },
  ]);
}

/** The same program without its debug information, and with unwind rows for its first 16 bytes. */
export function strippedProgram(): Buffer {
  return buildElf([
    text(0x1000, 0x100),
    BUILD_ID,
    ehFrame([{ start: 0x1000, size: 0x10, instructions: [] }]),
  ]);
}

/** What was stripped: the debug information, and of the code only where it was. */
export function separateDebugFile(version: 4 | 5): Buffer {
  return buildElf([{ ...text(0x1000, 0x100), type: 8 }, BUILD_ID, ...debugSections(version)]);
}
