// Arguments that a Mac was started with.
import { type ProcessingRule, valueAt } from '../rule.ts';

/** Sets `mac_boot_args` and `has_mac_boot_args`. */
export const macBootArgsRule: ProcessingRule = {
  name: 'MacBootArgsRule',
  applies: ({ found }) => Boolean(valueAt(found, 'json_dump.mac_boot_args')),
  act: ({ found }) => {
    const value = valueAt(found, 'json_dump.mac_boot_args');
    if (typeof value !== 'string') {
      return { notes: [`MacBootArgsRule: mac_boot_args is ${pythonType(value)} and not str`] };
    }
    const args = value.trim();
    return args === '' ? {} : { found: { mac_boot_args: args, has_mac_boot_args: true } };
  },
};

function pythonType(value: unknown): string {
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float';
  if (typeof value === 'boolean') return 'bool';
  return Array.isArray(value) ? 'list' : 'dict';
}
