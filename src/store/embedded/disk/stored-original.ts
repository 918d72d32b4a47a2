// The original of an attachment from its stored bytes in memory, and whether it is what was stored: each attachment's SHA-256 stands in its row.
import { hash } from 'node:crypto';
import type { StoredAttachment } from '../../shared/attachment-json.ts';
import { decodeFrame, frameCount, readSeekTable, seekTableBytes } from './seekable-zstd.ts';

/** The original; throws where the frames, or their table, are damaged. Stored by itself: `coding` says how. */
export function originalOf(stored: Buffer, { coding, size }: StoredAttachment): Buffer {
  if (size === 0) return Buffer.alloc(0);
  return coding === 'raw' ? stored : decodeFrames(stored, size);
}

/** Whether these are the stored bytes of an attachment, undamaged. */
export function isOriginalOf(stored: Buffer, attachment: StoredAttachment): boolean {
  try {
    return hash('sha256', originalOf(stored, attachment)) === attachment.sha256;
  } catch {
    // What cannot be decoded is not what was stored.
    return false;
  }
}

function decodeFrames(stored: Buffer, size: number): Buffer {
  const tableBytes = seekTableBytes(frameCount(size));
  if (tableBytes === 0) return decodeFrame(stored, size);
  let at = 0;
  return Buffer.concat(
    readSeekTable(stored.subarray(-tableBytes), size).map((length) => {
      at += length;
      return decodeFrame(stored.subarray(at - length, at), size);
    }),
  );
}
