// `mayday symbols`: index and check Breakpad symbol files by hand, and upload them to a server.
import { randomUUID } from 'node:crypto';
import { statSync } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { START_BYTES } from '../../formats/debug-files/debug-file.ts';
import { debugFileFormatOf } from '../../formats/debug-files/registry.ts';
import type { SymbolFileFacts } from '../../formats/symbols/module-symbols.ts';
import { symbolPath } from '../../formats/symbols/symbol-path.ts';
import { INDEX_SUFFIX, indexSymbolFile, writeSymbolIndex } from '../../process/symbols/index-symbol-file.ts';
import {
  debugFileNameOf,
  indexDebugFiles,
  type InspectedImage,
  inspectDebugFile,
} from '../../process/symbols/read-debug-files.ts';
import {
  buildIdOf,
  lackingParts,
  partsOfImage,
  partsOfText,
  wantedText,
  wantsOf,
} from '../../process/symbols/symbol-parts.ts';
import type { SymbolFile, WantedFile } from '../../store/symbols.ts';
import { readArguments, UsageError } from '../arguments.ts';
import type { Command, CommandIo } from '../command.ts';
import { dumpSymbols } from '../symbol-dump.ts';
import { uploadSymbols } from '../symbol-upload/upload.ts';

/** What is said about one file. */
type Finding = {
  readonly file: string;
  readonly facts?: SymbolFileFacts;
  /** Where a symbol tree keeps the file, or null where it does not name itself. */
  readonly path?: string | null;
  readonly index?: { readonly file: string; readonly bytes: number };
  readonly milliseconds?: number;
  /** Of a debug file: what it gives, and what another file would have to give. */
  readonly gives?: string;
  readonly wants?: readonly WantedFile[];
  readonly wanting?: readonly string[];
  /** What is wrong, in words. */
  readonly faults: readonly string[];
};

export const command: Command = {
  usage: `Usage: mayday symbols index [--json] FILE...
       mayday symbols check [--json] FILE...
       mayday symbols dump [--arch CPU] FILE...
       mayday symbols upload [--url URL] [--token TOKEN] [--product NAME] [--account NAME] [--id ID]... [--missing] [--json] DIR|ZIP|FILE...

Reads Breakpad symbol files (.sym, .sym.gz, .sym.zst), and debug files as compilers make them (ELF, Mach-O, PE).

  index   write FILE${INDEX_SUFFIX} beside each file: "mayday dump --symbols" then reads only what it needs
  check   say what is in each file, where a symbol tree keeps it, and which lines are damaged
  dump    print the .sym text of a program and its debug file, as dump_syms does
  upload  send folders, zip archives and files of symbols to a reports server; what it has already is left out,
          so an interrupted upload goes on when it is run again

  --json          print an array with one object for each file
  --url URL       the reports server (MAYDAY_URL; default http://localhost:8081)
  --token TOKEN   an API token with the role write (better in MAYDAY_TOKEN, which other people cannot see)
  --product NAME  the product that the symbols belong to, for the list and for retention
  --account NAME  the account that they belong to, where the token is for several and the product is not of one of them alone
  --id ID         only files with this debug id; may be repeated
  --missing       only files that stored reports lack
  --arch CPU      of a file with several images: x86_64, x86, arm64 or arm (default: the first)

Exit code 0: all files are good (upload: all are on the server); 1: a file cannot be read, names no module, has damaged lines,
or could not be uploaded.
`,
  async run(args, io) {
    if (args[0] === 'upload') return uploadSymbols(args.slice(1), io);
    if (args[0] === 'dump') return dumpSymbols(args.slice(1), io);
    const { values, positionals } = readArguments(args, { json: { type: 'boolean' } }, { positionals: true });
    const [action, ...files] = positionals;
    if (action !== 'index' && action !== 'check')
      throw new UsageError('the first argument must be "index", "check", "dump" or "upload"');
    if (files.length === 0) throw new UsageError(`"${action}" needs at least one file`);
    const findings: Finding[] = [];
    for (const file of files) {
      findings.push(...(await examine(file, action)));
    }
    const told = findings.map((finding) => withWanting(finding, findings));
    if (values.json !== true) for (const finding of told) print(finding, io);
    if (values.json === true) io.out(`${JSON.stringify(told, null, 2)}\n`);
    return findings.some(({ faults }) => faults.length > 0) ? 1 : 0;
  },
};

async function examine(file: string, action: 'index' | 'check'): Promise<readonly Finding[]> {
  const start = performance.now();
  try {
    if (await isDebugFile(file)) return await examineDebugFile(file, action);
    const target = file + INDEX_SUFFIX;
    const facts =
      action === 'index' ? await writeSymbolIndex(file, target) : await indexSymbolFile(file, () => {});
    const place =
      facts.debugFile === null || facts.debugId === null ? null : symbolPath(facts.debugFile, facts.debugId);
    const finding = {
      file,
      facts,
      path: place === null ? null : place.join('/'),
      gives: partsOfText(facts),
      ...(action === 'index' ? { index: { file: target, bytes: statSync(target).size } } : {}),
      milliseconds: Math.round(performance.now() - start),
      faults: faultsOf(facts, place !== null),
    };
    return [finding];
  } catch (error) {
    return [{ file, faults: [`cannot be read: ${error instanceof Error ? error.message : String(error)}`] }];
  }
}

async function isDebugFile(file: string): Promise<boolean> {
  const handle = await open(file);
  try {
    const { bytesRead, buffer } = await handle.read(new Uint8Array(START_BYTES), 0, START_BYTES, 0);
    return debugFileFormatOf(buffer.subarray(0, bytesRead)) !== null;
  } finally {
    await handle.close();
  }
}

type BuildFile = Pick<SymbolFile, 'format' | 'gives' | 'wants'>;

/** What the other files do not give either. */
function withWanting(finding: Finding, all: readonly Finding[]): Finding {
  const { wants, facts, ...same } = finding;
  if (wants === undefined || facts === undefined) return finding;
  const build: BuildFile[] = [];
  for (const other of all) {
    if (other.facts === undefined || other.facts.debugId !== facts.debugId) continue;
    // A text wants nothing.
    const format = other.wants === undefined ? 'sym' : '';
    build.push({ format, gives: other.gives ?? '', wants: other.wants ?? [] });
  }
  const ids = new Set(all.map((other) => other.facts?.debugId ?? ''));
  return { ...same, facts, wanting: lackingParts(build, ids).map(wantedText) };
}

/** A file as a compiler made it: for each of its images what it gives, and what would complete it. */
async function examineDebugFile(file: string, action: 'index' | 'check'): Promise<readonly Finding[]> {
  const name = path.basename(file);
  const images = await inspectDebugFile({ file, name });
  const findings: Finding[] = [];
  // The index beside a file is that of its first image.
  for (const image of action === 'index' ? images.slice(0, 1) : images) {
    findings.push(await examineImage({ file, name, image }, action));
  }
  return findings;
}

async function examineImage(
  { file, name, image }: { readonly file: string; readonly name: string; readonly image: InspectedImage },
  action: 'index' | 'check',
): Promise<Finding> {
  const start = performance.now();
  const { ids } = image;
  const debugFile = debugFileNameOf(ids, name);
  const debugId = buildIdOf(image) ?? '';
  const target = action === 'index' ? file + INDEX_SUFFIX : path.join(tmpdir(), `mayday-${randomUUID()}`);
  try {
    const spool = path.join(tmpdir(), `mayday-${randomUUID()}`);
    const set = { files: [{ file, name }], debugFile, debugId, spool };
    const { facts, notes } = await indexDebugFiles(set, target);
    const place = symbolPath(debugFile, debugId);
    return {
      file,
      facts,
      path: place?.join('/') ?? null,
      gives: partsOfImage(image, facts),
      wants: wantsOf(image, name),
      ...(action === 'index' ? { index: { file: target, bytes: statSync(target).size } } : {}),
      milliseconds: Math.round(performance.now() - start),
      faults: [...notes, ...(debugId === '' ? ['has no id that a dump could name'] : [])],
    };
  } finally {
    if (action === 'check') await rm(target, { force: true });
  }
}

function faultsOf(facts: SymbolFileFacts, named: boolean): string[] {
  const faults: string[] = [];
  if (facts.os === null) faults.push('has no MODULE line');
  else if (!named) faults.push('has no usable debug file and id in its MODULE line: no dump can ask for it');
  if (facts.functions + facts.publics + facts.cfiRanges + facts.winRanges === 0)
    faults.push('says nothing about any address');
  if (facts.skippedLines > 0) faults.push(`has ${facts.skippedLines} damaged lines, which were left out`);
  return faults;
}

function print(finding: Finding, io: CommandIo): void {
  const { file, facts, path: place, index, milliseconds, faults } = finding;
  io.out(`${file}\n`);
  if (facts !== undefined) {
    io.out(
      `  module     ${facts.debugFile ?? '?'} ${facts.debugId ?? '?'} (${facts.os ?? '?'}, ${facts.cpu ?? '?'})\n`,
    );
    io.out(`  belongs at ${place ?? 'nowhere'}\n`);
    io.out(
      `  contains   ${facts.functions} functions, ${facts.publics} public symbols, ${facts.lines} lines, ` +
        `${facts.inlines} inlined calls, ${facts.cfiRanges} CFI and ${facts.winRanges} STACK WIN ranges\n`,
    );
  }
  if (finding.gives !== undefined)
    io.out(`  gives      ${finding.gives.replaceAll(',', ', ') || 'nothing'}\n`);
  for (const each of finding.wanting ?? []) io.out(`  wants      ${each}\n`);
  if (index !== undefined)
    io.out(`  index      ${index.file}, ${index.bytes} bytes, ${milliseconds ?? 0} ms\n`);
  for (const fault of faults) io.out(`  FAULT      ${fault}\n`);
}
