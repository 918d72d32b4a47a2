// Joins entries of packs to reports again: each tells by its record what report it belongs to. Where the row of the report is there, it learns where
// its entry lies; where it is lost, it is made from the record.
import path from 'node:path';
import { attachmentsFromJson } from '../../shared/attachment-json.ts';
import type { StoredAttachment } from '../../shared/attachment-json.ts';
import { query, type Connection } from '../database/query.ts';
import { statements } from '../database/statements.ts';
import { syncFiles } from '../disk/files.ts';
import type { RandomFile } from '../disk/files.ts';
import type { Layout } from '../disk/folder-layout.ts';
import { packEntries, packId, PACK_HEAD_BYTES } from '../disk/pack-format.ts';
import type { PackEntry } from '../disk/pack-format.ts';
import { insertRow, rowOfRecord } from './record-row.ts';

const dropOrphans = `
  DELETE FROM report_packs WHERE report_id NOT IN (SELECT id FROM reports) OR pack_id NOT IN (SELECT id FROM packs);`;
const recountPacks = `
  UPDATE packs SET live = (SELECT ifnull(sum(bytes), 0) FROM report_packs WHERE pack_id = packs.id);`;
const addPack = query<[name: string, at: number]>(
  `INSERT OR IGNORE INTO packs (name, created_at) VALUES (?, ?)`,
);
const allPacks = query<[], { id: number; name: string }>(`SELECT id, name FROM packs`);
const dropPlaces = query<[packId: number]>(`DELETE FROM report_packs WHERE pack_id = ?`);
const packOf = query<[name: string], number>(`SELECT id FROM packs WHERE name = ?`);
const growPack = query<[bytes: number, id: number]>(
  `UPDATE packs SET bytes = max(bytes, ?), retired = 0 WHERE id = ?`,
);
const ownerOf = query<[packId: number, at: number], number>(
  `SELECT 1 FROM report_packs WHERE pack_id = ? AND at = ?`,
);
const toBeRemoved = query<[target: string], number>(`SELECT 1 FROM removals WHERE target = ?`);
const reportOf = query<[crashId: string], { id: number; attachments: string; placed: number }>(`
  SELECT id, opened(attachments, 'reports.attachments') AS attachments, EXISTS (SELECT 1 FROM report_packs WHERE report_id = reports.id) AS placed
  FROM reports WHERE crash_id = ?`);
const place = query<[reportId: number, packId: number, at: number, bytes: number]>(`
  INSERT INTO report_packs (report_id, pack_id, at, bytes) VALUES (?, ?, ?, ?)`);
const placed = query<[], { crashId: string; name: string; end: number }>(`
  SELECT reports.crash_id AS crashId, packs.name, report_packs.at + report_packs.bytes AS end
  FROM report_packs JOIN reports ON reports.id = report_packs.report_id JOIN packs ON packs.id = report_packs.pack_id`);
const unplaced = query<[], { crashId: string; attachments: string }>(`
  SELECT crash_id AS crashId, opened(attachments, 'reports.attachments') AS attachments FROM reports
  WHERE id NOT IN (SELECT report_id FROM report_packs) AND opened(attachments, 'reports.attachments') LIKE '%"packed":true%'`);

/** What became of entries and rows that did not fit. */
export interface JoinedEntries {
  /** Crash ids of reports that have a row, or their entry, again. */
  readonly joined: readonly string[];
  /** Crash ids of reports whose entry is gone. */
  readonly withoutFiles: readonly string[];
  /** Entries that belong to nothing, as files below `aside`. */
  readonly unclaimed: readonly string[];
}

/** Nothing is ever removed: an entry whose record is damaged is written into a file of its own below `aside`, too (null: it is only told). */
export function joinPacks(target: Connection, layout: Layout, aside: string | null): JoinedEntries {
  const joined: string[] = [];
  const unclaimed: string[] = [];
  statements.exec(target, dropOrphans);
  // A backup that was put back may name packs that were compacted since: their entries lie in others now.
  for (const { id, name } of allPacks(target).all())
    if (syncFiles.stat(path.join(layout.packs, name)) === null) dropPlaces(target).run(id);
  for (const name of syncFiles.stat(layout.packs) === null ? [] : syncFiles.list(layout.packs)) {
    const id = packId(name);
    if (id === null || toBeRemoved(target).get(`packs/${name}`) !== undefined) continue;
    const whole = path.join(layout.packs, name);
    addPack(target).run(name, Math.floor(syncFiles.stat(whole)?.mtimeMs ?? 0));
    const number = packOf(target).pluck().get(name) ?? 0;
    const file = syncFiles.openRandom(whole);
    try {
      for (const entry of packEntries(file, id)) {
        if (ownerOf(target).get(number, entry.at) !== undefined) continue;
        if (toBeRemoved(target).get(`packs/${name}#${entry.at}+${entry.bytes}`) !== undefined) continue;
        const became = joinEntry(target, number, entry);
        if (became === 'nobody') unclaimed.push(takeAside(file, entry, { name, aside }));
        else if (became !== 'known') joined.push(became.crashId);
      }
      growPack(target).run(file.size, number);
    } finally {
      file.close();
    }
  }
  statements.exec(target, recountPacks);
  return { joined, unclaimed, withoutFiles: withoutEntries(target, layout) };
}

/** `known`: the report has its entry elsewhere or is one of those that have a folder; `nobody`: it does not tell whose it is. */
function joinEntry(
  target: Connection,
  packNumber: number,
  { at, bytes, record }: PackEntry,
): 'known' | 'nobody' | { readonly crashId: string } {
  if (typeof record !== 'object' || record === null) return 'nobody';
  const fields = record as Readonly<Record<string, unknown>>;
  const { crashId, attachmentsJson } = fields;
  if (typeof crashId !== 'string') return 'nobody';
  const known = reportOf(target).get(crashId);
  if (known !== undefined) {
    if (known.placed === 1 || known.attachments !== attachmentsJson) return 'known';
    place(target).run(known.id, packNumber, at, bytes);
    return { crashId };
  }
  const row = rowOfRecord(fields, ({ packed }) => packed === true, 0);
  // Another report may have its identity: then it is the same report, sent twice.
  if (row === null) return 'nobody';
  if (!insertRow(target, row)) return 'known';
  const made = reportOf(target).get(crashId);
  if (made !== undefined) place(target).run(made.id, packNumber, at, bytes);
  return { crashId };
}

/** The attachments of an entry as one file, which `zstd -d` reads; gives its name relative to the data folder. */
function takeAside(
  file: RandomFile,
  { at, bytes }: PackEntry,
  { name, aside }: { readonly name: string; readonly aside: string | null },
): string {
  const relative = `packs/${name}-${at}.zst`;
  if (aside === null) return relative;
  syncFiles.makeFolder(path.join(aside, 'packs'));
  syncFiles.writeAt(
    path.join(aside, ...relative.split('/')),
    0,
    file.read(at + PACK_HEAD_BYTES, bytes - PACK_HEAD_BYTES),
  );
  return relative;
}

/** Reports whose entry is gone. */
function withoutEntries(target: Connection, layout: Layout): readonly string[] {
  const sizes = new Map<string, number>();
  const sizeOf = (name: string): number => {
    let size = sizes.get(name);
    if (size === undefined)
      sizes.set(name, (size = syncFiles.stat(path.join(layout.packs, name))?.size ?? 0));
    return size;
  };
  const isPacked = ({ packed }: StoredAttachment): boolean => packed === true;
  return [
    ...placed(target)
      .all()
      .filter(({ name, end }) => sizeOf(name) < end)
      .map(({ crashId }) => crashId),
    ...unplaced(target)
      .all()
      .filter(({ attachments }) => attachmentsFromJson(attachments).some(isPacked))
      .map(({ crashId }) => crashId),
  ];
}
