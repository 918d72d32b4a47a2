// Which thread crashed, why and where, from the minidump.
import { type ProcessingRule, valueAt } from '../rule.ts';

/** Sets `crashing_thread`, its name and last error, `reason` and `address`. */
export const crashingThreadInfoRule: ProcessingRule = {
  name: 'CrashingThreadInfoRule',
  applies: ({ found }) => Object.hasOwn(found, 'json_dump'),
  act: ({ found }) => {
    const at = (path: string): unknown => valueAt(found, `json_dump.${path}`) ?? null;
    const thread = at('crash_info.crashing_thread');
    const lastError = at('crashing_thread.last_error_value');
    return {
      found: {
        crashing_thread: thread,
        crashing_thread_name: at('crashing_thread.thread_name'),
        reason: at('crash_info.type') ?? '',
        address: at('crash_info.address'),
        ...(lastError === null ? {} : { last_error_value: lastError }),
      },
      notes: thread === null ? ['MDSW did not identify the crashing thread'] : [],
    };
  },
};
