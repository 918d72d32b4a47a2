// The report's own id.
import type { ProcessingRule } from '../rule.ts';

/** Copies `uuid` to `crash_id` and `uuid`. */
export const identifierRule: ProcessingRule = {
  name: 'IdentifierRule',
  act: ({ annotations }) => {
    const uuid = annotations['uuid'];
    return uuid === undefined ? {} : { found: { crash_id: uuid, uuid } };
  },
};
