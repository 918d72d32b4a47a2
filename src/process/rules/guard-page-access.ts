// Crashes that touched a guard page.
import { listAt, type ProcessingRule, valueAt } from '../rule.ts';

/** Sets `has_guard_page_access` where an access of the crashing instruction probably hit a guard page. */
export const hasGuardPageAccessRule: ProcessingRule = {
  name: 'HasGuardPageAccessRule',
  applies: ({ found }) => listAt(found, 'json_dump.crash_info.memory_accesses').length > 0,
  act: ({ found }) => {
    const accesses = listAt(found, 'json_dump.crash_info.memory_accesses');
    const hit = accesses.some((access) => valueAt(access, 'is_likely_guard_page') === true);
    return hit ? { found: { has_guard_page_access: true } } : {};
  },
};
