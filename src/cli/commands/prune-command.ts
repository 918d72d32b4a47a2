// `mayday prune`: housekeeping by hand, also while the servers run.
import { SETTINGS } from '../../app/config.ts';
import type { Config } from '../../app/config.ts';
import { openStore, servedLimits } from '../../app/compose.ts';
import type { AskedLimits } from '../../app/compose.ts';
import { createLog } from '../../base/log.ts';
import { createMetrics } from '../../base/metrics.ts';
import { auditCommand } from '../audit-command.ts';
import { readArguments, UsageError } from '../arguments.ts';
import type { Command } from '../command.ts';
import { dataFolderOf } from '../command-folder.ts';

export const command: Command = {
  usage: `Usage: mayday prune [--max-size-mb MB] [--keep-days DAYS] [--json]

Removes the oldest reports until the store is below MAX_REPORTS_SIZE_MB, those older than KEEP_DAYS or their
product's own limit, and files that belong to no report. The servers do the same by themselves; it is safe to run beside them.
Where the settings of this command keep less than the server that last served the store, nothing is removed until the limit is given:

  --max-size-mb MB   prune to so much, in the place of MAX_REPORTS_SIZE_MB
  --keep-days DAYS   prune what is older, in the place of KEEP_DAYS; 0: nothing for its age
  --json             print what was removed as JSON

Exit code 0: done; 1: there is no store; 2: the arguments or the settings are wrong, or keep less than the server.
`,
  async run(args, io) {
    const { values } = readArguments(args, {
      json: { type: 'boolean' },
      'max-size-mb': { type: 'string' },
      'keep-days': { type: 'string' },
    });
    const given = {
      maxReportsSizeMb: readLimit('max-size-mb', values['max-size-mb'], 'MAX_REPORTS_SIZE_MB'),
      keepDays: readLimit('keep-days', values['keep-days'], 'KEEP_DAYS'),
    };
    const config = dataFolderOf(io);
    if (typeof config === 'number') return config;
    const asked = {
      maxReportsSizeMb: given.maxReportsSizeMb ?? config.MAX_REPORTS_SIZE_MB,
      keepDays: given.keepDays ?? config.KEEP_DAYS,
    };
    const fault = keepsLess(config, given, servedLimits(config));
    if (fault !== null) {
      io.err(fault);
      return 2;
    }
    const store = await openStore(
      { config, log: createLog(config.LOG_LEVEL), metrics: createMetrics() },
      { asked },
    );
    try {
      const result = await store.maintenance.prune();
      await auditCommand(store, 'store.prune', { detail: { reports: result.reports } });
      const megabytes = (result.bytes / 1024 / 1024).toFixed(1);
      io.out(
        values.json === true
          ? `${JSON.stringify(result)}\n`
          : `Removed ${result.reports} reports (${megabytes} MB) and ${result.orphanFiles} orphan files.\n`,
      );
      return 0;
    } finally {
      await store.close();
    }
  },
};

/** A limit as it is given; undefined: it is not. */
function readLimit(
  option: string,
  value: string | undefined,
  setting: 'MAX_REPORTS_SIZE_MB' | 'KEEP_DAYS',
): number | undefined {
  if (value === undefined) return undefined;
  const parsed = SETTINGS[setting].parse(value);
  if (!parsed.ok) throw new UsageError(`--${option} is "${value.slice(0, 60)}", which ${parsed.wrong}`);
  return parsed.value;
}

/** A sentence for each setting that keeps less than the server and was not given with the command; null: there is none. */
function keepsLess(
  config: Config,
  given: { readonly [K in keyof AskedLimits]: AskedLimits[K] | undefined },
  served: AskedLimits | null,
): string | null {
  if (served === null) return null;
  const faults: string[] = [];
  if (given.maxReportsSizeMb === undefined && config.MAX_REPORTS_SIZE_MB < served.maxReportsSizeMb)
    faults.push(
      `The server keeps ${served.maxReportsSizeMb} MB here, and MAX_REPORTS_SIZE_MB of this command is ${config.MAX_REPORTS_SIZE_MB}: give it the server's, or say --max-size-mb ${config.MAX_REPORTS_SIZE_MB} to prune to so much.`,
    );
  const isShorter = config.KEEP_DAYS > 0 && (served.keepDays === 0 || config.KEEP_DAYS < served.keepDays);
  if (given.keepDays === undefined && isShorter)
    faults.push(
      `The server keeps reports ${served.keepDays === 0 ? 'whatever their age' : `${served.keepDays} days`}, and KEEP_DAYS of this command is ${config.KEEP_DAYS}: give it the server's, or say --keep-days ${config.KEEP_DAYS} to prune what is older.`,
    );
  return faults.length === 0 ? null : `${faults.join('\n')}\nNothing was removed.\n`;
}
