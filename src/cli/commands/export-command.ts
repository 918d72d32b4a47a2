// `mayday export`: everything that the store holds, or a part of it, in a documented format, while servers run.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { openStore } from '../../app/compose.ts';
import { versionInfo } from '../../app/version.ts';
import { createLog } from '../../base/log.ts';
import { createMetrics } from '../../base/metrics.ts';
import { MANIFEST_NAME, type ExportFilter } from '../../moving/export/export-format.ts';
import { ExportRefused } from '../../moving/export/export-folder.ts';
import { readManifest } from '../../moving/export/read-manifest.ts';
import { countReports, writeExport, type WrittenExport } from '../../moving/export/write-export.ts';
import { readArguments, UsageError } from '../arguments.ts';
import { auditCommand } from '../audit-command.ts';
import type { AuditDetail } from '../../store/audit.ts';
import type { Command, CommandIo } from '../command.ts';
import { dataFolderOf } from '../command-folder.ts';
import { interruptible } from '../interruption.ts';
import { megabytes } from '../megabytes.ts';
import { Progress } from '../terminal-progress.ts';
import { isRelativeTime, readTime } from '../time-argument.ts';

export const command: Command = {
  usage: `Usage: mayday export TARGET [options]

Writes what the store of CRASH_REPORTS_DIR holds into the folder TARGET, in a format for other programs and other servers
(docs/export-format.md): JSON lines, and the bytes of attachments under their SHA-256. It is written while servers run. An export that was
cut short goes on when the same command is given again. \`mayday import TARGET\` takes it in.

  --product NAME      only this product
  --account NAME      only products of this account
  --since TIME        only reports that arrived since: 2026-05-01, 2026-05-01T12:00Z, 7d
  --until TIME        only reports that arrived before
  --query SEARCH      only reports with a crash that the search finds (docs/searching.md)
  --search SEARCH     the same as --query
  --installation ID   only reports of this installation, as it names itself
  --user NAME         only reports that name this user of the program
  --mail ADDRESS      only reports, and words of people, that name this mail address
  --mail-hash SHA256  the same by the hash of the address in lower case
  --older-than TIME   the same as --until: 90d is what arrived more than 90 days ago
  --count             only say how many reports that would be, and write nothing (without TARGET)
  --processed         results of processing, too
  --password-hashes   hashes of people's passwords, too (people are written without secrets by default)
  --no-symbols        without symbol files and source maps
  --quiet             show no progress
  --json              print what was written as JSON

With --query, --installation, --user or --mail only accounts, products, reports and the words of that person are written; with --account or --product no people and no saved searches.

Exit code 0: done; 1: it could not be finished, or attachments are lost; 2: the arguments or the settings are wrong.
`,
  async run(args, io) {
    const text = { type: 'string' } as const;
    const flag = { type: 'boolean' } as const;
    const { values, positionals } = readArguments(
      args,
      {
        product: text,
        account: text,
        since: text,
        until: text,
        query: text,
        installation: text,
        search: text,
        user: text,
        mail: text,
        'mail-hash': text,
        'older-than': text,
        count: flag,
        processed: flag,
        'password-hashes': flag,
        'no-symbols': flag,
        quiet: flag,
        json: flag,
      },
      { positionals: true },
    );
    const [dir = '', ...more] = positionals;
    const isCount = values.count === true;
    if ((dir === '') !== isCount || more.length > 0)
      throw new UsageError(isCount ? '--count writes into no folder' : 'Name one folder to write into');
    const now = Date.now();
    const { product, account, installation, since, user, mail, 'mail-hash': mailHash } = values;
    const query = oneOf('query', values.query, 'search', values.search);
    const until = oneOf('until', values.until, 'older-than', values['older-than']);
    const isPerson = user !== undefined || mail !== undefined || mailHash !== undefined;
    if (isPerson && (query !== undefined || installation !== undefined))
      throw new UsageError('Give a person, an installation or a search: one of them at a time');
    if (mailHash !== undefined && !/^[0-9a-f]{64}$/i.test(mailHash))
      throw new UsageError('--mail-hash takes a SHA-256 in 64 hexadecimal digits');
    const begun = isCount ? null : await beginning(dir);
    // "7d" of an export that goes on is counted from its beginning.
    const timeOf = (name: 'since' | 'until', given: string): number =>
      (isRelativeTime(given) ? begun?.[name] : undefined) ?? readTime(`--${name}`, given, now);
    const filter: ExportFilter = {
      ...(account !== undefined && { account }),
      ...(product !== undefined && { product }),
      ...(since !== undefined && { since: timeOf('since', since) }),
      ...(until !== undefined && { until: timeOf('until', until) }),
      ...(query !== undefined && { query }),
      ...(installation !== undefined && { installation }),
      ...(user !== undefined && { user }),
      ...(mail !== undefined && { mail }),
      ...(mailHash !== undefined && { mailHash }),
    };
    const config = dataFolderOf(io);
    if (typeof config === 'number') return config;
    const isQuiet = values.quiet === true || values.json === true;
    const progress = new Progress(io, 'Export');
    const store = await openStore({ config, log: createLog(config.LOG_LEVEL), metrics: createMetrics() });
    try {
      if (isCount) {
        const reports = await countReports(store, filter);
        io.out(
          values.json === true
            ? `${JSON.stringify({ reports })}\n`
            : `${reports} ${reports === 1 ? 'report' : 'reports'} would be written.\n`,
        );
        return 0;
      }
      await auditCommand(store, 'export', { object: dir.slice(0, 300), detail: auditedFilter(filter) });
      const written = await interruptible((isInterrupted) =>
        writeExport({
          store,
          dir,
          madeBy: `mayday ${versionInfo(io.env).version}`,
          now: Date.now,
          filter,
          choices: {
            processed: values.processed === true,
            passwords: values['password-hashes'] === true,
            symbols: values['no-symbols'] !== true,
          },
          progress: (done, total) => {
            if (!isQuiet) progress.show(done, total);
          },
          isInterrupted,
        }),
      );
      progress.end();
      return tell(written, dir, values.json === true, io);
    } catch (error) {
      progress.end();
      if (!(error instanceof ExportRefused)) throw error;
      io.err(`${error.message}.\n`.replace(/\.\.\n$/, '.\n'));
      return 1;
    } finally {
      await store.close();
    }
  },
};

function oneOf(
  name: string,
  given: string | undefined,
  other: string,
  alias: string | undefined,
): string | undefined {
  if (given !== undefined && alias !== undefined)
    throw new UsageError(`--${name} and --${other} say the same: give one of them`);
  return given ?? alias;
}

/** What was chosen; of a person or an installation only that one was. */
function auditedFilter({ query, installation, user, mail, mailHash, ...shown }: ExportFilter): AuditDetail {
  return {
    ...shown,
    ...((user ?? mail ?? mailHash) !== undefined && { person: true }),
    ...(query !== undefined && { query: true }),
    ...(installation !== undefined && { installation: true }),
  };
}

/** The filter of an export that was begun there; null: none was. */
async function beginning(dir: string): Promise<ExportFilter | null> {
  if (!existsSync(path.join(dir, MANIFEST_NAME))) return null;
  const read = await readManifest(dir);
  return 'manifest' in read && read.manifest.finishedAt === null ? read.manifest.filter : null;
}

function tell(written: WrittenExport, dir: string, asJson: boolean, io: CommandIo): number {
  const { records, bytes, finished, lost } = written;
  if (asJson) io.out(`${JSON.stringify({ dir, ...written })}\n`);
  else {
    const kinds = Object.entries(records).map(([kind, count]) => `${kind} ${count}`);
    io.out(
      `${finished ? 'Exported' : 'Interrupted; so far'} ${kinds.length === 0 ? 'nothing' : kinds.join(', ')} into ${dir}; ${megabytes(bytes)} MB were written.\n`,
    );
    if (!finished) io.out('Give the same command again to go on.\n');
  }
  for (const one of lost) io.err(`Not exported: ${one}\n`);
  return finished && lost.length === 0 ? 0 : 1;
}
