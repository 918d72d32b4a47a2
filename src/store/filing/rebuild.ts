// Sums of a bug from its cases, after cases came or went as a whole.
import type { Ledger } from './ledger.ts';

/** Counts a bug anew. What was seen once (message, roles, severity) stays. */
export async function rebuildBug(ledger: Ledger, id: number): Promise<void> {
  await ledger.bulk('recount', id);
  await ledger.bulk('refreshSpan', id);
  await ledger.bulk('refreshNewest', id);
  ledger.forget(id);
}
