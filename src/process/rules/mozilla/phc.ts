// The probabilistic heap checker of Firefox: what kind of misuse it caught, and where the memory was allocated and freed.
import type { ProcessingRule } from '../../rule.ts';

/** Annotations that become fields as they are. */
const TEXTS = { phc_alloc_stack: 'PHCAllocStack', phc_free_stack: 'PHCFreeStack' } as const;

/** Sets `phc_kind`, the address in hexadecimal, the size, and both stacks. Numbers that are none are left out. */
export const phcRule: ProcessingRule = {
  name: 'PHCRule',
  shown: true,
  applies: ({ annotations }) => 'PHCKind' in annotations,
  act: ({ annotations }) => {
    const found: Record<string, unknown> = { phc_kind: annotations['PHCKind'] };
    const base = wholeNumber(annotations['PHCBaseAddress']);
    if (base !== null)
      found['phc_base_address'] = `${base < 0n ? '-' : ''}0x${(base < 0n ? -base : base).toString(16)}`;
    const size = wholeNumber(annotations['PHCUsableSize']);
    if (size !== null) found['phc_usable_size'] = Number(size);
    for (const [field, annotation] of Object.entries(TEXTS))
      if (annotation in annotations) found[field] = annotations[annotation];
    return { found };
  },
};

function wholeNumber(value: unknown): bigint | null {
  const text = typeof value === 'number' ? String(value) : value;
  return typeof text === 'string' && /^\s*[+-]?\d{1,30}\s*$/.test(text)
    ? BigInt(text.trim().replace(/^\+/, ''))
    : null;
}
