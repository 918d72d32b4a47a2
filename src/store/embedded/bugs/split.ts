// A case becomes a bug of its own.
import { query } from '../database/query.ts';
import type { WriteContext } from '../transaction/write-context.ts';
import { survivingBug } from './bug-record.ts';
import { FURTHER_CASES } from './cases.ts';
import { createBug } from './create.ts';
import { addEvent } from './events.ts';
import { generalKeysOf, leadKey } from './bug-keys.ts';
import { rebuildBug } from './rebuild.ts';

const caseKeyOf = query<[bugId: number, caseId: number], string>(`
  SELECT case_key FROM cases WHERE bug_id = ? AND id = ?`);
const otherCase = query<[bugId: number, caseKey: string], number>(`
  SELECT 1 FROM cases WHERE bug_id = ? AND case_key <> ? LIMIT 1`);
const severityOfCase = query<[bugId: number, caseKey: string], number>(`
  SELECT max(severity) FROM cases WHERE bug_id = ? AND case_key = ?`);
const takeCase = query<[into: number, from: number, caseKey: string]>(`
  UPDATE cases SET bug_id = ? WHERE bug_id = ? AND case_key = ?`);
const takeKeys = query<[into: number, from: number, caseKey: string]>(`
  UPDATE bug_keys SET bug_id = ? WHERE bug_id = ? AND case_key = ?`);
/** Gives the new bug's id. Null: no such case, the bug has no other, or it is the one that stands for all further cases. */
export function splitCase(
  { connection }: WriteContext,
  id: number,
  caseId: number,
  { by, at }: { readonly by: string; readonly at: number },
): number | null {
  const bug = survivingBug(connection, id);
  if (bug === null) return null;
  const caseKey = caseKeyOf(connection).pluck().get(bug.id, caseId);
  if (caseKey === undefined || caseKey === FURTHER_CASES) return null;
  if (otherCase(connection).get(bug.id, caseKey) === undefined) return null;
  const made = createBug(connection, {
    ...bug,
    severity: severityOfCase(connection).pluck().get(bug.id, caseKey) ?? bug.severity,
    createdAt: at,
    seenAt: at,
    like: {
      ...bug,
      state: 'open',
      closedAt: null,
      closedInVersion: null,
      ignoredUntil: null,
      ignoredUntilCount: null,
    },
    madeFor: null,
  });
  takeKeys(connection).run(made, bug.id, caseKey);
  for (const key of generalKeysOf(connection, bug.id)) {
    leadKey(connection, { productId: bug.productId, key, caseKey }, made);
  }
  takeCase(connection).run(made, bug.id, caseKey);
  rebuildBug(connection, bug.id);
  rebuildBug(connection, made);
  addEvent(connection, bug.id, { at, by, what: 'split', detail: `a case became #${made}` });
  addEvent(connection, made, { at, by, what: 'split', detail: `from #${bug.id} ${bug.title}` });
  return made;
}
