// The folder in which a program lies, as far as the paths of one stack tell.
import type { GroupingFrame } from './stacked-crash.ts';

const MAX_FRAMES = 100;

/** The deepest folder that all own files have in common; null where they lie in one folder, or there is none. */
export function stackRoot(frames: readonly GroupingFrame[]): string | null {
  let common: readonly string[] | null = null;
  let isSpread = false;
  for (const { file, inApp } of frames.slice(0, MAX_FRAMES)) {
    if (file === null || inApp === false || !/[\\/]/.test(file)) continue;
    const folders = file.replaceAll('\\', '/').split('/').slice(0, -1);
    if (common === null) {
      common = folders;
      continue;
    }
    let same = 0;
    while (same < common.length && same < folders.length && common[same] === folders[same]) same += 1;
    if (same < common.length || same < folders.length) isSpread = true;
    common = common.slice(0, same);
  }
  return common === null || !isSpread ? null : common.join('/');
}
