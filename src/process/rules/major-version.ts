// The first number of the version.
import { intOrNull } from '../signature/crash-data.ts';
import { type ProcessingRule, textAt } from '../rule.ts';

/** Sets `major_version`; 0 where the version does not begin with a number. */
export const majorVersionRule: ProcessingRule = {
  name: 'MajorVersionRule',
  act: ({ annotations }) => ({
    found: { major_version: intOrNull((textAt(annotations, 'Version') ?? '').split('.', 1)[0]) ?? 0 },
  }),
};
