// `mayday send`: sends crash reports that lie on the disk, in the protocol that each of them belongs to.
import { statSync } from 'node:fs';
import path from 'node:path';
import { versionInfo } from '../../app/version.ts';
import { httpSender } from '../../client/uploader/http-request.ts';
import type { ItemSettings, Plan } from '../../client/uploader/item.ts';
import { planSending } from '../../client/uploader/upload-plan.ts';
import { progressBar, rowLine, summaryTable } from '../../client/uploader/upload-progress.ts';
import { runSending, type Row } from '../../client/uploader/run.ts';
import { SentState } from '../../client/uploader/sent-state.ts';
import { isServerUrl, serverAddress } from '../../client/uploader/server-address.ts';
import { UsageError, readArguments } from '../arguments.ts';
import type { Command, CommandIo } from '../command.ts';
import { terminalText } from '../terminal-text.ts';
import { dumpFacts } from '../../client/uploader/dump-facts.ts';

const DEFAULT_RETRIES = 5;
const MAX_RETRIES = 100;
const CLEAR_LINE = '\r\u001b[K';

const OPTIONS = {
  url: { type: 'string' },
  key: { type: 'string' },
  product: { type: 'string', short: 'p' },
  version: { type: 'string', short: 'v' },
  account: { type: 'string' },
  annotation: { type: 'string', short: 'a', multiple: true },
  attachment: { type: 'string', multiple: true },
  json: { type: 'string' },
  proxy: { type: 'string', short: 'x' },
  'proxy-user': { type: 'string', short: 'u' },
  'no-gzip': { type: 'boolean' },
  retries: { type: 'string' },
  state: { type: 'string' },
  'dry-run': { type: 'boolean' },
} as const;

export const command: Command = {
  usage: `Usage: mayday send FILE|DIR... --url URL [options]
       mayday send -p PRODUCT -v VERSION MINIDUMP URL

Sends crash reports. What a file is, is found by its content: a minidump (with its annotations beside it in a .extra, .info,
.json or .meta file), a panic log, any text with a crash in it, a report of apport, a CrashKit payload. A folder is a Crashpad
database, whose pending reports are marked as Crashpad marks them, Firefox's "Crash Reports", a problem folder of ABRT, or
holds such files.

  --url URL               the server, or its upload URL (default: MAYDAY_URL)
  --key KEY               the product's upload key
  -p, --product NAME      the product
  -v, --version VERSION   its version
  -a, --annotation K=V    one more annotation; may be given several times
  --attachment NAME=PATH  one more file in each form; may be given several times
  --json FILE             Socorro's annotations of the one minidump given: a JSON object
  --account NAME          the account of CrashKit payloads (default: default)
  -x, --proxy HOST:PORT   send through this HTTP proxy (default: HTTP_PROXY, HTTPS_PROXY, NO_PROXY)
  -u, --proxy-user U:P    user and password for the proxy
  --no-gzip               send forms uncompressed
  --retries N             try each report N times more when the server cannot be had (default: ${DEFAULT_RETRIES})
  --state FILE            what has been sent (default: ~/.local/state/mayday/sent.jsonl); such reports are not sent again
  --dry-run               say what would be sent, and send nothing

Exit code 0: every report has been sent, now or before, or the server discarded it by a rule; 1: one has not arrived; 2: the
arguments are wrong or something given cannot be sent, and nothing was sent.
`,
  async run(args, io) {
    const { values, positionals } = readArguments(args, OPTIONS, { positionals: true });
    const last = positionals.at(-1);
    // Breakpad's minidump_upload takes the URL as its last argument.
    const named = values.url === undefined && last !== undefined && isServerUrl(last) ? last : null;
    const paths = named === null ? positionals : positionals.slice(0, -1);
    if (paths.length === 0) throw new UsageError('Name at least one file or folder to send');
    const url = values.url ?? named ?? io.env['MAYDAY_URL'] ?? '';
    if (url === '') throw new UsageError('Name the server with --url');
    if (!isServerUrl(url)) throw new UsageError(`--url "${url}" is not an http or https URL`);
    const settings: ItemSettings = {
      product: values.product ?? null,
      version: values.version ?? null,
      account: values.account ?? 'default',
      annotations: (values.annotation ?? []).map((text) => readPair('--annotation', text)),
      attachments: (values.attachment ?? []).map((text) => readPair('--attachment', text)),
      json: values.json ?? null,
    };
    const proxy = readProxy(values.proxy, values['proxy-user']);
    const attempts = 1 + readRetries(values.retries);
    const state = openState(values.state ?? defaultState(io.env));

    const plan = planSending(paths, settings, { readDump: dumpFacts, now: Date.now });
    for (const remark of plan.remarks) io.err(`mayday send: ${remark}\n`);
    if (plan.faults.length > 0) {
      for (const fault of plan.faults) io.err(`mayday send: ${fault}\n`);
      io.err('mayday send: nothing was sent\n');
      return 2;
    }
    if (plan.items.length === 0) {
      io.out('Nothing to send.\n');
      return 0;
    }

    const address = serverAddress(url, values.key ?? null);
    const interrupt = new AbortController();
    const onSignal = (): void => interrupt.abort();
    process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
    try {
      const rows = await runSending(plan.items, {
        attempt: {
          address,
          send: httpSender({ userAgent: `Mayday/${versionInfo(io.env).version}`, env: io.env, proxy }),
          gzip: values['no-gzip'] !== true,
          signal: interrupt.signal,
        },
        state,
        server: address.at('/'),
        attempts,
        dryRun: values['dry-run'] === true,
        now: Date.now,
        random: Math.random,
        sleep: (ms) => sleepUnless(interrupt.signal, ms),
        ...display(plan, io),
      });
      io.out(summaryTable(rows));
      return rows.some(({ result }) => result === 'failed' || result === 'skipped') ? 1 : 0;
    } finally {
      process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
    }
  },
};

/** A bar on a terminal, lines elsewhere. */
function display({ items }: Plan, io: CommandIo) {
  const steer = io.steer ?? io.out;
  const totalBytes = items.reduce((sum, { bytes }) => sum + bytes, 0);
  const before = items.map((_item, index) =>
    items.slice(0, index).reduce((sum, { bytes }) => sum + bytes, 0),
  );
  const bar = (index: number, sent: number): void => {
    const name = items[index]?.name ?? '';
    const sentBytes = (before[index] ?? 0) + sent;
    steer(
      `${CLEAR_LINE}${terminalText(progressBar({ index, items: items.length, sentBytes, totalBytes, name }))}`,
    );
  };
  const line = (text: string): void => {
    if (io.terminal) steer(CLEAR_LINE);
    io.err(`mayday send: ${text}\n`);
  };
  return {
    onProgress: (index: number, sent: number): void => {
      if (io.terminal) bar(index, sent);
    },
    onRetry: ({ name }: { readonly name: string }, problem: string, waitMs: number): void =>
      line(`${name}: ${problem}; trying again in ${(waitMs / 1000).toFixed(1)} s`),
    onRow: (row: Row, index: number): void => {
      if (io.terminal) steer(CLEAR_LINE);
      else io.out(`${index + 1}/${items.length} ${rowLine(row)}\n`);
    },
  };
}

function readPair(option: string, text: string): readonly [name: string, value: string] {
  const equals = text.indexOf('=');
  const name = text.slice(0, Math.max(0, equals));
  if (name === '' || /[\u0000-\u001f"]/.test(name)) {
    throw new UsageError(
      `${option} "${text}" is not of the form NAME=${option === '--attachment' ? 'PATH' : 'VALUE'}`,
    );
  }
  return [name, text.slice(equals + 1)];
}

function readProxy(proxy: string | undefined, user: string | undefined): string | null {
  if (proxy === undefined) {
    if (user !== undefined) throw new UsageError('--proxy-user is for a --proxy');
    return null;
  }
  const text = /^https?:\/\//.test(proxy) ? proxy : `http://${proxy}`;
  if (!URL.canParse(text)) throw new UsageError(`--proxy "${proxy}" is not of the form HOST:PORT`);
  const url = new URL(text);
  if (user !== undefined) {
    const [name = '', ...password] = user.split(':');
    url.username = encodeURIComponent(name);
    url.password = encodeURIComponent(password.join(':'));
  }
  return url.href;
}

function readRetries(text: string | undefined): number {
  if (text === undefined) return DEFAULT_RETRIES;
  const retries = Number(text);
  if (text === '' || !Number.isInteger(retries) || retries < 0 || retries > MAX_RETRIES) {
    throw new UsageError(`--retries "${text}" is not a whole number from 0 to ${MAX_RETRIES}`);
  }
  return retries;
}

function openState(file: string): SentState {
  try {
    if (statSync(file, { throwIfNoEntry: false })?.isDirectory() === true) throw new Error('it is a folder');
    return new SentState(file);
  } catch (error) {
    throw new UsageError(`--state ${file} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}

/** Where programs keep what they must remember (XDG Base Directory Specification; %LOCALAPPDATA% on Windows). */
function defaultState(env: CommandIo['env']): string {
  const home = env['XDG_STATE_HOME'] ?? env['LOCALAPPDATA'];
  if (home !== undefined && home !== '') return path.join(home, 'mayday', 'sent.jsonl');
  return path.join(env['HOME'] ?? '.', '.local', 'state', 'mayday', 'sent.jsonl');
}

function sleepUnless(signal: AbortSignal, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const finish = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', finish);
      resolve();
    };
    const timer = setTimeout(finish, ms);
    signal.addEventListener('abort', finish);
    if (signal.aborted) finish();
  });
}
