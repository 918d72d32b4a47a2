// The operating system, from the minidump.
import { type ProcessingRule, textAt } from '../rule.ts';

/** Sets `os_name` and `os_version`. */
export const osInfoRule: ProcessingRule = {
  name: 'OSInfoRule',
  act: ({ found }) => ({
    found: {
      os_name: (textAt(found, 'json_dump.system_info.os') ?? 'Unknown').trim(),
      os_version: (textAt(found, 'json_dump.system_info.os_ver') ?? '').trim(),
    },
  }),
};
