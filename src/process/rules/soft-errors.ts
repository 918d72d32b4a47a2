// What went wrong while the minidump was written.
import { type ProcessingRule, valueAt } from '../rule.ts';
import { pythonJson } from '../python-json.ts';

/** Sets `soft_errors` to the list as JSON text. */
export const softErrorsRule: ProcessingRule = {
  name: 'SoftErrorsRule',
  applies: ({ found }) => valueAt(found, 'json_dump.soft_errors') !== undefined,
  act: ({ found }) => ({ found: { soft_errors: pythonJson(valueAt(found, 'json_dump.soft_errors')) } }),
};
