// The case of a crash inside a bug, found or made. The number of cases is bounded: beyond it they are counted together.
import type { Ledger } from './ledger.ts';

const MAX_CASES = 200;

/** The key of the case that stands for all further ones. */
export const FURTHER_CASES = '';

/** What a new case says of itself. */
export interface NewCase {
  readonly caseKey: string;
  readonly severity: number;
  readonly context: string | null;
  readonly seenAt: number;
  readonly version: string | null;
}

/** The id of the case. */
export async function caseOf(ledger: Ledger, bugId: number, wanted: NewCase): Promise<number> {
  const { seenAt, version, severity } = wanted;
  const found = await ledger.cases.find(bugId, wanted.caseKey);
  if (found !== null) return found.id;
  const beyond = (await ledger.cases.count(bugId)) >= MAX_CASES;
  const further = beyond ? await ledger.cases.find(bugId, FURTHER_CASES) : null;
  if (further !== null) return further.id;
  const made = ledger.cases.add({
    id: await ledger.nextId('cases'),
    bugId,
    caseKey: beyond ? FURTHER_CASES : wanted.caseKey,
    severity,
    context: beyond ? null : wanted.context,
    count: 0,
    firstSeenAt: seenAt,
    lastSeenAt: seenAt,
    firstVersion: version,
    lastVersion: version,
  });
  return made.id;
}
