// What a utility process of Firefox was for: a list of its actors.
import { type ProcessingRule, textAt } from '../../rule.ts';

/** Sets `utility_actors_name` to the names, which are sent with commas between them. */
export const utilityActorsNameRule: ProcessingRule = {
  name: 'UtilityActorsNameRule',
  shown: true,
  applies: ({ annotations }) => textAt(annotations, 'UtilityActorsName') !== null,
  act: ({ annotations }) => ({
    found: {
      utility_actors_name: (textAt(annotations, 'UtilityActorsName') ?? '')
        .split(',')
        .map((name) => name.trim())
        .filter((name) => name !== ''),
    },
  }),
};
