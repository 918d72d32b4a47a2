// `mayday restore`: a backup becomes the data folder.
import { bringUp, restore } from '../../app/compose.ts';
import { loadConfig } from '../../app/config.ts';
import { createLog } from '../../base/log.ts';
import { createMetrics } from '../../base/metrics.ts';
import { readArguments, UsageError } from '../arguments.ts';
import { systemActor } from '../audit-command.ts';
import type { Command } from '../command.ts';
import { megabytes } from '../megabytes.ts';
import { runningServer } from '../running-server.ts';
import { Progress } from '../terminal-progress.ts';

export const command: Command = {
  usage: `Usage: mayday restore [--at NAME] [--keys FILE] [--erasures FILE]
                      [--skip-damaged-erasures] [--quiet] [--json] FROM

Puts a backup into the data folder (CRASH_REPORTS_DIR), which must be empty or not exist: a restore overwrites nothing. FROM is a folder of
backups, one backup in it, a file that \`mayday backup\` has written, or s3://bucket/prefix. Every file is compared with its sum on the way; where one is damaged
the data folder is left empty. A restore that was killed is gone on with when it is asked for again.

What was erased after the backup was made does not come back: journals of erasures (erasures-….jsonl) are looked for beside the backup and in
CRASH_REPORTS_DIR with .old behind it, where the old data folder is moved to. What they say is applied before anything can be asked.
One that cannot be read whole stops the restore before anything is copied.

A backup has no keys. Those of an encrypted one, and of secrets, are taken from --keys FILE, from SECRET_KEYS_COMMAND, or from mayday.keys in
CRASH_REPORTS_DIR.old; a file of them is copied into the data folder. Where the keys of an encrypted backup are missing nothing is restored.

Stop all servers first. A backup of an older version may be restored: the first start of a server brings its database up to date.

  --at NAME        which backup of the folder or bucket (20261130T142337Z); the newest by default
  --keys FILE      the keys (a mayday.keys), where SECRET_KEYS_COMMAND is not set
  --erasures FILE  the journal of erasures that lies elsewhere, too
  --skip-damaged-erasures  of journals that cannot be read whole, apply the lines that can be read, and go on
  --quiet          show no progress
  --json           print what was restored as JSON

Exit code 0: done; 1: it could not be done, and the data folder is as it was (or says what is yet to be done); 2: the arguments or the settings are wrong.
`,
  async run(args, io) {
    const { values, positionals } = readArguments(
      args,
      {
        at: { type: 'string' },
        keys: { type: 'string' },
        erasures: { type: 'string' },
        'skip-damaged-erasures': { type: 'boolean' },
        quiet: { type: 'boolean' },
        json: { type: 'boolean' },
      },
      { positionals: true },
    );
    const [from, ...more] = positionals;
    if (from === undefined || more.length > 0) throw new UsageError('Name one backup to restore FROM');
    const loaded = loadConfig(io.env);
    if (!loaded.ok) {
      io.err(loaded.faults.map((fault) => `${fault}\n`).join(''));
      return 2;
    }
    const { config } = loaded;
    if (values.keys !== undefined && config.SECRET_KEYS_COMMAND !== '')
      throw new UsageError('--keys goes without SECRET_KEYS_COMMAND: a server would take its keys from that');
    const running = await runningServer(config);
    if (running !== null) {
      io.err(`A server answers on port ${running}. Stop all servers first.\n`);
      return 1;
    }
    const isQuiet = values.quiet === true || values.json === true;
    const surroundings = { config, log: createLog(config.LOG_LEVEL), metrics: createMetrics() };
    const gone = await bringUp(surroundings);
    if (gone !== null) {
      io.out(
        `The restore into ${config.CRASH_REPORTS_DIR} was cut short at its end, and is done now. ${erased(gone)}\n`,
      );
      return 0;
    }
    const progress = new Progress(io, 'Restore');
    const restored = await restore(surroundings, {
      from,
      name: values.at ?? null,
      journal: values.erasures ?? null,
      skipDamaged: values['skip-damaged-erasures'] === true,
      keys: values.keys ?? null,
      by: { at: Date.now(), ...systemActor() },
      progress: (done, total) => {
        if (!isQuiet) progress.show(done, total);
      },
    });
    progress.end();
    const { manifest, backup, erasures, erasedReports, unknownUntil, locked, skipped } = restored;
    io.out(
      values.json === true
        ? `${JSON.stringify({ backup, dir: config.CRASH_REPORTS_DIR, manifest, erasures, erasedReports, locked, skipped })}\n`
        : `Restored ${backup} of ${manifest.startedAt} into ${config.CRASH_REPORTS_DIR}: ${manifest.reports} reports, ${manifest.files} files, ${megabytes(manifest.bytes)} MB.\n`,
    );
    if (values.json !== true && erasures > 0) io.out(`${erased(erasedReports)}\n`);
    for (const fault of skipped)
      io.err(
        `${fault} What was erased and stood only in what cannot be read of it is there again: erase it once more.\n`,
      );
    if (locked.length > 0)
      io.err(
        `Secrets of webhooks, trackers or second factors do not open: their keys ${locked.join(', ')} are missing. Put the file that has them into ${config.CRASH_REPORTS_DIR} as mayday.keys before a server starts, or enter those secrets again.\n`,
      );
    if (unknownUntil !== null)
      io.err(
        `What was erased before ${new Date(unknownUntil).toISOString()} is not known any more, and this backup is older: erase it again.\n`,
      );
    return 0;
  },
};

function erased(reports: number): string {
  return reports === 1
    ? '1 report that was erased since is gone.'
    : `${reports} reports that were erased since are gone.`;
}
