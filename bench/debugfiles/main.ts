// Indexing debug files: `node bench/debugfiles/main.ts FILE...` indexes each in a process of its own and prints time and peak memory,
// beside dump_syms where that is on the path (as ratios, measured in the same run).
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const MEGABYTE = 1024 * 1024;
/** As people install it: https://github.com/mozilla/dump_syms. */
const DUMP_SYMS = 'dump_syms';

/** What a run took; null where the tool is absent or failed. */
type Run = {
  readonly seconds: number;
  readonly cpuSeconds: number | null;
  readonly megabytes: number | null;
};

const files = process.argv.slice(2);
if (files.length === 0) throw new Error('name debug files: node bench/debugfiles/main.ts FILE...');
const folder = mkdtempSync(path.join(tmpdir(), 'mayday-bench-'));
try {
  for (const file of files) measure(file);
} finally {
  rmSync(folder, { recursive: true });
}

function measure(file: string): void {
  const index = path.join(folder, 'index');
  const own = mayday(file, index);
  const other = dumpSyms(file);
  const size = (bytes: number): string => `${(bytes / MEGABYTE).toFixed(1)} MB`;
  process.stdout.write(
    `${path.basename(file)}, ${size(statSync(file).size)}; index ${size(statSync(index).size)}\n`,
  );
  print('Mayday', own);
  if (other === null) process.stdout.write('  dump_syms is not on the path\n');
  else {
    print('dump_syms', other);
    process.stdout.write(`  ratio of time ${(own.seconds / other.seconds).toFixed(1)}\n`);
  }
}

/** The child says itself what it took: Node does not tell that of children. */
function mayday(file: string, index: string): Run {
  const module = new URL('../../src/process/symbols/read-debug-files.ts', import.meta.url);
  const script = `
    const { indexDebugFiles, inspectDebugFile, debugFileNameOf } = await import(${JSON.stringify(module.href)});
    const [file, target] = process.argv.slice(1);
    const name = file.split('/').at(-1);
    const [{ ids }] = await inspectDebugFile({ file, name });
    const set = { files: [{ file, name }], debugFile: debugFileNameOf(ids, name), debugId: ids.debugId, spool: target + '.spool' };
    const start = performance.now();
    await indexDebugFiles(set, target);
    const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
    const seconds = (performance.now() - start) / 1000;
    console.log(JSON.stringify({ seconds, cpuSeconds: (userCPUTime + systemCPUTime) / 1e6, megabytes: maxRSS / 1024 }));`;
  const child = spawnSync(
    process.execPath,
    ['--max-semi-space-size=2', '--input-type=module', '--eval', script, '--', path.resolve(file), index],
    { encoding: 'utf8' },
  );
  if (child.status !== 0) throw new Error(`${file}: ${child.stderr.slice(-500)}`);
  return JSON.parse(child.stdout) as Run;
}

function dumpSyms(file: string): Run | null {
  const start = performance.now();
  const child = spawnSync(DUMP_SYMS, ['--inlines', file], { maxBuffer: 2 ** 31 });
  if (child.status !== 0) return null;
  return { seconds: (performance.now() - start) / 1000, cpuSeconds: null, megabytes: null };
}

function print(tool: string, { seconds, cpuSeconds, megabytes }: Run): void {
  const cpu = cpuSeconds === null ? '' : `, ${cpuSeconds.toFixed(2)} s of processor time`;
  const memory = megabytes === null ? '' : `, peak ${Math.round(megabytes)} MB`;
  process.stdout.write(`  ${tool}: ${seconds.toFixed(2)} s${cpu}${memory}\n`);
}
