// Crashes that a flipped bit in memory would explain.
import { listAt, type ProcessingRule, valueAt } from '../rule.ts';

/** Sets `possible_bit_flips_max_confidence`, in percent. */
export const possibleBitFlipsRule: ProcessingRule = {
  name: 'PossibleBitFlipsRule',
  applies: ({ found }) => listAt(found, 'json_dump.crash_info.possible_bit_flips').length > 0,
  act: ({ found }) => {
    const confidences = listAt(found, 'json_dump.crash_info.possible_bit_flips')
      .map((flip) => valueAt(flip, 'confidence'))
      .filter((confidence) => typeof confidence === 'number');
    if (confidences.length === 0) return {};
    return { found: { possible_bit_flips_max_confidence: Math.trunc(Math.max(...confidences) * 100) } };
  },
};
