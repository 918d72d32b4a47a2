// Rows of an encrypted database as they were before they were sealed: what does not open stays as it was found, and is told as damage.
import { openBytes, openText } from '../../shared/sealed-bytes.ts';
import { purposeOf, SEALED_REPORT_COLUMNS } from '../database/sealed-columns.ts';
import { findKey } from '../sealed/unlocked-keys.ts';
import type { Value } from './cell.ts';
import type { NamedRow } from './salvaged-report.ts';

/** A row of `reports`. */
export function openedReport(row: NamedRow): NamedRow {
  const opened = SEALED_REPORT_COLUMNS.map((column) => [
    column,
    openedValue(row[column] ?? null, purposeOf('reports', column)),
  ]);
  return { ...row, ...Object.fromEntries(opened) } as NamedRow;
}

/** One value. */
export function openedValue(value: Value, purpose: string): Value {
  try {
    if (typeof value === 'string') return openText(findKey, value, purpose);
    return Buffer.isBuffer(value) ? Buffer.from(openBytes(findKey, value, purpose)) : value;
  } catch {
    return value;
  }
}
