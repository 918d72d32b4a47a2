// The native stack walkers that Mayday is measured against: Breakpad's from npm, rust-minidump's where it is installed.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';

/** The package whose Linux and macOS builds are used; never a dependency of Mayday. */
const BREAKPAD_PACKAGE = 'minidump@0.26.0';

/** One tool: the command line that processes a dump with a tree of symbols. */
export type NativeTool = {
  readonly name: string;
  readonly command: (dump: string, symbols: string) => readonly string[];
};

/** Installs Breakpad's tools into `folder` (no install scripts run) and finds rust-minidump's on the path. */
export function nativeTools(folder: string): NativeTool[] {
  const tools: NativeTool[] = [];
  const install = spawnSync(
    'npm',
    ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', folder, BREAKPAD_PACKAGE],
    { encoding: 'utf8' },
  );
  const platform = `${process.platform}-${process.arch}`;
  const breakpad = path.join(folder, 'node_modules/minidump/bin', platform, 'minidump_stackwalk');
  if (install.status === 0 && existsSync(breakpad)) {
    tools.push({
      name: 'minidump_stackwalk (Breakpad)',
      command: (dump, symbols) => [breakpad, dump, symbols],
    });
  } else {
    process.stdout.write(`No ${BREAKPAD_PACKAGE} for ${platform}: ${install.stderr.trim().slice(0, 200)}\n`);
  }
  const rust = spawnSync('minidump-stackwalk', ['--version'], { encoding: 'utf8' });
  if (rust.status === 0) {
    tools.push({
      name: `minidump-stackwalk (${rust.stdout.trim().split(' ').at(-1) ?? '?'})`,
      command: (dump, symbols) => ['minidump-stackwalk', '--json', dump, symbols],
    });
  } else {
    process.stdout.write(
      'No minidump-stackwalk on the path ("cargo install minidump-stackwalk" installs it).\n',
    );
  }
  return tools;
}

/** Milliseconds that a command takes from start to end. Throws where it cannot be started. */
export function timeCommand(command: readonly string[]): number {
  const [program = '', ...args] = command;
  const start = performance.now();
  const run = spawnSync(program, args, { stdio: 'ignore' });
  if (run.error !== undefined) throw new Error(`${program} cannot be started`, { cause: run.error });
  return performance.now() - start;
}

/** Peak resident memory of a command in megabytes; null without GNU time. */
export function peakMemory(command: readonly string[]): number | null {
  const run = spawnSync('/usr/bin/time', ['-f', 'peak %M', ...command], {
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
  });
  const kilobytes = /peak (\d+)\s*$/.exec(run.stderr ?? '')?.[1];
  return kilobytes === undefined ? null : Number(kilobytes) / 1024;
}
