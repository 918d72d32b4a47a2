// Counts by day, version and platform: of a case, of its bug and of its product, changed together.
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';

/** Whose counts change. */
export interface Owner {
  readonly productId: number;
  readonly bugId: number;
  readonly caseId: number;
}

/** Where in the series. */
export interface SeriesPlace {
  readonly day: number;
  readonly versionId: number;
  readonly platformId: number;
}

type SeriesParameters = [owner: number, day: number, versionId: number, platformId: number];

const add = {
  case: query<[...SeriesParameters, count: number]>(addition('case_series', 'case_id')),
  bug: query<[...SeriesParameters, count: number]>(addition('bug_series', 'bug_id')),
  product: query<[...SeriesParameters, count: number]>(addition('product_series', 'product_id')),
};

const clear = {
  case: query<SeriesParameters>(clearance('case_series', 'case_id')),
  bug: query<SeriesParameters>(clearance('bug_series', 'bug_id')),
  product: query<SeriesParameters>(clearance('product_series', 'product_id')),
};

const addDay = query<[bugId: number, day: number, count: number]>(`
  INSERT INTO bug_days (bug_id, day, count) VALUES (?, ?, ?)
  ON CONFLICT DO UPDATE SET count = count + excluded.count`);

const clearDay = query<[bugId: number, day: number]>(`
  DELETE FROM bug_days WHERE bug_id = ? AND day = ? AND count <= 0`);

/** Adds a count (negative: takes it back) at one place of all series. */
export function addToSeries(connection: Connection, owner: Owner, place: SeriesPlace, count: number): void {
  const at = [place.day, place.versionId, place.platformId] as const;
  add.case(connection).run(owner.caseId, ...at, count);
  add.bug(connection).run(owner.bugId, ...at, count);
  add.product(connection).run(owner.productId, ...at, count);
  addDay(connection).run(owner.bugId, place.day, count);
  if (count > 0) return;
  clear.case(connection).run(owner.caseId, ...at);
  clear.bug(connection).run(owner.bugId, ...at);
  clear.product(connection).run(owner.productId, ...at);
  clearDay(connection).run(owner.bugId, place.day);
}

function addition(table: string, owner: string): string {
  return `
    INSERT INTO ${table} (${owner}, day, version_id, platform_id, count) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET count = count + excluded.count`;
}

function clearance(table: string, owner: string): string {
  return `
    DELETE FROM ${table} WHERE ${owner} = ? AND day = ? AND version_id = ? AND platform_id = ? AND count <= 0`;
}
