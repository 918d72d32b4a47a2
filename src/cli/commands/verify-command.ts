// `mayday verify`: reads everything, and tells what is not as it should be.
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { auditFolder, newestBackup, verify, verifyBackup, verifyBucketBackup } from '../../app/compose.ts';
import { loadConfig, type Config } from '../../app/config.ts';
import { isS3Url } from '../../store/s3/s3-location.ts';
import { readArguments, UsageError } from '../arguments.ts';
import { commandEntry } from '../audit-command.ts';
import type { Command, CommandIo } from '../command.ts';
import { megabytes } from '../megabytes.ts';
import { Progress } from '../terminal-progress.ts';

/** Sentences that the text shows; `--json` has more. */
const MAX_SHOWN = 50;

export const command: Command = {
  usage: `Usage: mayday verify [--quiet] [--json] [BACKUP]

Reads a whole store, or a backup of one, and tells what is wrong: the database, every count that is kept, every file that a row names, every
attachment and symbol file by its SHA-256. Without BACKUP it is the data folder (CRASH_REPORTS_DIR), where servers may run meanwhile; of a
folder of backups, or of s3://bucket/prefix, it is the newest. It changes nothing; of the data folder the audit log gets its line.

  --quiet  show no progress
  --json   print what was examined and found as JSON

Exit code 0: all is well; 1: something is wrong, or it could not be examined; 2: the arguments or the settings are wrong.
`,
  async run(args, io) {
    const { values, positionals } = readArguments(
      args,
      { quiet: { type: 'boolean' }, json: { type: 'boolean' } },
      { positionals: true },
    );
    const [backup, ...more] = positionals;
    if (more.length > 0) throw new UsageError('Name one BACKUP, or none');
    const show = values.quiet === true || values.json === true ? null : new Progress(io, 'Verify');
    const progress = (done: number, total: number): void => show?.show(done, total);
    const wrong: string[] = [];
    let dir: string;
    const loaded = loadConfig(io.env);
    let own: Config | null = null;
    if (backup === undefined || isS3Url(backup)) {
      if (!loaded.ok) {
        io.err(loaded.faults.map((fault) => `${fault}\n`).join(''));
        return 2;
      }
      dir = loaded.config.CRASH_REPORTS_DIR;
      if (backup === undefined) own = loaded.config;
      if (backup !== undefined) {
        const found = await verifyBucketBackup(loaded.config, backup, progress);
        wrong.push(...found.wrong);
        dir = found.where;
      }
    } else {
      if (!existsSync(backup)) {
        io.err(`There is no ${backup}.\n`);
        return 1;
      }
      dir = await newestBackup(backup);
      wrong.push(...(await verifyBackup(dir, progress)));
    }
    // What is in an archive or a bucket can be read when it is restored.
    const isFolder = !isS3Url(dir) && statSync(dir, { throwIfNoEntry: false })?.isFile() !== true;
    const store = isFolder
      ? await verify(loaded.ok ? loaded.config : null, dir, (_what, done, total) => progress(done, total))
      : null;
    show?.end();
    // Into a database that is damaged, or that could not be read, nothing is written.
    const isSound = store !== null && !store.wrong.some((sentence) => sentence.startsWith('The database'));
    if (own !== null && isSound) {
      const entry = commandEntry('store.verify', { detail: { wrong: store.wrong.length } });
      const unwritten = auditFolder(own, entry);
      if (unwritten !== null) io.err(`The audit log has no line of this: ${unwritten}.\n`);
    }
    const all = [...new Set([...wrong, ...(store?.wrong ?? [])])];
    if (values.json === true) {
      io.out(`${JSON.stringify({ ...store, dir: isFolder ? path.resolve(dir) : dir, wrong: all })}\n`);
    } else tell(io, dir, { ...store, wrong: all });
    return all.length === 0 ? 0 : 1;
  },
};

function tell(
  { out, err }: CommandIo,
  dir: string,
  {
    wrong,
    reports,
    attachments = 0,
    symbols = 0,
    bytes = 0,
  }: {
    readonly wrong: readonly string[];
    readonly reports?: number;
    readonly attachments?: number;
    readonly symbols?: number;
    readonly bytes?: number;
  },
): void {
  for (const sentence of wrong.slice(0, MAX_SHOWN)) err(`${sentence}\n`);
  if (wrong.length > MAX_SHOWN) err(`${wrong.length - MAX_SHOWN} more: see --json.\n`);
  const read =
    reports === undefined
      ? 'every file was compared with its sum'
      : `${reports} reports, ${attachments} attachments and ${symbols} symbol files were read, ${megabytes(bytes)} MB of attachments`;
  out(`${dir}: ${read}. ${wrong.length === 0 ? 'All is well.' : `${wrong.length} things are wrong.`}\n`);
}
