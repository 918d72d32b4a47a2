// `mayday keys`: which keys seal the secrets in the database, and another one.
import { changeKeys, dropKeys, encryptionOf, listKeys } from '../../app/compose.ts';
import { readArguments, UsageError } from '../arguments.ts';
import type { Command } from '../command.ts';
import { dataFolderOf } from '../command-folder.ts';

const STATES = {
  seals: 'seals and opens',
  opens: 'opens what it sealed before',
  retired: 'seals nothing here any more',
  missing: 'MISSING: its secrets cannot be opened',
} as const;

export const command: Command = {
  usage: `Usage: mayday keys list [--json]
       mayday keys rotate [--data] [--json]
       mayday keys forget ID... [--json]
       mayday keys status [--json]

Secrets that Mayday must read again (of webhooks, issue trackers and second factors) lie sealed in the database. Their keys lie in mayday.keys in
the data folder, in no backup, or come from SECRET_KEYS_COMMAND. Where ENCRYPTION_AT_REST is on, the same keys seal the data keys, which seal
reports. All commands may run beside the servers; call them as the user of the servers.

  list     the ids of the keys, and how many secrets each sealed
  rotate   put a fresh key in front and seal every secret with it; the keys before stay in the file as retired, so that older backups can
           be restored. With SECRET_KEYS_COMMAND, put a fresh key in front of what that prints first; then seal every secret with it
  forget   take retired keys out of the file, when no backup needs them any more: manifest.json of a backup names the keys that it needs
  status   whether reports are encrypted at rest, with which data keys, and what is yet to be sealed
  --data   make a fresh data key, too: it seals what servers store from the next minute on, without a restart; older ones still open
  --json   print the keys as JSON

Exit code 0: done; 1: it failed, a key is missing, or a secret does not open; 2: the arguments or the settings are wrong.
`,
  async run(args, io) {
    const { values, positionals } = readArguments(
      args,
      { json: { type: 'boolean' }, data: { type: 'boolean' } },
      { positionals: true },
    );
    const [what, ...more] = positionals;
    if (what !== 'list' && what !== 'rotate' && what !== 'status' && what !== 'forget')
      throw new UsageError('Say list, rotate, forget or status');
    if (what === 'forget' ? more.length === 0 : more.length > 0)
      throw new UsageError(what === 'forget' ? 'Name the keys by their IDs' : `${what} takes no more words`);
    if (values.data === true && what !== 'rotate') throw new UsageError('--data goes with rotate');
    const config = dataFolderOf(io);
    if (typeof config === 'number') return config;
    if (what === 'status') {
      const state = encryptionOf(config);
      io.out(values.json === true ? `${JSON.stringify(state)}\n` : stateText(state));
      return 0;
    }
    const { sealed, unopened, uses } =
      what === 'rotate'
        ? changeKeys(config, { data: values.data === true })
        : {
            ...{ sealed: null, unopened: [] },
            uses: what === 'forget' ? dropKeys(config, more) : listKeys(config),
          };
    if (values.json === true) io.out(`${JSON.stringify({ sealed, unopened, keys: uses })}\n`);
    else {
      if (sealed !== null) io.out(`${sealed} secrets are sealed anew.\n`);
      for (const { id, state, secrets, retiredAt } of uses) {
        const since = retiredAt === null ? '' : `; retired ${new Date(retiredAt).toISOString().slice(0, 10)}`;
        io.out(`${id}  ${secrets} secrets  ${STATES[state]}${since}\n`);
      }
      if (uses.length === 0) io.out('There is no key yet: the server makes one at its first start.\n');
      for (const place of unopened) io.out(`${place} does not open and stays as it is: enter it again.\n`);
    }
    return unopened.length > 0 || uses.some(({ state }) => state === 'missing') ? 1 : 0;
  },
};

type State = ReturnType<typeof encryptionOf>;

function stateText({ dataKeys, behind, clearFiles, unsealed }: State): string {
  if (dataKeys.length === 0) return 'Reports are not encrypted at rest (ENCRYPTION_AT_REST).\n';
  const lines = dataKeys.map(({ id, createdAt }, index) => {
    const state = index === dataKeys.length - 1 ? 'seals and opens' : 'opens what it sealed before';
    return `data key ${id}  of ${new Date(createdAt).toISOString().slice(0, 10)}  ${state}`;
  });
  return `${[
    'Reports are encrypted at rest.',
    ...lines,
    ...progressText(behind, { clearFiles, unsealed }),
  ].join('\n')}\n`;
}

function progressText(
  behind: State['behind'],
  { clearFiles, unsealed }: Pick<State, 'clearFiles' | 'unsealed'>,
): readonly string[] {
  if (behind === null) return ['Everything that clients sent is sealed.'];
  return [
    `What is from before is being sealed: at ${behind.at}, ${behind.left} of tables and kinds of files are left.`,
    ...(clearFiles === 0
      ? []
      : [`Attachments of up to ${clearFiles} reports from before lie in clear in packs and files.`]),
    ...(unsealed === 0
      ? []
      : [
          `${unsealed} packs, reports or blobs could not be sealed; the log says which and why. They are tried again.`,
        ]),
  ];
}
