// What `mayday repair` prints: what there is now, what was saved, what is lost, where the old database lies, and what to do next.
import type { repair } from '../../app/compose.ts';

/** Longer lists are cut in the text; `--json` has all of it. */
const MAX_NAMED = 50;

/** What tables hold, in the words of the pages. The others hold what is counted or made again, and are told by their number. */
const WORDS: Readonly<Record<string, string>> = {
  products: 'products',
  product_rules: 'rules of products',
  product_keys: 'keys of products',
  users: 'people',
  tokens: 'API tokens',
  bugs: 'bugs',
  bug_events: 'entries in histories of bugs',
  feedback: 'words of people',
  installations: 'installations',
  blobs: 'blobs',
  symbols: 'symbol files',
  subscriptions: 'subscriptions',
  webhooks: 'webhooks',
  inbox: 'inbox entries',
};

type Result = ReturnType<typeof repair>;

/** The whole text. `dir`: the data folder, for the sentences on what to do. */
export function repairText(
  result: Result,
  { dryRun, dir }: { readonly dryRun: boolean; readonly dir: string },
): string {
  const lines: string[] = [];
  if (result.sound) {
    lines.push(
      `Nothing is damaged: ${result.reports} reports, and every file belongs to one. Nothing was changed.`,
    );
    lines.push(...lostAttachments(result));
    return `${lines.join('\n')}\n`;
  }
  if (dryRun) lines.push('This is what a repair would do; nothing was changed.', '');
  lines.push(...counts(result), ...saved(result), ...lost(result), ...places(result, dir, dryRun));
  return `${lines.join('\n')}\n`;
}

function counts({ hadDatabase, reports, tables, found, joined }: Result): readonly string[] {
  const read = tables.find(({ table }) => table === 'reports')?.rows ?? 0;
  return [
    hadDatabase
      ? `Before: a database that leads to ${read} reports.`
      : 'Before: no database, or an empty file in its place.',
    `Now:    ${reports} reports: ${read} by their rows, ${found} that nothing led to any more, ${joined.length} by their files alone.`,
  ];
}

/** What the new database has of the old one, as far as people know it by name. */
function saved({ tables }: Result): readonly string[] {
  const named = tables.filter(({ table, rows }) => rows > 0 && WORDS[table] !== undefined);
  if (named.length === 0) return [];
  return [`Saved as well: ${named.map(({ table, rows }) => `${WORDS[table]} (${rows})`).join(', ')}.`];
}

function lost(result: Result): readonly string[] {
  const { hadDatabase, tables, altered, sentences } = result;
  // Small attachments that no tree led to were looked for page by page; those that are lost are told by report.
  const damaged = tables.filter(
    ({ table, lostPages, lostRows }) => table !== 'report_data' && lostPages + lostRows > 0,
  );
  const [gone, part] = [damaged.filter(({ rows }) => rows === 0), damaged.filter(({ rows }) => rows > 0)];
  const lines = part.map(
    ({ table, rows, lostPages, lostRows }) =>
      `Lost in part: ${nameOf(table)} (${rows} rows were saved; ${lostPages} pages and ${lostRows} rows could not be read).`,
  );
  if (gone.length > 0)
    lines.push(`Nothing could be read of: ${gone.map(({ table }) => nameOf(table)).join(', ')}.`);
  if (!hadDatabase) {
    lines.push(
      'Lost with the database: reports without a file (all their parts below 64 KiB), small attachments, people, rules and bugs.',
      'Bugs are made anew out of the reports when the server runs.',
    );
  } else if (result.joined.length > 0 && damaged.length === 0) {
    lines.push(
      'Lost with another or a newer database of these files, unless it can be put back: its reports without a file, their small attachments, and what people did.',
    );
  } else if (damaged.length + altered.length + result.withoutData.length === 0) {
    lines.push('Lost: nothing that the database held.');
  }
  lines.push(
    ...list('reports are not quite what they were', altered),
    ...lostAttachments(result),
    ...sentences,
  );
  return lines;
}

function lostAttachments({ withoutFiles, withoutData }: Result): readonly string[] {
  return [
    ...list('reports have lost their large attachments, whose files are gone', withoutFiles),
    ...list('reports have lost their small attachments, which lay in the database', withoutData),
  ];
}

function places(result: Result, dir: string, dryRun: boolean): readonly string[] {
  const { joined, unclaimed, aside, kept } = result;
  const lines = [
    ...list('reports have a row again, by their files', joined),
    ...list(
      `files and folders belong to nothing${dryRun ? ' and would be moved aside' : `; they lie in ${dir}/${aside} now`}`,
      unclaimed,
    ),
  ];
  if (dryRun) return lines;
  lines.push('');
  if (kept !== null) lines.push(`The old database is kept in ${dir}/${kept}, with its log.`);
  if (kept !== null || unclaimed.length > 0)
    lines.push(
      'Nothing is erased from what was kept: reports that were deleted lately, and whatever is erased from now on, may still be read there.',
    );
  lines.push('Start the servers again, and look through the reports and bugs.');
  const remains = [...(kept === null ? [] : [kept]), ...(unclaimed.length === 0 ? [] : [aside])];
  if (remains.length > 0) {
    lines.push(
      `When you miss nothing, remove what was kept: rm -r ${remains.map((name) => `${dir}/${name}`).join(' ')}`,
    );
  }
  return lines;
}

function nameOf(table: string): string {
  return WORDS[table] ?? table;
}

function list(what: string, items: readonly string[]): readonly string[] {
  if (items.length === 0) return [];
  const cut = items.length > MAX_NAMED ? [`  … and ${items.length - MAX_NAMED} more (--json names all)`] : [];
  return [`${items.length} ${what}:`, ...items.slice(0, MAX_NAMED).map((item) => `  ${item}`), ...cut];
}
