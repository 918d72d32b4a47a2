// An export as a reader has it: examined as a whole before anything of it is taken, then read line by line.
import { createHash } from 'node:crypto';
import type { SourceFile, SourceFolder } from '../source-folder.ts';
import { FileRefused } from '../source-folder.ts';
import {
  blobName,
  MAX_LINE_BYTES,
  type ExportManifest,
  type ExportPart,
  type RecordKind,
} from './export-format.ts';

/** Reads the lines of a part, each without its end. */
export async function* linesOf(handle: SourceFile['handle']): AsyncGenerator<Buffer> {
  let kept: Buffer[] = [];
  let keptBytes = 0;
  for await (const chunk of handle.createReadStream({ autoClose: false }) as AsyncIterable<Buffer>) {
    let from = 0;
    for (;;) {
      const end = chunk.indexOf(0x0a, from);
      const piece = chunk.subarray(from, end === -1 ? chunk.length : end);
      keptBytes += piece.length;
      if (keptBytes > MAX_LINE_BYTES)
        throw new FileRefused('too_large', `a line has more than ${MAX_LINE_BYTES} bytes`);
      kept.push(piece);
      if (end === -1) break;
      yield kept.length === 1 ? piece : Buffer.concat(kept);
      kept = [];
      keptBytes = 0;
      from = end + 1;
    }
  }
  if (keptBytes > 0) yield Buffer.concat(kept);
}

/** What is wrong with an export as a whole, a sentence; null: it is what its manifest says. Blobs are examined as they are taken. */
export async function faultOfExport(
  folder: SourceFolder,
  { finishedAt, parts }: ExportManifest,
  progress: (done: number, total: number) => void,
): Promise<string | null> {
  if (finishedAt === null) {
    return `${folder.dir} is the beginning of an export that was cut short; give the same \`mayday export\` again, which goes on with it`;
  }
  const total = parts.reduce((sum, { bytes }) => sum + bytes, 0);
  let done = 0;
  for (const part of parts) {
    const fault = await faultOfPart(folder, part);
    if (fault !== null) return `${folder.dir} is damaged: ${fault}. Nothing was taken from it`;
    done += part.bytes;
    progress(done, total);
  }
  return null;
}

async function faultOfPart(
  folder: SourceFolder,
  { file, bytes, sha256 }: ExportPart,
): Promise<string | null> {
  try {
    const opened = await folder.open(file);
    try {
      if (opened.bytes !== bytes) return `${file} has ${opened.bytes} bytes and not ${bytes}`;
      const hash = createHash('sha256');
      for await (const chunk of opened.handle.createReadStream({ autoClose: false }))
        hash.update(chunk as Buffer);
      return hash.digest('hex') === sha256
        ? null
        : `${file} was changed: its SHA-256 is not that of the manifest`;
    } finally {
      await opened.handle.close();
    }
  } catch (error) {
    if (error instanceof FileRefused) return error.message;
    throw error;
  }
}

/** Records of a kind as they stand in the parts; null stands for a line that is no JSON. */
export async function* recordsOf(
  folder: SourceFolder,
  manifest: ExportManifest,
  kind: RecordKind,
): AsyncGenerator<{ readonly place: string; readonly value: unknown }> {
  for (const { file } of manifest.parts.filter((part) => part.kind === kind)) {
    const { handle } = await folder.open(file);
    try {
      let line = 0;
      for await (const bytes of linesOf(handle)) {
        line += 1;
        yield { place: `${file}:${line}`, value: jsonOf(bytes) };
      }
    } finally {
      await handle.close();
    }
  }
}

function jsonOf(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return null;
  }
}

/** A blob of the expected size; its bytes are the caller's to compare with its name. Throws `FileRefused`. */
export async function openBlob(folder: SourceFolder, sha256: string): Promise<SourceFile> {
  return folder.open(blobName(sha256));
}
