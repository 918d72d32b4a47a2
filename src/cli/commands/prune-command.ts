// `mayday prune`: housekeeping by hand, also while the servers run.
import { existsSync } from 'node:fs';
import { loadConfig } from '../../app/config.ts';
import { openStore } from '../../app/compose.ts';
import { createLog } from '../../base/log.ts';
import { createMetrics } from '../../base/metrics.ts';
import { auditCommand } from '../audit-command.ts';
import { readArguments } from '../arguments.ts';
import type { Command } from '../command.ts';

export const command: Command = {
  usage: `Usage: mayday prune [--json]

Removes the oldest reports until the store is below MAX_REPORTS_SIZE_MB, those older than KEEP_DAYS or their
product's own limit, and files that belong to no report. The servers do the same by themselves; it is safe to run beside them.

  --json   print what was removed as JSON
`,
  async run(args, io) {
    const { values } = readArguments(args, { json: { type: 'boolean' } });
    const loaded = loadConfig(io.env);
    if (!loaded.ok) {
      io.err(loaded.faults.map((fault) => `${fault}\n`).join(''));
      return 2;
    }
    const { config } = loaded;
    if (!existsSync(config.CRASH_REPORTS_DIR)) {
      io.err(
        `There is no folder ${config.CRASH_REPORTS_DIR}. Set CRASH_REPORTS_DIR to the one that the servers use.\n`,
      );
      return 1;
    }
    const store = await openStore({ config, log: createLog(config.LOG_LEVEL), metrics: createMetrics() });
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
