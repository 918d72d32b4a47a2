// kill -9 of the monitor and of the program at random moments: a crash whose first line was passed on is never lost.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { listReports, startServer } from '../server.ts';
import { VERSION, inFolder, logs, startWatch, until, watch } from './watching.ts';

const ROUNDS = 8;
/** Prints its pid and a panic slowly, line by line, in pieces. */
const SLOW_PANIC = `echo "pid $$"; echo "a log line" >&2; printf 'panic: ' >&2; sleep 0.02; printf 'round %s\\n\\n' "$ROUND" >&2
printf 'goroutine 1 [running]:\\n' >&2
n=0; while [ $n -lt 40 ]; do printf 'main.f%s(...)\\n' $n >&2; printf '\\t/src/f.go:%s +0x1\\n' $n >&2; sleep 0.01; n=$((n+1)); done; exit 2`;

test('the monitor is killed while a trace is printed: the next start completes and reports the log', async () => {
  const server = await startServer();
  try {
    await inFolder(async (dir) => {
      const seen: number[] = [];
      for (let round = 0; round < ROUNDS; round += 1) {
        const running = startWatch(dir, ['--once', '--version-string', VERSION], ['sh', '-c', SLOW_PANIC], {
          ROUND: String(round),
        });
        await until('the program', () => running.stdout().includes('pid '));
        await new Promise((resolve) => setTimeout(resolve, 10 + Math.random() * 400));
        running.child.kill('SIGKILL');
        await running.ended;
        // What a person saw before the kill is what must not be lost.
        if (running.stderr().includes(`panic: round ${round}\n`)) seen.push(round);
      }
      assert.ok(seen.length > 0, 'no kill came after a panic');
      const kept = logs(dir).map(({ text }) => text);
      for (const round of seen) {
        assert.ok(
          kept.some((text) => text.includes(`panic: round ${round}\n`)),
          `round ${round} was lost`,
        );
      }

      const next = await watch(dir, ['--url', server.submitUrl], ['true']);
      assert.equal(next.code, 0, next.stderr.toString());
      assert.deepEqual(
        readdirSync(dir).filter((name) => name.endsWith('.writing')),
        [],
      );
      for (const { name, text } of logs(dir)) {
        assert.match(name, /\.reported\.log$/);
        assert.match(text, /^app v1\.4\.2 .*\nPanic at .*\npanic: round \d\n/);
      }
      assert.equal((await listReports(server)).length, logs(dir).length);
    });
  } finally {
    await server.remove();
  }
});

test('the program is killed while it prints a trace: the log holds every line that it printed', () =>
  inFolder(async (dir) => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const running = startWatch(
        dir,
        ['--once', '--quiet', '--version-string', VERSION],
        ['sh', '-c', SLOW_PANIC],
        {
          ROUND: String(round),
        },
      );
      await until('the panic', () => running.stderr().includes(`panic: round ${round}\n`));
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 300));
      process.kill(Number(/pid (\d+)/.exec(running.stdout().toString())?.[1]), 'SIGKILL');
      assert.equal(await running.ended, 137);
      const printed = running.stderr().toString().replace('a log line\n', '');
      const log = logs(dir).find(({ text }) => text.includes(`panic: round ${round}\n`));
      assert.equal(log?.text.replace(/^.*\nPanic at .*\n/, ''), printed);
      assert.deepEqual(
        readdirSync(dir).filter((name) => name.endsWith('.writing')),
        [],
      );
    }
  }));

test('a log that another monitor is writing is left alone', () =>
  inFolder(async (dir) => {
    const first = startWatch(
      dir,
      ['--once'],
      ['sh', '-c', SLOW_PANIC.replace('exit 2', 'read line; exit 2')],
      {
        ROUND: '0',
      },
    );
    await until('the log', () => readdirSync(dir).some((name) => name.endsWith('.writing')));
    const second = await watch(dir, ['--url', 'http://127.0.0.1:9'], ['true']);
    assert.equal(second.stderr.toString(), '');
    assert.ok(readdirSync(dir).some((name) => name.endsWith('.writing')));
    first.child.stdin?.end('\n');
    assert.equal(await first.ended, 2);
    assert.match(
      readFileSync(`${dir}/${logs(dir)[0]?.name}`, 'utf8'),
      /main\.f39\(\.\.\.\)\n\t\/src\/f\.go:39 \+0x1\n$/,
    );
  }));
