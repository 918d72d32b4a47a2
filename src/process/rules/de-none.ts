// Annotations that were sent as JSON null.
import type { ProcessingRule } from '../rule.ts';

/** Removes annotations without a value. */
export const deNoneRule: ProcessingRule = {
  name: 'DeNoneRule',
  act: ({ annotations }) => {
    const kept = Object.entries(annotations).filter(([, value]) => value !== null && value !== undefined);
    return kept.length === Object.keys(annotations).length ? {} : { annotations: Object.fromEntries(kept) };
  },
};
