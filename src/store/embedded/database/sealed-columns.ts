// The columns that are sealed where a store is encrypted at rest: what clients sent, and what is made of it. Statements that write or read them say
// `sealed(…)` and `opened(…)` (sealing-functions.ts); docs/security.md lists what stays in clear.

/** A table, and those of its columns that are sealed. */
export interface SealedTable {
  readonly table: string;
  readonly columns: readonly string[];
}

export const SEALED_REPORT_COLUMNS: readonly string[] = [
  'installation',
  'user_agent',
  'jami',
  'notes',
  'attachments',
  'annotations',
  'failure',
  'gone',
];

export const SEALED_TABLES: readonly SealedTable[] = [
  { table: 'reports', columns: SEALED_REPORT_COLUMNS },
  { table: 'report_data', columns: ['data'] },
  { table: 'processed_reports', columns: ['data'] },
  { table: 'blobs', columns: ['data'] },
  { table: 'joined_attachments', columns: ['name', 'filename'] },
  { table: 'case_values', columns: ['value'] },
  { table: 'cases', columns: ['context'] },
  { table: 'bugs', columns: ['message', 'path', 'search'] },
  { table: 'bug_events', columns: ['detail'] },
  { table: 'merges', columns: ['seen'] },
  { table: 'bulk_changes', columns: ['outcome'] },
  { table: 'facts_tail', columns: ['facts'] },
  { table: 'segment_columns', columns: ['data'] },
  { table: 'inbox', columns: ['entry'] },
  { table: 'feedback', columns: ['name', 'email', 'message', 'url'] },
  { table: 'deliveries', columns: ['payload', 'last_error'] },
  { table: 'ticket_messages', columns: ['detail', 'last_error'] },
  { table: 'alert_log', columns: ['finding'] },
  { table: 'erasures', columns: ['wish'] },
];

/** What a column is sealed for. */
export function purposeOf(table: string, column: string): string {
  return `${table}.${column}`;
}

function isSealed(table: string, column: string): boolean {
  return SEALED_TABLES.some((each) => each.table === table && each.columns.includes(column));
}

/** A column of a table as it was before it was sealed, if it is. */
export function openedColumn(table: string, column: string): string {
  return isSealed(table, column) ? `opened(${column}, '${purposeOf(table, column)}')` : column;
}

/** An expression as it is stored in a column. */
export function sealedValue(table: string, column: string, expression: string): string {
  return isSealed(table, column) ? `sealed(${expression}, '${purposeOf(table, column)}')` : expression;
}

/** The parameters of an INSERT into these columns of a table, sealed where they are to be. */
export function sealedParameters(table: string, columns: readonly string[]): string {
  return columns.map((column) => sealedValue(table, column, '?')).join(', ');
}
