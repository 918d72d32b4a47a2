// Writes an export, kind by kind and part by part. It can be stopped after any part, and goes on there.
import type { Store } from '../../store/store.ts';
import { bugPage } from './export-bugs.ts';
import {
  isOfPerson,
  isOfReports,
  RECORD_KINDS,
  type ExportFilter,
  type ExportRecord,
  type RecordKind,
} from './export-format.ts';
import { ExportFolder, type ExportStart } from './export-folder.ts';
import { feedbackRecords, reportPage, reportRows, type RecordPage } from './export-reports.ts';
import {
  accountRecords,
  alertRecords,
  personRecords,
  placeOf,
  productRecords,
  releaseRecords,
  searchRecords,
  teamRecords,
  type FoundPlaces,
} from './export-settings.ts';
import { symbolPage } from './export-symbols.ts';

/** What came of it. */
export interface WrittenExport {
  readonly records: Readonly<Partial<Record<RecordKind, number>>>;
  /** Bytes that this run wrote. */
  readonly bytes: number;
  /** False: it was interrupted. */
  readonly finished: boolean;
  /** What could not be read, one sentence's part for each. */
  readonly lost: readonly string[];
}

export interface WriteExport extends ExportStart {
  readonly store: Store;
  /** Kinds that are written, whatever the order; absent: all that the filter speaks of. */
  readonly kinds?: ReadonlySet<RecordKind>;
  readonly progress: (done: number, total: number) => void;
  readonly isInterrupted: () => boolean;
}

/** A part ends with the page that passes one of these: what a kill costs, and what is held in memory. */
const RECORDS_OF_PART = 200;
const LENGTH_OF_PART = 16 * 1024 * 1024;
const MAX_LOST = 1000;

/**
 * Kinds that an export with this filter has: where reports are chosen by what they are, bugs, releases, people and settings beyond
 * products would say more than was asked for.
 */
export function kindsOf({
  filter,
  choices,
}: Pick<ExportStart, 'filter' | 'choices'>): ReadonlySet<RecordKind> {
  const isPart = isOfReports(filter);
  const ofOne = filter.account !== undefined || filter.product !== undefined;
  return new Set(
    RECORD_KINDS.filter((kind) => {
      if (kind === 'symbols') return choices.symbols && !isPart;
      if (kind === 'person' || kind === 'team' || kind === 'search') return !isPart && !ofOne;
      if (kind === 'bug' || kind === 'release' || kind === 'alert') return !isPart;
      return true;
    }),
  );
}

/** The products of what is found of a person or an installation; null: all that the filter names. */
async function findPlaces({ store, filter }: WriteExport): Promise<FoundPlaces> {
  if (!isOfPerson(filter) && filter.installation === undefined) return null;
  // A search besides takes long, and is no export for somebody.
  if (filter.query !== undefined) return null;
  const places = new Set<string>();
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page = await reportRows(store, filter, cursor ?? null);
    for (const { account, product } of page.rows) places.add(placeOf(account, product));
    cursor = page.next;
  }
  if (isOfPerson(filter))
    for await (const { account, product } of feedbackRecords(store, filter))
      places.add(placeOf(String(account), String(product)));
  return places;
}

/** How many reports an export with this filter would have; nothing is written. Throws `ExportRefused`. */
export async function countReports(store: Store, filter: ExportFilter): Promise<number> {
  let count = 0;
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page = await reportRows(store, filter, cursor ?? null);
    count += page.rows.length;
    cursor = page.next;
  }
  return count;
}

/** Throws `ExportRefused` where nothing can be written, or the filter cannot be understood. */
export async function writeExport(options: WriteExport): Promise<WrittenExport> {
  const { store, progress, isInterrupted } = options;
  const kinds = options.kinds ?? kindsOf(options);
  const folder = await ExportFolder.open(options);
  const lost: string[] = [];
  const total = (await store.reports.status()).reports;
  let done = folder.parts
    .filter(({ kind }) => kind === 'report')
    .reduce((sum, { records }) => sum + records, 0);
  let from = folder.goesOn;
  let found: Promise<FoundPlaces> | null = null;
  const places = async (): Promise<FoundPlaces> => (found ??= findPlaces(options));
  for (const [index, kind] of RECORD_KINDS.entries()) {
    if (from !== null && from.kind !== kind) continue;
    const following = RECORD_KINDS[index + 1];
    // Of the last kind nothing is left then but to finish: what was written of it is passed over.
    const after = { kind: following ?? kind, cursor: null };
    let cursor = from?.cursor ?? null;
    from = null;
    if (!kinds.has(kind)) {
      await folder.putPart(kind, [], after);
      continue;
    }
    let gathered: string[] = [];
    let gatheredLength = 0;
    for await (const page of pagesOf(kind, folder, { ...options, places }, cursor)) {
      lost.push(...(page.lost ?? []).slice(0, MAX_LOST - lost.length));
      cursor = page.next;
      for (const record of page.records) {
        const line = JSON.stringify(record);
        gathered.push(line);
        gatheredLength += line.length;
      }
      if (kind === 'report') progress((done += page.records.length), total);
      const isFull = gathered.length >= RECORDS_OF_PART || gatheredLength >= LENGTH_OF_PART;
      if (cursor !== null && !isFull && !isInterrupted()) continue;
      await folder.putPart(kind, gathered, cursor === null ? after : { kind, cursor });
      gathered = [];
      gatheredLength = 0;
      if (isInterrupted()) return summary(folder, { lost, finished: false });
    }
  }
  await folder.finish();
  return summary(folder, { lost, finished: true });
}

function summary(
  folder: ExportFolder,
  ending: { readonly lost: readonly string[]; readonly finished: boolean },
): WrittenExport {
  const records: Partial<Record<RecordKind, number>> = {};
  for (const part of folder.parts) records[part.kind] = (records[part.kind] ?? 0) + part.records;
  return { records, bytes: folder.bytes, ...ending };
}

/** The pages of a kind; those of small kinds have no place to go on from, and come as a whole. */
async function* pagesOf(
  kind: RecordKind,
  folder: ExportFolder,
  options: WriteExport & { readonly places: () => Promise<FoundPlaces> },
  from: string | null,
): AsyncGenerator<RecordPage> {
  const { store, filter, choices, places } = options;
  const paged: Partial<Record<RecordKind, (cursor: string | null) => Promise<RecordPage>>> = {
    report: (cursor) => reportPage(store, folder, { filter, choices }, cursor),
    bug: (cursor) => bugPage(store, filter, cursor),
    symbols: (cursor) => symbolPage(store, folder, filter, cursor),
  };
  const read = paged[kind];
  if (read !== undefined) {
    let cursor = from;
    do {
      const page = await read(cursor);
      yield page;
      cursor = page.next;
    } while (cursor !== null);
    return;
  }
  const whole: Partial<Record<RecordKind, () => AsyncGenerator<ExportRecord>>> = {
    account: async function* accounts() {
      yield* accountRecords(store, filter, await places());
    },
    product: async function* products() {
      yield* productRecords(store, filter, { places: await places(), withKeys: !isOfReports(filter) });
    },
    person: () => personRecords(store, choices),
    team: () => teamRecords(store),
    release: () => releaseRecords(store, filter),
    feedback: () => feedbackRecords(store, filter),
    search: () => searchRecords(store),
    alert: () => alertRecords(store, filter),
  };
  const records = whole[kind]?.() ?? [];
  let gathered: ExportRecord[] = [];
  let written = 0;
  // What was written of it before the kill is passed over.
  const skip = folder.parts.filter((part) => part.kind === kind).reduce((sum, part) => sum + part.records, 0);
  for await (const record of records) {
    written += 1;
    if (written <= skip) continue;
    gathered.push(record);
    if (gathered.length < SMALL_PAGE) continue;
    yield { records: gathered, next: GOES_ON };
    gathered = [];
  }
  yield { records: gathered, next: null };
}

const SMALL_PAGE = 50;
/** A kind without cursors goes on by counting. */
const GOES_ON = '+';
