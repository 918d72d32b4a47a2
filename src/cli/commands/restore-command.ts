// `mayday restore`: a backup becomes the data folder.
import { restore } from '../../app/compose.ts';
import { loadConfig } from '../../app/config.ts';
import { readArguments, UsageError } from '../arguments.ts';
import type { Command } from '../command.ts';
import { megabytes } from '../megabytes.ts';
import { runningServer } from '../running-server.ts';
import { Progress } from '../terminal-progress.ts';

export const command: Command = {
  usage: `Usage: mayday restore [--at NAME] [--quiet] [--json] FROM

Puts a backup into the data folder (CRASH_REPORTS_DIR), which must be empty or not exist: a restore overwrites nothing. FROM is a folder of
backups, one backup in it, a file that \`mayday backup\` has written, or s3://bucket/prefix. Every file is compared with its sum on the way; where one is damaged
the data folder is left empty. A restore that was killed is gone on with when it is asked for again.

Stop all servers first. A backup of an older version may be restored: the first start of a server brings its database up to date.

  --at NAME  which backup of the folder or bucket (20261130T142337Z); the newest by default
  --quiet    show no progress
  --json     print what was restored as JSON

Exit code 0: done; 1: it could not be done, and the data folder is as it was; 2: the arguments or the settings are wrong.
`,
  async run(args, io) {
    const { values, positionals } = readArguments(
      args,
      { at: { type: 'string' }, quiet: { type: 'boolean' }, json: { type: 'boolean' } },
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
    const running = await runningServer(config);
    if (running !== null) {
      io.err(`A server answers on port ${running}. Stop all servers first.\n`);
      return 1;
    }
    const isQuiet = values.quiet === true || values.json === true;
    const progress = new Progress(io, 'Restore');
    const { manifest, backup } = await restore(config, {
      from,
      name: values.at ?? null,
      progress: (done, total) => {
        if (!isQuiet) progress.show(done, total);
      },
    });
    progress.end();
    io.out(
      values.json === true
        ? `${JSON.stringify({ backup, dir: config.CRASH_REPORTS_DIR, manifest })}\n`
        : `Restored ${backup} of ${manifest.startedAt} into ${config.CRASH_REPORTS_DIR}: ${manifest.reports} reports, ${manifest.files} files, ${megabytes(manifest.bytes)} MB.\n`,
    );
    return 0;
  },
};
