// Decides which bug a crash is filed under. The first that holds:
// - a person moved the report: it stays in that bug;
// - the key leads to a bug, for this very case or in general;
// - the report was filed before and its case was split off: it stays there, and so do later reports of its new key and case;
// - it was the last stored crash of its bug: its new key, and title, go to that bug;
// - a new bug.
//
// A bug of reports that could not be processed is no home to keep: what is understood at last is filed as if it were new.
import type { Connection } from '../database/query.ts';
import type { CrashFiling } from '../../shared/filing.ts';
import { requireBug, setTitle } from './bug-record.ts';
import type { BugRecord } from './bug-record.ts';
import { hasOtherCrash } from './contribution.ts';
import type { FiledRow } from './contribution.ts';
import { createBug } from './create.ts';
import { addEvent } from './events.ts';
import { ANY_CASE, bugOfKey, leadKey } from './bug-keys.ts';
import { renameBug } from './rename.ts';

/** A crash that looks for its bug. */
export interface Routing {
  readonly report: { readonly id: number; readonly productId: number; readonly receivedAt: number };
  readonly crash: CrashFiling;
  readonly position: number;
  /** How it was filed before. */
  readonly old: FiledRow | null;
  readonly now: number;
}

/** The bug, and whether it was made for this crash. */
export interface Route {
  readonly bugId: number;
  readonly made: boolean;
}

/** Finds or makes the bug. The crash is not counted yet. */
export function routeCrash(connection: Connection, routing: Routing): Route {
  const { report, crash } = routing;
  const { productId } = report;
  const { key, caseKey } = crash;
  if (routing.old !== null && routing.old.movedBy !== null) return stay(connection, routing.old, routing);
  const old = routing.old !== null && wasUnprocessable(connection, routing.old) ? null : routing.old;
  const ofCase = bugOfKey(connection, productId, key, caseKey);
  if (ofCase !== null) return stayOrGo(connection, ofCase, routing);
  if (old !== null && bugOfKey(connection, productId, old.key, old.caseKey) === old.bugId) {
    leadKey(connection, { productId, key, caseKey }, old.bugId);
    return stay(connection, old, routing);
  }
  const general = bugOfKey(connection, productId, key, ANY_CASE);
  if (general !== null) return stayOrGo(connection, general, routing);
  if (old !== null && !hasOtherCrash(connection, old.bugId, { ...routing, reportId: report.id })) {
    leadKey(connection, { productId, key, caseKey: ANY_CASE }, old.bugId);
    renameBug(connection, requireBug(connection, old.bugId), titleOf(crash), { key, at: routing.now });
    return { bugId: old.bugId, made: false };
  }
  return { bugId: makeBug(connection, { ...routing, old }), made: true };
}

/** Whether a crash is filed under a reason why it could not be processed. */
export function wasUnprocessable(connection: Connection, { bugId }: Pick<FiledRow, 'bugId'>): boolean {
  return requireBug(connection, bugId).source === 'unprocessable';
}

function stayOrGo(connection: Connection, bugId: number, routing: Routing): Route {
  if (routing.old?.bugId === bugId) return stay(connection, routing.old, routing);
  return { bugId, made: false };
}

/** The report that gave a bug its title gives it a better one. */
function stay(connection: Connection, old: FiledRow, { crash, now }: Routing): Route {
  const bug = requireBug(connection, old.bugId);
  if (old.signature === bug.title && crash.signature !== bug.title) {
    renameBug(connection, bug, titleOf(crash), { key: null, at: now });
  } else if (crash.signature === bug.title && JSON.stringify(crash.signatureSteps) !== bug.titleSteps) {
    setTitle(connection, bug, titleOf(crash));
  }
  return { bugId: bug.id, made: false };
}

function titleOf(crash: CrashFiling): Pick<BugRecord, 'title' | 'titleSteps'> {
  return { title: crash.signature, titleSteps: JSON.stringify(crash.signatureSteps) };
}

function makeBug(connection: Connection, { report, crash, old, now }: Routing): number {
  const { productId } = report;
  const bugId = createBug(connection, {
    ...crash,
    ...titleOf(crash),
    productId,
    roles: crash.role === null ? '[]' : JSON.stringify([crash.role]),
    createdAt: now,
    seenAt: report.receivedAt,
    like: old !== null ? requireBug(connection, old.bugId) : null,
    madeFor: old?.bugId ?? null,
  });
  leadKey(connection, { productId, key: crash.key, caseKey: ANY_CASE }, bugId);
  const detail = old === null ? '' : `for reports of #${old.bugId}`;
  addEvent(connection, bugId, { at: now, by: null, what: 'created', detail });
  return bugId;
}
