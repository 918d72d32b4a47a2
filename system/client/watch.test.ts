import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { describe, test } from 'node:test';
import { sha256 } from '../requests.ts';
import { api, getAttachment, getReport, listReports, startServer } from '../server.ts';
import { GO_PANIC, GO_PROGRAM, VERSION, inFolder, logs, startWatch, until, watch } from './watching.ts';

describe('the watched program', () => {
  test('gets its input and gives its output byte for byte', () =>
    inFolder(async (dir) => {
      const input = randomBytes(1_500_000);
      for (const option of [[], ['--include-output']]) {
        const { code, stdout, stderr } = await watch(dir, option, ['sh', '-c', 'tee /dev/stderr'], { input });
        assert.equal(code, 0);
        assert.equal(sha256(stdout), sha256(input));
        assert.equal(sha256(stderr), sha256(input));
      }
    }));

  test('is heard before its line ends', () =>
    inFolder(async (dir) => {
      const running = startWatch(
        dir,
        ['--include-output'],
        ['sh', '-c', 'printf out; printf err >&2; read line'],
      );
      await until(
        'the prompts',
        () => running.stdout().equals(Buffer.from('out')) && running.stderr().equals(Buffer.from('err')),
      );
      running.child.stdin?.end('\n');
      assert.equal(await running.ended, 0);
    }));

  test('stops the monitor with its success', () =>
    inFolder(async (dir) => {
      const { code, stderr } = await watch(dir, [], ['sh', '-c', 'exit 0']);
      assert.deepEqual([code, stderr.toString()], [0, '']);
      assert.deepEqual(readdirSync(dir), []);
    }));

  test('passes its exit code on, and 128 + n for a signal', () =>
    inFolder(async (dir) => {
      assert.equal((await watch(dir, ['--once'], ['sh', '-c', 'exit 57'])).code, 57);
      assert.equal((await watch(dir, ['--once'], ['sh', '-c', 'kill -KILL $$'])).code, 137);
      assert.equal((await watch(dir, ['--once'], ['/nonexistent/program'])).code, 127);
      const plain = path.join(dir, 'plain');
      writeFileSync(plain, 'not a program', { mode: 0o600 });
      assert.equal((await watch(dir, ['--once'], [plain])).code, 126);
    }));

  test('is restarted four times in a minute and not again', () =>
    inFolder(async (dir) => {
      const started = Date.now();
      const { code, stdout } = await watch(dir, [], ['sh', '-c', 'echo run; exit 9']);
      assert.equal(code, 9);
      assert.equal(stdout.toString(), 'run\n'.repeat(5));
      assert.ok(Date.now() - started >= 4000, 'a pause of a second stands before each restart');
    }));

  // Holds: monitor
  test('is restarted until it succeeds', () =>
    inFolder(async (dir) => {
      const flag = path.join(dir, 'flag');
      const program = ['sh', '-c', 'test -e "$0" && exit 0; touch "$0"; exit 1', flag];
      assert.equal((await watch(dir, [], program)).code, 0);
    }));

  for (const [how, options, env] of [
    ['--no-restart', ['--no-restart'], {}],
    ['MAYDAY_NO_RESTART', [], { MAYDAY_NO_RESTART: '1' }],
  ] as const) {
    // Holds: no-monitor
    test(`is run without a monitor with ${how}: nothing is restarted, recorded or reported`, () =>
      inFolder(async (dir) => {
        const { code, stdout } = await watch(dir, options, ['sh', '-c', `echo run; ${GO_PROGRAM}`], { env });
        assert.deepEqual([code, stdout.toString()], [2, 'run\n']);
        assert.deepEqual(logs(dir), []);
      }));
  }

  test('is run once with --once, whatever the environment says, and its crash is recorded', () =>
    inFolder(async (dir) => {
      const env = { MAYDAY_NO_RESTART: '1' };
      const { code, stdout } = await watch(dir, ['--once'], ['sh', '-c', `echo run; ${GO_PROGRAM}`], { env });
      assert.deepEqual([code, stdout.toString()], [2, 'run\n']);
      assert.equal(logs(dir).length, 1);
    }));

  test('that prints the words of a panic and ends well has not crashed', () =>
    inFolder(async (dir) => {
      await watch(dir, [], ['sh', '-c', 'echo "panic: is no option" >&2; echo ok >&2']);
      assert.deepEqual(logs(dir), []);
    }));

  test('that dies behind an unfinished line is recorded from its first word on', () =>
    inFolder(async (dir) => {
      const script = 'printf "\\rprogress 80%%" >&2; printf "%s" "$TRACE" >&2; exit 2';
      await watch(dir, ['--once'], ['sh', '-c', script]);
      assert.match(logs(dir)[0]?.text ?? '', /\npanic: runtime error[^]*folder\.go:74/);
    }));

  test('that dies on standard output, as the Java machine does, is recorded', () =>
    inFolder(async (dir) => {
      const script =
        'echo "# A fatal error has been detected by the Java Runtime Environment:"; echo "#  SIGSEGV (0xb) at pc=0x00007f01, pid=7, tid=8"; exit 134';
      const { stdout } = await watch(dir, ['--once'], ['sh', '-c', script]);
      assert.match(stdout.toString(), /^# A fatal error/);
      assert.match(logs(dir)[0]?.text ?? '', /# A fatal error[^]*SIGSEGV/);
    }));

  for (const [signal, code] of [
    ['SIGTERM', 31],
    ['SIGINT', 32],
  ] as const) {
    test(`gets ${signal}, decides how it ends, and is not restarted`, () =>
      inFolder(async (dir) => {
        const script = 'trap "exit 31" TERM; trap "exit 32" INT; echo ready; while :; do sleep 0.05; done';
        const running = startWatch(dir, [], ['sh', '-c', script]);
        await until('the program', () => running.stdout().includes('ready'));
        running.child.kill(signal);
        assert.equal(await running.ended, code);
        assert.equal(running.stdout().toString(), 'ready\n');
        assert.deepEqual(logs(dir), []);
      }));
  }

  test('gets SIGUSR1 and SIGHUP and goes on', () =>
    inFolder(async (dir) => {
      const script =
        'trap "echo usr1" USR1; trap "echo hup; exit 0" HUP; echo ready; while :; do sleep 0.05; done';
      const running = startWatch(dir, [], ['sh', '-c', script]);
      await until('the program', () => running.stdout().includes('ready'));
      running.child.kill('SIGUSR1');
      await until('SIGUSR1', () => running.stdout().includes('usr1'));
      running.child.kill('SIGHUP');
      assert.equal(await running.ended, 0);
      assert.equal(running.stdout().toString(), 'ready\nusr1\nhup\n');
    }));

  test('may leave something in the background that holds its output', () =>
    inFolder(async (dir) => {
      const running = startWatch(dir, [], ['sh', '-c', 'sleep 20 & echo $!']);
      const started = Date.now();
      const code = await new Promise((resolve) => running.child.once('exit', resolve));
      assert.equal(code, 0);
      assert.ok(Date.now() - started < 10_000, 'the monitor does not wait for it');
      process.kill(Number(running.stdout().toString()));
    }));

  test('is heard by nobody and goes on, and its crash is recorded', () =>
    inFolder(async (dir) => {
      const running = startWatch(
        dir,
        ['--once'],
        ['sh', '-c', 'sleep 0.3; yes | head -n 50000 >&2; echo panic: unheard >&2; exit 4'],
      );
      running.child.stderr?.destroy();
      assert.equal(await running.ended, 4);
      assert.match(logs(dir)[0]?.text ?? '', /\npanic: unheard\n$/);
    }));

  test('may print without end: the monitor stays small and the log within what a server takes', () =>
    inFolder(async (dir) => {
      const script =
        'head -c 60000000 /dev/zero | tr "\\0" x >&2; echo >&2; echo "panic: endless" >&2; yes "goroutine" | head -c 40000000 >&2; echo done; read line; exit 3';
      const running = startWatch(dir, ['--once'], ['sh', '-c', script]);
      await until('the output', () => running.stdout().includes('done'), 60_000);
      const peakKb = Number(
        /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${running.child.pid}/status`, 'utf8'))?.[1],
      );
      running.child.stdin?.end('\n');
      await running.ended;
      assert.ok(peakKb > 0 && peakKb < 250_000, `${peakKb} KB`);
      const [log] = logs(dir);
      assert.match(log?.text ?? '', /^panic: endless$/m);
      assert.match(log?.text ?? '', /the rest is left out/);
      assert.ok((log?.text.length ?? 0) > 500_000 && (log?.text.length ?? 0) <= 1024 * 1024);
    }));
});

describe('several monitors of one folder', () => {
  // Holds: panic-file
  test('overwrite no log, reported or not', async () => {
    const server = await startServer();
    try {
      await inFolder(async (dir) => {
        const counting =
          'n=$(cat "$0" 2>/dev/null || echo 0); echo $((n + 1)) >"$0"; test "$n" -ge 3 && exit 0; ';
        await Promise.all(
          Array.from({ length: 4 }, (_, number) =>
            watch(
              dir,
              ['--url', server.submitUrl, '--version-string', VERSION],
              [
                'sh',
                '-c',
                `${counting}echo "panic: till ${number}.$n" >&2; exit 2`,
                path.join(dir, `count-${number}`),
              ],
            ),
          ),
        );
        const said = logs(dir).map(({ text }) => /^panic: till (.*)$/m.exec(text)?.[1]);
        assert.equal(new Set(said).size, 12);
        assert.equal(said.length, 12);
      });
    } finally {
      await server.stop();
    }
  });
});

describe('a crash', () => {
  // Holds: monitor
  test('of a Go program arrives at the server as Syncthing reports it, without the log lines before it', async () => {
    const server = await startServer();
    try {
      await inFolder(async (dir) => {
        const options = [
          '--once',
          '--url',
          server.submitUrl,
          '--version-string',
          VERSION,
          '--include-output',
        ];
        const { code } = await watch(dir, options, ['sh', '-c', GO_PROGRAM]);
        assert.equal(code, 2);
        const [log] = logs(dir);
        assert.match(log?.name ?? '', /^panic-\d{8}-\d{6}\.reported\.log$/);
        assert.match(
          log?.text ?? '',
          /^app v1\.4\.2 .*\nsecret log line\nPanic at \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\npanic: runtime error/,
        );

        const [listed, ...others] = await listReports(server);
        assert.deepEqual([listed?.product, listed?.version, others.length], ['app', 'v1.4.2', 0]);
        const report = await getReport(server, listed?.crashId ?? '');
        assert.deepEqual(report.notes, []);
        assert.match(report.userAgent ?? '', /^Mayday\/\d/);
        const annotations = new Map(report.annotations.map(({ key, value }) => [key, value]));
        assert.equal(annotations.get('panic'), 'panic: runtime error: index out of range [5] with length 3');
        const text = (await getAttachment(server, report.crashId, 'report.txt')).toString();
        assert.ok(!text.includes('secret'));
        assert.ok(text.startsWith(`${VERSION}\nPanic at `) && text.endsWith(GO_PANIC));
      });
    } finally {
      await server.remove();
    }
  });

  test('arrives as a bug, whatever the language', async () => {
    const server = await startServer();
    try {
      await inFolder(async (dir) => {
        const options = ['--once', '--url', server.submitUrl];
        await watch(dir, [...options, '--version-string', VERSION], ['sh', '-c', GO_PROGRAM]);
        await watch(
          dir,
          [...options, '--version-string', 'js 2.0'],
          [process.execPath, '-e', 'throw new TypeError("boom")'],
        );
        await watch(dir, [...options, '--product', 'native'], ['sh', '-c', 'kill -SEGV $$']);
        let titles: Readonly<Record<string, string>> = {};
        for (let wait = 0; wait < 100 && Object.keys(titles).length < 3; wait += 1) {
          await new Promise((resolve) => setTimeout(resolve, 200));
          const answer = (await (await api(server, '/api/bugs')).json()) as {
            readonly bugs: readonly { readonly product: string; readonly title: string }[];
          };
          titles = Object.fromEntries(answer.bugs.map(({ product, title }) => [product, title]));
        }
        assert.equal(
          titles['app'],
          'runtime error: index out of range: example.com/app/lib/model.(folder).pull',
        );
        assert.match(titles['js'] ?? '', /TypeError/);
        assert.match(titles['native'] ?? '', /SIGSEGV/);
      });
    } finally {
      await server.remove();
    }
  });

  // Holds: panic-file
  test('that could not be reported is reported at the next start', async () => {
    const server = await startServer();
    try {
      await inFolder(async (dir) => {
        const away = ['--once', '--url', 'http://127.0.0.1:9', '--version-string', VERSION];
        const failed = await watch(dir, away, ['sh', '-c', GO_PROGRAM]);
        assert.equal(failed.code, 2);
        assert.match(failed.stderr.toString(), /could not be reported, and is kept: .*ECONNREFUSED/);
        assert.match(logs(dir)[0]?.name ?? '', /^panic-\d{8}-\d{6}\.log$/);
        for (const round of [1, 2]) {
          assert.equal((await watch(dir, ['--url', server.submitUrl], ['true'])).code, 0);
          assert.match(logs(dir)[0]?.name ?? '', /\.reported\.log$/, `round ${round}`);
          assert.equal((await listReports(server)).length, 1);
        }
      });
    } finally {
      await server.remove();
    }
  });

  test('is held up by a server that never answers neither in the restart nor at the end', async () => {
    const silent = createServer(() => undefined).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    try {
      await inFolder(async (dir) => {
        const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
        const script =
          'echo run; test $(ls "$0" | wc -l) -ge 2 && exec sleep 20; echo "panic: again" >&2; exit 2';
        const running = startWatch(dir, ['--url', url], ['sh', '-c', script, dir]);
        await until('the third run', () => running.stdout().toString() === 'run\n'.repeat(3), 8000);
        const stopped = Date.now();
        running.child.kill('SIGTERM');
        assert.equal(await running.ended, 143);
        assert.ok(Date.now() - stopped < 9000, `${Date.now() - stopped} ms`);
        assert.deepEqual(
          logs(dir).filter(({ name }) => name.includes('reported')),
          [],
        );
      });
    } finally {
      silent.closeAllConnections();
      silent.close();
    }
  });

  test('by a signal is recorded with the signal', () =>
    inFolder(async (dir) => {
      const { code } = await watch(
        dir,
        ['--once', '--version-string', 'native 7.1'],
        ['sh', '-c', 'kill -SEGV $$'],
      );
      assert.equal(code, 139);
      assert.match(logs(dir)[0]?.text ?? '', /^native v7\.1 .*\nPanic at .*\nSIGSEGV: segmentation fault\n/);
    }));

  test('begins where --pattern says', () =>
    inFolder(async (dir) => {
      await watch(
        dir,
        ['--once', '--pattern', '^GURU MEDITATION'],
        ['sh', '-c', 'echo "GURU MEDITATION 3" >&2; exit 1'],
      );
      assert.match(logs(dir)[0]?.text ?? '', /\nGURU MEDITATION 3\n$/);
    }));

  test('asks --version-command for the version', () =>
    inFolder(async (dir) => {
      await watch(dir, ['--once', '--version-command', 'echo "tool 3.2.1"'], ['sh', '-c', GO_PROGRAM]);
      assert.match(logs(dir)[0]?.text ?? '', /^tool v3\.2\.1 "tool 3\.2\.1" \(unknown \w+-\w+\)\nPanic at/);
    }));

  test('is not touched by a folder that cannot be written', () =>
    inFolder(async (dir) => {
      const { code, stderr } = await watch('/dev/null/logs', ['--once'], ['sh', '-c', GO_PROGRAM]);
      assert.equal(code, 2);
      assert.ok(stderr.includes(GO_PANIC));
      assert.match(stderr.toString(), /a crash log cannot be written to \/dev\/null\/logs/);
      assert.deepEqual(readdirSync(dir), []);
    }));

  // Holds: panic-file
  test('leaves logs that are deleted when they are old', () =>
    inFolder(async (dir) => {
      const old = path.join(dir, 'panic-20200101-000000.reported.log');
      writeFileSync(old, 'x');
      utimesSync(old, 0, 0);
      await watch(dir, ['--keep-days', '3'], ['true']);
      assert.deepEqual(readdirSync(dir), []);
    }));
});

test('wrong arguments are one sentence and exit code 2', () =>
  inFolder(async (dir) => {
    for (const [options, sentence] of [
      [['--url', 'ftp://x'], /--url "ftp:\/\/x" is not an http or https URL/],
      [['--pattern', '('], /--pattern "\(" is not a regular expression/],
      [['--keep-days', 'x'], /--keep-days "x" is not a whole number/],
      [['--version-string', 'a', '--version-command', 'b'], /Choose one of/],
      [['stray'], /"stray" stands before the "--"/],
    ] as const) {
      const { code, stderr, stdout } = await watch(dir, options, ['echo', 'started']);
      assert.equal(code, 2);
      assert.match(stderr.toString(), sentence);
      assert.equal(stdout.length, 0, 'nothing was started');
    }
    assert.equal((await watch(dir, [], [])).code, 2);
  }));
