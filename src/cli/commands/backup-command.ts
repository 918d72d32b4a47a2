// `mayday backup`: everything that the store holds, as it is at one moment, while servers run.
import { existsSync } from 'node:fs';
import { auditFolder, backUp } from '../../app/compose.ts';
import { loadConfig } from '../../app/config.ts';
import { versionInfo } from '../../app/version.ts';
import { isS3Url } from '../../store/s3/s3-location.ts';
import { readArguments, UsageError } from '../arguments.ts';
import { commandEntry } from '../audit-command.ts';
import type { Command } from '../command.ts';
import { megabytes } from '../megabytes.ts';
import { Progress } from '../terminal-progress.ts';

const QUIET = (): void => undefined;

export const command: Command = {
  usage: `Usage: mayday backup [--keep N] [--full] [--link] [--quiet] [--json] [TARGET]

Copies everything that the store of CRASH_REPORTS_DIR holds, as it is at one moment, while servers run: the database, and every file that it
names. TARGET is a folder of backups, a file that ends with .tar.zst, or s3://bucket/prefix; without it, it is BACKUP_DIR.

In a folder each backup has its own one, named by its time (20261130T142337Z), which stands for itself: it is a data folder with SHA256SUMS
and manifest.json beside it. What has not changed since the backup before is the same file under a second name, and takes no space. A backup
that was cut short is gone on with by the next one. In a bucket it is the same, with each content put once; the key is that of AWS_ACCESS_KEY_ID,
AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, the server that of AWS_REGION and AWS_ENDPOINT_URL_S3.

  --keep N  how many finished backups stay there, this one among them; older ones are removed (all stay by default)
  --link    on the same file system, give files a second name and do not copy them: faster, and without space, but damage of this disk hits both
  --full    read every file from the store again and take none from the backup before, so that damage of that one is not inherited
  --quiet   show no progress
  --json    print what was made as JSON

Check a backup with \`mayday verify TARGET\`, and put it back with \`mayday restore TARGET\`.

Exit code 0: done; 1: it could not be made, or files that reports name are lost; 2: the arguments or the settings are wrong.
`,
  async run(args, io) {
    const { values, positionals } = readArguments(
      args,
      {
        keep: { type: 'string' },
        full: { type: 'boolean' },
        link: { type: 'boolean' },
        quiet: { type: 'boolean' },
        json: { type: 'boolean' },
      },
      { positionals: true },
    );
    const [named, ...more] = positionals;
    if (more.length > 0) throw new UsageError('Name one TARGET');
    if (named !== undefined && /^[a-z][a-z0-9+.-]+:\/\//i.test(named) && !isS3Url(named))
      throw new UsageError(
        `${named} is no folder, no file and no s3://bucket/prefix; a backup goes into one of these`,
      );
    const keep = keepOf(values.keep);
    const loaded = loadConfig(io.env);
    if (!loaded.ok) {
      io.err(loaded.faults.map((fault) => `${fault}\n`).join(''));
      return 2;
    }
    const { config } = loaded;
    const target = named ?? config.BACKUP_DIR;
    if (target === '') throw new UsageError('Name a TARGET, or set BACKUP_DIR');
    if (!existsSync(config.CRASH_REPORTS_DIR)) {
      io.err(
        `There is no folder ${config.CRASH_REPORTS_DIR}. Set CRASH_REPORTS_DIR to the one that the servers use.\n`,
      );
      return 1;
    }
    // A store whose disk is full needs its backup more than the line.
    const unwritten = auditFolder(config, commandEntry('store.backup', { object: `backup ${target}` }));
    if (unwritten !== null) io.err(`The audit log has no line of this backup: ${unwritten}.\n`);
    const isQuiet = values.quiet === true || values.json === true;
    const progress = new Progress(io, 'Backup');
    const made = await backUp(config, {
      target,
      keep,
      link: values.link === true,
      full: values.full === true,
      now: Date.now,
      version: versionInfo(io.env).version,
      progress: isQuiet ? QUIET : (_what, done, total) => total > 0 && progress.show(done, total),
    });
    progress.end();
    const { manifest, copied, name, removed, ahead, journalFault } = made;
    if (values.json === true) io.out(`${JSON.stringify(made)}\n`);
    else {
      io.out(
        `Backup ${name}: ${manifest.reports} reports, ${manifest.files} files, ${megabytes(manifest.bytes)} MB, of which ${megabytes(copied)} MB were copied.\n`,
      );
      if (removed.length > 0) io.out(`Removed ${removed.join(', ')}.\n`);
    }
    if (ahead !== null)
      io.err(
        `The backup before, ${ahead}, is of a time that is yet to come: is the clock right? The new one is named as if it were made just after it, so that it is the newest.\n`,
      );
    for (const lost of manifest.missing) io.err(`${lost} is named by a report and is not there.\n`);
    if (journalFault !== null) io.err(`${journalFault}\n`);
    return manifest.missing.length === 0 && journalFault === null ? 0 : 1;
  },
};

function keepOf(text: string | undefined): number | null {
  if (text === undefined) return null;
  const keep = Number(text);
  if (!/^\d{1,6}$/.test(text) || keep < 1)
    throw new UsageError(`--keep takes a number from 1 on, not ${text}`);
  return keep;
}
