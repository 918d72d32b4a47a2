// Decides which bug a crash is filed under. The first that holds:
// - a person moved the report: it stays in that bug;
// - the key leads to a bug for this very case;
// - the key is crowded (callers.ts) and does not know the caller: the rest holds for the key with its caller;
// - the report was filed before and its case was split off: it stays there, and so do later reports of its new key and case;
// - an alias (a key of an earlier version) leads to a bug: new reports stay with the bug that such crashes have always had, and the key
//   leads there, too, from now on. A report that is processed again goes by its key first, so that bugs come together then;
// - the key leads to a bug in general;
// - it was the last stored crash of its bug: its new key, and title, go to that bug;
// - a new bug.
//
// A bug of reports that could not be processed is no home to keep: what is understood at last is filed as if it were new.
import type { CrashFiling } from '../shared/filing.ts';
import { hasOtherCrash } from './contribution.ts';
import type { FiledCrashRow } from './contribution.ts';
import { withCaller } from './callers.ts';
import { createBug } from './create.ts';
import { ANY_CASE } from './ledger-bugs.ts';
import type { Ledger } from './ledger.ts';
import { renameBug } from './rename.ts';
import type { BugRecord } from './rows.ts';

/** A crash that looks for its bug. */
export interface Routing {
  readonly report: { readonly id: number; readonly productId: number; readonly receivedAt: number };
  readonly crash: CrashFiling;
  readonly position: number;
  /** How it was filed before. */
  readonly old: FiledCrashRow | null;
  readonly now: number;
}

/** The bug, and whether it was made for this crash. */
export interface Route {
  readonly bugId: number;
  readonly made: boolean;
  /** The crash as it is filed: with its caller in the key, where that is so. */
  readonly crash: CrashFiling;
}

/** Finds or makes the bug. The crash is not counted yet. */
export async function routeCrash(ledger: Ledger, routing: Routing): Promise<Route> {
  const { report, old } = routing;
  const { productId } = report;
  const { key, caseKey } = routing.crash;
  if (old !== null && old.movedBy !== null) return stay(ledger, old, routing);
  const ofCase = await ledger.bugs.ofKey({ productId, key, caseKey });
  if (ofCase !== null) return stayOrGo(ledger, ofCase, routing);
  const crash = await withCaller(ledger, productId, routing.crash, old?.bugId ?? null);
  return crash === routing.crash
    ? routeByKey(ledger, routing)
    : routeWithCaller(ledger, { ...routing, crash });
}

async function routeWithCaller(ledger: Ledger, routing: Routing): Promise<Route> {
  const { key, caseKey } = routing.crash;
  const ofCase = await ledger.bugs.ofKey({ productId: routing.report.productId, key, caseKey });
  return ofCase === null ? routeByKey(ledger, routing) : stayOrGo(ledger, ofCase, routing);
}

async function routeByKey(ledger: Ledger, routing: Routing): Promise<Route> {
  const { report, crash, position } = routing;
  const { productId } = report;
  const { key, caseKey } = crash;
  const { bugs } = ledger;
  const old = routing.old !== null && (await wasUnprocessable(ledger, routing.old)) ? null : routing.old;
  if (old !== null && (await bugs.ofKey({ productId, key: old.key, caseKey: old.caseKey })) === old.bugId) {
    bugs.leadKey({ productId, key, caseKey }, old.bugId);
    return stay(ledger, old, routing);
  }
  const general = await bugs.ofKey({ productId, key, caseKey: ANY_CASE });
  const known = routing.old === null || general === null ? await bugOfAlias(ledger, productId, crash) : null;
  if (known !== null) {
    if (general === null) bugs.leadKey({ productId, key, caseKey: known.caseKey }, known.bugId);
    return stayOrGo(ledger, known.bugId, routing);
  }
  if (general !== null) return stayOrGo(ledger, general, routing);
  if (old !== null && !(await hasOtherCrash(ledger, old.bugId, { position, reportId: report.id }))) {
    bugs.leadKey({ productId, key, caseKey: ANY_CASE }, old.bugId);
    await renameBug(ledger, await bugs.require(old.bugId), titleOf(crash), { key, at: routing.now });
    return { bugId: old.bugId, made: false, crash };
  }
  return { bugId: await makeBug(ledger, { ...routing, old }), made: true, crash };
}

/** The bug that the first alias with one leads to, and whether for this very case alone. */
async function bugOfAlias(
  { bugs }: Ledger,
  productId: number,
  { aliases, caseKey }: CrashFiling,
): Promise<{ readonly bugId: number; readonly caseKey: string } | null> {
  for (const alias of aliases) {
    for (const ofCase of [caseKey, ANY_CASE]) {
      const bugId = await bugs.ofKey({ productId, key: alias, caseKey: ofCase });
      if (bugId !== null) return { bugId, caseKey: ofCase };
    }
  }
  return null;
}

/** Whether a crash is filed under a reason why it could not be processed. */
export async function wasUnprocessable(
  ledger: Ledger,
  { bugId }: Pick<FiledCrashRow, 'bugId'>,
): Promise<boolean> {
  return (await ledger.bugs.require(bugId)).source === 'unprocessable';
}

async function stayOrGo(ledger: Ledger, bugId: number, routing: Routing): Promise<Route> {
  if (routing.old?.bugId === bugId) return stay(ledger, routing.old, routing);
  return { bugId, made: false, crash: routing.crash };
}

/** The report that gave a bug its title gives it a better one. */
async function stay(ledger: Ledger, old: FiledCrashRow, { crash, now }: Routing): Promise<Route> {
  const bug = await ledger.bugs.require(old.bugId);
  if (old.signature === bug.title && crash.signature !== bug.title) {
    await renameBug(ledger, bug, titleOf(crash), { key: null, at: now });
  } else if (crash.signature === bug.title && JSON.stringify(crash.signatureSteps) !== bug.titleSteps) {
    await ledger.bugs.change(bug.id, titleOf(crash));
  }
  return { bugId: bug.id, made: false, crash };
}

function titleOf(crash: CrashFiling): Pick<BugRecord, 'title' | 'titleSteps'> {
  return { title: crash.signature, titleSteps: JSON.stringify(crash.signatureSteps) };
}

async function makeBug(ledger: Ledger, { report, crash, old, now }: Routing): Promise<number> {
  const { productId } = report;
  const bug = await createBug(ledger, {
    ...crash,
    ...titleOf(crash),
    productId,
    roles: crash.role === null ? '[]' : JSON.stringify([crash.role]),
    createdAt: now,
    seenAt: report.receivedAt,
    like: old !== null ? await ledger.bugs.require(old.bugId) : null,
    madeFor: old?.bugId ?? null,
  });
  ledger.bugs.leadKey({ productId, key: crash.key, caseKey: ANY_CASE }, bug.id);
  const detail = old === null ? '' : `for reports of #${old.bugId}`;
  ledger.history.addEvent({ bugId: bug.id, at: now, by: null, what: 'created', detail });
  return bug.id;
}
