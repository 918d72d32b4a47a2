// One thread of the pool: hashes and compresses pieces of attachments, so that the thread that serves HTTP does not.
import { createHash, hash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { releaseMemory } from '../../../base/release-chunk.ts';
import { encodeFrame } from '../disk/seekable-zstd.ts';
import { sealingKeyOf } from '../sealed/unlocked-keys.ts';
import type { FromPacker, PieceDone, PieceTask, ToPacker } from './packing-protocol.ts';

const port = parentPort;
if (port === null) throw new Error('packing-thread.ts runs in a worker thread only');

/** Frames are sealed where it is encrypted. */
const database = String(workerData);

/** Attachments of several pieces. */
const underWay = new Map<number, Hash>();

function pack({ id, buffer, length, last }: PieceTask): PieceDone {
  const original = new Uint8Array(buffer, 0, length);
  return {
    frame: owned(encodeFrame(original, sealingKeyOf(database))),
    sha256: digest(id, original, last),
    buffer,
  };
}

function digest(id: number, original: Uint8Array, last: boolean): string | null {
  const begun = underWay.get(id);
  if (last && begun === undefined) return hash('sha256', original, 'hex');
  const hasher = begun ?? createHash('sha256');
  hasher.update(original);
  if (!last) {
    underWay.set(id, hasher);
    return null;
  }
  underWay.delete(id);
  return hasher.digest('hex');
}

/** A frame may lie in so much more memory than it needs, by its length, before it is copied: what does not shrink is moved as it is. */
const SLACK_PART = 16;

/** Bytes whose memory nobody else uses, so that it can be moved to another thread. */
function owned(bytes: Buffer): Uint8Array<ArrayBuffer> {
  const { buffer, length } = bytes;
  if (buffer instanceof ArrayBuffer && buffer.byteLength - length <= length / SLACK_PART)
    return new Uint8Array(buffer, bytes.byteOffset, length);
  const copy = new Uint8Array(bytes.length);
  copy.set(bytes);
  releaseMemory(bytes);
  return copy;
}

port.on('message', (first: ToPacker) => {
  const pieces: PieceDone[] = [];
  let messages = 0;
  for (let message: ToPacker | null = first; message !== null; message = nextMessage()) {
    for (const piece of message.pieces) pieces.push(pack(piece));
    for (const id of message.dropped) underWay.delete(id);
    messages += 1;
    if (pieces.length >= 8) break;
  }
  const answer: FromPacker = { pieces, messages };
  port.postMessage(
    answer,
    pieces.flatMap(({ frame, buffer }) => [frame.buffer, buffer]),
  );
});

function nextMessage(): ToPacker | null {
  const received = port === null ? undefined : receiveMessageOnPort(port);
  return received === undefined ? null : (received.message as ToPacker);
}
