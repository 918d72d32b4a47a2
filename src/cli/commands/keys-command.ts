// `mayday keys`: which keys seal the secrets in the database, and another one.
import { existsSync } from 'node:fs';
import { changeKeys, listKeys } from '../../app/compose.ts';
import { loadConfig } from '../../app/config.ts';
import { readArguments, UsageError } from '../arguments.ts';
import type { Command } from '../command.ts';

const STATES = {
  seals: 'seals and opens',
  opens: 'opens what it sealed before',
  missing: 'MISSING: its secrets cannot be opened',
} as const;

export const command: Command = {
  usage: `Usage: mayday keys list [--json]
       mayday keys rotate [--json]

Secrets that Mayday must read again (of webhooks, issue trackers and second factors) lie sealed in the database. Their keys lie in mayday.keys in
the data folder, in no backup, or come from SECRET_KEYS_COMMAND. Both commands may run beside the servers;
call them as the user of the servers.

  list     the ids of the keys, and how many secrets each sealed
  rotate   put a fresh key in front and seal every secret with it; the key before stays in the file until the next time. With
           SECRET_KEYS_COMMAND, put a fresh key in front of what that prints first; then seal every secret with it
  --json   print the keys as JSON

Exit code 0: done; 1: it failed, a key is missing, or a secret does not open; 2: the arguments or the settings are wrong.
`,
  async run(args, io) {
    const { values, positionals } = readArguments(args, { json: { type: 'boolean' } }, { positionals: true });
    const [what, ...more] = positionals;
    if ((what !== 'list' && what !== 'rotate') || more.length > 0) throw new UsageError('Say list or rotate');
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
    const { sealed, unopened, uses } =
      what === 'rotate' ? changeKeys(config) : { sealed: null, unopened: [], uses: listKeys(config) };
    if (values.json === true) io.out(`${JSON.stringify({ sealed, unopened, keys: uses })}\n`);
    else {
      if (sealed !== null) io.out(`${sealed} secrets are sealed anew.\n`);
      for (const { id, state, secrets } of uses) io.out(`${id}  ${secrets} secrets  ${STATES[state]}\n`);
      if (uses.length === 0) io.out('There is no key yet: the server makes one at its first start.\n');
      for (const place of unopened) io.out(`${place} does not open and stays as it is: enter it again.\n`);
    }
    return unopened.length > 0 || uses.some(({ state }) => state === 'missing') ? 1 : 0;
  },
};
