// Keys of searches go when no crash that is still known uses them: clients choose their names, and their number is bounded.
import { MAX_KEYS } from '../../filing/add-facts.ts';
import { query } from '../database/query.ts';
import type { WriteContext } from '../transaction/write-context.ts';

/** From this share of the bound on it is worth looking: the tail is read for it. */
const CROWDED = 0.9;

const countKeys = query<[], number>(`SELECT count(*) FROM fact_keys`);
/** A row of the tail is key, value, key, value, …; numbers below 100 are those of fixed fields. */
const forgetUnused = query<[]>(`
  DELETE FROM fact_keys
  WHERE id NOT IN (SELECT key_id FROM segment_columns)
    AND id NOT IN (SELECT value FROM facts_tail, json_each(opened(facts_tail.facts, 'facts_tail.facts')) WHERE json_each.key % 2 = 0)`);

/** However many there are: names of keys that only deleted reports had. Gives how many went. */
export function forgetUnusedKeys({ connection }: WriteContext): number {
  return forgetUnused(connection).run().changes;
}

/** Gives how many went. */
export function forgetFactKeys({ connection }: WriteContext): number {
  if ((countKeys(connection).pluck().get() ?? 0) < MAX_KEYS * CROWDED) return 0;
  return forgetUnused(connection).run().changes;
}
