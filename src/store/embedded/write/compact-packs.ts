// Gives the space of deleted entries back: what lives in a pack is copied into another one, the rows are changed to name it there, and only then
// the old file goes. In an encrypted store what was in clear is sealed on the way (seal-entry.ts). A crash between two steps leaves copies that no row names; they are in nobody's way and go with their pack.
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { utcDay } from '../../../report/crash-id.ts';
import { query } from '../database/query.ts';
import { syncFiles } from '../disk/files.ts';
import type { RandomFile } from '../disk/files.ts';
import { PACK_HEAD_BYTES, packHead, packId, packName, readPackHead } from '../disk/pack-format.ts';
import { diskBytes } from '../disk/folder-layout.ts';
import type { Layout } from '../disk/folder-layout.ts';
import type { DataKey } from '../../shared/sealed-bytes.ts';
import { isEncrypted } from '../database/sealing-functions.ts';
import { sealingKeyOf } from '../sealed/unlocked-keys.ts';
import { noteRemoval } from '../transaction/note-removal.ts';
import { tallyStored } from '../transaction/write-context.ts';
import type { WriteContext } from '../transaction/write-context.ts';
import { inTransaction } from './in-transaction.ts';
import type { Writer } from './in-transaction.ts';
import { createPack, dropEntry } from './pack-rows.ts';
import { moveAttachments, sealableRow } from './reseal.ts';
import { sealedEntry } from './seal-entry.ts';

/** Copied in one step; reports that arrive meanwhile wait for it. */
const STEP_BYTES = 4 * 1024 * 1024;
/** A pack is left alone while its process may still append to it (pack-writer.ts), and a while longer. */
const RESTS_MS = 10 * 60_000;
/** Entries that no row ever named (a crash, a refused commit) are gone after so long: they were never acknowledged, but are somebody's data. */
const ABORTED_MS = 30 * 60_000;

/** A pack, and what is left in it. */
export interface Candidate {
  readonly id: number;
  readonly name: string;
  readonly bytes: number;
  readonly live: number;
}

const CANDIDATE = `id, name, bytes, live FROM packs`;
// Those whose entries were being moved already come first.
const emptiest = query<[before: number], Candidate>(`
  SELECT ${CANDIDATE} WHERE created_at <= ? AND (bytes > live OR live = 0)
  ORDER BY retired DESC, live * 1.0 / max(bytes, 1), id`);
const aborted = query<[before: number], Candidate>(`
  SELECT ${CANDIDATE} WHERE created_at <= ? AND bytes > live + erased ORDER BY id`);
const wasRetired = query<[id: number], number>(`SELECT 1 FROM packs WHERE id = ? AND retired = 1`);

/**
 * The pack to be compacted next in the background: one whose entries were being moved already, one that is empty or half dead, one with
 * entries that no row ever named. Null: none is worth it.
 */
export function packToCompact({ connection, layout }: Writer, now: number): Candidate | null {
  const isWorthIt = ({ id, live, bytes }: Candidate): boolean =>
    live * 2 <= bytes || wasRetired(connection).get(id) !== undefined;
  const dead = emptiest(connection)
    .all(now - RESTS_MS)
    .filter(isWorthIt);
  const all = [...dead, ...aborted(connection).all(now - ABORTED_MS)];
  return all.find((candidate) => isKnownWhole(layout, candidate)) ?? null;
}

/** The pack that gives back most for what has to be copied, however young it is; null: every byte of every pack is in use. */
export function emptiestPack({ connection, layout }: Writer): Candidate | null {
  const all = emptiest(connection).all(Number.MAX_SAFE_INTEGER);
  return all.find((candidate) => isKnownWhole(layout, candidate)) ?? null;
}

/**
 * Behind what this database knows there may be an entry that is about to get its row, or those of a newer database, where this one is a
 * backup that was put back. The sweep takes away what is neither.
 */
function isKnownWhole(layout: Layout, { name, bytes }: Candidate): boolean {
  return (syncFiles.stat(path.join(layout.packs, name))?.size ?? 0) <= bytes;
}

const retire = query<[id: number]>(`UPDATE packs SET retired = 1 WHERE id = ?`);
interface Place {
  readonly reportId: number;
  readonly at: number;
  readonly bytes: number;
}
const placesIn = query<[packId: number, limit: number], Place>(`
  SELECT report_id AS reportId, at, bytes FROM report_packs WHERE pack_id = ? ORDER BY at LIMIT ?`);
const MAX_OF_STEP = 500;
const movePlace = query<[to: number, at: number, bytes: number, reportId: number, from: number, at: number]>(`
  UPDATE report_packs SET pack_id = ?, at = ?, bytes = ? WHERE report_id = ? AND pack_id = ? AND at = ?`);
const grow = query<[end: number, live: number, id: number]>(`
  UPDATE packs SET bytes = ?, live = live + ? WHERE id = ?`);
const shrink = query<[live: number, erased: number, id: number]>(`
  UPDATE packs SET live = live - ?, erased = erased + ? WHERE id = ?`);
const deletePack = query<[id: number]>(
  `DELETE FROM packs WHERE id = ? AND NOT EXISTS (SELECT 1 FROM report_packs WHERE pack_id = packs.id)`,
);

/** The pack that compaction fills. */
interface Target {
  readonly id: number;
  readonly name: string;
  readonly key: Uint8Array;
  end: number;
}

/** Moves entries, one step at a time. One for each writer thread: it remembers which pack it was filling. */
export class PackCompactor {
  readonly #packBytes: number;
  #target: Target | null = null;

  /** `packBytes`: how large a pack becomes. */
  constructor(packBytes: number) {
    this.#packBytes = packBytes;
  }

  /** One step on a pack: moves some of its entries, or removes it when none is left. Throws where a disk refuses; nothing is lost then. */
  async step(writer: Writer, candidate: Candidate): Promise<void> {
    try {
      await this.#step(writer, candidate);
    } catch (error) {
      // Where a commit failed nobody knows whether rows name what was copied: nothing may ever be put there again.
      this.#target = null;
      throw error;
    }
  }

  async #step(writer: Writer, { id, name, bytes }: Candidate): Promise<void> {
    const { connection, layout } = writer;
    if (this.#target?.id === id) this.#target = null;
    await inTransaction(writer, (context) => void retire(context.connection).run(id));
    const places = placesIn(connection).all(id, MAX_OF_STEP);
    if (places.length > 0) {
      await this.#move(writer, { id, name }, places);
      return;
    }
    await inTransaction(writer, (context) => {
      if (deletePack(context.connection).run(id).changes > 0)
        noteRemoval(context, path.join(layout.packs, name), diskBytes(bytes));
    });
  }

  async #move(
    writer: Writer,
    from: { readonly id: number; readonly name: string },
    places: readonly Place[],
  ): Promise<void> {
    const { layout } = writer;
    const target = await this.#targetFor(writer, places[0]?.bytes ?? 0);
    const source = syncFiles.openRandom(path.join(layout.packs, from.name));
    const key = sealingKey(writer);
    const pieces: Buffer[] = [];
    const moved: Moved[] = [];
    let end = target.end;
    try {
      for (const place of places) {
        const full = end + place.bytes > this.#packBytes || end - target.end > STEP_BYTES;
        if (moved.length > 0 && full) break;
        const entry = entryOf(source, place);
        if (entry === null) continue;
        const row = key === null ? null : sealableRow(writer.connection, place.reportId);
        const sealed =
          key === null || row === null
            ? null
            : sealedEntry(entry, { attachments: row.attachments, key, pack: target.key });
        const bytes = sealed?.entry ?? renamed(entry, { from: packId(from.name), to: target.key });
        pieces.push(bytes);
        moved.push({
          ...{ place, at: end, bytes: bytes.length },
          sealed:
            sealed === null || row === null ? null : { before: row.attachments, after: sealed.attachments },
        });
        end += bytes.length;
      }
    } finally {
      source.close();
    }
    const [broken] = places;
    if (moved.length === 0 && broken !== undefined)
      throw new Error(`a pack ends before byte ${broken.at + broken.bytes}`);
    const file = path.join(layout.packs, target.name);
    syncFiles.writeAt(file, target.end, Buffer.concat(pieces));
    syncFiles.syncFile(file);
    // The name is as durable as the bytes before a row says so.
    if (target.end === 0) syncFiles.syncFolder(layout.packs);
    await inTransaction(writer, (context) => {
      const { connection } = context;
      let came = 0;
      let went = 0;
      for (const one of moved) {
        if (!isMoved(context, one, { from: from.id, to: target.id })) continue;
        came += one.bytes;
        went += one.place.bytes;
      }
      grow(connection).run(end, came, target.id);
      shrink(connection).run(went, went, from.id);
      // A report that was deleted or changed meanwhile must not stay in the copy.
      for (const { at, bytes } of moved) dropEntry(context, { pack: target.name, at, bytes });
    });
    target.end = end;
  }

  async #targetFor(writer: Writer, bytes: number): Promise<Target> {
    const old = this.#target;
    // Another process may compact the pack that this one was filling.
    const isOpen = old !== null && isInUse(writer.connection).get(old.id) !== undefined;
    if (old !== null && isOpen && old.end + bytes <= this.#packBytes) return old;
    const key = randomBytes(12);
    const name = packName(utcDay(Date.now()), key);
    const id = await inTransaction(writer, (context) => createPack(context, name));
    return (this.#target = { id, name, key, end: 0 });
  }
}

const isInUse = query<[id: number], number>(`SELECT 1 FROM packs WHERE id = ? AND retired = 0`);

/** An entry that was copied. */
interface Moved {
  readonly place: Place;
  /** Where it stands in the other pack, and what it takes there. */
  readonly at: number;
  readonly bytes: number;
  /** What the row said, and is to say, of its attachments; null: they stay as they are. */
  readonly sealed: { readonly before: string; readonly after: string } | null;
}

/** Has a report's row name the copy; false: the report is gone, or is not what was copied. */
function isMoved(
  context: WriteContext,
  { place, at, bytes, sealed }: Moved,
  { from, to }: { readonly from: number; readonly to: number },
): boolean {
  const { connection, tally } = context;
  const row = sealed === null ? null : sealableRow(connection, place.reportId);
  if (sealed !== null && row?.attachments !== sealed.before) return false;
  if (movePlace(connection).run(to, at, bytes, place.reportId, from, place.at).changes === 0) return false;
  if (sealed !== null && row !== null) {
    moveAttachments(connection, place.reportId, { row, attachmentsJson: sealed.after });
    tallyStored(tally, row.productId, bytes - place.bytes);
  }
  return true;
}

/** With which key entries are sealed; null: the store is not encrypted. */
function sealingKey({ connection, layout }: Writer): DataKey | null {
  return isEncrypted(connection) ? sealingKeyOf(layout.database) : null;
}

/** Null: the pack ends before. Such an entry stays where it is, and keeps those beside it from nothing. */
function entryOf(source: RandomFile, { at, bytes }: Place): Buffer | null {
  const entry = source.read(at, bytes);
  return entry.length < bytes ? null : entry;
}

/** An entry as it stands in the other pack: all but the head is the same. One whose head is damaged is copied as it is. */
function renamed(
  entry: Buffer,
  { from, to }: { readonly from: Uint8Array | null; readonly to: Uint8Array },
): Buffer {
  const head = from === null ? null : readPackHead(entry.subarray(0, PACK_HEAD_BYTES), from);
  if (head !== null) entry.set(packHead(to, head.bodyBytes, head.recordBytes));
  return entry;
}
