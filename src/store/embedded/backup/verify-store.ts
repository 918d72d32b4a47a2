// Reads a whole data folder, or a backup, and tells what is not as it should be: the database, its counts, every file that a row names, every
// attachment by its hash. Changes nothing, and may run beside servers.
import { COMMAND } from '../../../base/command-name.ts';
import path from 'node:path';
import { createHash } from 'node:crypto';
import { checkWhole } from '../database/examine.ts';
import { appliedNumber, readMigrations } from '../database/migrate.ts';
import { openDatabase } from '../database/open-database.ts';
import { isDamage } from '../database/sound-database.ts';
import { inSnapshot } from '../database/snapshot.ts';
import { query, type Connection } from '../database/query.ts';
import { attachmentsFromJson } from '../../shared/attachment-json.ts';
import type { Files } from '../disk/files.ts';
import { layoutOf, type Layout } from '../disk/folder-layout.ts';
import { openAttachmentBytes, decompressed } from '../open-attachment.ts';
import { symbolFolder, textPath } from '../symbols/symbol-files.ts';
import { namedFiles } from './named-files.ts';
import { wrongCounts } from './store-counts.ts';

const READ = { readonly: true, cacheBytes: 16 * 1024 * 1024, walBytes: 1024 * 1024 } as const;
/** Sentences beyond these are only counted. */
const MAX_SENTENCES = 1000;

/** What is examined. */
export interface VerifySettings {
  readonly files: Files;
  readonly dir: string;
  readonly progress: (what: string, done: number, total: number) => void;
}

/** What was examined and found. */
export interface Verified {
  readonly reports: number;
  readonly attachments: number;
  readonly symbols: number;
  /** Original bytes that were read. */
  readonly bytes: number;
  /** What is wrong, a sentence each; none: all is well. */
  readonly wrong: readonly string[];
}

/** Examines a folder. Throws a sentence where there is no database that this version can read. */
export async function verifyStore(settings: VerifySettings): Promise<Verified> {
  const layout = layoutOf(settings.dir);
  if (((await settings.files.stat(layout.database))?.size ?? 0) === 0)
    throw new Error(`There is no database ${layout.database}.`);
  const damage = damageOf(layout);
  if (damage !== null) {
    const wrong = [`The database is damaged (${damage}): ${COMMAND} repair saves what can be read.`];
    return { reports: 0, attachments: 0, symbols: 0, bytes: 0, wrong };
  }
  const connection = openDatabase(layout.database, READ);
  try {
    requireKnownSchema(connection);
    return await new Examiner(connection, settings).examine();
  } finally {
    connection.close();
  }
}

function damageOf({ database }: Layout): string | null {
  try {
    const connection = openDatabase(database, READ);
    try {
      checkWhole(connection);
    } finally {
      connection.close();
    }
    return null;
  } catch (error) {
    if (!isDamage(error)) throw error;
    return error instanceof Error ? error.message : String(error);
  }
}

function requireKnownSchema(connection: Connection): void {
  const [has, knows] = [appliedNumber(connection), readMigrations().at(-1)?.number ?? 0];
  if (has === knows) return;
  throw new Error(
    `The database is that of ${has < knows ? 'an older' : 'a newer'} version of Mayday (its schema is ${has}, this version has ${knows}). Verify it with that version.`,
  );
}

const reportIds = query<[after: number], { readonly id: number; readonly crashId: string }>(`
  SELECT id, crash_id AS crashId FROM reports WHERE id > ? ORDER BY id LIMIT 200`);
const attachmentsOf = query<[crashId: string], string>(`
  SELECT opened(attachments, 'reports.attachments') FROM reports WHERE crash_id = ?`);
const countReports = query<[], number>(`SELECT count(*) FROM reports`);
const joinedOf = query<[crashId: string], { readonly name: string; readonly sha256: string }>(`
  SELECT opened(joined_attachments.name, 'joined_attachments.name') AS name, joined_attachments.sha256 FROM reports
  JOIN joined_attachments ON joined_attachments.identity = reports.identity WHERE crash_id = ?`);
interface SymbolText {
  readonly debugFile: string;
  readonly debugId: string;
  readonly revision: string;
  readonly sha256: string;
}
const SYMBOL = `debug_file AS debugFile, debug_id AS debugId, revision, sha256 FROM symbols`;
const symbolTexts = query<[], SymbolText>(`SELECT ${SYMBOL} ORDER BY id`);
const symbolText = query<[debugFile: string, debugId: string], SymbolText>(
  `SELECT ${SYMBOL} WHERE debug_file = ? AND debug_id = ?`,
);

class Examiner {
  readonly #connection: Connection;
  readonly #settings: VerifySettings;
  readonly #wrong: string[] = [];
  #untold = 0;
  #attachments = 0;
  #bytes = 0;

  constructor(connection: Connection, settings: VerifySettings) {
    this.#connection = connection;
    this.#settings = settings;
  }

  async examine(): Promise<Verified> {
    for (const sentence of inSnapshot(this.#connection, () => wrongCounts(this.#connection)))
      this.#say(`Counts are wrong: ${sentence}`);
    await this.#lookForFiles();
    const reports = await this.#readReports();
    const symbols = await this.#readSymbols();
    const wrong =
      this.#untold === 0 ? this.#wrong : [...this.#wrong, `${this.#untold} more are wrong in the same ways.`];
    return { reports, attachments: this.#attachments, symbols, bytes: this.#bytes, wrong };
  }

  #say(sentence: string): void {
    if (this.#wrong.length < MAX_SENTENCES) this.#wrong.push(sentence);
    else this.#untold += 1;
  }

  /** Those of one moment; what is gone by now may have gone with its report. */
  async #lookForFiles(): Promise<void> {
    const { files, dir } = this.#settings;
    const missing: string[] = [];
    for (const { path: relative, bytes, derived } of inSnapshot(this.#connection, () => [
      ...namedFiles(this.#connection),
    ])) {
      const stat = await files.stat(path.join(dir, ...relative.split('/')));
      if (!derived && (stat === null || stat.size < (bytes ?? 0))) missing.push(relative);
    }
    if (missing.length === 0) return;
    const named = new Set(
      inSnapshot(this.#connection, () => [...namedFiles(this.#connection)]).map((file) => file.path),
    );
    for (const relative of missing.filter((each) => named.has(each)))
      this.#say(`${relative} is missing or too short.`);
  }

  async #readReports(): Promise<number> {
    const total = countReports(this.#connection).pluck().get() ?? 0;
    let done = 0;
    for (let after = 0; ;) {
      const page = reportIds(this.#connection).all(after);
      const last = page.at(-1);
      if (last === undefined) break;
      after = last.id;
      for (const { crashId } of page) {
        this.#settings.progress('reports', done, total);
        await this.#readReport(crashId);
        done += 1;
      }
    }
    this.#settings.progress('reports', done, done);
    return done;
  }

  async #readReport(crashId: string): Promise<void> {
    const own = attachmentsFromJson(attachmentsOf(this.#connection).pluck().get(crashId) ?? '[]');
    const joined = joinedOf(this.#connection).all(crashId);
    for (const { name, sha256 } of [...own, ...joined]) {
      const found = await this.#hashOf(crashId, { name, sha256 });
      this.#attachments += 1;
      if (found === sha256) continue;
      // Deleted meanwhile, and its bytes with it.
      if (attachmentsOf(this.#connection).get(crashId) === undefined) return;
      this.#say(`Attachment ${name} of report ${crashId} ${found}.`);
    }
  }

  /** The SHA-256 of the original bytes, or what is wrong with them. */
  async #hashOf(
    crashId: string,
    wanted: { readonly name: string; readonly sha256: string },
  ): Promise<string> {
    const { files, dir } = this.#settings;
    try {
      const opened = await openAttachmentBytes(
        { connection: this.#connection, layout: layoutOf(dir), files },
        crashId,
        ({ name, sha256 }) =>
          sha256 === wanted.sha256 && (name === wanted.name || name.endsWith(wanted.name)),
      );
      if (opened === null) return 'is gone';
      const hash = createHash('sha256');
      try {
        for await (const chunk of opened.bytes.chunks()) {
          hash.update(chunk);
          this.#bytes += chunk.length;
        }
      } finally {
        await opened.bytes.close();
      }
      const found = hash.digest('hex');
      return found === wanted.sha256 ? found : 'has other bytes than those that came';
    } catch (error) {
      return `cannot be read (${error instanceof Error ? error.message : String(error)})`;
    }
  }

  async #readSymbols(): Promise<number> {
    const { files, dir, progress } = this.#settings;
    const layout = layoutOf(dir);
    const all = symbolTexts(this.#connection).all();
    for (const [index, stored] of all.entries()) {
      progress('symbols', index, all.length);
      const hash = createHash('sha256');
      let found: string;
      try {
        const text = decompressed(await files.openRead(textPath(layout, stored)));
        for await (const chunk of text as AsyncIterable<Buffer>) hash.update(chunk);
        found = hash.digest('hex');
      } catch (error) {
        found = error instanceof Error ? error.message : String(error);
      }
      if (found === stored.sha256) continue;
      const now = symbolText(this.#connection).get(stored.debugFile, stored.debugId);
      // Replaced or removed meanwhile.
      if (now?.revision !== stored.revision) continue;
      this.#say(
        `Symbols in ${path.relative(dir, symbolFolder(layout, stored))} are not those that came (${found}).`,
      );
    }
    progress('symbols', all.length, all.length);
    return all.length;
  }
}
