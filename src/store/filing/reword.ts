// The words of a bug that lost a report for good (deleted, or too old): made again from what is left. Counts stay; a bug without any stored
// report has no words of any report.
import type { CrashFiling } from '../shared/filing.ts';
import type { Ledger } from './ledger.ts';
import type { BugRecord, StoredCrash } from './rows.ts';

/** The title of a bug whose reports are all gone for good. */
export const NO_WORDS = 'Its reports were deleted';
/** Stored crashes that are read for the words of a bug: those with its title first, then the newest. */
const MAX_READ = 20;

type Words = Pick<BugRecord, 'title' | 'titleSteps' | 'kind' | 'language' | 'message' | 'path' | 'roles'>;

/** Makes the words of some bugs again; gives how many there were. */
export async function rewordBugs(ledger: Ledger, limit: number): Promise<number> {
  const ids = await ledger.list('staleBugs', limit);
  for (const id of ids) {
    const bug = await ledger.bugs.get(id);
    if (bug === null) continue;
    if (bug.duplicateOf === null) await change(ledger, bug, wordsOf(bug, await crashesOf(ledger, bug)));
    else await rewordMerged(ledger, bug.duplicateOf, id);
    for (const merged of await ledger.list('duplicatesOf', id)) await rewordMerged(ledger, id, merged);
    await ledger.bulk('concealWords', id);
    ledger.forget(id);
  }
  return ids.length;
}

/** A report that was moved away and is still stored keeps the title that it gave. */
async function crashesOf(ledger: Ledger, { id, title }: BugRecord): Promise<readonly StoredCrash[]> {
  const own = await ledger.list('storedCrashes', id, title, MAX_READ);
  if (own[0]?.signature === title) return own;
  for (const to of await ledger.list('wordsLeftTo', id)) {
    const [crash] = await ledger.list('storedCrashes', to, title, 1);
    if (crash?.signature === title) return [crash, ...own];
  }
  return own;
}

/** A bug that was merged into one: its reports are among those of the other. */
async function rewordMerged(ledger: Ledger, into: number, id: number): Promise<void> {
  const bug = await ledger.bugs.require(id);
  const [crash] = await ledger.list('storedCrashes', into, bug.title, 1);
  await change(ledger, bug, wordsOf(bug, crash?.signature === bug.title ? [crash] : []));
  ledger.forget(id);
}

async function change(ledger: Ledger, bug: BugRecord, words: Words): Promise<void> {
  const isSame = (Object.keys(words) as (keyof Words)[]).every((name) => bug[name] === words[name]);
  if (!isSame) await ledger.bugs.change(bug.id, words);
}

function wordsOf(bug: BugRecord, crashes: readonly StoredCrash[]): Words {
  const [first] = crashes;
  if (first === undefined) {
    return {
      ...{ title: NO_WORDS, titleSteps: '[]', kind: bug.kind, language: null },
      ...{ message: '', path: null, roles: '[]' },
    };
  }
  const filings = crashes.flatMap(({ filing }) => filing ?? []);
  const titled = first.filing;
  return {
    title: first.signature,
    titleSteps: titled === null ? '[]' : JSON.stringify(stepsOf(titled, first.signature)),
    kind: titled?.kind ?? bug.kind,
    language: titled?.language ?? null,
    message:
      kept(
        bug.message,
        filings.map(({ message }) => message),
      ) ?? '',
    path: kept(
      bug.path,
      filings.map(({ path }) => path),
    ),
    roles: JSON.stringify(
      (JSON.parse(bug.roles) as string[]).filter((role) => filings.some((filing) => filing.role === role)),
    ),
  };
}

/** A key with its caller has a title with it. */
function stepsOf({ signature, signatureSteps, caller }: CrashFiling, title: string): readonly string[] {
  return caller !== null && signature !== title && caller.signature === title
    ? [...signatureSteps, caller.step]
    : signatureSteps;
}

/** What the bug says where a crash still says so; else the shortest of what they say. */
function kept(before: string | null, said: readonly (string | null)[]): string | null {
  if (said.includes(before)) return before;
  const words = said
    .filter((word) => word !== null && word !== '')
    .sort((a, b) => (a ?? '').length - (b ?? '').length);
  return words[0] ?? null;
}
