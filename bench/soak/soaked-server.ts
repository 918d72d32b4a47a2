// The server under the soak: started as `npm start` does, with a signed-in administrator and a product that has a DSN.
import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { prepareSentryFolder, SENTRY_KEY } from '../ingest/sentry-envelope.ts';

/** Where the measured files go: BENCH_DIR, or the temporary folder of the system. */
export const BENCH_ROOT = process.env['BENCH_DIR'] ?? tmpdir();
const TOKEN = 'soak-administrator';
const PASSWORD = 'a password for ten minutes';

export interface Soaked {
  readonly pid: number;
  readonly submitUrl: string;
  readonly reportsUrl: string;
  readonly token: string;
  /** Cookie of a signed-in administrator. */
  readonly cookie: string;
  /** Everything that it has printed as warnings and errors. */
  output(): string;
  /** SIGTERM; the exit code. */
  stop(): Promise<number | null>;
}

/** Makes what the server finds at its start; gives the key of the DSN. */
export async function prepareSoakFolder(dir: string): Promise<string> {
  await prepareSentryFolder(dir);
  return SENTRY_KEY;
}

/** Starts it and signs in. */
export async function startSoaked(dir: string, megabytes: number): Promise<Soaked> {
  const child = spawn(process.execPath, ['--max-semi-space-size=2', 'bin/mayday.js', 'serve'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      CRASH_REPORTS_DIR: dir,
      SUBMIT_SERVER_HOST: '127.0.0.1',
      SUBMIT_SERVER_PORT: '0',
      REPORTS_SERVER_PORT: '0',
      MAYDAY_ADMIN_TOKEN: TOKEN,
      MAX_REPORTS_SIZE_MB: String(megabytes),
      MIN_FREE_DISK_MB: '0',
      PRUNE_GRACE_MINUTES: '0',
      // All reports come from one address here.
      FLOOD_PER_MINUTE: '1000000',
      LOG_LEVEL: 'warn',
    },
  });
  let printed = '';
  let faults = '';
  child.stderr.on('data', (chunk: Buffer) => (faults = (faults + chunk.toString()).slice(-200_000)));
  const banner = await new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      printed = (printed + chunk.toString()).slice(-200_000);
      if (/sample crash/.test(printed)) resolve(printed);
    });
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}: ${faults}`)));
  });
  const url = (name: string): string =>
    `http://127.0.0.1:${new RegExp(`${name}\\s+http://[^:\\s]+:(\\d+)`).exec(banner)?.[1] ?? ''}`;
  const reportsUrl = url('Reports server');
  return {
    pid: child.pid ?? 0,
    submitUrl: url('Submit server'),
    reportsUrl,
    token: TOKEN,
    cookie: await signIn(reportsUrl, /\/setup\/\S+/.exec(banner)?.[0] ?? ''),
    output: () => faults + (printed.startsWith(banner) ? printed.slice(banner.length) : printed),
    stop: () =>
      new Promise((resolve) => {
        if (child.exitCode !== null || child.signalCode !== null) return resolve(child.exitCode);
        child.once('exit', (code) => resolve(code));
        child.kill('SIGTERM');
      }),
  };
}

/** With the one-time link of the banner; a server that is told its name by its address takes the form from there. */
async function signIn(reportsUrl: string, link: string): Promise<string> {
  const page = await fetch(reportsUrl + link);
  const cookie = cookiesOf(page);
  const csrf = /name="csrf" value="([^"]+)"/.exec(await page.text())?.[1] ?? '';
  const answer = await fetch(reportsUrl + link, {
    method: 'POST',
    redirect: 'manual',
    headers: { cookie, origin: reportsUrl },
    body: new URLSearchParams({
      csrf,
      action: 'setup',
      name: 'Soak',
      email: 'soak@example.org',
      password: PASSWORD,
      repeated: PASSWORD,
    }),
  });
  if (answer.status !== 303) throw new Error(`the administrator could not be made: ${answer.status}`);
  return cookiesOf(answer) || cookie;
}

function cookiesOf(answer: Response): string {
  return answer.headers
    .getSetCookie()
    .map((line) => line.split(';')[0] ?? '')
    .join('; ');
}
