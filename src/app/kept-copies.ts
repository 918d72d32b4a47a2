// Copies of a store that Mayday never erases from: what a repair kept, and the data folder that was moved away for a restore. What is erased stays in
// them, so that whoever erases must hear of them.
import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Config } from './config.ts';

/** As `mayday repair` names them. */
const KEPT = /^(?:damaged|unclaimed)-\d{8}-\d{6}$/;

/** Where they lie; none: there are none. Throws the system's error where the data folder cannot be read. */
export function keptCopies({ CRASH_REPORTS_DIR: dir }: Pick<Config, 'CRASH_REPORTS_DIR'>): readonly string[] {
  const kept = readdirSync(dir)
    .filter((name) => KEPT.test(name))
    .sort()
    .map((name) => path.join(dir, name));
  const old = `${path.resolve(dir)}.old`;
  return mayBeStore(old) ? [...kept, old] : kept;
}

/** What cannot be looked into, as somebody else's folder, may be one. */
function mayBeStore(dir: string): boolean {
  try {
    return statSync(path.join(dir, 'mayday.db'), { throwIfNoEntry: false }) !== undefined;
  } catch {
    return true;
  }
}

/** What to do about them, after something was erased; null: there are none. */
export function keptCopiesSentence(config: Pick<Config, 'CRASH_REPORTS_DIR'>): string | null {
  const copies = keptCopies(config);
  if (copies.length === 0) return null;
  return `What was erased may still lie in ${copies.join(', ')}, which a repair or a restore kept and nothing is erased from: remove ${copies.length === 1 ? 'it' : 'them'} when you miss nothing (rm -r ${copies.join(' ')}).`;
}
