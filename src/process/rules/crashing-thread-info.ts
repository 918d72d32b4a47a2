// Which thread crashed, why and where, from the minidump.
import { type ProcessingRule, textAt, valueAt } from '../rule.ts';

/** Characters of an address of 64 bits: `0x` and sixteen digits. */
const WIDE = 18;

/** Sets `crashing_thread`, its name and last error, `reason` and `address`. */
export const crashingThreadInfoRule: ProcessingRule = {
  name: 'CrashingThreadInfoRule',
  applies: ({ found }) => Object.hasOwn(found, 'json_dump'),
  act: ({ found }) => {
    const at = (path: string): unknown => valueAt(found, `json_dump.${path}`) ?? null;
    const thread = at('crash_info.crashing_thread');
    const lastError = at('crashing_thread.last_error_value');
    return {
      found: {
        crashing_thread: thread,
        crashing_thread_name: at('crashing_thread.thread_name'),
        reason: at('crash_info.type') ?? '',
        address: believedAddress(at('crash_info.address'), at('crash_info.adjusted_address')),
        ...(lastError === null ? {} : { last_error_value: lastError }),
      },
      notes: thread === null ? ['mdsw did not identify the crashing thread'] : [],
    };
  },
};

/**
 * The address that was meant, where the walk knows better than the system: an offset from a null pointer is null (as wide as the
 * address), and for an address that cannot exist systems report another one.
 */
function believedAddress(address: unknown, adjusted: unknown): unknown {
  const kind = textAt(adjusted, 'kind');
  if (kind === 'null-pointer')
    return `0x${'0'.repeat(typeof address === 'string' && address.length === WIDE ? 16 : 8)}`;
  return kind === 'non-canonical' ? (textAt(adjusted, 'address') ?? address) : address;
}
