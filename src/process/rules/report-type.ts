// Crash or hang: some programs end themselves because they no longer answer.
import { listAt, type ProcessingRule, textAt, valueAt } from '../rule.ts';
import { intOrNull } from '../signature/crash-data.ts';

/** Sets `report_type` to `hang` or `crash`. */
export const reportTypeRule: ProcessingRule = {
  name: 'ReportTypeRule',
  act: ({ found }) => {
    if (Object.hasOwn(found, 'ipc_channel_error') || Object.hasOwn(found, 'async_shutdown_timeout')) {
      return { found: { report_type: 'hang' } };
    }
    const thread = intOrNull(valueAt(found, 'json_dump.crash_info.crashing_thread')) ?? 0;
    const frames = listAt(found, `json_dump.threads.${thread}.frames`);
    const isWatchdog = frames.some((frame) => textAt(frame, 'function')?.includes('RunWatchdog') === true);
    return { found: { report_type: isWatchdog ? 'hang' : 'crash' } };
  },
};
