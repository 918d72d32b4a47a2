// An entry of a pack that was written before the store was encrypted, sealed: each frame as it was, so that what was damaged is still found damaged, and
// the record with what the row says now.
import { attachmentsFromJson, attachmentsToJson } from '../../shared/attachment-json.ts';
import type { StoredAttachment } from '../../shared/attachment-json.ts';
import type { DataKey } from '../../shared/sealed-bytes.ts';
import { PACK_HEAD_BYTES, packHead } from '../disk/pack-format.ts';
import { readRecord, recordFrame } from '../disk/record-frame.ts';
import { encodeFrame, frameLengths, isSealedFrame, sealFrame, seekTable } from '../disk/seekable-zstd.ts';
import { isOriginalOf } from '../disk/stored-original.ts';

/** Bytes at the beginning of an attachment that tell whether it is sealed: a draft seals all of its frames, or none. */
export function isSealedEntry(entry: Buffer, attachments: string): boolean {
  return packedOf(attachments).every((attachment) => isSealed(bytesOf(entry, attachment), attachment));
}

/**
 * The entry as it is to stand in the pack with this id, and what the row is to say of the attachments. Null: it is sealed already. `entry`: all of it,
 * with a head and a record that may be damaged; `attachments`: as the row has them.
 */
export function sealedEntry(
  entry: Buffer,
  {
    attachments,
    key,
    pack,
  }: { readonly attachments: string; readonly key: DataKey; readonly pack: Uint8Array },
): { readonly entry: Buffer; readonly attachments: string } | null {
  if (isSealedEntry(entry, attachments)) return null;
  const pieces: Buffer[] = [];
  let end = 0;
  const all: StoredAttachment[] = [];
  for (const attachment of attachmentsFromJson(attachments)) {
    if (attachment.packed !== true) {
      all.push(attachment);
      continue;
    }
    const bytes = bytesOf(entry, attachment);
    const piece = isSealed(bytes, attachment) ? bytes : sealedBytes(bytes, attachment, key);
    const offset = end;
    end += piece.length;
    pieces.push(piece);
    all.push({ ...attachment, offset, coding: 'frames', stored: piece.length });
  }
  const text = attachmentsToJson(all);
  const record = sealedRecord(entry, { attachmentsJson: text, key });
  return {
    entry: Buffer.concat([packHead(pack, end, record.length), ...pieces, record]),
    attachments: text,
  };
}

function packedOf(attachments: string): readonly StoredAttachment[] {
  return attachmentsFromJson(attachments).filter(({ packed }) => packed === true);
}

function bytesOf(entry: Buffer, { offset, stored = 0 }: StoredAttachment): Buffer {
  const from = PACK_HEAD_BYTES + (offset ?? 0);
  return entry.subarray(from, from + stored);
}

function isSealed(bytes: Buffer, { coding, size }: StoredAttachment): boolean {
  if (size === 0) return true;
  if (coding === 'raw') return false;
  const [first = bytes.length] = lengthsOf(bytes, size) ?? [];
  return isSealedFrame(bytes.subarray(0, first));
}

function lengthsOf(stored: Buffer, size: number): readonly number[] | null {
  return frameLengths(stored.length, size, (bytes) => stored.subarray(-bytes));
}

/** What was damaged so that its frames cannot be told apart becomes one sealed piece: it still does not open as an attachment. */
function sealedBytes(stored: Buffer, attachment: StoredAttachment, key: DataKey): Buffer {
  // An earlier version left small ones as they came.
  if (attachment.coding === 'raw')
    return isOriginalOf(stored, attachment) ? encodeFrame(stored, key) : sealFrame(stored, key);
  const lengths = lengthsOf(stored, attachment.size);
  if (lengths === null) return sealFrame(stored, key);
  let at = 0;
  const frames = lengths.map((length) => {
    at += length;
    return sealFrame(stored.subarray(at - length, at), key);
  });
  return Buffer.concat([
    ...frames,
    seekTable(
      frames.map(({ length }) => length),
      attachment.size,
    ),
  ]);
}

/** Nothing, where there is none, it was erased or is damaged: a row without it is as good, as long as there is a row. */
function sealedRecord(
  ending: Buffer,
  { attachmentsJson, key }: { readonly attachmentsJson: string; readonly key: DataKey },
): Buffer {
  const record = readRecord(ending);
  return record === null ? Buffer.alloc(0) : recordFrame({ ...record, attachmentsJson }, key);
}
