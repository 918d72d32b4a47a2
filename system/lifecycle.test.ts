// Black box: start, command line, two processes on one folder, pruning, limits from the outside.
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { crashIdOf, dump, submit } from './requests.ts';
import { api, diskUsage, getAttachment, getReport, listReports, startServer } from './server.ts';

/** A start on a busy machine. */
const START_MS = 60_000;

const MAYDAY = path.resolve(import.meta.dirname, '../bin/mayday.js');
const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  spawnSync(process.execPath, [MAYDAY, ...args], { encoding: 'utf8', env: { ...process.env, ...env } });

// Holds: jami-submit, jami-access, docker-addresses, docker-created
test('the start creates the folder and prints both addresses, the one-time link and a curl line that works', async (t) => {
  const parent = mkdtempSync(path.join(tmpdir(), 'mayday-start-'));
  const server = await startServer({ dir: path.join(parent, 'new', 'crash_reports') });
  try {
    assert.ok(existsSync(server.dir));
    const link = /http:\/\/127\.0\.0\.1:\d+\/\S*[A-Za-z0-9_-]{20,}/.exec(server.output())?.[0];
    assert.ok(link !== undefined, server.output());
    assert.equal((await fetch(link)).status, 200);
    const curl = /^ *(curl .*)$/m.exec(server.output())?.[1];
    assert.ok(curl !== undefined);
    if (spawnSync('curl', ['--version']).status !== 0)
      return t.diagnostic('curl is not installed: its line was not run');
    crashIdOf({ text: execFileSync('sh', ['-c', `${curl} --silent`], { encoding: 'utf8' }) });
  } finally {
    await server.remove();
    rmSync(parent, { recursive: true, force: true });
  }
});

test('demo posts one sample for every protocol', async () => {
  const server = await startServer();
  try {
    const demo = run(['demo', '--url', server.submitUrl]);
    assert.equal(demo.status, 0, demo.stdout + demo.stderr);
    const protocols = new Set((await listReports(server)).map(({ protocol }) => protocol));
    assert.deepEqual([...protocols].sort(), ['crashkit', 'crashkit1', 'crashpad', 'socorro', 'syncthing']);
  } finally {
    await server.remove();
  }
});

test('demo without a server says so and fails', () => {
  const demo = run(['demo', '--url', 'http://127.0.0.1:9']);
  assert.equal(demo.status, 1);
  assert.match(demo.stderr, /cannot be reached/);
});

test('every command has --help; unknown commands and options are exit code 2', () => {
  const overview = run(['--help']);
  assert.equal(overview.status, 0);
  const names = [...overview.stdout.matchAll(/^ {2}(\w+) /gm)].map((match) => match[1] ?? '');
  for (const name of ['serve', 'demo', 'prune', 'doctor', 'version']) assert.ok(names.includes(name), name);
  for (const name of names) {
    const help = run([name, '--help']);
    assert.equal(help.status, 0, name);
    assert.match(help.stdout, new RegExp(`Usage: mayday ${name}`), name);
    assert.equal(run([name, '--no-such-option']).status, 2, name);
  }
  assert.equal(run(['nothing']).status, 2);
});

test('a wrong setting stops the start with one sentence for each fault', () => {
  const served = run(['serve'], { SUBMIT_SERVER_PORT: 'eighty', MAX_PARTS: '-1' });
  assert.equal(served.status, 2);
  const lines = served.stderr.trim().split('\n');
  assert.equal(lines.length, 2, served.stderr);
  assert.match(lines[0] ?? '', /^SUBMIT_SERVER_PORT is "eighty", which .*Example: SUBMIT_SERVER_PORT=/);
});

test('a port in use is one sentence', async () => {
  const server = await startServer();
  try {
    const second = run(['serve'], {
      SUBMIT_SERVER_PORT: String(server.submitPort),
      SUBMIT_SERVER_HOST: '127.0.0.1',
      REPORTS_SERVER_PORT: '0',
      CRASH_REPORTS_DIR: server.dir,
    });
    assert.equal(second.status, 1);
    assert.match(second.stderr, /SUBMIT_SERVER_PORT is in use/);
  } finally {
    await server.remove();
  }
});

test('the addresses and the link for the first administrator come after all lines of the log', async () => {
  const dir = mkdtempSync(path.join(tmpdir(), 'mayday-start-'));
  // One file for both, as on a terminal: its order is the order in which they were written.
  const file = path.join(dir, 'terminal');
  const terminal = openSync(file, 'a');
  const child = spawn(process.execPath, [MAYDAY, 'serve'], {
    stdio: ['ignore', terminal, terminal],
    env: {
      ...process.env,
      CRASH_REPORTS_DIR: path.join(dir, 'data'),
      SUBMIT_SERVER_HOST: '127.0.0.1',
      SUBMIT_SERVER_PORT: '0',
      REPORTS_SERVER_PORT: '0',
      MIN_FREE_DISK_MB: '0',
    },
  });
  try {
    const end = Date.now() + START_MS;
    while (!/\/setup\/[\s\S]*\n\n/.test(readFileSync(file, 'utf8'))) {
      assert.ok(Date.now() < end && child.exitCode === null, readFileSync(file, 'utf8'));
      await pause(50);
    }
    const lines = readFileSync(file, 'utf8').split('\n');
    const isLog = (line: string): boolean => line.startsWith('{');
    const started = lines.findIndex((line) => isLog(line) && line.includes('"msg":"started"'));
    assert.ok(started !== -1, lines.join('\n'));
    assert.deepEqual(lines.slice(started + 1).filter(isLog), []);
    assert.match(lines.slice(started + 1).join('\n'), /Submit server[\s\S]*Reports server[\s\S]*\/setup\//);
  } finally {
    child.kill('SIGKILL');
    closeSync(terminal);
    rmSync(dir, { recursive: true, force: true });
  }
});

test('the doctor finds a healthy installation healthy, and sees through to the running server', async () => {
  const server = await startServer();
  try {
    const doctor = run(['doctor', '--url', server.submitUrl], {
      CRASH_REPORTS_DIR: server.dir,
      SUBMIT_SERVER_PORT: '0',
      REPORTS_SERVER_PORT: '0',
      MAX_REPORTS_SIZE_MB: '100',
      PRUNE_GRACE_MINUTES: '0',
      MIN_FREE_DISK_MB: '0',
    });
    assert.equal(doctor.status, 0, doctor.stdout + doctor.stderr);
    for (const word of [
      'data folder',
      'disk',
      'ports',
      'clock',
      'round trip',
      'gzip',
      'chunked',
      'bodies of',
    ]) {
      assert.ok(doctor.stdout.includes(word), `${word}: ${doctor.stdout}`);
    }
    assert.equal((await listReports(server)).length, 0, 'the doctor leaves nothing behind');
    const { products } = (await (await api(server, '/api/products')).json()) as {
      readonly products: unknown[];
    };
    assert.deepEqual(products, [], 'no product either');
    assert.deepEqual(
      readdirSync(server.dir).filter((name) => name.includes('doctor')),
      [],
    );
  } finally {
    await server.remove();
  }
});

test('the doctor says what is wrong with a folder that cannot be written', () => {
  const doctor = run(['doctor'], {
    CRASH_REPORTS_DIR: '/dev/null/mayday',
    SUBMIT_SERVER_PORT: '0',
    REPORTS_SERVER_PORT: '0',
  });
  assert.equal(doctor.status, 1);
  assert.match(doctor.stdout, /FAIL {2}data folder/);
});

// Holds: docker-two
test('two processes share one folder: what one takes, the other shows, deletes and prunes', async () => {
  const submitting = await startServer({ args: ['--only', 'submit'] });
  const reporting = await startServer({ dir: submitting.dir, args: ['--only', 'process,reports'] });
  try {
    const content = Buffer.alloc(150_000, 5);
    const ids = await Promise.all(
      Array.from({ length: 50 }, async (_, n) =>
        crashIdOf(
          await submit(submitting.submitUrl, [
            { name: 'prod', value: 'Shared' },
            { name: 'n', value: String(n) },
            dump(content),
          ]),
        ),
      ),
    );
    assert.equal((await listReports(reporting, 'product=Shared')).length, 50);
    const [first] = ids;
    assert.ok(first !== undefined);
    assert.deepEqual(await getAttachment(reporting, first, 'upload_file_minidump'), content);
    const gone = await api(reporting, `/api/reports/${first}`, { method: 'DELETE' });
    assert.ok(gone.ok);
    assert.equal((await api(reporting, `/api/reports/${first}`)).status, 404);
    crashIdOf(
      await submit(submitting.submitUrl, [
        { name: 'prod', value: 'Shared' },
        dump(Buffer.from('MDMP later')),
      ]),
    );
    assert.equal(await submitting.stop(), 0);
    assert.equal(await reporting.stop(), 0);
  } finally {
    await submitting.remove();
    await reporting.remove();
  }
});

// Holds: docker-limit, docker-prune
test('thousands of reports never use more than MAX_REPORTS_SIZE_MB at rest, and the newest are kept', async () => {
  const limit = 8;
  const server = await startServer({ env: { MAX_REPORTS_SIZE_MB: String(limit), PRUNE_GRACE_MINUTES: '0' } });
  try {
    let last = '';
    for (let round = 0; round < 30; round += 1) {
      const answers = await Promise.all(
        Array.from({ length: 100 }, (_, n) => {
          const size = n % 20 === 0 ? 90_000 : 2000;
          const content = Buffer.alloc(size, `${round}.${n}`);
          for (let at = 0; at + 4 < size; at += 7) content.writeUInt32LE((at * 2_654_435_761 + n) >>> 0, at);
          return submit(server.submitUrl, [
            { name: 'prod', value: 'Pruned' },
            { name: 'n', value: `${round}.${n}` },
            dump(content),
          ]);
        }),
      );
      for (const answer of answers) last = crashIdOf(answer);
      assert.ok(
        diskUsage(server.dir) <= limit * 1024 * 1024 * 1.25,
        `${diskUsage(server.dir)} bytes under load`,
      );
    }
    // At rest: what is processed adds to what is stored, and makes room.
    for (let waiting = 1; waiting > 0;) {
      const queue = (await (await api(server, '/api/queue')).json()) as { queued: number; leased: number };
      waiting = queue.queued + queue.leased;
      await new Promise((resolve) => setTimeout(resolve, 2500));
    }
    const used = diskUsage(server.dir);
    assert.ok(used <= limit * 1024 * 1024, `${used} bytes at rest`);
    const kept = await listReports(server, 'product=Pruned');
    assert.ok(kept.length > 100 && kept.length < 3000, `${kept.length} reports kept`);
    assert.ok(
      kept.some(({ crashId }) => crashId === last),
      'the newest is kept',
    );
    for (const { crashId } of kept.slice(-20)) {
      const { attachments } = await getReport(server, crashId);
      for (const { name, size } of attachments) {
        assert.equal((await getAttachment(server, crashId, name)).length, size);
      }
    }
    const status = (await (await api(server, '/api/status')).json()) as { readonly pruned?: number };
    assert.ok(JSON.stringify(status).length > 20);
  } finally {
    await server.remove();
  }
});

test('metrics are there for Prometheus', async () => {
  const server = await startServer();
  try {
    await submit(server.submitUrl, [{ name: 'prod', value: 'Metrics' }, dump(Buffer.from('MDMP'))]);
    await submit(server.submitUrl, [dump(Buffer.from('MDMP'))]);
    const answer = await api(server, '/metrics');
    assert.equal(answer.status, 200);
    const text = await answer.text();
    assert.match(text, /mayday_submissions_total\{[^}]*outcome="stored"[^}]*\} 1/);
    assert.match(text, /mayday_refused_total\{[^}]*reason="no_annotations"[^}]*\} 1/);
  } finally {
    await server.remove();
  }
});

// Holds: debug-rejection, debug-questions
test('refused submissions are in the inbox with their reason', async () => {
  const server = await startServer();
  try {
    await submit(server.submitUrl, [dump(Buffer.from('MDMP'))]);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const answer = await api(server, '/api/inbox');
    assert.equal(answer.status, 200);
    assert.match(await answer.text(), /no_annotations/);
  } finally {
    await server.remove();
  }
});
