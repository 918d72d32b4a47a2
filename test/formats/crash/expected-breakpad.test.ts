// Every dump against what Breakpad's own minidump_stackwalk says about it, with and without symbols: system, crash,
// modules, and all frames of every thread up to the first that was guessed (scanned, or taken from a leaf's return
// address), because guesses are where stack walkers differ by design.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { processMinidump } from '../../../src/formats/crash/process-minidump.ts';
import type { FrameJson, ProcessedMinidump } from '../../../src/formats/crash/processed-minidump.ts';
import { DirectorySymbols } from '../../../src/process/symbols/directory-symbols.ts';
import { SHARED_ABSENT, sharedData } from '../../shared-data.ts';
import { expectedName } from '../neighbour-names.ts';
import { type BreakpadFrame, type BreakpadReport, readBreakpadReport } from './breakpad-expected.ts';

interface Manifest {
  readonly files: readonly {
    readonly path: string;
    readonly kind: string;
    readonly expected?: readonly {
      readonly path: string;
      readonly producer: string;
      readonly symbol_roots: readonly string[];
    }[];
  }[];
}

interface Case {
  readonly name: string;
  readonly breakpad: BreakpadReport;
  readonly report: ProcessedMinidump;
}

const root = sharedData('minidumps');
const NIL_ID = '0'.repeat(33);

async function readCases(): Promise<Case[]> {
  if (root === null) return [];
  const manifest = JSON.parse(readFileSync(`${root}/manifest.json`, 'utf8')) as Manifest;
  const cases: Case[] = [];
  for (const { path, expected } of manifest.files.filter(({ kind }) => kind === 'dump')) {
    for (const output of expected ?? []) {
      if (output.producer !== 'breakpad-oracle -m') continue;
      const roots = output.symbol_roots.map((name) => `${root}/${name}`);
      const options = roots.length === 0 ? {} : { symbols: new DirectorySymbols({ roots }) };
      cases.push({
        name: output.path.replace(/^expected\/(.*)\.m\.txt$/, '$1'),
        breakpad: readBreakpadReport(readFileSync(`${root}/${output.path}`, 'utf8')),
        report: await processMinidump(readFileSync(`${root}/${path}`), options),
      });
    }
  }
  return cases;
}

/** Breakpad's words for a reason in those of docs/processed-minidump.md, where the two differ. */
function reasonOf({ crash, os }: BreakpadReport): string {
  // An unknown detail of 0 says nothing, and Breakpad forgets a blank behind SIGSEGV.
  const signal = /^(SIG\w+) ?\/ ?(.*)$/.exec(crash.reason);
  if (signal !== null) return signal[2] === '0x00000000' ? `${signal[1]}` : `${signal[1]} / ${signal[2]}`;
  // The exception is named with its detail.
  if (crash.reason.startsWith('FAST_FAIL_')) return `EXCEPTION_STACK_BUFFER_OVERRUN / ${crash.reason}`;
  // Status codes are looked up, which Breakpad does for the common exceptions only.
  if (os[0] === 'Windows NT' && crash.reason === '0xc000000d / 0x00000000') return 'STATUS_INVALID_PARAMETER';
  // Crashpad found a signal and no exception behind it: the parameters tell which, and Breakpad prints the empty exception.
  if (os[0] === 'Mac OS X' && crash.reason === '0x00000000 / 0x00000000') return 'EXC_CRASH / SIGABRT';
  return crash.reason.startsWith('0x') ? `unknown ${crash.reason}` : crash.reason;
}

/** Breakpad's system line; where it has version 0.0.0, Mayday takes it out of `uname`. */
function systemOf({ os }: BreakpadReport): string {
  const uname = /^0\.0\.0 Linux (\S+) (.*) \S+$/.exec(os[1] ?? '');
  return uname === null ? os.join(' ').trim() : `${os[0]} ${uname[1]} ${uname[2]}`;
}

/** Frames of one thread as Breakpad lines, up to the first guess. */
function linesOf(thread: number, frames: readonly FrameJson[]): BreakpadFrame[] {
  const guess = frames.findIndex(({ trust }) => trust === 'scan' || trust === 'leaf' || trust === 'cfi_scan');
  return frames.slice(0, guess === -1 ? undefined : guess).flatMap((frame) =>
    [...(frame.inlines ?? []), frame].map((place) => ({
      thread,
      module: frame.module ?? '',
      function: place.function ?? '',
      file: place.file ?? '',
      line: place.line === null ? '' : String(place.line),
    })),
  );
}

function named({ thread, module, file, line }: BreakpadFrame, name: string): BreakpadFrame {
  return { thread, module, function: name, file, line };
}

/**
 * Threads of which the frames are not compared, and why.
 * - rm-invalid-parameter thread 5: Breakpad leaves the thread out because its context has no stack memory.
 */
const OTHER_FRAMES: ReadonlySet<string> = new Set(['rm-invalid-parameter.breakpad-nosym/5']);

describe(
  'the processed report agrees with Breakpad',
  { skip: root === null ? SHARED_ABSENT : false },
  async () => {
    const cases = await readCases();

    test('on at least 40 outputs', () => {
      assert.ok(cases.length >= 40, `${cases.length} outputs`);
    });

    for (const { name, breakpad, report } of cases) {
      test(`about ${name}`, () => {
        assert.equal(report.status, 'OK');
        const { system_info: system, crash_info: crash } = report;
        assert.equal(`${system?.os} ${system?.os_ver}`, systemOf(breakpad));
        assert.deepEqual([system?.cpu_arch, system?.cpu_info ?? '', String(system?.cpu_count)], breakpad.cpu);
        assert.equal(crash.type, reasonOf(breakpad));
        assert.equal(BigInt(crash.address ?? -1), breakpad.crash.address);
        assert.equal(String(crash.crashing_thread), breakpad.crash.thread);

        const modules = report.modules.map((module) => ({
          name: module.filename,
          version: module.version ?? '',
          debugFile: module.debug_file,
          debugId: module.debug_id === NIL_ID ? '' : module.debug_id,
          base: BigInt(module.base_addr),
          last: BigInt(module.end_addr) - 1n,
        }));
        const byBase = (a: { base: bigint }, b: { base: bigint }): number => Number(a.base - b.base);
        assert.deepEqual(
          modules.sort(byBase),
          breakpad.modules
            .map((module) => ({ ...module, debugId: module.debugId === NIL_ID ? '' : module.debugId }))
            .sort(byBase),
        );

        for (const [index, thread] of report.threads.entries()) {
          if (OTHER_FRAMES.has(`${name}/${index}`)) continue;
          const lines = linesOf(index, thread.frames);
          const expected = breakpad.frames
            .filter((frame) => frame.thread === index)
            .slice(0, lines.length)
            .map((frame, i) => named(frame, expectedName(frame.function, lines[i]?.function)));
          assert.deepEqual(lines, expected, `thread ${index}`);
        }
      });
    }
  },
);

describe(
  'the crashing thread has the functions that its program called',
  { skip: root === null ? SHARED_ABSENT : false },
  () => {
    const manifest =
      root === null
        ? { files: [] }
        : (JSON.parse(readFileSync(`${root}/manifest.json`, 'utf8')) as {
            files: readonly { path: string; truth_functions_in_order?: readonly string[] }[];
          });
    for (const { path, truth_functions_in_order: truth } of manifest.files) {
      if (truth === undefined) continue;
      test(`in ${path}`, async () => {
        const symbols = new DirectorySymbols({ roots: [`${root}/symbols`] });
        const report = await processMinidump(readFileSync(`${root}/${path}`), { symbols });
        const called = (report.crashing_thread?.frames ?? []).flatMap((frame) =>
          [...(frame.inlines ?? []), frame].map((place) => place.function?.replace(/\(int\)$/, '')),
        );
        // In order, with others between: the compiler's own functions, and the start of the program below.
        let at = 0;
        for (const name of truth) {
          const found = called.indexOf(name.replace(/\(int\)$/, ''), at);
          assert.notEqual(
            found,
            -1,
            `${name} after ${called.slice(0, at).join(', ')} in ${called.join(', ')}`,
          );
          at = found + 1;
        }
      });
    }
  },
);
