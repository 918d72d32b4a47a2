// `mayday doctor`: examines the installation and says what to do about what it finds.
import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { loadConfig } from '../../app/config.ts';
import { openStore } from '../../app/compose.ts';
import { messageOf, fail, type Finding } from '../../app/doctor/check.ts';
import { checkClock, checkDataFolder, checkDisk, checkPorts } from '../../app/doctor/machine.ts';
import { checkCertificates, checkMail, checkNames } from '../../app/doctor/outside.ts';
import { checkProviderDiscovery } from '../../app/doctor/providers.ts';
import { checkProxy } from '../../app/doctor/proxy.ts';
import { checkRoundTrip } from '../../app/doctor/round-trip.ts';
import {
  checkBackups,
  checkCopies,
  checkForecast,
  checkQueue,
  checkRights,
  checkSecrets,
} from '../../app/doctor/upkeep.ts';
import { createLog } from '../../base/log.ts';
import { createMetrics } from '../../base/metrics.ts';
import type { Config } from '../../app/config.ts';
import { UsageError, readArguments } from '../arguments.ts';
import type { Command } from '../command.ts';

const MARKS = { ok: 'ok  ', warn: 'WARN', fail: 'FAIL' } as const;

export const command: Command = {
  usage: `Usage: mayday doctor [--url URL] [--json]

Checks the settings, the data folder and its rights, the free disk and when it is full, the ports, the clock, a full write-read-delete round
trip, the queue, the keys of secrets, the age of the newest backup, the mail server, providers of sign-ins, and how long the certificates of https addresses still hold.
With the address that clients use, also what a proxy in front does to gzip, chunked bodies and size limits.

  --url URL  the submit server as clients reach it (default: PUBLIC_SUBMIT_URL, else the proxy is not checked)
  --json     print the findings as JSON

Exit code 0: all is well or only worth a look; 1: something must be mended.
`,
  async run(args, io) {
    const { values } = readArguments(args, { url: { type: 'string' }, json: { type: 'boolean' } });
    if (values.url !== undefined && !/^https?:\/\/[^/]/.test(values.url)) {
      throw new UsageError(`--url "${values.url}" is not an http or https URL`);
    }
    const loaded = loadConfig(io.env);
    const findings: readonly Finding[] = loaded.ok
      ? await examine(loaded.config, values.url)
      : loaded.faults.map((fault) =>
          fail('settings', fault, 'Correct it in the environment or the configuration file.'),
        );
    io.out(values.json === true ? `${JSON.stringify(findings, null, 2)}\n` : render(findings));
    return findings.some(({ verdict }) => verdict === 'fail') ? 1 : 0;
  },
};

async function examine(config: Config, url: string | undefined): Promise<readonly Finding[]> {
  const folder = await checkDataFolder(config);
  const usable = folder.every(({ verdict }) => verdict !== 'fail');
  const publicUrl = url ?? config.PUBLIC_SUBMIT_URL;
  return [
    ...folder,
    ...(usable ? await checkRights(config) : []),
    ...(usable ? await checkCopies(config) : []),
    ...(usable ? await checkDisk(config) : []),
    ...(await checkPorts(config)),
    ...checkClock(),
    ...(usable ? await lookIntoStore(config) : []),
    ...(usable ? await checkSecrets(config) : []),
    ...(await checkBackups(config, Date.now())),
    ...checkNames(config),
    ...(await checkMail(config)),
    ...(await checkProviderDiscovery(config)),
    ...(await checkCertificates([publicUrl, config.PUBLIC_REPORTS_URL], Date.now())),
    ...(publicUrl === '' ? [] : await checkProxy(publicUrl.replace(/\/+$/, ''), config.MAX_UPLOAD_SIZE_MB)),
  ];
}

async function lookIntoStore(config: Config): Promise<readonly Finding[]> {
  const folder = path.resolve(config.CRASH_REPORTS_DIR);
  let scratch: string | null = null;
  try {
    const findings: Finding[] = [];
    const store = await openStore({ config, log: createLog('silent'), metrics: createMetrics() });
    try {
      await store.intake.check();
      findings.push(...(await checkQueue(store)), ...(await checkForecast(store, config)));
    } finally {
      await store.close();
    }
    // A probe among the reports would leave a product, a version, counts of what was pruned: it goes through a store of its own on
    // the same disk.
    scratch = await mkdtemp(path.join(folder, '.doctor-'));
    const beside = await openStore({
      config: { ...config, CRASH_REPORTS_DIR: scratch },
      log: createLog('silent'),
      metrics: createMetrics(),
    });
    try {
      return [...findings, ...(await checkRoundTrip(beside, config.DEFAULT_PRODUCT))];
    } finally {
      await beside.close();
    }
  } catch (error) {
    return [
      fail(
        'round trip',
        `the store cannot be opened: ${messageOf(error)}`,
        'Check the folder and its rights.',
      ),
    ];
  } finally {
    if (scratch !== null) await rm(scratch, { recursive: true, force: true }).catch(() => undefined);
  }
}

function render(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ check }) => check.length));
  const lines = findings.flatMap(({ check, verdict, found, advice }) => {
    const line = `${MARKS[verdict]}  ${check.padEnd(width)}  ${found}`;
    return advice === null ? [line] : [line, `${' '.repeat(width + 8)}→ ${advice}`];
  });
  return `${lines.join('\n')}\n`;
}
