// Modules whose symbols were not there.
import { listAt, type ProcessingRule, textAt, valueAt } from '../rule.ts';
import { moduleWithVersion } from './module-text.ts';

/** Sets `missing_symbols` to those modules, sorted and joined by `;`. */
export const missingSymbolsRule: ProcessingRule = {
  name: 'MissingSymbolsRule',
  applies: ({ found }) => listAt(found, 'json_dump.modules').length > 0,
  act: ({ found }) => {
    const missing = listAt(found, 'json_dump.modules')
      .filter((module) => Boolean(textAt(module, 'filename')) && valueAt(module, 'missing_symbols') === true)
      .map((module) => moduleWithVersion(module));
    if (missing.length === 0) return {};
    return { found: { missing_symbols: missing.toSorted((a, b) => (a < b ? -1 : 1)).join(';') } };
  },
};
