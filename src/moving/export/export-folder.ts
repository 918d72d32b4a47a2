// The folder of an export while it is being written: parts and blobs appear whole or not at all, and the manifest says after each part
// how far it is, so that one that was cut short goes on.
import { createHash, randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  EXPORT_FORMAT,
  EXPORT_VERSION,
  MANIFEST_NAME,
  blobName,
  partFile,
  type ExportChoices,
  type ExportFilter,
  type ExportManifest,
  type ExportPart,
  type RecordKind,
} from './export-format.ts';
import { readManifest } from './read-manifest.ts';

/** What begins an export, or goes on with one. */
export interface ExportStart {
  readonly dir: string;
  readonly madeBy: string;
  readonly now: () => number;
  readonly filter: ExportFilter;
  readonly choices: ExportChoices;
}

/** Says why nothing can be written there, in a sentence. */
export class ExportRefused extends Error {}

/** States: open → (putBlob | putPart)* → finish. Calls come one after the other. */
export class ExportFolder {
  readonly #start: ExportStart;
  readonly #startedAt: string;
  readonly #parts: ExportPart[];
  readonly #next: ExportManifest['next'];
  /** Bytes written by this run. */
  bytes = 0;

  private constructor(start: ExportStart, earlier: ExportManifest | null) {
    this.#start = start;
    this.#startedAt = earlier?.startedAt ?? new Date(start.now()).toISOString();
    this.#parts = [...(earlier?.parts ?? [])];
    this.#next = earlier?.next ?? null;
  }

  /** Throws `ExportRefused` where something else lies there, or a finished export. */
  static async open(start: ExportStart): Promise<ExportFolder> {
    const { dir } = start;
    await mkdir(dir, { recursive: true, mode: 0o700 });
    const names = (await readdir(dir)).filter((name) => !name.startsWith('.incoming-'));
    if (!names.includes(MANIFEST_NAME)) {
      if (names.length > 0) {
        throw new ExportRefused(
          `${dir} is not empty, and holds no export; name a folder that is, or that is not there`,
        );
      }
      const folder = new ExportFolder(start, null);
      await folder.#writeManifest({ kind: 'account', cursor: null }, null);
      return folder;
    }
    const read = await readManifest(dir);
    if ('problem' in read) throw new ExportRefused(read.problem);
    const { manifest } = read;
    if (manifest.finishedAt !== null) {
      throw new ExportRefused(
        `${dir} holds an export that was finished at ${manifest.finishedAt}; name another folder`,
      );
    }
    if (!isSame(manifest.filter, start.filter) || !isSame(manifest.choices, start.choices)) {
      throw new ExportRefused(
        `${dir} holds the beginning of an export with other filters or choices; give the same ones to go on with it, or name another folder`,
      );
    }
    if (manifest.version !== EXPORT_VERSION) {
      throw new ExportRefused(`${dir} holds the beginning of an export in another version of the format`);
    }
    await removeIncoming(dir);
    return new ExportFolder(start, manifest);
  }

  get dir(): string {
    return this.#start.dir;
  }

  /** Where an export that was cut short goes on; null: it begins. */
  get goesOn(): ExportManifest['next'] {
    return this.#parts.length === 0 ? null : this.#next;
  }

  get parts(): readonly ExportPart[] {
    return this.#parts;
  }

  /** Writes one part of records as JSON; `next` is what comes after it. */
  async putPart(kind: RecordKind, lines: readonly string[], next: ExportManifest['next']): Promise<void> {
    if (lines.length > 0) {
      const number = this.#parts.filter((part) => part.kind === kind).length + 1;
      const file = partFile(kind, number);
      const bytes = Buffer.from(`${lines.join('\n')}\n`);
      await writeWhole(path.join(this.dir, file), bytes);
      this.bytes += bytes.length;
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      this.#parts.push({ file, kind, records: lines.length, bytes: bytes.length, sha256 });
    }
    await this.#writeManifest(next, null);
  }

  /**
   * Writes bytes under their SHA-256; what is there already is written once. Throws where they are others than what is expected: what
   * was stored may have rotted.
   */
  async putBlob(
    bytes: Readable,
    expected: { readonly sha256: string; readonly size: number },
  ): Promise<void> {
    if (await hasSize(this.#blob(expected.sha256), expected.size)) {
      bytes.destroy();
      return;
    }
    const incoming = path.join(this.dir, `.incoming-${randomBytes(8).toString('hex')}`);
    const hash = createHash('sha256');
    let size = 0;
    bytes.on('data', (chunk: Buffer) => {
      hash.update(chunk);
      size += chunk.length;
    });
    try {
      await pipeline(bytes, createWriteStream(incoming, { mode: 0o600, flags: 'wx', flush: true }));
      const sha256 = hash.digest('hex');
      if (sha256 !== expected.sha256 || size !== expected.size)
        throw new Error(
          `its bytes are not those that came (${size} of ${expected.size}, or another SHA-256)`,
        );
      const target = this.#blob(sha256);
      await mkdir(path.dirname(target), { recursive: true, mode: 0o700 });
      await rename(incoming, target);
      this.bytes += size;
    } catch (error) {
      await rm(incoming, { force: true });
      throw error;
    }
  }

  /** Afterwards it is a whole export. */
  async finish(): Promise<void> {
    await writeWhole(path.join(this.dir, README_NAME), Buffer.from(README));
    await this.#writeManifest(null, new Date(this.#start.now()).toISOString());
  }

  #blob(sha256: string): string {
    return path.join(this.dir, ...blobName(sha256).split('/'));
  }

  async #writeManifest(next: ExportManifest['next'], finishedAt: string | null): Promise<void> {
    const { madeBy, filter, choices } = this.#start;
    const manifest: ExportManifest = {
      format: EXPORT_FORMAT,
      version: EXPORT_VERSION,
      madeBy,
      startedAt: this.#startedAt,
      finishedAt,
      filter,
      choices,
      parts: this.#parts,
      next,
    };
    await writeWhole(
      path.join(this.dir, MANIFEST_NAME),
      Buffer.from(`${JSON.stringify(manifest, null, 1)}\n`),
    );
  }
}

const README_NAME = 'README.txt';
/** For whoever is handed the folder and has no Mayday. */
const README = `An export of the crash report server Mayday
===========================================

When a program crashes, it can send a report of that to those who make it. This folder holds such
reports as they were kept, and what belongs to them.

  report-000001.jsonl, ...   the reports, one a line (JSON): the program and its version, when the
                             report came ("receivedAt", milliseconds since 1970, UTC), every field
                             that the program sent ("annotations": key and value), and the files
                             that came with it ("attachments": name, size and "sha256")
  feedback-000001.jsonl      what people wrote about crashes, with the mail address that they gave
  blobs/ab/abcd...           the files themselves, byte for byte; each is named by its SHA-256, which
                             its report tells
  mayday-export.json         what was chosen ("filter"), when, and which files belong to the export
  other .jsonl files         settings, people and bugs of the server, where all of it was exported

All of it but the blobs is text and opens in any editor. Some blobs are text (logs), others are memory
dumps, which only developers can read. The format is described in docs/export-format.md of Mayday.
`;

/** Under its name there is the old file, or all of the new one. */
async function writeWhole(file: string, bytes: Uint8Array): Promise<void> {
  const incoming = path.join(path.dirname(file), `.incoming-${randomBytes(8).toString('hex')}`);
  const handle = await open(incoming, 'wx', 0o600);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(incoming, file);
  await syncFolder(path.dirname(file));
}

async function syncFolder(dir: string): Promise<void> {
  // Windows cannot open folders.
  const handle = await open(dir).catch(() => null);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}

async function removeIncoming(dir: string): Promise<void> {
  for (const name of await readdir(dir)) {
    if (name.startsWith('.incoming-')) await rm(path.join(dir, name), { force: true });
  }
}

async function hasSize(file: string, size: number): Promise<boolean> {
  try {
    const found = await stat(file);
    return found.isFile() && found.size === size;
  } catch {
    return false;
  }
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
}

function sorted(value: unknown): unknown {
  return Object.entries(value as object).sort(([a], [b]) => (a < b ? -1 : 1));
}
