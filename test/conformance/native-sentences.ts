// What Mayday promises about frames and names of native crashes, in the form of the specifications' sentences; the pages about walks,
// signatures and symbols say more.

/** One promise. */
export interface NativeSentence {
  readonly id: string;
  /** The page that describes it. */
  readonly page: string;
  readonly says: string;
}

const WALKS = 'walking.md';
const NAMES = 'signatures.md';
const SYMBOLS = 'symbols.md';
const DUMPS = 'processed-minidump.md';

export const NATIVE_SENTENCES: readonly NativeSentence[] = [
  { id: 'native-rust-minidump', page: WALKS, says: 'Frames of real dumps are those of rust-minidump' },
  {
    id: 'native-breakpad',
    page: WALKS,
    says: 'Frames of real dumps are those of Breakpad, but for named differences',
  },
  {
    id: 'native-next',
    page: WALKS,
    says: 'A caller that nobody can believe gives way to the next technique',
  },
  { id: 'native-code', page: WALKS, says: 'What the mappings call not executable is no return address' },
  { id: 'native-signal', page: WALKS, says: 'Walks go through signal frames; both addresses are exact' },
  {
    id: 'native-dispatcher',
    page: WALKS,
    says: 'Walks go through exception dispatchers to the interrupted code',
  },
  { id: 'native-leaf', page: WALKS, says: 'A leaf’s link register is believed without symbols' },
  { id: 'native-nested', page: WALKS, says: 'A module inside another one is found there' },
  { id: 'native-deep', page: WALKS, says: 'Of a deep recursion head and true end are kept' },
  { id: 'native-public', page: WALKS, says: 'A public symbol does not reach over other code' },
  { id: 'native-vague', page: NAMES, says: 'A name that says nothing takes the next frame, too' },
  { id: 'native-parts', page: NAMES, says: 'Parts, copies and thunks of a function are the function' },
  { id: 'native-guess', page: NAMES, says: 'Frames found by scanning decide nothing while others do' },
  { id: 'native-guess-shown', page: 'bugs.md', says: 'Pages show frames found by scanning quiet and folded' },
  { id: 'native-handler', page: NAMES, says: 'A handler that crashed itself is the crash' },
  { id: 'native-run-time', page: NAMES, says: 'Keys do not depend on whether the system has symbols' },
  { id: 'native-hash', page: SYMBOLS, says: 'Mangled names are readable, and hashes of builds go' },
  { id: 'native-order', page: SYMBOLS, says: 'Symbol files may be of any size and in any order' },
  { id: 'native-utf16', page: SYMBOLS, says: 'Symbol files in UTF-16 are read' },
  { id: 'native-zip', page: SYMBOLS, says: 'One refused file of an archive costs that file alone' },
  { id: 'native-reason', page: DUMPS, says: 'Crash reasons are named in the words of their system' },
  { id: 'native-instruction', page: DUMPS, says: 'The instruction is shown in the words of the field' },
];
