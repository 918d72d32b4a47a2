// `mayday/node`: what of the library needs files or the compression of Node.
export { unpackDump, type Unpacked } from '../formats/containers/dump-container.ts';
export { DirectorySymbols, type DirectorySymbolsOptions } from '../process/symbols/directory-symbols.ts';
export { FileAccess } from '../process/symbols/file-access.ts';
export { SectionSpool, type SpoolOptions } from '../process/symbols/section-spool.ts';
