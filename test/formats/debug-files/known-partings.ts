// Samples of the corpus at which the oracle (llvm-symbolizer) says something else and is not followed: by address, with the reason of each kind.

/** Why the oracle is not followed. */
type Reason =
  /** Behind the end of a function that debug information knows, llvm goes on with the last symbol, which has no size in COFF and PDB files. */
  | 'behind'
  /** llvm names data, or what lies behind the image; a frame is in code. */
  | 'data'
  /** llvm takes a label of an assembler file, without type or size, for a function. */
  | 'label'
  /** Of two names of one address llvm takes the alias of the symbol table, not the name of the debug information. */
  | 'alias'
  /** llvm takes an underscore off the name that the debug information has. */
  | 'underscore'
  /** Two lines begin at the first byte of a function: the first of them has no length, and the last counts. */
  | 'twoLines'
  /** Of functions that the linker folded into one, every name is right; llvm takes another one. */
  | 'folded'
  /** llvm finds a function that the linker dropped, at address 0. */
  | 'dropped';

/** Offsets by entry of the manifest and reason. */
export const PARTINGS: Readonly<Record<string, Partial<Readonly<Record<Reason, readonly number[]>>>>> = {
  'elf-x64-c-O0-d5': {
    label: [0x155b],
    data: [0x11564],
  },
  'elf-x64-cpp-O2-d5': {
    data: [0x115cc],
  },
  'elf-x64-cpp-O2-d4': {
    data: [0x401000, 0x401001, 0x401020, 0x401021, 0x4010a0, 0x4010a1, 0x4015bc, 0x4015bd, 0x4115bc],
  },
  'elf-x64-c-O3-d3': {
    label: [0x169d],
    data: [0x116a8],
  },
  'elf-x64-c-O2-d2': {
    label: [0x141d],
    data: [0x11428],
  },
  'elf-x64-cpp-clang14-O2-d5': {
    data: [0x11658],
  },
  'elf-x64-cpp-clang14-O0-types': {
    data: [0x11bc0],
  },
  'elf-x64-cpp-types-d4': {
    data: [0x11560],
  },
  'elf-x64-split-dwo': {
    data: [0x115cc],
  },
  'elf-x64-split-dwp': {
    data: [0x114a0],
  },
  'elf-x64-gz-zlib': {
    data: [0x115cc],
  },
  'elf-x64-gz-gnu': {
    data: [0x113dc],
  },
  'elf-x64-debuglink': {
    data: [0x115cc],
  },
  'elf-x64-dwz': {
    data: [0x115cc],
  },
  'elf-x64-symtab-only': {
    data: [0x4038, 0x4039, 0x14038],
  },
  'elf-x64-lto': {
    data: [0x11330],
  },
  'elf-x64-gc-bfd': {
    data: [0x1138c],
  },
  'elf-x64-debugframe': {
    data: [0x113dc],
  },
  'elf-x64-rust-dbg': {
    dropped: [0x10],
  },
  'elf-x64-go': {
    data: [0x401000, 0x401001, 0x411000],
  },
  'elf-a64-cpp-O2': {
    data: [0x1155c],
  },
  'elf-arm-c-O2': {
    data: [0x10100, 0x10101, 0x20100],
  },
  'pe-x64-cpp-O2': {
    behind: [0x13c1, 0x13d7, 0x140f, 0x1427, 0x1556, 0x1572, 0x15b6],
    twoLines: [0x1430, 0x14b0],
    data: [0x1189c],
  },
  'pe-x64-c-O0': {
    behind: [0x1093, 0x147e, 0x14a3],
    data: [0x1162d],
  },
  'pe-x86-c-O2': {
    behind: [0x103f, 0x133f],
    twoLines: [0x1040],
    data: [0x114fd],
  },
  'pe-x86-cpp-O1': {
    behind: [0x1266, 0x1277, 0x129f, 0x12ae, 0x12b7, 0x13eb, 0x1402, 0x143b],
    data: [0x1151d],
  },
  'pe-a64-cpp-O2': {
    twoLines: [0x1364, 0x13c0],
    behind: [0x1458],
    data: [0x1166c],
  },
  'pe-x64-icf': {
    folded: [0x1000, 0x1001, 0x1005, 0x100a, 0x1010],
    data: [0x110ac],
  },
  'pe-x64-mingw-O2': {
    behind: [
      0x1314, 0x1332, 0x13d9, 0x13e5, 0x13fa, 0x1439, 0x164a, 0x1982, 0x1dcf, 0x1e51, 0x2137, 0x21f6, 0x2289,
      0x2363, 0x241d,
    ],
    alias: [0x2360, 0x2361, 0x2362],
    data: [
      0x42d0, 0x42d1, 0x42e0, 0x42e1, 0x4300, 0x4301, 0x4320, 0x4321, 0x4340, 0x4341, 0x4360, 0x4361, 0x4380,
      0x4381, 0x43b0, 0x43b1, 0x7020, 0x7021, 0x7024, 0x7025, 0x7028, 0x7029, 0x702a, 0x17029,
    ],
  },
  'pe-x86-mingw-O1': {
    underscore: [0x1270, 0x1271, 0x1277],
    data: [0x13e8, 0x113e7],
  },
  'elf-x64-cpp-cold': {
    data: [0x1161c],
  },
  'pe-x64-pdb-only': {
    behind: [0x104f, 0x152f],
    data: [0x117cc],
  },
};
