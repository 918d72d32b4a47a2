// Rows of packs: where a report's entry lies, and what is left of a pack. An entry lies durably in its file before its row exists.
import path from 'node:path';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import { noteRemoval } from '../transaction/note-removal.ts';
import type { WriteContext } from '../transaction/write-context.ts';
import type { PlaceInPack } from '../../shared/report-row.ts';

const insertPack = query<[name: string, at: number]>(`INSERT INTO packs (name, created_at) VALUES (?, ?)`);

/** Makes a pack known, before its file is made: a file that no row knows belongs to nobody. */
export function createPack({ connection }: WriteContext, name: string): number {
  return Number(insertPack(connection).run(name, Date.now()).lastInsertRowid);
}

const takeInto = query<[end: number, bytes: number, name: string], number>(`
  UPDATE packs SET bytes = max(bytes, ?), live = live + ? WHERE name = ? AND retired = 0 RETURNING id`);
const insertPlace = query<[reportId: number, packId: number, at: number, bytes: number]>(`
  INSERT INTO report_packs (report_id, pack_id, at, bytes) VALUES (?, ?, ?, ?)`);

/** False: the pack was taken out of use meanwhile, and the entry has to be appended to another one. */
export function placeInPack(
  { connection }: WriteContext,
  reportId: number,
  { pack, at, bytes }: PlaceInPack,
): boolean {
  const id = takeInto(connection)
    .pluck()
    .get(at + bytes, bytes, pack);
  if (id === undefined) return false;
  insertPlace(connection).run(reportId, id, at, bytes);
  return true;
}

const placeOfReport = query<[reportId: number], { packId: number; name: string; at: number; bytes: number }>(`
  SELECT packs.id AS packId, packs.name, report_packs.at, report_packs.bytes
  FROM report_packs JOIN packs ON packs.id = report_packs.pack_id WHERE report_packs.report_id = ?`);
const deletePlace = query<[reportId: number]>(`DELETE FROM report_packs WHERE report_id = ?`);
const takeOutOf = query<[live: number, erased: number, id: number]>(`
  UPDATE packs SET live = live - ?, erased = erased + ? WHERE id = ?`);

/** The report goes: so does its place, and its entry is overwritten once that is durable. */
export function removeFromPack(context: WriteContext, reportId: number): void {
  const { connection } = context;
  const place = placeOfReport(connection).get(reportId);
  deletePlace(connection).run(reportId);
  if (place === undefined) return;
  takeOutOf(connection).run(place.bytes, place.bytes, place.packId);
  noteErasure(context, { pack: place.name, at: place.at, bytes: place.bytes });
}

const countAborted = query<[end: number, bytes: number, name: string]>(`
  UPDATE packs SET bytes = max(bytes, ?), erased = erased + ? WHERE name = ?`);
const ownerOf = query<[name: string, at: number], number>(`
  SELECT 1 FROM report_packs JOIN packs ON packs.id = report_packs.pack_id WHERE packs.name = ? AND report_packs.at = ?`);

/** An entry that became nobody's: its report turned out to be stored already, or could not be. One that a report has stays. */
export function dropEntry(context: WriteContext, place: PlaceInPack): void {
  if (ownerOf(context.connection).get(place.pack, place.at) !== undefined) return;
  const { changes } = countAborted(context.connection).run(place.at + place.bytes, place.bytes, place.pack);
  if (changes > 0) noteErasure(context, place);
}

function noteErasure(context: WriteContext, { pack, at, bytes }: PlaceInPack): void {
  // The disk gets its space back with the pack, so nothing is counted here.
  noteRemoval(context, path.join(context.layout.packs, `${pack}#${at}+${bytes}`), 0);
}

/** The part of a pack that an entry of the list of removals names; null: it names something else. */
export function erasureOf(target: string): PlaceInPack | null {
  const found = /^packs\/([^/#]+)#(\d+)\+(\d+)$/.exec(target);
  const [, pack, at, bytes] = found ?? [];
  return pack === undefined ? null : { pack, at: Number(at), bytes: Number(bytes) };
}

const sums = query<[], { bytes: number | null; live: number | null }>(`
  SELECT sum((bytes + 4095) / 4096 * 4096) AS bytes, sum(live) AS live FROM packs`);

/** What all packs take from the disk, and how much of that compaction would give back. */
export function packBytes(connection: Connection): { readonly bytes: number; readonly dead: number } {
  const { bytes, live } = sums(connection).get() ?? { bytes: 0, live: 0 };
  return { bytes: bytes ?? 0, dead: Math.max(0, (bytes ?? 0) - (live ?? 0)) };
}

const recount = query<[]>(`
  UPDATE packs SET live = (SELECT ifnull(sum(bytes), 0) FROM report_packs WHERE pack_id = packs.id)`);

/** Counts again what lives in each pack. */
export function recountPacks(connection: Connection): void {
  recount(connection).run();
}
