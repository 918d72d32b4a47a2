// What a backup looks like: a data folder with two files more. `manifest.json` comes last, so that a backup without one was not finished;
// `SHA256SUMS` is what `sha256sum -c` reads.
import path from 'node:path';
import type { Files } from '../disk/files.ts';

/** The version of this format. */
export const BACKUP_FORMAT = 1;
export const MANIFEST = 'manifest.json';
export const SUMS = 'SHA256SUMS';
export const DATABASE = 'mayday.db';
/** What a data folder consists of, and a backup therefore. */
export const TOP_FOLDERS = ['reports', 'packs', 'blobs', 'symbols'] as const;
/** A manifest is a few lines; anything larger is something else. */
const MAX_MANIFEST_BYTES = 64 * 1024 * 1024;

/** What a backup says of itself. Times are ISO 8601, UTC. */
export interface Manifest {
  readonly format: number;
  /** The version of Mayday that made it. */
  readonly mayday: string;
  /** The number of the database's schema. */
  readonly schema: number;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly reports: number;
  readonly files: number;
  /** Of all files together. */
  readonly bytes: number;
  /** Files that rows name and that were not there: the store had lost them already. */
  readonly missing: readonly string[];
  /** Which store it is of, and the ids of the keys that it needs (`neededKeysOf`); versions before did not say so. */
  readonly store?: unknown;
  readonly keys?: unknown;
}

/** Reads the manifest of a backup. Throws a sentence where there is none that this version can read. */
export async function readManifest(files: Files, folder: string): Promise<Manifest> {
  const file = path.join(folder, MANIFEST);
  const stat = await files.stat(file);
  if (stat === null || stat.size > MAX_MANIFEST_BYTES) {
    throw new Error(
      `${folder} is no whole backup: it has no ${MANIFEST}, which is written last. Was the backup cut short?`,
    );
  }
  return parseManifest(await readAll(files, file), folder);
}

/** Reads what a manifest says. Throws a sentence. */
export function parseManifest(text: string, where: string): Manifest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error(`${where} is no whole backup: its ${MANIFEST} is damaged.`);
  }
  const { format, schema, reports, files, bytes, missing } = (value ?? {}) as Partial<
    Record<keyof Manifest, unknown>
  >;
  if (typeof format === 'number' && format > BACKUP_FORMAT) {
    throw new Error(
      `${where} was made by a newer version of Mayday (its format is ${format}, this version knows ${BACKUP_FORMAT}). Use that version or a newer one.`,
    );
  }
  const numbers = [format, schema, reports, files, bytes];
  if (numbers.some((each) => typeof each !== 'number') || !Array.isArray(missing))
    throw new Error(`${where} is no whole backup: its ${MANIFEST} is not one of Mayday's.`);
  return value as Manifest;
}

/** The lines of `SHA256SUMS`, sorted by path. */
export function sumsText(sums: ReadonlyMap<string, string>): string {
  return [...sums]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, sha256]) => `${sha256}  ${name}\n`)
    .join('');
}

/** The inverse: SHA-256 by path. Throws a sentence for what is no such file, or names anything outside of a data folder. */
export function parseSums(text: string, where: string): ReadonlyMap<string, string> {
  const sums = new Map<string, string>();
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const [, sha256, name] = /^([0-9a-f]{64}) [ *](.+)$/.exec(line) ?? [];
    if (sha256 === undefined || name === undefined || !isPathOfBackup(name))
      throw new Error(
        `${where} has a line in its ${SUMS} that names no file of a backup: ${line.slice(0, 120)}`,
      );
    sums.set(name, sha256);
  }
  if (!sums.has(DATABASE)) throw new Error(`${where} is no whole backup: its ${SUMS} names no ${DATABASE}.`);
  return sums;
}

/** Whether a path may be written below a data folder: the database, or a file in one of the four folders, and nowhere else. */
export function isPathOfBackup(name: string): boolean {
  if (name === DATABASE) return true;
  const [top, ...rest] = name.split('/');
  const isPlain = (part: string): boolean =>
    part !== '' && part !== '.' && part !== '..' && !/[\\\0]/.test(part);
  return TOP_FOLDERS.some((folder) => folder === top) && rest.length > 0 && rest.every(isPlain);
}

/** The text of a file. */
export async function readAll(files: Files, file: string): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of (await files.openRead(file)) as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
