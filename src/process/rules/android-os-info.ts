// Android says its version in an annotation: `23 (REL)`.
import { type ProcessingRule, textAt } from '../rule.ts';
import { intOrNull } from '../signature/crash-data.ts';

/** Sets `os_name` and `os_version` for Android, unless another system is known. */
export const androidOsInfoRule: ProcessingRule = {
  name: 'AndroidOSInfoRule',
  applies: ({ annotations, found }) => {
    const name = (textAt(found, 'os_name') ?? 'unknown').toLowerCase();
    return (name === 'unknown' || name === 'android') && textAt(annotations, 'Android_Version') !== null;
  },
  act: ({ annotations }) => {
    const version = (textAt(annotations, 'Android_Version') ?? '').split(' ', 1)[0] ?? '';
    if (intOrNull(version) === null) return { found: { os_name: 'Android' } };
    return { found: { os_name: 'Android', os_version: version } };
  },
};
