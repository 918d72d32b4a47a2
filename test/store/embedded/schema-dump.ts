// The schema of a database as text: what schema.sql holds, and what a test compares it with.
import { query, type Connection } from '../../../src/store/embedded/database/query.ts';

const selectSchema = query<[], { readonly sql: string }>(`
  SELECT sql FROM sqlite_schema
  WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'report_words_%'
  ORDER BY CASE type WHEN 'table' THEN 0 ELSE 1 END, name`);

/** Every table and index that the migrations made, sorted by name; SQLite's own and FTS5's shadow tables are left out. */
export function dumpSchema(connection: Connection): string {
  const head =
    '-- The schema after all migrations. Made by dumpSchema; a test compares it with a fresh database.\n\n';
  return `${head}${selectSchema(connection)
    .all()
    .map(({ sql }) => `${sql};`)
    .join('\n\n')}\n`;
}
