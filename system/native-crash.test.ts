// The whole way of a native crash with nothing in between that converts: programs in C++ and Rust are compiled, stripped, and crash under the
// real Crashpad handler, which sends the dump; the program and its debug file are uploaded as the compiler and objcopy left them; functions,
// inlined calls, files and lines have names.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ADMIN_TOKEN, api, listReports, startServer, type TestServer } from './server.ts';

/** Where Debian's package chromium-common puts it. */
const HANDLER = process.env['CRASHPAD_HANDLER'] ?? '/usr/lib/chromium/chrome_crashpad_handler';

function absent(...tools: readonly string[]): string | false {
  const lacking = tools.filter((tool) => spawnSync(tool, ['--version']).status !== 0);
  if (!existsSync(HANDLER))
    lacking.push('the handler of Crashpad (CRASHPAD_HANDLER, or the package chromium-common)');
  return lacking.length === 0 ? false : `not on this machine: ${lacking.join(', ')}`;
}

/**
 * What a client of Crashpad does that starts its handler at the crash: the handler looks at its parent, whose signal handler waits for it.
 */
const CLIENT = `#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

struct __attribute__((packed)) information { uint64_t siginfo; uint64_t context; int32_t thread; };

static char alternate[65536];

static void on_crash(int number, siginfo_t *info, void *context) {
  struct information at = {(uint64_t)info, (uint64_t)context, (int32_t)syscall(SYS_gettid)};
  char exception[64], database[512], url[512];
  snprintf(exception, sizeof exception, "--trace-parent-with-exception=0x%llx", (unsigned long long)(uintptr_t)&at);
  snprintf(database, sizeof database, "--database=%s", getenv("CRASH_DATABASE"));
  snprintf(url, sizeof url, "--url=%s", getenv("CRASH_URL"));
  int ready[2];
  if (pipe(ready) != 0) _exit(97);
  pid_t child = fork();
  if (child == 0) {
    char byte;
    if (read(ready[0], &byte, 1) != 1) _exit(98);
    execl(getenv("CRASH_HANDLER"), "handler", exception, database, url, "--annotation=prod=Native", "--annotation=ver=1.0",
          "--no-rate-limit", (char *)0);
    _exit(99);
  }
  prctl(PR_SET_PTRACER, child, 0, 0, 0);
  if (write(ready[1], "", 1) != 1) _exit(96);
  int status;
  waitpid(child, &status, 0);
  _exit(status == 0 ? 3 : 4);
}

void install_crash_handler(void) {
  stack_t stack = {.ss_sp = alternate, .ss_size = sizeof alternate};
  sigaltstack(&stack, 0);
  struct sigaction action = {.sa_sigaction = on_crash, .sa_flags = SA_SIGINFO | SA_ONSTACK};
  sigaction(SIGSEGV, &action, 0);
  sigaction(SIGABRT, &action, 0);
}
`;

const CPP = `extern "C" void install_crash_handler();
namespace cart {
struct Wheel { int *turns; };
static inline __attribute__((always_inline)) int turn(Wheel &wheel, int by) {
  return *wheel.turns += by;
}
class Wagon {
 public:
  __attribute__((noinline)) int drive(int by) {
    int turned = turn(wheel_, by);
    return turned + 1;
  }
 private:
  Wheel wheel_{nullptr};
};
}
__attribute__((noinline)) int start(int by) {
  cart::Wagon wagon;
  return wagon.drive(by) + 1;
}
int main(int argc, char **) {
  install_crash_handler();
  return start(argc) + 1;
}
`;

const RUST = `extern "C" { fn install_crash_handler(); }
mod garden {
    pub struct Bed { pub plants: *mut u32 }
    #[inline(always)]
    fn water(bed: &Bed, by: u32) -> u32 {
        unsafe { bed.plants.write_volatile(by); bed.plants.read_volatile() }
    }
    impl Bed {
        #[inline(never)]
        pub fn grow(&self, by: u32) -> u32 {
            let grown = water(self, by);
            grown + 1
        }
    }
}
#[inline(never)]
fn season(by: u32) -> u32 {
    let bed = garden::Bed { plants: std::hint::black_box(std::ptr::null_mut()) };
    bed.grow(by) + 1
}
fn main() {
    unsafe { install_crash_handler() };
    std::process::exit(season(std::env::args().count() as u32) as i32);
}
`;

/** The line of a source that holds a text. */
function lineOf(source: string, text: string): number {
  return source.split('\n').findIndex((line) => line.includes(text)) + 1;
}

type Language = {
  readonly name: string;
  readonly source: string;
  readonly file: string;
  readonly tools: readonly string[];
  readonly compile: (program: string) => readonly [string, ...string[]];
  /** Function and a text of its line, innermost first; `inlined` in the frame of the next one that is not. */
  readonly calls: readonly { readonly function: RegExp; readonly at: string; readonly inlined?: true }[];
};

const LANGUAGES: readonly Language[] = [
  {
    name: 'C++',
    source: CPP,
    file: 'cart.cc',
    tools: ['gcc', 'g++', 'objcopy', 'strip'],
    compile: (program) => ['g++', '-g', '-O1', '-Wl,--build-id', '-o', program, 'cart.cc', 'client.o'],
    calls: [
      { function: /^cart::turn\b/, at: '*wheel.turns += by', inlined: true },
      { function: /^cart::Wagon::drive\(int\)$/, at: 'turn(wheel_, by)' },
      { function: /^start\(int\)$/, at: 'wagon.drive(by)' },
      { function: /^main/, at: 'start(argc)' },
    ],
  },
  {
    name: 'Rust',
    source: RUST,
    file: 'garden.rs',
    tools: ['gcc', 'rustc', 'objcopy', 'strip'],
    compile: (program) => [
      ...(['rustc', '-g', '-C', 'opt-level=1', '-C', 'link-arg=client.o'] as const),
      ...['-C', 'link-arg=-Wl,--build-id', '-o', program, 'garden.rs'],
    ],
    calls: [
      { function: /^garden::garden::water$/, at: 'bed.plants.write_volatile(by)', inlined: true },
      { function: /^garden::garden::Bed::grow$/, at: 'water(self, by)' },
      { function: /^garden::season$/, at: 'bed.grow(by)' },
      { function: /^garden::main$/, at: 'season(std::env' },
    ],
  },
];

interface Inlined {
  readonly function: string;
  readonly file: string | null;
  readonly line: number | null;
}

/** A call of the stack, inlined or not. */
interface Call {
  readonly function: string | null;
  readonly file: string | null;
  readonly line: number | null;
  readonly inlined: boolean;
}

interface Frame {
  readonly function: string | null;
  readonly file: string | null;
  readonly line: number | null;
  readonly trust: string;
  readonly inlines: readonly Inlined[] | null;
}

let server: TestServer;
let folder = '';

before(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'mayday-native-'));
  server = await startServer();
});
after(async () => {
  await server.remove();
  rmSync(folder, { recursive: true });
});

/** Runs a program in the folder; gives its exit code and what it printed. */
function run(
  [command, ...args]: readonly [string, ...string[]],
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly code: number | null; readonly output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: folder, env: { ...process.env, ...env } });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.once('error', reject);
    child.once('exit', (code) => resolve({ code, output }));
  });
}

async function must(
  command: readonly [string, ...string[]],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { code, output } = await run(command, env);
  assert.equal(code, 0, `${command.join(' ')}\n${output}`);
  return output;
}

/** The database of Crashpad with its switch for uploads on: magic, version, options, time of the last upload, client id. */
function database(name: string): string {
  const where = path.join(folder, name);
  mkdirSync(where);
  const settings = Buffer.alloc(40);
  settings.write('sdPC', 'latin1');
  settings.writeUInt32LE(1, 4);
  settings.writeUInt32LE(1, 8);
  randomBytes(16).copy(settings, 24);
  writeFileSync(path.join(where, 'settings.dat'), settings);
  return where;
}

/** The frames of the crashing thread once the report has been processed with symbols. */
async function framesOf(crashId: string): Promise<readonly Frame[]> {
  for (let n = 0; n < 300; n++) {
    const answer = await api(server, `/api/reports/${crashId}/processed`);
    if (answer.status === 200) {
      const { processed } = (await answer.json()) as {
        readonly processed: {
          readonly minidumps: Readonly<
            Record<string, { readonly crashing_thread?: { readonly frames: readonly Frame[] } }>
          >;
        } | null;
      };
      // Null as long as it waits for its turn.
      if (processed !== null) return Object.values(processed.minidumps)[0]?.crashing_thread?.frames ?? [];
    }
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error('the report is not processed');
}

describe('a program that crashes under the real handler of Crashpad', () => {
  for (const { name, source, file, tools, compile, calls } of LANGUAGES) {
    const skip = absent(...tools);
    test(
      `in ${name}: frames, inlined calls and lines are named out of the files of its build`,
      { skip },
      async () => {
        const program = path.join(folder, path.parse(file).name);
        const debug = `${program}.debug`;
        writeFileSync(path.join(folder, file), source);
        writeFileSync(path.join(folder, 'client.c'), CLIENT);
        await must(['gcc', '-O1', '-c', '-o', 'client.o', 'client.c']);
        await must(compile(program));
        await must(['objcopy', '--only-keep-debug', program, debug]);
        await must(['strip', '--strip-all', `--remove-section=.comment`, program]);
        const uploaded = await must(
          [
            process.execPath,
            path.resolve('bin/mayday.js'),
            'symbols',
            'upload',
            program,
            debug,
            '--url',
            server.reportsUrl,
          ],
          { MAYDAY_TOKEN: ADMIN_TOKEN },
        );
        assert.match(uploaded, /2 uploaded/);
        assert.doesNotMatch(uploaded, /still missing/);

        const before = new Set((await listReports(server)).map(({ crashId }) => crashId));
        const crashed = await run([program], {
          CRASH_HANDLER: HANDLER,
          CRASH_DATABASE: database(`database of ${name}`),
          CRASH_URL: `${server.submitUrl}/submit`,
        });
        assert.equal(crashed.code, 3, crashed.output);
        const sent = (await listReports(server)).filter(({ crashId }) => !before.has(crashId));
        assert.equal(sent.length, 1, crashed.output);

        const frames = await framesOf(sent[0]?.crashId ?? '');
        const found: Call[] = [];
        for (const frame of frames) {
          for (const inlined of frame.inlines ?? []) found.push({ ...inlined, inlined: true });
          found.push({ function: frame.function, file: frame.file, line: frame.line, inlined: false });
        }
        // What the standard library inlined into the crash comes before what was written.
        const first = found.findIndex((each) => calls[0]?.function.test(each.function ?? ''));
        assert.ok(
          found.slice(0, first).every((each) => each.inlined && (each.function ?? '').startsWith('core::')),
        );
        for (const [index, call] of calls.entries()) {
          const { function: called, file: where, line, inlined } = found[first + index] ?? {};
          const told = JSON.stringify(found.slice(0, 6));
          assert.match(called ?? '', call.function, told);
          assert.equal(path.basename(where ?? ''), file, told);
          assert.equal(line, lineOf(source, call.at), told);
          assert.equal(inlined, call.inlined ?? false, told);
        }
        for (const { trust } of frames.slice(1, calls.length - 1)) assert.equal(trust, 'cfi');
      },
    );
  }
});
