// How many threads the process had.
import { listAt, type ProcessingRule, valueAt } from '../rule.ts';

/** Sets `thread_count`. */
export const threadCountRule: ProcessingRule = {
  name: 'ThreadCountRule',
  applies: ({ found }) => Object.hasOwn(found, 'json_dump'),
  act: ({ found }) => {
    const threads = listAt(found, 'json_dump.threads').length;
    return {
      found: { thread_count: valueAt(found, 'json_dump.thread_count') ?? (threads === 0 ? null : threads) },
    };
  },
};
