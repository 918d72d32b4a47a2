// How much of the score comes from lists that were written with these traces in sight: each project is grouped without the entries that it
// alone could have suggested, as if it had never been seen.
import { readLog } from '../../src/formats/logs/read-log.ts';
import { crashKey } from '../../src/process/grouping/crash-key.ts';
import {
  compileFrameLists,
  frameListTexts,
  type FrameListTexts,
} from '../../src/process/grouping/frame-lists.ts';
import { nameFrame } from '../../src/process/grouping/names/name-frame.ts';
import { NO_PRODUCT_FRAMES } from '../../src/process/grouping/seen-stack.ts';
import type { GroupingException } from '../../src/process/grouping/stacked-crash.ts';
import type { KnownTrace } from './known-bugs.ts';

const SECTIONS = ['runtime', 'libraries', 'helpers'] as const;
const NO_ROOT = { root: () => null };

/** Keys without what a project's own traces could have added to the lists, and how many entries that takes away in all. */
export function leftOutKeys(traces: readonly KnownTrace[]): {
  readonly keys: readonly string[];
  readonly removed: number;
} {
  const stacks = traces.map(({ text }) => readLog(text).crash?.trace.exceptions ?? []);
  const texts = frameListTexts('java');
  const projects = [...new Set(traces.map(({ project }) => project))];
  const suggested = suggestedBy(texts, traces, stacks);
  let removed = 0;
  const listsOf = new Map(
    projects.map((project) => {
      const kept = Object.fromEntries(
        SECTIONS.map((section) => [
          section,
          texts[section].filter((entry) => {
            const by = suggested.get(entry);
            const isItsOwn = by?.size === 1 && by.has(project);
            removed += Number(isItsOwn);
            return !isItsOwn;
          }),
        ]),
      ) as unknown as FrameListTexts;
      return [project, compileFrameLists('java', kept)] as const;
    }),
  );
  const keys = traces.map(({ project }, index) => {
    const lists = listsOf.get(project);
    const key = crashKey(
      { language: 'java', exceptions: stacks[index] ?? [], isClaimedByClient: false },
      { ...NO_PRODUCT_FRAMES, ...(lists !== undefined && { lists: () => lists }) },
    );
    return key?.key ?? 'not understood';
  });
  return { keys, removed };
}

/** In which projects an entry matches anything. */
function suggestedBy(
  texts: FrameListTexts,
  traces: readonly KnownTrace[],
  stacks: readonly (readonly GroupingException[])[],
): ReadonlyMap<string, ReadonlySet<string>> {
  const names = new Map<string, { readonly shown: Set<string>; readonly members: Set<string> }>();
  for (const [index, { project }] of traces.entries()) {
    const known = names.get(project) ?? { shown: new Set<string>(), members: new Set<string>() };
    names.set(project, known);
    for (const frame of (stacks[index] ?? []).flatMap(({ frames }) => frames)) {
      const { shown, owner, member } = nameFrame('java', frame, NO_ROOT);
      known.shown.add(shown);
      known.members.add(owner === '' ? member : `${owner}.${member}`);
    }
  }
  const found = new Map<string, Set<string>>();
  for (const section of SECTIONS) {
    for (const entry of texts[section]) {
      if (entry.startsWith('file:')) continue;
      const pattern = new RegExp(`^(?:${entry})`);
      for (const [project, { shown, members }] of names) {
        const matched = [...(section === 'helpers' ? members : shown)].some((name) => pattern.test(name));
        if (matched) found.set(entry, (found.get(entry) ?? new Set()).add(project));
      }
    }
  }
  return found;
}
