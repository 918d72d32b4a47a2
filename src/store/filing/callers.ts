// Keys that adapt. A frame that is reached from many places, none of which stands out, says little of what went wrong: crashes that come
// to it from further places get a key, and so a bug, with their caller in it.
//
// States of a key: young (fewer than MANY callers: whoever comes belongs to its bug and is written down) → crowded (a caller that is not
// written down gets a key of its own, unless one caller stands out) → settled (MAX_WRITTEN callers, because one stood out for so long:
// everybody belongs to its bug, for good). Whoever is written down stays, and so does whatever is filed. Keys that led to a bug before
// their callers were counted are settled from the start: an upgrade takes nothing apart.
import type { CrashFiling } from '../shared/filing.ts';
import { ANY_CASE } from './ledger-bugs.ts';
import type { Ledger } from './ledger.ts';

/** Callers that a key has before it takes further ones along. */
export const MANY_CALLERS = 10;
/** Callers of a key that are written down. */
const MAX_WRITTEN = 64;
/** Each is counted up to this: enough to see whether one stands out. */
const MAX_COUNTED = 1000;
/** Of crashes that have no caller. */
const NO_CALLER = '';

/** Whether a key takes callers that it does not know along. */
export function isCrowded(callers: ReadonlyMap<string, number>): boolean {
  if (callers.size < MANY_CALLERS || callers.size >= MAX_WRITTEN) return false;
  const counts = [...callers.values()];
  const total = counts.reduce((sum, count) => sum + count, 0);
  return 2 * Math.max(...counts) <= total;
}

/** The crash under the key with its caller where its own key is crowded and does not know the caller; else the crash itself. */
export async function withCaller(
  { bugs, callers }: Ledger,
  productId: number,
  crash: CrashFiling,
  filedUnder: number | null,
): Promise<CrashFiling> {
  const { caller, key } = crash;
  if (caller === null) return crash;
  const general = await bugs.ofKey({ productId, key, caseKey: ANY_CASE });
  // What is filed moves to no other bug because of callers.
  if (general !== null && general === filedUnder) return crash;
  const known = general === null ? null : await callers.of(general, productId, key);
  if (known !== null && (known.size < MANY_CALLERS || known.has(caller.key))) return crash;
  const hasBug = (await bugs.ofKey({ productId, key: caller.key, caseKey: ANY_CASE })) !== null;
  if (!hasBug && (known === null || !isCrowded(known))) return crash;
  return {
    ...crash,
    key: caller.key,
    caller: null,
    signature: caller.signature,
    signatureSteps: [...crash.signatureSteps, caller.step],
  };
}

/** Writes down by whom a crash came to a key whose callers are counted. `isNew`: the bug did not count it before. */
export async function noteCaller(
  { callers }: Ledger,
  productId: number,
  { key, caller }: Pick<CrashFiling, 'key' | 'caller'>,
  { bugId, made, isNew }: { readonly bugId: number; readonly made: boolean; readonly isNew: boolean },
): Promise<void> {
  if (!isNew || (made && caller === null)) return;
  if (made) callers.start(bugId, key);
  const known = await callers.of(bugId, productId, key);
  if (!made && known.size === 0) return;
  const name = caller?.key ?? NO_CALLER;
  const count = known.get(name);
  if (count === undefined ? known.size < MAX_WRITTEN : count < MAX_COUNTED)
    await callers.count(bugId, productId, key, name);
}
