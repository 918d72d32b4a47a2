// Syncthing itself, from Debian's package, reports a panic log to this server: it looks for the report, brings it, and renames its file.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './proxies.ts';
import { api, listReports, startServer, type TestServer } from './server.ts';

const PATIENCE_MS = 90_000;
const VERSION = spawnSync('syncthing', ['--version'], { encoding: 'utf8' });
const skip =
  VERSION.status === 0 || process.env['CI'] === 'true' ? false : 'syncthing is not on this machine';

let server: TestServer;
let home = '';
before(async () => {
  home = mkdtempSync(path.join(tmpdir(), 'mayday-syncthing-'));
  server = await startServer();
});
after(async () => {
  await server.remove();
  rmSync(home, { recursive: true, force: true });
});

/** Quiet on the network: it speaks to this machine only. */
function config(url: string, gui: number, listen: number): string {
  return `<configuration version="36">
  <gui enabled="true" tls="false"><address>127.0.0.1:${gui}</address><apikey>key</apikey></gui>
  <options>
    <listenAddress>tcp://127.0.0.1:${listen}</listenAddress>
    <globalAnnounceEnabled>false</globalAnnounceEnabled>
    <localAnnounceEnabled>false</localAnnounceEnabled>
    <relaysEnabled>false</relaysEnabled>
    <natEnabled>false</natEnabled>
    <startBrowser>false</startBrowser>
    <urAccepted>-1</urAccepted>
    <autoUpgradeIntervalH>0</autoUpgradeIntervalH>
    <crashReportingEnabled>true</crashReportingEnabled>
    <crashReportingURL>${url}</crashReportingURL>
  </options>
</configuration>
`;
}

// Holds: put
test('Syncthing itself brings a panic log, which becomes a bug of its version', { skip }, async () => {
  const [gui, listen] = await Promise.all([freePort(), freePort()]);
  writeFileSync(path.join(home, 'config.xml'), config(`${server.submitUrl}/newcrash`, gui, listen));
  const version = VERSION.stdout.split('\n', 1)[0] ?? '';
  writeFileSync(
    path.join(home, 'panic-20260314-120000.log'),
    `[start] 12:00:00 INFO: ${version}
[ABCDE] 12:00:01 INFO: a line of the log, which stays at home
Panic at 2026-03-14T12:00:02Z
panic: runtime error: index out of range [5] with length 3

goroutine 7 [running]:
github.com/syncthing/syncthing/lib/model.(*folder).pull(0xc000012345)
\t/src/lib/model/folder.go:42 +0x1d
`,
  );
  const child = spawn('syncthing', ['serve', '--no-browser', `--home=${home}`], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'] ?? '', HOME: home },
  });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const ended = new Promise((resolve) => child.once('exit', resolve));
  try {
    const end = Date.now() + PATIENCE_MS;
    while (!readdirSync(home).some((name) => name.endsWith('.reported.log'))) {
      assert.ok(Date.now() < end, `Syncthing reported nothing: ${said.slice(0, 2000)}`);
      await sleep(200);
    }
  } finally {
    child.kill('SIGTERM');
    await ended;
  }
  const [report] = await listReports(server);
  assert.equal(report?.protocol, 'syncthing');
  assert.equal(report.product, 'syncthing');
  assert.ok(version.includes(report.version ?? 'none'), `${report.version} of ${version}`);
  const reported = readdirSync(home).find((name) => name.endsWith('.reported.log')) ?? '';
  assert.ok(readFileSync(path.join(home, reported)).length > 0);
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const { bugs } = (await (await api(server, '/api/bugs')).json()) as { bugs: { title: string }[] };
    if (bugs.length > 0) {
      assert.match(bugs[0]?.title ?? '', /folder.*pull/);
      break;
    }
    assert.ok(Date.now() < end, 'the report became no bug');
    await sleep(200);
  }
});
