// Endless recursions: the middle of a very deep stack says nothing that its ends do not.
import { listAt, type ProcessingRule, valueAt, type Values } from '../rule.ts';

/** Frames that are kept of a stack: half of them from its top, half from its bottom. */
export const MAX_STACK_FRAMES = 500;

/** Cuts the stacks of all processed minidumps; the first frame after the gap says how many are missing. */
export const truncateStacksRule: ProcessingRule = {
  name: 'TruncateStacksRule',
  act: ({ found }) => {
    const changed: Record<string, unknown> = {};
    for (const [key, value] of Object.entries(found)) {
      if (key === 'json_dump') {
        const dump = truncatedDump(value);
        if (dump !== null) changed[key] = dump;
      } else if (key.startsWith('upload_file_minidump')) {
        const dump = truncatedDump(valueAt(value, 'json_dump'));
        if (dump !== null) changed[key] = { ...(value as Values), json_dump: dump };
      }
    }
    return Object.keys(changed).length === 0 ? {} : { found: changed };
  },
};

/** The dump with cut stacks, or null where none had to be cut. */
function truncatedDump(dump: unknown): Values | null {
  if (typeof dump !== 'object' || dump === null) return null;
  const threads = listAt(dump, 'threads').map((thread) => truncatedThread(thread));
  const crashing = truncatedThread(valueAt(dump, 'crashing_thread'));
  const isCut = [crashing, ...threads].some((thread) => thread !== null);
  if (!isCut) return null;
  return {
    ...(dump as Values),
    ...(crashing === null ? {} : { crashing_thread: crashing }),
    threads: listAt(dump, 'threads').map((thread, index) => threads[index] ?? thread),
  };
}

function truncatedThread(thread: unknown): Values | null {
  const frames = listAt(thread, 'frames');
  if (frames.length <= MAX_STACK_FRAMES) return null;
  const half = MAX_STACK_FRAMES / 2;
  const [first, ...rest] = frames.slice(-half);
  const marked = {
    ...(first as Values),
    truncated: { msg: `${frames.length - MAX_STACK_FRAMES} frames truncated` },
  };
  return { ...(thread as Values), frames: [...frames.slice(0, half), marked, ...rest], truncated: true };
}
