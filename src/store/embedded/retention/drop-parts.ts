// Takes parts of a stored report away, and leaves the rest of it as it is: dumps, payloads, annotations. What is left of an entry of a pack
// moves into the row, since an entry goes as a whole; a record that stands beside the bytes of files goes where it names what went.
import path from 'node:path';
import type { Annotation, GoneParts } from '../../../report/report.ts';
import { jamiFields } from '../../../report/jami.ts';
import { attachmentsFromJson, attachmentsToJson, isInFile, isInRow } from '../../shared/attachment-json.ts';
import type { StoredAttachment } from '../../shared/attachment-json.ts';
import { annotationsFromJson } from '../../shared/report-row.ts';
import { query } from '../database/query.ts';
import { syncFiles } from '../disk/files.ts';
import { attachmentFile, BLOCK_BYTES, diskBytes, reportFolder } from '../disk/folder-layout.ts';
import { PACK_HEAD_BYTES, packId, readPackHead } from '../disk/pack-format.ts';
import { eraseRecord } from '../disk/record-frame.ts';
import { decompressSmall } from '../disk/small-zstd.ts';
import { isOriginalOf } from '../disk/stored-original.ts';
import { noteRemoval } from '../transaction/note-removal.ts';
import { tallyStored } from '../transaction/write-context.ts';
import type { WriteContext } from '../transaction/write-context.ts';
import { noteErasure } from '../write/purge.ts';
import { removeFromPack } from '../write/pack-rows.ts';
import { resealed, sealableRow } from '../write/reseal.ts';
import type { SealableRow } from '../write/reseal.ts';
import { removeBlob, DOOMED_BLOB } from '../write/remove-blob.ts';
import type { DoomedBlob } from '../write/remove-blob.ts';

/** What goes. */
export interface PartsToDrop {
  readonly attachment: (attachment: Pick<StoredAttachment, 'name' | 'kind'>) => boolean;
  readonly annotation: (annotation: Annotation) => boolean;
  /** What the report says of it from now on, beside what it said before. */
  readonly gone: (dropped: {
    readonly attachments: readonly string[];
    readonly annotations: number;
  }) => GoneParts;
}

const updateRow = query<
  [
    attachments: string,
    annotations: string,
    jami: string | null,
    bytes: number,
    count: number,
    folderBytes: number,
    gone: string,
    seal: number | null,
    id: number,
  ]
>(`
  UPDATE reports
  SET attachments = sealed(?, 'reports.attachments'), annotations = sealed(?, 'reports.annotations'), jami = sealed(?, 'reports.jami'),
    attachment_bytes = ?, attachment_count = ?, folder_bytes = ?, gone = sealed(?, 'reports.gone'), seal = ?
  WHERE id = ?`);

const dataOf = query<[id: number], { readonly compressed: number; readonly data: Buffer }>(`
  SELECT compressed, opened(data, 'report_data.data') AS data FROM report_data WHERE report_id = ?`);
const putData = query<[id: number, data: Uint8Array]>(`
  INSERT OR REPLACE INTO report_data (report_id, compressed, data) VALUES (?, 0, sealed(?, 'report_data.data'))`);
const deleteData = query<[id: number]>(`DELETE FROM report_data WHERE report_id = ?`);
const entryOf = query<[id: number], { readonly name: string; readonly at: number; readonly bytes: number }>(`
  SELECT packs.name, report_packs.at, report_packs.bytes FROM report_packs JOIN packs ON packs.id = report_packs.pack_id
  WHERE report_packs.report_id = ?`);
type Joined = DoomedBlob & Pick<StoredAttachment, 'name' | 'kind'>;
const joinedOf = query<[identity: Uint8Array], Joined>(`
  SELECT ${DOOMED_BLOB}, opened(joined_attachments.name, 'joined_attachments.name') AS name, joined_attachments.kind
  FROM joined_attachments JOIN blobs ON blobs.id = joined_attachments.blob_id WHERE joined_attachments.identity = ?`);
const deleteWords = query<[id: number]>(`DELETE FROM report_words WHERE rowid = ?`);
const isPending = query<[id: number], number>(`SELECT 1 FROM search_pending WHERE report_id = ?`);
const addPending = query<[id: number]>(`INSERT OR IGNORE INTO search_pending (report_id) VALUES (?)`);

/** Whether anything went. The files go once that is durable; the search index is written anew within the hour. */
export function dropParts(context: WriteContext, id: number, parts: PartsToDrop, now: number): boolean {
  const { connection, tally } = context;
  const row = sealableRow(connection, id);
  if (row === null) return false;
  const attachments = attachmentsFromJson(row.attachments);
  const annotations = annotationsFromJson(row.annotations);
  const joined = row.identity === null ? [] : joinedOf(connection).all(row.identity).filter(parts.attachment);
  const doomed = attachments.filter(parts.attachment);
  const over = annotations.filter(parts.annotation);
  if (doomed.length + over.length + joined.length === 0) return false;
  const places = movedTogether(context, { id, row, attachments, doomed, forgetsRecord: over.length > 0 });
  for (const blob of joined) {
    removeBlob(context, blob);
  }
  const kept = annotations.filter((annotation) => !over.includes(annotation));
  const before = { attachments: [...doomed, ...joined].map(({ name }) => name), annotations: over.length };
  const gone = together(JSON.parse(row.gone ?? '{}') as GoneParts, parts.gone(before));
  const attachmentsJson = attachmentsToJson(places.attachments);
  const annotationsJson =
    over.length === 0 ? row.annotations : JSON.stringify(kept.map(({ key, value }) => [key, value]));
  const jami = jamiFields(kept);
  updateRow(connection).run(
    attachmentsJson,
    annotationsJson,
    jami === null ? null : JSON.stringify(jami),
    places.attachments.reduce((sum, { size }) => sum + size, 0),
    places.attachments.length,
    places.folderBytes,
    JSON.stringify(gone),
    resealed(row, { attachmentsJson, annotationsJson }),
    id,
  );
  tally.reportFolderBytes -= row.folderBytes - places.folderBytes;
  tallyStored(
    tally,
    row.productId,
    places.bytes - (Buffer.byteLength(row.annotations) - Buffer.byteLength(annotationsJson)),
  );
  if (over.length > 0 && isPending(connection).get(id) === undefined) {
    deleteWords(connection).run(id);
    addPending(connection).run(id);
  }
  noteErasure(connection, now);
  return true;
}

/** A dump may have come later than another that went already. */
function together(earlier: GoneParts, now: GoneParts): GoneParts {
  const { dumps } = now;
  if (dumps === undefined || earlier.dumps === undefined) return { ...earlier, ...now };
  const names = [...new Set([...earlier.dumps.names, ...dumps.names])];
  return { ...earlier, ...now, dumps: { ...dumps, names } };
}

/** Where attachments lie, what their folder takes, and by how much what is stored of the report changes. */
interface Places {
  readonly attachments: readonly StoredAttachment[];
  readonly folderBytes: number;
  readonly bytes: number;
}

function movedTogether(
  context: WriteContext,
  {
    id,
    row,
    attachments,
    doomed,
    forgetsRecord,
  }: {
    readonly id: number;
    readonly row: SealableRow;
    readonly attachments: readonly StoredAttachment[];
    readonly doomed: readonly StoredAttachment[];
    readonly forgetsRecord: boolean;
  },
): Places {
  const { connection, layout } = context;
  const kept = attachments.filter((attachment) => !doomed.includes(attachment));
  const stays = (one: StoredAttachment): boolean => !doomed.includes(one);
  const entry = entryOf(connection).get(id);
  const data = dataOf(connection).get(id);
  const leavesPack = entry !== undefined && (forgetsRecord || doomed.some(({ packed }) => packed === true));
  const changesRow = leavesPack || doomed.some(isInRow);
  let bytes = 0;
  let places: readonly StoredAttachment[] = kept;
  if (changesRow) {
    const total = attachments.reduce((sum, one) => (isInRow(one) ? sum + one.size : sum), 0);
    const early =
      data?.compressed === 1 ? decompressSmall(data.data, total) : (data?.data ?? Buffer.alloc(0));
    const packed = leavesPack ? readEntry(path.join(layout.packs, entry.name), entry) : null;
    const pieces: Buffer[] = [];
    let end = 0;
    const moved: StoredAttachment[] = [];
    for (const one of kept) {
      const fromPack = one.packed === true && packed !== null;
      if (!fromPack && !isInRow(one)) {
        moved.push(one);
        continue;
      }
      const { packed: _packed, offset, size, stored, coding, ...same } = one;
      const from = offset ?? 0;
      // Earlier versions compressed all of them together, and told no coding.
      const piece = (fromPack ? packed : early).subarray(
        from,
        from + (coding === undefined ? size : (stored ?? size)),
      );
      // What is damaged stays where it is: in the row it would look as if it had been stored like that.
      if (fromPack && !isOriginalOf(piece, { ...one, coding: coding ?? 'raw' }))
        throw new Error(`${one.name} in the entry at ${entry?.at} of ${entry?.name} is damaged`);
      moved.push({ ...same, size, offset: end, coding: coding ?? 'raw', stored: piece.length });
      pieces.push(piece);
      end += piece.length;
    }
    places = moved;
    if (leavesPack) {
      removeFromPack(context, id);
      bytes -= entry.bytes;
    }
    bytes += end - (data?.data.length ?? 0);
    if (end === 0) deleteData(connection).run(id);
    else putData(connection).run(id, Buffer.concat(pieces));
  }
  const folderBytes = folderWithout(context, row, {
    doomed: doomed.filter(isInFile),
    left: attachments.filter((one) => isInFile(one) && stays(one)),
    forgetsRecord,
  });
  return { attachments: places, folderBytes, bytes: bytes - (row.folderBytes - folderBytes) };
}

/** Has the files of a folder removed; gives what is left of it on the disk. */
function folderWithout(
  context: WriteContext,
  { folderBytes, receivedAt, crashId }: SealableRow,
  {
    doomed,
    left,
    forgetsRecord,
  }: {
    readonly doomed: readonly StoredAttachment[];
    readonly left: readonly StoredAttachment[];
    readonly forgetsRecord: boolean;
  },
): number {
  if (folderBytes === 0) return 0;
  const folder = reportFolder(context.layout, receivedAt, crashId);
  if (left.length === 0) {
    noteRemoval(context, folder, folderBytes);
    return 0;
  }
  let bytes = folderBytes;
  for (const attachment of doomed) {
    const file = path.join(folder, attachmentFile(attachment));
    const taken = diskBytes(syncFiles.stat(file)?.size ?? 0);
    noteRemoval(context, file, taken);
    bytes -= taken;
  }
  // It stands at the end of one of the files; a row without it is as good, as long as there is a row.
  if (forgetsRecord)
    for (const attachment of left) eraseRecord(path.join(folder, attachmentFile(attachment)));
  return Math.max(bytes, 2 * BLOCK_BYTES);
}

/** The body of an entry, and the record behind it. Throws where the pack is not what the rows say: what it had would be lost with what is to go. */
function readEntry(file: string, { at, bytes }: { readonly at: number; readonly bytes: number }): Buffer {
  const source = syncFiles.openRandom(file);
  try {
    const id = packId(path.basename(file));
    const head = id === null ? null : readPackHead(source.read(at, PACK_HEAD_BYTES), id);
    const found = source.read(at + PACK_HEAD_BYTES, bytes - PACK_HEAD_BYTES);
    if (head === null || PACK_HEAD_BYTES + head.bodyBytes + head.recordBytes !== bytes)
      throw new Error(`the entry at ${at} of ${path.basename(file)} is damaged`);
    if (found.length !== bytes - PACK_HEAD_BYTES)
      throw new Error(`${path.basename(file)} ends before its entry at ${at} does`);
    return found;
  } finally {
    source.close();
  }
}
