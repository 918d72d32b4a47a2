// The doctor looks at what goes wrong over months: rights of the folder, backups, the queue, when the store or the disk is full.
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Store } from '../../store/store.ts';
import type { Config } from '../config.ts';
import { listKeys, newestBackupAt } from '../compose.ts';
import { isDamagedName } from '../../store/shared/erasure-journal.ts';
import { keptCopies } from '../kept-copies.ts';
import { fail, messageOf, ok, warn, type Finding } from './check.ts';

const DAY_MS = 86_400_000;
/** A nightly backup that failed once is worth a look. */
const OLD_BACKUP_MS = 2 * DAY_MS;
/** Clocks of two machines differ. */
const CLOCK_ERROR_MS = 10 * 60_000;
/** So long nothing that is due waits where a processor works. */
const LONG_QUEUE_MS = 15 * 60_000;
/** A forecast nearer than this is worth a look. */
const SOON_DAYS = 14;

/** Whether others on this machine may read the data folder, which holds what users' programs sent. */
export async function checkRights({ CRASH_REPORTS_DIR: dir }: Config): Promise<readonly Finding[]> {
  // Windows has no such bits.
  if (process.platform === 'win32') return [];
  const mode = (await stat(dir)).mode & 0o777;
  const shown = `${dir} has mode ${mode.toString(8)}`;
  return (mode & 0o007) === 0
    ? [ok('rights', shown)]
    : [
        warn(
          'rights',
          `${shown}: everybody on this machine may look into it`,
          `Reports hold what users' programs had in memory: chmod o-rwx ${dir}`,
        ),
      ];
}

/** Whether every secret in the database can be opened, and nobody else may read the keys. */
export async function checkSecrets(config: Config): Promise<readonly Finding[]> {
  try {
    const uses = listKeys(config);
    const missing = uses.filter(({ state }) => state === 'missing');
    if (missing.length > 0) {
      const ids = missing.map(({ id, secrets }) => `${id} (${secrets})`).join(', ');
      return [
        fail(
          'secrets',
          `Keys of secrets are missing: ${ids}`,
          'Put their lines back into mayday.keys, or enter the secrets of webhooks and trackers again.',
        ),
      ];
    }
    if (uses.length === 0)
      return [ok('secrets', 'there is no key yet: the server makes one at its first start')];
    const file = path.join(config.CRASH_REPORTS_DIR, 'mayday.keys');
    const mode = config.SECRET_KEYS_COMMAND === '' ? (await stat(file)).mode & 0o777 : 0o600;
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      return [warn('secrets', `${file} has mode ${mode.toString(8)}`, `It holds keys: chmod 600 ${file}`)];
    }
    return [
      ok('secrets', `every secret opens with ${uses.length === 1 ? 'one key' : `${uses.length} keys`}`),
    ];
  } catch (error) {
    return [
      fail('secrets', messageOf(error), 'See docs/security.md#secrets-on-disk for where their keys lie.'),
    ];
  }
}

/** Whether copies lie there that nothing is erased from. */
export async function checkCopies(config: Pick<Config, 'CRASH_REPORTS_DIR'>): Promise<readonly Finding[]> {
  const copies = keptCopies(config);
  const aside = (await readdir(config.CRASH_REPORTS_DIR)).filter(isDamagedName);
  return [
    copies.length === 0
      ? ok('copies', 'no copy of the store lies beside it that erasures do not reach')
      : warn(
          'copies',
          `${copies.join(', ')} still ${copies.length === 1 ? 'holds' : 'hold'} what was erased since, and what will be`,
          `A repair or a restore kept that. When you miss nothing: rm -r ${copies.join(' ')}`,
        ),
    ...aside.map((name) =>
      warn(
        'copies',
        `${name} is a journal of erasures that could not be read whole`,
        'A restore of an older backup refuses while it lies there (docs/operations.md#restore).',
      ),
    ),
  ];
}

/** How old the newest backup is, where BACKUP_DIR says where they lie. */
export async function checkBackups(config: Config, now: number): Promise<readonly Finding[]> {
  const { BACKUP_DIR: dir } = config;
  if (dir === '')
    return [
      warn(
        'backup',
        'BACKUP_DIR is not set, so that nobody can tell when the last backup was made',
        'Make one every night with `mayday backup` (docs/operations.md), and set BACKUP_DIR to its folder.',
      ),
    ];
  try {
    const at = await newestBackupAt(config, dir);
    if (at === null) return [fail('backup', `${dir} has no finished backup`, 'Make one: `mayday backup`.')];
    const shown = `the newest in ${dir} is of ${new Date(at).toISOString().slice(0, 16)}Z`;
    if (at > now + CLOCK_ERROR_MS)
      return [
        warn(
          'backup',
          `${shown}, which is yet to come`,
          'See whether the clock is right, and move backups of the future elsewhere: nobody can tell how old the newest is.',
        ),
      ];
    return now - at > OLD_BACKUP_MS
      ? [
          warn(
            'backup',
            `${shown}, ${Math.floor((now - at) / DAY_MS)} days ago`,
            'See why the nightly `mayday backup` did not run or failed.',
          ),
        ]
      : [ok('backup', shown)];
  } catch (error) {
    return [fail('backup', `${dir} cannot be read: ${messageOf(error)}`, 'Check it and its rights.')];
  }
}

/** Whether reports wait too long, and how many could not be processed. */
export async function checkQueue(store: Pick<Store, 'queue'>): Promise<readonly Finding[]> {
  const { queued, failed, oldestMs } = await store.queue.counts();
  if (oldestMs !== null && oldestMs > LONG_QUEUE_MS)
    return [
      warn(
        'queue',
        `${queued} reports wait, the oldest for ${Math.floor(oldestMs / 60_000)} minutes`,
        'Start a server with the role process, or give it more PROCESS_THREADS.',
      ),
    ];
  if (failed > 0)
    return [
      warn(
        'queue',
        `${failed} reports could not be processed`,
        'The log says why; `mayday reprocess` tries them again.',
      ),
    ];
  return [ok('queue', `${queued} reports wait`)];
}

/** When the store is full and begins to prune, and when the disk is, at the rate of the last day. */
export async function checkForecast(
  store: Pick<Store, 'reports'>,
  { MIN_FREE_DISK_MB }: Config,
): Promise<readonly Finding[]> {
  const status = await store.reports.status();
  const { reports, reportsLastDay, usedBytes, limitBytes, diskFreeBytes } = status;
  // What a report takes, on the average, its part of the database included.
  const bytesADay = reports === 0 ? 0 : (usedBytes / reports) * reportsLastDay;
  if (bytesADay < 1) return [ok('forecast', 'nothing arrived during the last day')];
  const rate = `${megabytes(bytesADay)} MB a day`;
  const untilPruning = (limitBytes - usedBytes) / bytesADay;
  const untilFull =
    diskFreeBytes === null
      ? Number.POSITIVE_INFINITY
      : (diskFreeBytes - MIN_FREE_DISK_MB * 1024 * 1024) / bytesADay;
  if (untilFull < untilPruning && untilFull < SOON_DAYS)
    return [
      warn(
        'forecast',
        `the disk is full ${inDays(untilFull)} at ${rate}, before MAX_REPORTS_SIZE_MB is reached`,
        'Lower MAX_REPORTS_SIZE_MB, or give the disk more space.',
      ),
    ];
  if (untilPruning <= 0)
    return [ok('forecast', `the store is full and prunes what is oldest, ${rate} of it`)];
  return [ok('forecast', `the store is full ${inDays(untilPruning)} at ${rate}, and prunes then`)];
}

function inDays(days: number): string {
  return days < 1 ? 'within a day' : `in ${Math.floor(days)} days`;
}

function megabytes(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(1);
}
