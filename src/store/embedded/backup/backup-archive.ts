// A backup as one file: a tar archive, compressed with zstd. The manifest and the sums come first, so that every file that follows is compared
// with its sum while it is read, and what they do not name is refused before it is written.
import { createHash } from 'node:crypto';
import path from 'node:path';
import { pipeline } from 'node:stream';
import { constants, createZstdCompress, createZstdDecompress } from 'node:zlib';
import { createTarDecoder, createTarPacker } from 'modern-tar';
import type { Files } from '../disk/files.ts';
import { MANIFEST, SUMS, parseManifest, parseSums, readAll, readManifest } from './backup-format.ts';
import type { Manifest } from './backup-format.ts';
import { writeFile } from './copy-file.ts';

const CHUNK_BYTES = 256 * 1024;
/** What the archive says of itself is held in memory, up to this size: some 400,000 files. */
const MAX_TEXT_BYTES = 64 * 1024 * 1024;

/** Writes the backup in a folder into the file `to`, which is there only when it is whole. */
export async function writeArchive(
  files: Files,
  backup: string,
  to: string,
  progress: (done: number, total: number) => void,
): Promise<void> {
  const draft = `${to}.writing`;
  await files.removeTree(draft);
  const out = await files.create(draft);
  try {
    const { readable, controller } = createTarPacker();
    const compressed = createZstdCompress({ params: { [constants.ZSTD_c_checksumFlag]: 1 } });
    pipeline(readable, compressed, () => undefined);
    const written = (async () => {
      for await (const chunk of compressed as AsyncIterable<Buffer>) await out.write(chunk);
    })();
    const packed = packAll(files, backup, controller, progress).catch((error: unknown) => {
      controller.error(error);
      throw error;
    });
    await Promise.all([packed, written]);
    await out.sync();
  } catch (error) {
    await out.close().catch(() => undefined);
    await files.removeTree(draft).catch(() => undefined);
    throw error;
  }
  await out.close();
  await files.rename(draft, to);
  await files.syncFolder(path.dirname(to));
}

async function packAll(
  files: Files,
  backup: string,
  controller: ReturnType<typeof createTarPacker>['controller'],
  progress: (done: number, total: number) => void,
): Promise<void> {
  const sums = parseSums(await readAll(files, path.join(backup, SUMS)), backup);
  await readManifest(files, backup);
  let done = 0;
  for (const name of [MANIFEST, SUMS, ...sums.keys()]) {
    progress(done, sums.size + 2);
    done += 1;
    const file = path.join(backup, ...name.split('/'));
    const stat = await files.stat(file);
    if (stat === null) throw new Error(`${file} is missing`);
    const body = controller.add({
      name,
      size: stat.size,
      mtime: new Date(stat.mtimeMs),
      mode: 0o640,
      type: 'file',
    });
    const writer = body.getWriter();
    for await (const chunk of (await files.openRead(file, {
      highWaterMark: CHUNK_BYTES,
    })) as AsyncIterable<Buffer>)
      await writer.write(chunk);
    await writer.close();
  }
  progress(done, done);
  controller.finalize();
}

/** What an archive says of itself before its files. */
export interface ArchiveHead {
  readonly manifest: Manifest;
  readonly sums: ReadonlyMap<string, string>;
}

/**
 * Reads an archive. `begun` is asked once, before any file; `place` says where each file goes (null: it is only compared). Throws a sentence for
 * what is no whole backup: cut short, damaged, with links or other names than its sums have.
 */
export async function readArchive(
  files: Files,
  archive: string,
  steps: {
    readonly begun: (head: ArchiveHead) => Promise<void>;
    readonly place: (name: string) => string | null;
    readonly progress: (done: number, total: number) => void;
  },
): Promise<Manifest> {
  const plain = createZstdDecompress();
  pipeline(await files.openRead(archive, { highWaterMark: CHUNK_BYTES }), plain, () => undefined);
  let head: ArchiveHead | null = null;
  let manifest: Manifest | null = null;
  const left = new Set<string>();
  try {
    const decoder = createTarDecoder({ strict: true });
    const entries = ReadableStream.from<Uint8Array>(plain).pipeThrough(decoder);
    for await (const { header, body } of entries) {
      const { name, type = 'file', size } = header;
      if (type !== 'file') throw new Foreign(`it holds ${name}, which is no file`);
      if (manifest === null) {
        if (name !== MANIFEST) throw new Foreign(`it does not begin with ${MANIFEST}`);
        manifest = parseManifest(await textOf(body, size), archive);
      } else if (head === null) {
        if (name !== SUMS) throw new Foreign(`it has no ${SUMS} behind its ${MANIFEST}`);
        head = { manifest, sums: parseSums(await textOf(body, size), archive) };
        for (const each of head.sums.keys()) left.add(each);
        await steps.begun(head);
      } else {
        if (!left.delete(name))
          throw new Foreign(`it holds ${name.slice(0, 200)}, which its ${SUMS} does not name`);
        steps.progress(head.sums.size - left.size, head.sums.size);
        const sha256 = await takeOut(files, body, steps.place(name), header.mtime ?? null);
        if (sha256 !== head.sums.get(name)) throw new Foreign(`its ${name} is damaged`);
      }
    }
  } catch (error) {
    if (error instanceof Foreign || isDamagedArchive(error))
      throw new Error(`${archive} is no whole backup: ${messageOf(error)}.`, { cause: error });
    throw error;
  } finally {
    plain.destroy();
  }
  if (manifest === null || head === null) throw new Error(`${archive} is no whole backup: it is empty.`);
  const [first] = left;
  if (first !== undefined)
    throw new Error(
      `${archive} is no whole backup: ${left.size} files of it are missing, ${first} among them.`,
    );
  return manifest;
}

/** What an archive says of itself, without reading on. Throws a sentence where it does not begin as a backup does. */
export async function readArchiveManifest(files: Files, archive: string): Promise<Manifest> {
  let text: string | null = null;
  const plain = createZstdDecompress();
  pipeline(await files.openRead(archive), plain, () => undefined);
  try {
    const entries = ReadableStream.from<Uint8Array>(plain).pipeThrough(createTarDecoder({ strict: true }));
    for await (const { header, body } of entries) {
      if ((header.type ?? 'file') !== 'file') throw new Foreign(`it holds ${header.name}, which is no file`);
      if (header.name !== MANIFEST) break;
      text = await textOf(body, header.size);
      break;
    }
  } catch (error) {
    if (error instanceof Foreign || isDamagedArchive(error))
      throw new Error(`${archive} is no whole backup: ${messageOf(error)}.`, { cause: error });
    throw error;
  } finally {
    plain.destroy();
  }
  if (text !== null) return parseManifest(text, archive);
  throw new Error(`${archive} is no whole backup: it does not begin with ${MANIFEST}.`);
}

/** What is wrong with an archive itself. */
class Foreign extends Error {}

/** Whatever zstd and the tar reader say; errors of the file system name the call that failed. */
function isDamagedArchive(error: unknown): boolean {
  return error instanceof Error && (error as NodeJS.ErrnoException).syscall === undefined;
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Where the reading of a stream ends early, the reason is behind it.
  return (error.cause instanceof Error ? error.cause.message : error.message).replace(/\.$/, '');
}

async function textOf(body: ReadableStream<Uint8Array>, size: number): Promise<string> {
  if (size > MAX_TEXT_BYTES) throw new Foreign('what it says of itself is larger than that of any backup');
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

/** Gives the SHA-256 of what was read. */
async function takeOut(
  files: Files,
  body: ReadableStream<Uint8Array>,
  to: string | null,
  mtime: Date | null,
): Promise<string> {
  if (to !== null) return (await writeFile(files, to, body, mtime?.getTime() ?? null)).sha256;
  const hash = createHash('sha256');
  for await (const chunk of body) hash.update(chunk);
  return hash.digest('hex');
}
