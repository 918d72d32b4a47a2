// Writes the ledger's differences: series, days, installations. A count that falls to zero takes its row along.
import type { Changes, InstallationChange, OwnerKind, SeriesChange } from '../../filing/changes.ts';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';

type SeriesKey = [owner: number, day: number, versionId: number, platformId: number];

const addToSeries: Record<OwnerKind, ReturnType<typeof query<[...SeriesKey, by: number]>>> = {
  case: query(addition('case_series', 'case_id')),
  bug: query(addition('bug_series', 'bug_id')),
  product: query(addition('product_series', 'product_id')),
};
const clearSeries: Record<OwnerKind, ReturnType<typeof query<SeriesKey>>> = {
  case: query(clearance('case_series', 'case_id')),
  bug: query(clearance('bug_series', 'bug_id')),
  product: query(clearance('product_series', 'product_id')),
};

function addition(table: string, owner: string): string {
  return `
    INSERT INTO ${table} (${owner}, day, version_id, platform_id, count) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET count = count + excluded.count`;
}

function clearance(table: string, owner: string): string {
  return `
    DELETE FROM ${table} WHERE ${owner} = ? AND day = ? AND version_id = ? AND platform_id = ? AND count <= 0`;
}

const addToDay = query<[bugId: number, day: number, by: number]>(`
  INSERT INTO bug_days (bug_id, day, count) VALUES (?, ?, ?)
  ON CONFLICT DO UPDATE SET count = count + excluded.count`);
const clearDay = query<[bugId: number, day: number]>(`
  DELETE FROM bug_days WHERE bug_id = ? AND day = ? AND count <= 0`);

type InstallationKey = [owner: number, installation: Uint8Array];

const addInstallation: Record<'case' | 'bug', ReturnType<typeof query<[...InstallationKey, by: number]>>> = {
  case: query(installed('case_installations', 'case_id')),
  bug: query(installed('bug_installations', 'bug_id')),
};
const addToProduct = query<[...InstallationKey, by: number, day: number]>(`
  INSERT INTO product_installations (product_id, installation, count, last_day) VALUES (?, ?, ?, ?)
  ON CONFLICT DO UPDATE SET count = count + excluded.count, last_day = max(last_day, excluded.last_day)`);
const clearInstallation: Record<OwnerKind, ReturnType<typeof query<InstallationKey>>> = {
  case: query(uninstalled('case_installations', 'case_id')),
  bug: query(uninstalled('bug_installations', 'bug_id')),
  product: query(uninstalled('product_installations', 'product_id')),
};

function installed(table: string, owner: string): string {
  return `
    INSERT INTO ${table} (${owner}, installation, count) VALUES (?, ?, ?)
    ON CONFLICT DO UPDATE SET count = count + excluded.count`;
}

function uninstalled(table: string, owner: string): string {
  return `DELETE FROM ${table} WHERE ${owner} = ? AND installation = ? AND count <= 0`;
}

const countOfProduct = query<[by: number, id: number]>(`
  UPDATE products SET installations = installations + ? WHERE id = ?`);

export function writeSums(connection: Connection, changes: Changes): void {
  for (const change of changes.series) writeSeries(connection, change);
  for (const { bugId, day, by } of changes.days) {
    addToDay(connection).run(bugId, day, by);
    if (by < 0) clearDay(connection).run(bugId, day);
  }
  for (const change of changes.installations) writeInstallation(connection, change);
  for (const { productId, by } of changes.productInstallations) countOfProduct(connection).run(by, productId);
}

function writeSeries(connection: Connection, change: SeriesChange): void {
  const { of, owner, day, versionId, platformId, by } = change;
  addToSeries[of](connection).run(owner, day, versionId, platformId, by);
  if (by < 0) clearSeries[of](connection).run(owner, day, versionId, platformId);
}

function writeInstallation(connection: Connection, change: InstallationChange): void {
  const { of, owner, installation, by, lastDay } = change;
  if (of === 'product') addToProduct(connection).run(owner, installation, by, lastDay);
  else addInstallation[of](connection).run(owner, installation, by);
  if (by < 0) clearInstallation[of](connection).run(owner, installation);
}
