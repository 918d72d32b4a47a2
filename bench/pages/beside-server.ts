// A whole server on a filled folder, as `npm start` runs it, with somebody signed in; and what its event loop says.
import { spawn } from 'node:child_process';
import { newSecret, hashSecret } from '../../src/reports/auth/secrets.ts';
import { openStore } from '../search/filled-folder.ts';

const EMAIL = 'bench@example.org';
const DAY_MS = 86_400_000;

export interface BesideServer {
  readonly submitUrl: string;
  readonly reportsUrl: string;
  /** Cookie of a signed-in administrator. */
  readonly cookie: string;
  /** The 99th percentile and the longest delay of the main thread's event loop since this was asked before, in milliseconds. */
  loopDelay(): Promise<{ readonly p99: number; readonly longest: number }>;
  stop(): Promise<void>;
}

export async function startBeside(dir: string): Promise<BesideServer> {
  const cookie = await signedIn(dir);
  const child = spawn(process.execPath, ['--max-semi-space-size=2', 'bin/mayday.js', 'serve'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      CRASH_REPORTS_DIR: dir,
      SUBMIT_SERVER_HOST: '127.0.0.1',
      SUBMIT_SERVER_PORT: '0',
      REPORTS_SERVER_PORT: '0',
      MAX_REPORTS_SIZE_MB: '65536',
      MIN_FREE_DISK_MB: '0',
      // All reports come from one address here.
      FLOOD_PER_MINUTE: '1000000',
      LOG_LEVEL: 'error',
    },
  });
  let printed = '';
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      printed = (printed + chunk.toString()).slice(-100_000);
      if (/Reports server\s+http/.test(printed) && /Submit server\s+http/.test(printed)) resolve();
    });
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}: ${printed}`)));
  });
  const url = (name: string): string =>
    `http://127.0.0.1:${new RegExp(`${name}\\s+http://[^:\\s]+:(\\d+)`).exec(printed)?.[1] ?? ''}`;
  const reportsUrl = url('Reports server');
  return {
    submitUrl: url('Submit server'),
    reportsUrl,
    cookie,
    async loopDelay() {
      const text = await (await fetch(`${reportsUrl}/metrics`)).text();
      const seconds = (name: string): number =>
        Number(new RegExp(`^nodejs_eventloop_lag_${name}_seconds (\\S+)`, 'm').exec(text)?.[1] ?? Number.NaN);
      return { p99: seconds('p99') * 1000, longest: seconds('max') * 1000 };
    },
    stop: () =>
      new Promise((resolve) => {
        if (child.exitCode !== null) return resolve();
        child.once('exit', () => resolve());
        child.kill('SIGTERM');
      }),
  };
}

/** A session of an administrator, made in the store: the server is not there yet. */
async function signedIn(dir: string): Promise<string> {
  const store = await openStore(dir);
  try {
    const { people, accounts } = store;
    const made = await people.createUser({
      name: 'Bench',
      email: EMAIL,
      isAdmin: true,
      passwordHash: 'none: nobody signs in with it',
    });
    const user = made ?? (await people.userByEmail(EMAIL));
    if (user === null) throw new Error('the administrator could not be made');
    for (const { name: account } of await accounts.list()) {
      await accounts.setMember({ account, userId: user.id, isAdmin: true });
      const to = { kind: 'user', id: user.id } as const;
      await accounts.grant({
        account,
        product: null,
        to,
        role: 'admin',
        seesProtected: true,
        seesDumps: true,
      });
    }
    const value = newSecret();
    const now = Date.now();
    await people.createSession({
      idHash: hashSecret(value),
      userId: user.id,
      csrf: newSecret(),
      createdAt: now,
      provenAt: now,
      expiresAt: now + DAY_MS,
      network: '127.0.0.1',
      agent: 'bench',
    });
    return `mayday=${value}`;
  } finally {
    await store.close();
  }
}
