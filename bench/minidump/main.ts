// Stack walking against the native tools, as ratios that are measured in one run: `node bench/minidump/main.ts`.
//
// Mayday works inside its server, the tools are started for each dump, and both are measured as they are used: from the
// dump's bytes to the finished report. `floor` is a process that does nothing. For Mayday, in a process that has run
// before:
//   cold   the symbol files are there, no index: each file that the walk touches is read and indexed
//   warm   the indexes are there (they are written at upload) and nothing is cached: every dump opens them anew
//   hot    the same provider has answered before, as in a server that sees a crash again
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { processMinidump } from '../../src/formats/crash/process-minidump.ts';
import { DirectorySymbols } from '../../src/process/symbols/directory-symbols.ts';
import { indexSymbolFile } from '../../src/process/symbols/index-symbol-file.ts';
import { type NativeTool, nativeTools, peakMemory, timeCommand } from './native-tools.ts';
import { prepareSubjects, type Subject } from './subjects.ts';

const WARM_UP_RUNS = 5;
const RUNS = 15;

const folder = mkdtempSync(path.join(tmpdir(), 'mayday-bench-'));
try {
  await main();
} finally {
  rmSync(folder, { recursive: true });
}

async function main(): Promise<void> {
  const tools = nativeTools(path.join(folder, 'tools'));
  const { subjects, large, largeSym } = await prepareSubjects(folder);
  const floor = await median(() => timeCommand([process.platform === 'win32' ? 'whoami' : 'true']));
  print(`\nProcess that does nothing (floor): ${ms(floor)}\n`);
  for (const subject of [...subjects, large]) await compare(subject, tools);
  await indexing(largeSym);
  memory(large, tools);
}

/** One dump: all tools, and Mayday cold, warm and hot. */
async function compare(subject: Subject, tools: readonly NativeTool[]): Promise<void> {
  const bytes = readFileSync(subject.dump);
  const run = async (provider: DirectorySymbols): Promise<void> => {
    JSON.stringify(await processMinidump(bytes, { symbols: provider }));
  };
  const once = (root: string) => async (): Promise<void> => {
    const provider = new DirectorySymbols({ roots: [root] });
    await run(provider);
    provider.close();
  };
  const hotProvider = new DirectorySymbols({ roots: [subject.indexed] });
  const own = [
    ['cold', await median(timed(once(subject.symbols)))],
    ['warm', await median(timed(once(subject.indexed)))],
    ['hot', await median(timed(() => run(hotProvider)))],
  ] as const;
  hotProvider.close();
  print(`${subject.name}\n`);
  for (const [state, time] of own) print(`  Mayday ${state.padEnd(32)} ${ms(time)}\n`);
  for (const tool of tools) {
    const time = await median(() => timeCommand(tool.command(subject.dump, subject.symbols)));
    const ratios = own.map(([state, mine]) => `${state} ${(time / mine).toFixed(1)} x faster`).join(', ');
    print(`  ${tool.name.padEnd(39)} ${ms(time)}   Mayday: ${ratios}\n`);
  }
}

async function indexing(sym: string): Promise<void> {
  const { size } = statSync(sym);
  let written = 0;
  const time = await median(
    timed(async () => {
      written = 0;
      await indexSymbolFile(sym, (piece) => {
        written += piece.length;
      });
    }),
  );
  print(`\nIndex of a symbol file of ${megabytes(size)}: ${ms(time)}, ${megabytes(written)}\n`);
}

function memory(subject: Subject, tools: readonly NativeTool[]): void {
  print(`\nPeak memory, ${subject.name}\n`);
  const script = path.join(import.meta.dirname, 'process-once.ts');
  const rows: [string, readonly string[]][] = [
    ['Node that does nothing', [process.execPath, '-e', '0']],
    ['Mayday cold', [process.execPath, script, subject.dump, subject.symbols]],
    ['Mayday warm', [process.execPath, script, subject.dump, subject.indexed]],
    ...tools.map((tool): [string, readonly string[]] => [
      tool.name,
      tool.command(subject.dump, subject.symbols),
    ]),
  ];
  for (const [name, command] of rows) {
    const peak = peakMemory(command);
    print(
      `  ${name.padEnd(39)} ${peak === null ? 'not measured (no /usr/bin/time)' : `${peak.toFixed(0)} MB`}\n`,
    );
  }
}

function timed(run: () => Promise<void>): () => Promise<number> {
  return async () => {
    const start = performance.now();
    await run();
    return performance.now() - start;
  };
}

async function median(measure: () => number | Promise<number>): Promise<number> {
  for (let i = 0; i < WARM_UP_RUNS; i++) await measure();
  const times: number[] = [];
  for (let i = 0; i < RUNS; i++) times.push(await measure());
  return times.toSorted((a, b) => a - b)[Math.floor(RUNS / 2)] ?? 0;
}

function ms(time: number): string {
  return `${time.toFixed(2).padStart(8)} ms`;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

function print(text: string): void {
  process.stdout.write(text);
}
