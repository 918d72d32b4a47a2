// A search over the data folder, without a server, for `mayday query`: whoever reads the folder sees everything.
import { readBugQuery } from '../reports/query/bug-query.ts';
import { bugRowJson } from '../reports/view/bug-json.ts';
import { filteredJson } from '../reports/view/counted-words.ts';
import type { BugRow } from '../store/bugs.ts';
import type { Readable } from 'node:stream';
import { personWith } from '../reports/auth/person.ts';
import { Gate } from '../reports/gate/gate.ts';
import type { GateOptions, SeenStore } from '../reports/gate/gate.ts';
import { searchedCrashIds } from '../reports/query/erasure-wish.ts';
import { EXPORT_FORMATS, openSearchExport } from '../reports/http/search-export.ts';
import { faultSentence } from '../reports/query/crash-filter.ts';
import { readExportQuery, readSearchQuery } from '../reports/query/search-query.ts';
import { ROW_COLUMNS, searchJson } from '../reports/view/search-json.ts';
import type { Store } from '../store/store.ts';

/** `params`: those of `GET /api/search`, or with `format` those of its export. */
export async function searchDataFolder(
  store: Store,
  params: URLSearchParams,
): Promise<
  | { readonly body: Readonly<Record<string, unknown>> }
  | { readonly stream: Readable }
  | { readonly problem: string }
> {
  const seen = await seenByOwner(store);
  const format = EXPORT_FORMATS.find((one) => one === params.get('format'));
  if (format !== undefined) {
    const { asked, problem, at } = readExportQuery(params);
    if (asked === null) return { problem: faultSentence(problem ?? '', at) };
    const opened = await openSearchExport(seen, asked, format);
    return 'fault' in opened ? { problem: faultSentence(opened.fault.problem, opened.fault.at) } : opened;
  }
  const limit = /^\d{1,3}$/.test(params.get('limit') ?? '') ? Math.min(Number(params.get('limit')), 200) : 20;
  const { asked, problem, at } = readSearchQuery(params, limit);
  if (asked === null) return { problem: faultSentence(problem ?? '', at) };
  const list =
    asked.list === null ? null : { ...asked.list, columns: [...ROW_COLUMNS, ...asked.list.columns] };
  const whole = { ...asked, list };
  const found = await seen.search(whole);
  if ('fault' in found) return { problem: faultSentence(found.fault.problem, found.fault.at) };
  return { body: searchJson(found.answer, whole, Date.now()) };
}

/** Crash ids of what a search finds, for `mayday erase`. */
export async function searchedInFolder(
  store: Store,
  asked: Parameters<typeof searchedCrashIds>[1],
): ReturnType<typeof searchedCrashIds> {
  return searchedCrashIds(await seenByOwner(store), asked);
}

/** The bugs of the folder as `GET /api/bugs` gives them, without links. */
export async function bugsOfDataFolder(
  store: Store,
  params: URLSearchParams,
): Promise<{ readonly body: Readonly<Record<string, unknown>> } | { readonly problem: string }> {
  const rights = await store.accounts.allRights();
  const person = personWith({
    ...{ user: null, label: null, isInstallationAdmin: true, reads: true, limitedTo: null, rights },
  });
  const seen = await seenByOwner(store);
  const { filter, crashes, fault, problems } = readBugQuery(params, { person, defaultState: 'all' });
  const wrong = fault === null ? problems : [fault, ...problems];
  if (wrong.length > 0) return { problem: wrong.join(' ') };
  const limit = /^\d{1,3}$/.test(params.get('limit') ?? '') ? Math.min(Number(params.get('limit')), 200) : 20;
  if (crashes === null) {
    const { rows, next } = await seen.listBugs(filter, { limit });
    return { body: { bugs: (await seen.withUsers(rows)).map(bugOf), next, filtered: null } };
  }
  const answer = await seen.searchBugs(crashes, filter, { limit });
  if ('fault' in answer) return { problem: faultSentence(answer.fault.problem, answer.fault.at) };
  const { rows, next } = answer.found;
  return { body: { bugs: rows.map(bugOf), next, filtered: filteredJson(answer.found) } };
}

function bugOf(row: BugRow): Readonly<Record<string, unknown>> {
  const { url: _url, ...bug } = bugRowJson(row, { basePath: '' }) as { readonly url?: unknown };
  return bug;
}

async function seenByOwner(store: Store): Promise<SeenStore> {
  // Of the folder's owner the command itself is written down.
  return new Gate({ store, previews: NO_PREVIEWS, publicAnnotations: [] }).for(
    { rights: await store.accounts.allRights() },
    () => undefined,
  );
}

/** No search previews anything. */
const NO_PREVIEWS = {} as GateOptions['previews'];
