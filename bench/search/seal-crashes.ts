// Brings a million made crashes and more straight into segments, beside the store: what searches read, and nothing else of the reports.
import path from 'node:path';
import type Database from 'better-sqlite3';
import { newCrashId } from '../../src/report/crash-id.ts';
import { factsToText } from '../../src/search/facts.ts';
import type { FactRow, FactValue } from '../../src/search/facts.ts';
import { FIELDS, FIRST_REPORTED_KEY } from '../../src/search/fields.ts';
import type { FieldName } from '../../src/search/fields.ts';
import { openDatabase } from '../../src/store/embedded/database/open-database.ts';
import type { Connection } from '../../src/store/embedded/database/query.ts';
import { draftOf } from '../../src/store/embedded/search/segment-draft.ts';
import { factsOf } from '../../src/store/shared/facts-of-crash.ts';
import type { Store } from '../../src/store/store.ts';
import { PRODUCTS, makeCrashes } from '../fill/crash-maker.ts';
import type { Filling, MadeCrash } from '../fill/crash-maker.ts';

/** Eight small segments: what a store makes of them in the end. */
const SEGMENT_ROWS = 65_520;
const DAY_MS = 86_400_000;
/** Every so many rows are measured as JSON. */
const MEASURED = 500;

export interface Sealed {
  /** Mean bytes of a row as JSON, and of the processed report that it came from. */
  readonly rowBytes: number;
  readonly reportBytes: number;
}

/** The products are made through the store, which is open; the rest goes in beside it. */
export async function sealCrashes(store: Store, dir: string, filling: Filling): Promise<Sealed> {
  for (const { name } of PRODUCTS) await store.people.createProductByHand('default', name);
  const connection = openDatabase(path.join(dir, 'mayday.db'), {
    readonly: false,
    cacheBytes: 64 * 1024 * 1024,
    walBytes: 8 * 1024 * 1024,
  });
  try {
    connection.pragma('synchronous = OFF');
    return new Writer(connection).write(filling);
  } finally {
    connection.close();
  }
}

class Writer {
  readonly #connection: Connection;
  readonly #cases = new Map<string, number>();
  readonly #keys = new Map<string, number>();
  readonly #buffers: FactRow[][] = PRODUCTS.map(() => []);
  readonly #bugs = new Set<string>();
  readonly #insertReport: Database.Statement;
  #seq = 0;

  constructor(connection: Connection) {
    this.#connection = connection;
    // Lists look up crash ids; whatever else a report has is not read by searches.
    connection.exec(
      `INSERT INTO kinds (id, product_id, protocol, version, platform, processed) VALUES (1, 1, 'crashpad', NULL, NULL, 0)`,
    );
    this.#insertReport = connection.prepare(`
      INSERT INTO reports (
        id, crash_id, kind_id, state, loose, schema, received_at, version, platform, payload_kind, encoding, body_bytes,
        throttle_rule, throttle_action, folder_bytes, attachment_bytes, attachment_count, note_count, notes, attachments,
        annotations)
      VALUES (?, ?, 1, 'processed', 0, 1, ?, ?, ?, 'multipart', 'identity', 0, 'accept', 'accept', 0, 0, 0, 0, '[]', '[]', '[]')`);
  }

  write(filling: Filling): Sealed {
    let [measured, rowBytes, reportBytes] = [0, 0, 0];
    this.#connection.exec('BEGIN');
    for (const made of makeCrashes(filling)) {
      const row = this.#rowOf(made);
      const buffer = this.#buffers[made.product];
      buffer?.push(row);
      if (this.#seq % MEASURED === 0) {
        measured += 1;
        rowBytes += factsToText(row).length;
        reportBytes += JSON.stringify(made.processed).length;
      }
      if (buffer?.length === SEGMENT_ROWS) this.#seal(made.product);
    }
    for (const product of PRODUCTS.keys()) this.#seal(product);
    this.#connection.exec(`UPDATE sqlite_sequence SET seq = ${this.#seq} WHERE name = 'facts_tail'`);
    this.#connection.exec(`INSERT INTO sqlite_sequence (name, seq) SELECT 'facts_tail', ${this.#seq}
      WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'facts_tail')`);
    this.#connection.exec('COMMIT');
    return { rowBytes: rowBytes / measured, reportBytes: reportBytes / measured };
  }

  #rowOf(made: MadeCrash): FactRow {
    const [crash] = made.processed.crashes;
    if (crash === undefined) throw new Error('a report without a crash');
    this.#seq += 1;
    const facts = factsOf(made.processed, crash);
    const report = Math.floor(made.receivedAt / 1000) * 1_048_576 + (this.#seq % 1000);
    const crashId = newCrashId(0, made.receivedAt);
    this.#insertReport.run(report, crashId, made.receivedAt, made.processed.version, made.processed.platform);
    const fields: Partial<Record<FieldName, FactValue>> = {
      ...facts.fields,
      report,
      position: 0,
      crash_id: crashId,
      case: this.#caseOf(made, crash.signature),
      signature: crash.signature,
      count: 1,
      happened: Math.floor(made.receivedAt / DAY_MS),
      received: made.receivedAt,
      installation: 500_000_000_000 + ((made.installation * 7_368_787_919) % 499_999_999_979),
      seq: this.#seq,
    };
    const row: [number, FactValue][] = [];
    for (const [name, value] of Object.entries(fields)) row.push([FIELDS[name as FieldName].key, value]);
    for (const { section, name, value, protected: hidden } of facts.reported) {
      row.push([this.#keyOf(section, name, hidden), value]);
    }
    return row;
  }

  #keyOf(section: string, name: string, hidden: boolean): number {
    const full = `${section}.${name}`;
    let key = this.#keys.get(full);
    if (key === undefined) {
      key = FIRST_REPORTED_KEY + this.#keys.size;
      this.#keys.set(full, key);
      this.#connection
        .prepare(`INSERT INTO fact_keys (id, section, name, protected) VALUES (?, ?, ?, ?)`)
        .run(key, section, name, hidden ? 1 : 0);
    }
    return key;
  }

  #caseOf({ product, bug, variant, receivedAt, processed }: MadeCrash, signature: string): number {
    const name = `${product}:${bug}:${variant}`;
    let id = this.#cases.get(name);
    if (id !== undefined) return id;
    const bugName = `${product}:${bug}`;
    const bugId = 1 + bug * PRODUCTS.length + product;
    if (!this.#bugs.has(bugName)) {
      this.#bugs.add(bugName);
      this.#connection
        .prepare(
          `INSERT INTO bugs (
             id, product_id, key, source, title, title_steps, kind, message, search, state, severity, roles, count,
             installations, value_rows, first_seen_at, last_seen_at, created_at)
           SELECT ?, id, ?, 'stack', ?, '[]', ?, '', ?, 'open', ?, '[]', 1, 1, 0, ?, ?, ? FROM products WHERE name = ?`,
        )
        .run(
          bugId,
          `key ${bug}`,
          signature,
          processed.crashes[0]?.kind,
          signature.toLowerCase(),
          bug % 5 === 0 ? 1 : 0,
          receivedAt,
          receivedAt,
          receivedAt,
          PRODUCTS[product]?.name,
        );
    }
    id = this.#cases.size + 1;
    this.#cases.set(name, id);
    this.#connection
      .prepare(
        `INSERT INTO cases (id, bug_id, case_key, severity, count, first_seen_at, last_seen_at) VALUES (?, ?, ?, 0, 1, ?, ?)`,
      )
      .run(id, bugId, `case ${variant}`, receivedAt, receivedAt);
    return id;
  }

  #seal(product: number): void {
    const rows = this.#buffers[product] ?? [];
    this.#buffers[product] = [];
    if (rows.length === 0) return;
    const productId = this.#connection
      .prepare(`SELECT id FROM products WHERE name = ?`)
      .pluck()
      .get(PRODUCTS[product]?.name) as number;
    const seqs = rows.map((row) => Number(row.find(([key]) => key === FIELDS.seq.key)?.[1]));
    const draft = draftOf(rows, {
      productId,
      firstSeq: seqs[0] ?? 0,
      lastSeq: seqs.at(-1) ?? 0,
      replaces: [],
      seen: { tail: 0, dead: 0, thin: 0, moved: 0 },
    });
    const { lastInsertRowid } = this.#connection
      .prepare(
        `INSERT INTO segments (product_id, first_seq, last_seq, rows, from_received, to_received) VALUES (?, ?, ?, ?, ?, ?)`,
      )
      .run(productId, draft.firstSeq, draft.lastSeq, draft.rows, draft.fromReceived, draft.toReceived);
    const insert = this.#connection.prepare(
      `INSERT INTO segment_columns (segment_id, key_id, data) VALUES (?, ?, ?)`,
    );
    for (const { key, data } of draft.columns) insert.run(lastInsertRowid, key, data);
  }
}
