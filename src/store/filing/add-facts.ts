// The facts of a crash as it is filed: a row of its own, by the numbers of its keys. What is filed again gets a new row.
import type { FactRow, FactValue } from '../../search/facts.ts';
import { factsToText } from '../../search/facts.ts';
import { FIELDS, OTHER_KEY } from '../../search/fields.ts';
import type { FieldName } from '../../search/fields.ts';
import type { CrashFacts } from '../shared/facts-of-crash.ts';
import type { Ledger } from './ledger.ts';

/** Clients choose names, so their number is bounded; values under further ones stand together under one key. */
export const MAX_KEYS = 4096;

/** What is known of a crash only when it is filed. */
export interface FiledFacts {
  readonly productId: number;
  readonly reportId: number;
  readonly position: number;
  readonly crashId: string;
  readonly caseId: number;
  /** As it was filed: filing may take a caller into it. */
  readonly signature: string;
  readonly count: number;
  readonly day: number;
  readonly receivedAt: number;
  readonly installationNumber: number | null;
}

/** Adds the row of a crash, and gives its number. */
export async function addFacts(
  ledger: Ledger,
  filed: FiledFacts,
  { fields, user: usual, reported }: CrashFacts,
): Promise<number> {
  const annotation = await ledger.userAnnotation(filed.productId);
  const user = annotation === null ? usual : (valueNamed(reported, annotation) ?? usual);
  const seq = await ledger.nextId('facts_tail');
  const known: Partial<Record<FieldName, FactValue | null>> = {
    ...fields,
    report: filed.reportId,
    position: filed.position,
    crash_id: filed.crashId,
    case: filed.caseId,
    signature: filed.signature,
    count: filed.count,
    happened: filed.day,
    received: filed.receivedAt,
    installation: filed.installationNumber,
    user: user === null ? null : await ledger.installationNumber(filed.productId, `user\0${user}`),
    seq,
  };
  const row: [number, FactValue][] = [];
  for (const [name, value] of Object.entries(known)) {
    if (value !== null) row.push([FIELDS[name as FieldName].key, value]);
  }
  const others: string[] = [];
  for (const fact of reported) {
    const key = await keyOf(ledger, fact);
    if (key === null) others.push(`${fact.name}=${fact.value}`);
    else row.push([key, fact.value]);
  }
  if (others.length > 0) row.push([OTHER_KEY, others]);
  ledger.facts.add({ seq, productId: filed.productId, facts: factsToText(row satisfies FactRow) });
  return seq;
}

/** The first value under a name, or under `section.name`. */
function valueNamed(reported: CrashFacts['reported'], wanted: string): string | null {
  const found =
    reported.find(({ name }) => name === wanted) ??
    reported.find(({ section, name }) => `${section}.${name}` === wanted);
  return found?.value ?? null;
}

/** The number of a key; null: there are too many. What stood in a protected section once is protected. */
async function keyOf(
  ledger: Ledger,
  fact: { readonly section: string; readonly name: string; readonly protected: boolean },
): Promise<number | null> {
  const known = await ledger.facts.key(fact.section, fact.name);
  if (known === null) {
    if ((await ledger.facts.keyCount()) >= MAX_KEYS) return null;
    const id = await ledger.nextId('fact_keys');
    ledger.facts.addKey({ id, section: fact.section, name: fact.name, protected: fact.protected });
    return id;
  }
  if (fact.protected && !known.protected) ledger.facts.protectKey(known.id);
  return known.id;
}
