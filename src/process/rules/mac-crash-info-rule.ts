// What macOS libraries wrote down when they ended a process.
import { type ProcessingRule, valueAt } from '../rule.ts';
import { pythonJson } from '../python-json.ts';

/** Sets `mac_crash_info` to the records as JSON text, in the order of their keys so that it can be compared. */
export const macCrashInfoRule: ProcessingRule = {
  name: 'MacCrashInfoRule',
  act: ({ found }) => {
    const info = valueAt(found, 'json_dump.mac_crash_info');
    const records = valueAt(info, 'num_records');
    if (typeof records !== 'number' || records <= 0) return { dropped: ['mac_crash_info'] };
    return { found: { mac_crash_info: pythonJson(info, { sortKeys: true }) } };
  },
};
