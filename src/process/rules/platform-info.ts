// Clients without a minidump say processor and system in annotations.
import { type ProcessingRule, textAt } from '../rule.ts';

/** Field, the value that means "not known", and the annotation that knows better. */
const FALLBACKS: readonly (readonly [field: string, unknown: string, annotation: string])[] = [
  ['cpu_info', 'unknown', 'CPUInfo'],
  ['cpu_arch', 'unknown', 'CPUArchitecture'],
  ['os_name', 'Unknown', 'OS'],
  ['os_version', '', 'OSVersion'],
];

/** Fills what the rules before it left unknown. */
export const platformInfoRule: ProcessingRule = {
  name: 'PlatformInfoRule',
  act: ({ annotations, found }) => ({
    found: Object.fromEntries(
      FALLBACKS.flatMap(([field, unknown, annotation]) => {
        const known = found[field] ?? unknown;
        const sent = textAt(annotations, annotation);
        return known === unknown && sent !== null && sent !== '' ? [[field, sent]] : [];
      }),
    ),
  }),
};
