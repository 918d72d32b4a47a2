// `mayday query`: asks a running server, or the data folder, about filed crashes.
import { openStore } from '../../app/compose.ts';
import { createLog } from '../../base/log.ts';
import { createMetrics } from '../../base/metrics.ts';
import { bugsOfDataFolder, searchDataFolder } from '../../app/search-data-folder.ts';
import { auditCommand } from '../audit-command.ts';
import { UsageError, readArguments } from '../arguments.ts';
import type { Command, CommandIo } from '../command.ts';
import { dataFolderOf } from '../command-folder.ts';
import { bugsText, searchText } from '../search-text.ts';
import type { BugsBody, SearchBody } from '../search-text.ts';

const FORMATS = ['table', 'json', 'csv', 'ndjson'] as const;
const DEFAULT_LIMIT = '20';

/** Options that are parameters of `GET /api/search` of the same name. */
const PASSED = [
  'account',
  'product',
  'version',
  'platform',
  'channel',
  'environment',
  'process_type',
  'period',
  'facets',
  'top',
  'group',
  'histogram',
  'distinct',
  'numbers',
  'columns',
  'sort',
  'limit',
] as const;

export const command: Command = {
  usage: `Usage: mayday query [SEARCH] [options]

Asks about filed crashes: how many, how often by what, when, which. SEARCH is what the search page takes, as one argument:
mayday query 'version:>=2.1 platform:windows uptime:<60' --facets signature. See docs/searching.md.

Without --url it reads the data folder (CRASH_REPORTS_DIR), also while the servers run, and sees everything; with it, it asks
the server, and sees what the owner of the token may see.

  --format FORMAT    table (default), json, csv or ndjson; the last two write every row that matches
  --product NAME     only this product
  --account NAME     only products of this account
  --version VERSION  only this version
  --platform NAME    only this platform
  --channel NAME     only this channel
  --environment NAME     only this environment
  --process-type NAME    only this kind of process
  --period PERIOD    only reports that arrived in the last 24h, 7d, 28d, 90d, 400d
  --facets KEYS      how often each value, and on how many installations
  --top N            how many values of each
  --group KEYS       two keys: how often each value of the first, and within it each of the second
  --histogram WHAT   crashes by day or hour
  --distinct KEYS    how many different values
  --numbers KEYS     least, greatest, mean and percentiles
  --columns KEYS     what each row says beside crash id and bug
  --sort KEY         what rows are sorted by; -KEY greatest first (default -received)
  --limit N          rows (default ${DEFAULT_LIMIT}; 0: none)
  --bugs             the bugs of these crashes instead, with counts, installations, users, versions and platforms of just these; table or json
  --order COLUMN     what bugs are sorted by: count, installations, users, days, versions, platforms, first_seen, last_seen, title, product,
                     kind, assignee, week; --order=-COLUMN the other way round
  --state STATE      bugs that are open, closed, ignored (default all)
  --url URL          the reports server (MAYDAY_URL is not looked at, since it names the one for uploads)
  --token TOKEN      an API token (better in MAYDAY_TOKEN, which other people cannot see)
`,
  async run(args, io) {
    const text = { type: 'string' } as const;
    const { values, positionals } = readArguments(
      args,
      {
        ...Object.fromEntries(PASSED.map((name) => [name.replace('_', '-'), text])),
        format: text,
        bugs: { type: 'boolean' },
        order: text,
        state: text,
        url: text,
        token: text,
      },
      { positionals: true },
    );
    const { bugs = false, ...texts } = values as { readonly bugs?: boolean };
    const given = texts as Readonly<Record<string, string | undefined>>;
    if (positionals.length > 1)
      throw new UsageError('Give the search as one argument: put it in quotation marks');
    const format = FORMATS.find((one) => one === (given['format'] ?? 'table'));
    if (format === undefined) throw new UsageError(`--format is none of ${FORMATS.join(', ')}`);
    const params = new URLSearchParams({ q: positionals[0] ?? '', limit: DEFAULT_LIMIT });
    for (const name of PASSED) {
      const value = given[name.replace('_', '-')];
      if (value !== undefined) params.set(name, value);
    }
    if (format === 'csv' || format === 'ndjson') params.set('format', format);
    const url = given['url'];
    for (const name of BUGS_ALONE) {
      const value = given[name];
      if (value === undefined) continue;
      if (!bugs) throw new UsageError(`--${name} is for --bugs`);
      params.set(name, value);
    }
    if (bugs) {
      const ofCrashes = OF_CRASHES.find((name) => given[name] !== undefined);
      if (ofCrashes !== undefined) throw new UsageError(`--${ofCrashes} does not go with --bugs`);
      if (format === 'csv' || format === 'ndjson') throw new UsageError('--bugs gives a table or json');
    }
    return url === undefined
      ? ofFolder(params, { format, bugs }, io)
      : ofServer(
          { url, token: given['token'] ?? io.env['MAYDAY_TOKEN'] ?? '' },
          params,
          { format, bugs },
          io,
        );
  },
};

/** Options of lists of bugs alone, and those that ask for something else. */
const BUGS_ALONE = ['order', 'state'] as const;
const OF_CRASHES = ['facets', 'top', 'group', 'histogram', 'distinct', 'numbers', 'columns', 'sort'] as const;

interface Wanted {
  readonly format: (typeof FORMATS)[number];
  readonly bugs: boolean;
}

async function ofFolder(params: URLSearchParams, { format, bugs }: Wanted, io: CommandIo): Promise<number> {
  const config = dataFolderOf(io);
  if (typeof config === 'number') return config;
  const store = await openStore({ config, log: createLog(config.LOG_LEVEL), metrics: createMetrics() });
  try {
    const found = bugs ? await bugsOfDataFolder(store, params) : await searchDataFolder(store, params);
    if ('problem' in found) return fail(io, found.problem);
    await auditCommand(store, 'protected.look', { object: 'search' });
    if ('body' in found) show(io, found.body, { format, bugs });
    else for await (const chunk of found.stream) io.out(String(chunk));
    return 0;
  } finally {
    await store.close();
  }
}

async function ofServer(
  { url, token }: { readonly url: string; readonly token: string },
  params: URLSearchParams,
  { format, bugs }: Wanted,
  io: CommandIo,
): Promise<number> {
  const path = bugs
    ? '/api/bugs'
    : format === 'csv' || format === 'ndjson'
      ? '/api/search/export'
      : '/api/search';
  let response: Response;
  try {
    response = await fetch(`${url.replace(/\/+$/, '')}${path}?${params.toString()}`, {
      headers: { authorization: `Bearer ${token}` },
    });
  } catch (error) {
    return fail(io, `${url} cannot be reached: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (!response.ok) return fail(io, await problemOf(response));
  if (path !== '/api/search/export') {
    show(io, await response.json(), { format, bugs });
    return 0;
  }
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? [])
    io.out(decoder.decode(chunk as Uint8Array, { stream: true }));
  return 0;
}

async function problemOf(response: Response): Promise<string> {
  try {
    const { error } = (await response.json()) as { readonly error?: { readonly message?: unknown } };
    if (typeof error?.message === 'string') return error.message;
  } catch {
    // No JSON: something else answered than Mayday.
  }
  return `The server answered ${response.status}.`;
}

function show(io: CommandIo, body: unknown, { format, bugs }: Wanted): void {
  if (format === 'json') io.out(`${JSON.stringify(body, null, 2)}\n`);
  else io.out(bugs ? bugsText(body as BugsBody) : searchText(body as SearchBody));
}

function fail(io: CommandIo, problem: string): number {
  io.err(`${problem}\n`);
  return 1;
}
