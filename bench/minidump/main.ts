// Stack walking against the native tools, as ratios that are measured in one run: `node bench/minidump/main.ts`.
//
// Mayday works inside its server, the tools are started for each dump, and both are measured as they are used: from the
// dump's bytes to the finished report. For Mayday, in a process that has run
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
import { median } from '../median.ts';

const WARM_UP_ROUNDS = 5;
const ROUNDS = 15;

const folder = mkdtempSync(path.join(tmpdir(), 'mayday-bench-'));
try {
  await main();
} finally {
  rmSync(folder, { recursive: true });
}

async function main(): Promise<void> {
  const tools = nativeTools(path.join(folder, 'tools'));
  const { subjects, large, largeSym } = await prepareSubjects(folder);
  for (const subject of [...subjects, large]) await compare(subject, tools);
  await indexing(largeSym);
  memory(large, tools);
}

/** One dump: a process that does nothing, all tools, and Mayday cold, warm and hot. */
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
  const own = ['Mayday cold', 'Mayday warm', 'Mayday hot'];
  const times = await medians([
    ['a process that does nothing', () => timeCommand(['true'])],
    ['Mayday cold', timed(once(subject.symbols))],
    ['Mayday warm', timed(once(subject.indexed))],
    ['Mayday hot', timed(() => run(hotProvider))],
    ...tools.map(({ name, command }): Contender => [
      name,
      () => timeCommand(command(subject.dump, subject.symbols)),
    ]),
  ]);
  hotProvider.close();
  print(`\n${subject.name}\n`);
  for (const [name, time] of times) {
    const ratios = own
      .map((state) => `${(time / (times.get(state) ?? 0)).toFixed(1)} x ${state.slice(7)}`)
      .join(', ');
    const isTool = tools.some((tool) => tool.name === name);
    print(`  ${name.padEnd(32)} ${ms(time)}${isTool ? `   = ${ratios}` : ''}\n`);
  }
}

async function indexing(sym: string): Promise<void> {
  const { size } = statSync(sym);
  let written = 0;
  const index = async (): Promise<void> => {
    written = 0;
    await indexSymbolFile(sym, (piece) => {
      written += piece.length;
    });
  };
  const times = await medians([['index', timed(index)]]);
  print(
    `\nIndex of a symbol file of ${megabytes(size)}: ${ms(times.get('index') ?? 0)}, ${megabytes(written)}\n`,
  );
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

/** A name, and one run in milliseconds. */
type Contender = readonly [name: string, run: () => number | Promise<number>];

/** The median of each contender over rounds in which all take turns, so that a busy machine slows all of them alike. */
async function medians(contenders: readonly Contender[]): Promise<Map<string, number>> {
  const times = new Map<string, number[]>(contenders.map(([name]) => [name, []]));
  for (let round = 0; round < WARM_UP_ROUNDS + ROUNDS; round++) {
    for (const [name, run] of contenders) {
      const time = await run();
      if (round >= WARM_UP_ROUNDS) times.get(name)?.push(time);
    }
  }
  return new Map([...times].map(([name, all]) => [name, median(all)]));
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
