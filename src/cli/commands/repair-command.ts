// `mayday repair`: saves what can be read of a damaged store. No server may run meanwhile.
import { repair } from '../../app/compose.ts';
import { readArguments } from '../arguments.ts';
import type { Command, CommandIo } from '../command.ts';
import { dataFolderOf } from '../command-folder.ts';
import { runningServer } from '../running-server.ts';
import { repairText } from './repair-text.ts';

export const command: Command = {
  usage: `Usage: mayday repair [--dry-run] [--json]

For a database that is damaged, missing, or not that of the files in its folder: makes a new one out of every row that can be read, finds
reports that nothing leads to any more, joins files of reports to rows again, and says what is saved and what is lost. It deletes nothing: the
old database is kept in the folder damaged-<time>, and files that belong to nothing are moved into unclaimed-<time>. Nothing is erased from these:
remove them when you miss nothing, and before you tell anybody that their data is gone.

Stop all servers first, and make a copy of the data folder (CRASH_REPORTS_DIR) where there is room for one. It needs as much free space as the
database takes.

  --dry-run  only say what would be done; nothing is changed or moved
  --json     print what was done as JSON, with every name

Exit code 0: done, or nothing was damaged; 1: it could not be done, and everything is as it was; 2: the arguments or the settings are wrong.
`,
  async run(args, io) {
    const { values } = readArguments(args, { json: { type: 'boolean' }, 'dry-run': { type: 'boolean' } });
    const config = dataFolderOf(io);
    if (typeof config === 'number') return config;
    const running = await runningServer(config);
    if (running !== null) {
      io.err(
        `A server answers on port ${running}. Stop all servers first: what they store meanwhile would be lost.\n`,
      );
      return 1;
    }
    const dryRun = values['dry-run'] === true;
    const result = repair(config, Date.now(), { dryRun });
    tell(result, io, { asJson: values.json === true, dryRun, dir: config.CRASH_REPORTS_DIR });
    return 0;
  },
};

function tell(
  result: ReturnType<typeof repair>,
  { out }: CommandIo,
  { asJson, dryRun, dir }: { readonly asJson: boolean; readonly dryRun: boolean; readonly dir: string },
): void {
  out(
    asJson ? `${JSON.stringify({ ...result, sequences: undefined })}\n` : repairText(result, { dryRun, dir }),
  );
}
