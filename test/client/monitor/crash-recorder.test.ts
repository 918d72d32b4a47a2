import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import { CrashRecorder, type ProcessEnd } from '../../../src/client/monitor/crash-recorder.ts';

const AT = Date.parse('2026-03-04T05:06:07Z');
const NONE: ReadonlySet<NodeJS.Signals> = new Set();

/** What a process printed and how it ended → the logs that are left. */
function record(
  print: (recorder: CrashRecorder, clock: { now: number }) => void,
  end: Partial<ProcessEnd>,
  includeOutput = false,
): readonly string[] {
  const dir = mkdtempSync(path.join(tmpdir(), 'mayday-recorder-'));
  try {
    const clock = { now: AT };
    const finished: string[] = [];
    const recorder = new CrashRecorder({
      dir,
      versionLine: 'app v1',
      includeOutput,
      patterns: [],
      now: () => clock.now,
      onLog: (file) => finished.push(readFileSync(file, 'utf8')),
      onFault: assert.fail,
    });
    print(recorder, clock);
    recorder.end({ code: 0, signal: null, forwarded: NONE, coreFile: () => null, ...end });
    assert.equal(readdirSync(dir).length, finished.length, 'nothing else is left in the folder');
    return finished;
  } finally {
    rmSync(dir, { recursive: true });
  }
}

const say = (text: string) => (recorder: CrashRecorder) => recorder.stderr(Buffer.from(text));
const HEAD = 'app v1\nPanic at 2026-03-04T05:06:07Z\n';

describe('a log', () => {
  test('of a panic holds version, time and trace', () => {
    assert.deepEqual(record(say('hi\npanic: a\ntrace'), { code: 2 }), [`${HEAD}panic: a\ntrace`]);
  });

  test('is not kept for words alone where the process then succeeds', () => {
    assert.deepEqual(record(say('panic: a\n'), { code: 0 }), []);
  });

  test('is kept where a process of a program that succeeds has died with its stack', () => {
    const panic = 'panic: a\n\ngoroutine 1 [running]:\nmain.f(0x1)\n\t/a.go:1 +0x1\n';
    assert.deepEqual(record(say(panic), { code: 0 }), [`${HEAD}${panic}`]);
  });

  test('begins behind a line that the program has not ended', () => {
    const progress = '\rprogress 60%\rprogress 80%';
    const panic = 'panic: at 80 percent\n\ngoroutine 1 [running]:\nmain.main()\n\t/a.go:1 +0x1\n';
    assert.deepEqual(record(say(`${progress}${panic}`), { code: 2 }), [`${HEAD}${panic}`]);
    const thrown = "terminate called after throwing an instance of 'std::runtime_error'\n  what():  x\n";
    assert.deepEqual(record(say(`loading ... ${thrown}`), { code: 134 }).length, 1);
    assert.ok(record(say(`loading ... ${thrown}`), { code: 134 })[0]?.startsWith(`${HEAD}${thrown}`));
  });

  test('holds what the Java machine says on standard output, where the process fails', () => {
    const fatal =
      '#\n# A fatal error has been detected by the Java Runtime Environment:\n#\n#  SIGSEGV (0xb) at pc=0x00007f01, pid=7, tid=8\n#\n# Problematic frame:\n# C  [libtill.so+0xa1b2]  till::close()+0x12\n#\n';
    const print = (recorder: CrashRecorder): void => {
      recorder.stderr(Buffer.from('OpenJDK 64-Bit Server VM warning: x\n'));
      recorder.stdout(Buffer.from(`hello\n${fatal}`));
    };
    assert.match(record(print, { code: 134 })[0] ?? '', /# A fatal error[^]*libtill\.so/);
    assert.deepEqual(record(print, { code: 0 }), []);
  });

  test('holds the first 10 and the last 50 lines of output where they are wanted, none of which looks like the panic', () => {
    const lines = Array.from({ length: 70 }, (_, n) => `line ${n}\n`).join('');
    const [log] = record(
      (recorder) => {
        recorder.stdout(Buffer.from(`Panic attack\n${lines}`));
        recorder.stderr(Buffer.from('panic: a\n'));
      },
      { code: 2 },
      true,
    );
    const before = (log ?? '').split('\nPanic at ')[0]?.split('\n') ?? [];
    assert.deepEqual(before.slice(0, 3), ['app v1', ' Panic attack', 'line 0']);
    assert.deepEqual(before.slice(10, 13), ['line 8', '...', 'line 20']);
    assert.equal(before.at(-1), 'line 69');
  });

  test('is not kept for an error that was handled', () => {
    const traceback = 'Traceback (most recent call last):\nKeyError: 1\n';
    assert.deepEqual(record(say(traceback), { code: 0 }), []);
    assert.deepEqual(record(say(traceback), { code: 1 }), [`${HEAD}${traceback}`]);
    const told = { code: null, signal: 'SIGINT', forwarded: new Set<NodeJS.Signals>(['SIGINT']) } as const;
    assert.deepEqual(record(say(traceback), told), []);
    assert.deepEqual(record(say(traceback), { code: null, signal: 'SIGKILL' }).length, 1);
  });

  test('is written for a death by signal alone, with the core file', () => {
    const end = { code: null, signal: 'SIGSEGV', coreFile: () => 'core file: /tmp/core.1' } as const;
    assert.deepEqual(record(say('fine\n'), end), [
      `${HEAD}SIGSEGV: segmentation fault\ncore file: /tmp/core.1\n`,
    ]);
  });

  test('is written for the exit code that a shell gives for a signal', () => {
    assert.deepEqual(record(say(''), { code: 134 }), [`${HEAD}SIGABRT: aborted (told by exit code 134)\n`]);
  });

  test('names the signal after a trace', () => {
    const [log] = record(say("terminate called after throwing an instance of 'X'\n"), {
      code: null,
      signal: 'SIGABRT',
    });
    assert.match(log ?? '', /'X'\n\[ended by SIGABRT: aborted\]\n$/);
  });

  test('is not written for a signal that ends without a fault, or that was passed on', () => {
    for (const signal of ['SIGTERM', 'SIGKILL', 'SIGPIPE'] as const) {
      assert.deepEqual(record(say(''), { code: null, signal }), []);
    }
    const forwarded = new Set<NodeJS.Signals>(['SIGABRT']);
    assert.deepEqual(record(say(''), { code: null, signal: 'SIGABRT', forwarded }), []);
  });

  test('of a thread is finished while the process lives, and a later crash has its own', async () => {
    const finished: string[] = [];
    const dir = mkdtempSync(path.join(tmpdir(), 'mayday-recorder-'));
    let now = AT;
    const recorder = new CrashRecorder({
      dir,
      versionLine: 'app v1',
      includeOutput: false,
      patterns: [],
      now: () => now,
      onLog: (file) => finished.push(path.basename(file)),
      onFault: assert.fail,
    });
    recorder.stderr(Buffer.from('Exception in thread "w" java.lang.Error\n\tat a.B.c(B.java:3)\n'));
    now += 2500;
    // The recorder looks twice a second.
    await new Promise((resolve) => setTimeout(resolve, 1200));
    assert.deepEqual(finished, ['panic-20260304-050607.log']);
    recorder.stderr(Buffer.from('going on\npanic: later\n'));
    recorder.end({ code: 2, signal: null, forwarded: NONE, coreFile: () => null });
    assert.deepEqual(finished, ['panic-20260304-050607.log', 'panic-20260304-050609.log']);
    rmSync(dir, { recursive: true });
  });
});
