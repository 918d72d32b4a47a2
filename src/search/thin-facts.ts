// What is left of a crash whose report was pruned for want of room: so much that totals, charts and bugs stay what they were. Whatever the
// report brought, its text and its stack are gone.
import type { FactRow } from './facts.ts';
import { FIELDS } from './fields.ts';
import type { FieldName } from './fields.ts';

/** Public fields that are few words each, or that counting needs. */
const KEPT_FIELDS: readonly FieldName[] = [
  ...([
    'seq',
    'report',
    'position',
    'case',
    'count',
    'happened',
    'received',
    'installation',
    'user',
  ] as const),
  ...(['version', 'platform', 'os', 'os_version', 'cpu', 'channel', 'environment', 'process_type'] as const),
  ...(['kind', 'language', 'signature', 'reason', 'severity'] as const),
];
const KEPT: ReadonlySet<number> = new Set(KEPT_FIELDS.map((name) => FIELDS[name].key));

/** Whether a key outlives its report. */
export function isKept(key: number): boolean {
  return KEPT.has(key) || key === FIELDS.pruned.key;
}

/** The row without what goes with the report, marked as pruned. */
export function thinRow(row: FactRow): FactRow {
  return [...row.filter(([key]) => KEPT.has(key)), [FIELDS.pruned.key, 1]];
}
