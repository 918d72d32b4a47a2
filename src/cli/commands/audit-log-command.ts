// `mayday audit`: reads the audit log of the data folder, and checks that none of its lines was changed.
import { openStore } from '../../app/compose.ts';
import { createLog } from '../../base/log.ts';
import { createMetrics } from '../../base/metrics.ts';
import { openAuditExport } from '../../reports/http/audit-export.ts';
import { AUDIT_PARAMETERS, readAuditFilter } from '../../reports/query/audit-query.ts';
import type { AuditFilter, AuditLine } from '../../store/audit.ts';
import { verifyAudit } from '../../store/shared/audit-chain.ts';
import type { KnownLine } from '../../store/shared/audit-chain.ts';
import type { Store } from '../../store/store.ts';
import { UsageError, readArguments } from '../arguments.ts';
import type { Command, CommandIo } from '../command.ts';
import { dataFolderOf } from '../command-folder.ts';

const FORMATS = ['text', 'csv', 'ndjson'] as const;
const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1000;

export const command: Command = {
  usage: `Usage: mayday audit [options]
       mayday audit verify [--known LINE:HASH]

Shows who did what to what, when and from where, newest first: of the data folder, also while the servers run. People stand in the log by
their numbers. \`verify\` follows the chain of hashes through all lines; it ends with 1 where one was changed, is missing or was put in
between. It prints the last line and its hash: note them elsewhere, and give them to --known later.

  --person N          only what this person did
  --what NAME         only this: report.delete; report.* is everything that begins so
  --object OBJECT     only what was done to this: "report <crash id>", "bug 12", "product shop/web"
  --outcome OUTCOME   done, refused or failed
  --from TIME         from this day (UTC) or ISO 8601 time on
  --to TIME           until the end of this day, or before this time
  --limit N           lines (default ${DEFAULT_LIMIT}; at most ${MAX_LIMIT}); csv and ndjson write all that match
  --format FORMAT     text (default), csv or ndjson
  --known LINE:HASH   a line that \`verify\` printed before, and that must still be there
`,
  async run(args, io) {
    const text = { type: 'string' } as const;
    const { values, positionals } = readArguments(
      args,
      {
        ...Object.fromEntries(Object.keys(AUDIT_PARAMETERS).map((name) => [name, text])),
        limit: text,
        format: text,
        known: text,
      },
      { positionals: true },
    );
    const given = values as Readonly<Record<string, string | undefined>>;
    const [word, ...rest] = positionals;
    if (rest.length > 0 || (word !== undefined && word !== 'verify'))
      throw new UsageError('The only word that `mayday audit` knows is verify');
    const format = FORMATS.find((one) => one === (given['format'] ?? 'text'));
    if (format === undefined) throw new UsageError(`--format is none of ${FORMATS.join(', ')}`);
    const limit = Number(given['limit'] ?? DEFAULT_LIMIT);
    if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT)
      throw new UsageError(`--limit must be a whole number from 1 to ${MAX_LIMIT}`);
    const read = readAuditFilter(
      new URLSearchParams(
        Object.keys(AUDIT_PARAMETERS).flatMap((name): [string, string][] => {
          const value = given[name];
          return value === undefined ? [] : [[name, value]];
        }),
      ),
    );
    if ('fault' in read) throw new UsageError(read.fault);
    const known = knownLine(given['known']);
    return withStore(io, (store) =>
      word === 'verify' ? verify(store, known, io) : show(store, read.filter, { format, limit }, io),
    );
  },
};

function knownLine(text: string | undefined): KnownLine | null {
  if (text === undefined) return null;
  const parts = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text);
  if (parts === null) throw new UsageError('--known is a line and its hash, as `mayday audit verify` prints');
  return { id: Number(parts[1]), hash: parts[2] ?? '' };
}

async function withStore(io: CommandIo, run: (store: Store) => Promise<number>): Promise<number> {
  const config = dataFolderOf(io);
  if (typeof config === 'number') return config;
  const store = await openStore({ config, log: createLog(config.LOG_LEVEL), metrics: createMetrics() });
  try {
    return await run(store);
  } finally {
    await store.close();
  }
}

async function show(
  store: Store,
  filter: AuditFilter,
  { format, limit }: { readonly format: (typeof FORMATS)[number]; readonly limit: number },
  io: CommandIo,
): Promise<number> {
  if (format !== 'text') {
    for await (const chunk of openAuditExport(store.audit, filter, format).stream) io.out(String(chunk));
    return 0;
  }
  const { rows, next } = await store.audit.list(filter, { limit });
  for (const line of rows) io.out(lineText(line));
  if (rows.length === 0) io.out('Nothing is written down that matches.\n');
  if (next !== null) io.out(`There are older lines: narrow it, or use --format ndjson.\n`);
  return 0;
}

function lineText({ id, at, who, what, object, network, outcome, detail }: AuditLine): string {
  const person = who.person === null ? who.way : `person ${who.person}`;
  const by = who.token === null ? person : `${person} (token ${who.token})`;
  const more = Object.entries(detail).map(([name, value]) => `${name}=${value}`);
  const words = [
    String(id).padStart(7),
    new Date(at).toISOString(),
    by,
    what,
    object,
    outcome === 'done' ? '' : outcome,
    network === '' ? '' : `from ${network}`,
    ...more,
  ];
  return `${words.filter((word) => word !== '').join('  ')}\n`;
}

async function verify(store: Store, known: KnownLine | null, io: CommandIo): Promise<number> {
  const { lines, start, last, fault } = await verifyAudit(store.audit, known);
  if (fault !== null) {
    io.err(`The audit log is not whole: ${fault}.\n`);
    return 1;
  }
  if (last === null) {
    io.out('The audit log is empty.\n');
    return 0;
  }
  const gone = start.id === 0 ? '' : ` (lines up to ${start.id} went by age)`;
  io.out(`${lines} lines are as they were written${gone}. The last one, to be noted elsewhere:\n`);
  io.out(`${last.id}:${last.hash}\n`);
  return 0;
}
