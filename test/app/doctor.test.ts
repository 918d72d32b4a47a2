// What the doctor says about what goes wrong over months, against real folders, a real mail server and real certificates.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { zstdCompressSync } from 'node:zlib';
import { packTar } from 'modern-tar';
import { loadConfig, type Config } from '../../src/app/config.ts';
import { checkCertificates, checkMail, checkNames } from '../../src/app/doctor/outside.ts';
import { checkBackups, checkForecast, checkQueue, checkRights } from '../../src/app/doctor/upkeep.ts';
import type { StoreStatus } from '../../src/store/reports.ts';
import type { Store } from '../../src/store/store.ts';
import { startMailServer } from '../process/notify/support/mail-server.ts';

const NOW = Date.UTC(2026, 10, 30, 12);
const DAY = 86_400_000;
const GIB = 1024 ** 3;

function configOf(environment: Readonly<Record<string, string>>): Config {
  const loaded = loadConfig(environment);
  assert.ok(loaded.ok);
  return loaded.config;
}

async function inFolder(run: (dir: string) => Promise<void>): Promise<void> {
  const dir = mkdtempSync(path.join(tmpdir(), 'mayday-doctor-'));
  try {
    await run(dir);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

const lineOf = (found: readonly { readonly verdict: string; readonly found: string }[]): string =>
  found.map(({ verdict, found: what }) => `${verdict}: ${what}`).join('\n');

test(
  'a data folder that others may read is worth a look',
  { skip: process.platform === 'win32' ? 'Windows has no such bits' : false },
  () =>
    inFolder(async (dir) => {
      const config = configOf({ CRASH_REPORTS_DIR: dir });
      chmodSync(dir, 0o750);
      assert.match(lineOf(await checkRights(config)), /^ok: .* has mode 750$/);
      chmodSync(dir, 0o755);
      assert.match(lineOf(await checkRights(config)), /^warn: .* has mode 755: everybody/);
    }),
);

test('a reports server that listens to others without a name is worth a look', () => {
  const named = (environment: Readonly<Record<string, string>>): string =>
    lineOf(checkNames(configOf(environment)));
  assert.equal(named({}), '', 'this machine alone');
  assert.match(named({ REPORTS_SERVER_HOST: '0.0.0.0' }), /^warn: /);
  for (const name of [
    { PUBLIC_REPORTS_URL: 'https://mayday.example.com' },
    { REPORTS_SERVER_NAMES: 'mayday' },
  ])
    assert.match(named({ REPORTS_SERVER_HOST: '0.0.0.0', ...name }), /^ok: /);
});

test('the newest finished backup tells how old it is', () =>
  inFolder(async (dir) => {
    const config = configOf({ BACKUP_DIR: dir });
    assert.match(lineOf(await checkBackups(configOf({}), NOW)), /^warn: BACKUP_DIR is not set/);
    assert.match(lineOf(await checkBackups(config, NOW)), /^fail: .* has no finished backup/);
    mkdirSync(path.join(dir, '20261130T021500Z'));
    mkdirSync(path.join(dir, '20261125T021500Z'));
    writeFileSync(path.join(dir, '20261125T021500Z', 'manifest.json'), '{}');
    assert.match(lineOf(await checkBackups(config, NOW)), /^warn: .* of 2026-11-25T02:15Z, 5 days ago$/);
    writeFileSync(path.join(dir, '20261130T021500Z', 'manifest.json'), '{}');
    assert.match(lineOf(await checkBackups(config, NOW)), /^ok: .* of 2026-11-30T02:15Z$/);
    mkdirSync(path.join(dir, '20301130T021500Z'));
    writeFileSync(path.join(dir, '20301130T021500Z', 'manifest.json'), '{}');
    assert.match(lineOf(await checkBackups(config, NOW)), /^warn: .* which is yet to come$/);
    const archive = path.join(dir, 'all.tar.zst');
    const one = configOf({ BACKUP_DIR: archive });
    assert.match(lineOf(await checkBackups(one, NOW)), /^fail: .* has no finished backup/);
    const manifest = JSON.stringify({
      ...{ format: 1, mayday: '1', schema: 1, startedAt: '2026-11-29T02:15:00.000Z', finishedAt: '' },
      ...{ reports: 0, files: 1, bytes: 0, missing: [] },
    });
    const header = { name: 'manifest.json', size: manifest.length, type: 'file' as const };
    writeFileSync(archive, zstdCompressSync(await packTar([{ header, body: manifest }])));
    assert.match(lineOf(await checkBackups(one, NOW)), /^ok: .* of 2026-11-29T02:15Z$/);
    writeFileSync(archive, 'PK');
    assert.match(lineOf(await checkBackups(one, NOW)), /^fail: .* cannot be read: Unknown frame/);
  }));

test('a queue that waits and reports that failed are worth a look', async () => {
  const store = (counts: object): Pick<Store, 'queue'> =>
    ({ queue: { counts: async () => Promise.resolve(counts) } }) as unknown as Pick<Store, 'queue'>;
  assert.match(lineOf(await checkQueue(store({ queued: 0, failed: 0, oldestMs: null }))), /^ok: 0 reports/);
  assert.match(lineOf(await checkQueue(store({ queued: 2, failed: 0, oldestMs: 60_000 }))), /^ok: 2 reports/);
  assert.match(
    lineOf(await checkQueue(store({ queued: 9, failed: 0, oldestMs: 1_200_000 }))),
    /^warn: 9 reports wait, the oldest for 20 minutes$/,
  );
  assert.match(lineOf(await checkQueue(store({ queued: 0, failed: 3, oldestMs: null }))), /^warn: 3 reports/);
});

test('the forecast says when the store prunes, and warns where the disk is full before', async () => {
  const config = configOf({ MIN_FREE_DISK_MB: '0' });
  const forecast = async (status: Partial<StoreStatus>): Promise<string> =>
    lineOf(
      await checkForecast(
        {
          reports: {
            status: async () =>
              Promise.resolve({
                reports: 1000,
                reportsLastDay: 100,
                usedBytes: GIB,
                limitBytes: 2 * GIB,
                diskFreeBytes: 100 * GIB,
                ...status,
              }),
          },
        } as unknown as Pick<Store, 'reports'>,
        config,
      ),
    );
  assert.equal(await forecast({}), 'ok: the store is full in 10 days at 102.4 MB a day, and prunes then');
  assert.equal(
    await forecast({ diskFreeBytes: GIB / 2 }),
    'warn: the disk is full in 5 days at 102.4 MB a day, before MAX_REPORTS_SIZE_MB is reached',
  );
  assert.match(await forecast({ limitBytes: GIB }), /^ok: the store is full and prunes/);
  assert.equal(await forecast({ reportsLastDay: 0 }), 'ok: nothing arrived during the last day');
  assert.equal(await forecast({ reports: 0, usedBytes: 0 }), 'ok: nothing arrived during the last day');
  assert.match(await forecast({ diskFreeBytes: null }), /^ok: the store is full in 10 days/);
});

test('a mail server is reached without a mail, and one that is not there is said without its password', async () => {
  assert.deepEqual(await checkMail(configOf({})), []);
  const server = await startMailServer();
  assert.match(lineOf(await checkMail(configOf({ SMTP_URL: server.url }))), /^ok: .* answers and takes us$/);
  await server.stop();
  assert.deepEqual(server.mails, []);
  const gone = server.url.replace('smtp://', 'smtp://ann:secret@');
  const found = lineOf(await checkMail(configOf({ SMTP_URL: gone })));
  assert.match(found, /^fail: .* does not take mail: .*ECONNREFUSED/);
  assert.ok(!found.includes('secret'));
});

const openssl = spawnSync('openssl', ['version']).status === 0;

test(
  'a certificate is told until when it holds',
  { skip: openssl ? false : 'openssl is not on this machine' },
  () =>
    inFolder(async (dir) => {
      const [key, cert] = [path.join(dir, 'key.pem'), path.join(dir, 'cert.pem')];
      execFileSync(
        'openssl',
        ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '30', '-subj', '/CN=localhost'].concat([
          '-keyout',
          key,
          '-out',
          cert,
        ]),
        { stdio: 'ignore' },
      );
      const server = createServer({ key: readFileSync(key), cert: readFileSync(cert) });
      await new Promise<void>((resolve) => {
        server.listen(0, '127.0.0.1', resolve);
      });
      const url = `https://localhost:${(server.address() as AddressInfo).port}/crashes`;
      try {
        const now = Date.now();
        assert.match(
          lineOf(await checkCertificates([url, url, ''], now)),
          /^ok: that of localhost:\d+ holds until [\d-]+$/,
        );
        assert.match(lineOf(await checkCertificates([url], now + 20 * DAY)), /^warn: .*, (?:9|10) days$/);
        assert.match(lineOf(await checkCertificates([url], now + 40 * DAY)), /^fail: .*, which is over$/);
        assert.deepEqual(await checkCertificates(['http://localhost/'], now), []);
      } finally {
        server.close();
      }
      assert.match(
        lineOf(await checkCertificates([url], Date.now())),
        /^fail: no TLS connection to localhost/,
      );
    }),
);
