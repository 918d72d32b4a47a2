// Add-ons of Firefox and its kin: one text of percent-encoded `id:version`, separated by commas.
import { listAt, type ProcessingRule, type RuleInput, textAt } from '../../rule.ts';

const MAX_ADDONS = 1000;
/** Built-in themes whose ids say nothing to people. */
const THEMES: Readonly<Record<string, string>> = {
  '{972ce4c6-7e08-4474-a285-3208198ce6fd}': '{972ce4c6-7e08-4474-a285-3208198ce6fd} (default theme)',
};

/** Sets `addons` (each `id:version`, with `NO_VERSION` where none was sent) and whether the program checked them. */
export const addonsRule: ProcessingRule = {
  name: 'AddonsRule',
  shown: true,
  applies: ({ annotations }) => 'Add-ons' in annotations || 'EMCheckCompatibility' in annotations,
  act: ({ annotations }) => {
    const checked = textAt(annotations, 'EMCheckCompatibility');
    const list = annotations['Add-ons'];
    const addons = typeof list !== 'string' || list === '' ? [] : list.split(',').slice(0, MAX_ADDONS);
    return {
      found: {
        addons_checked: checked === null ? null : checked.toLowerCase() === 'true',
        addons: addons.map((addon) => decoded(addon.includes(':') ? addon : `${addon}:NO_VERSION`)),
      },
    };
  },
};

/** Names built-in themes among `addons`. */
export const themePrettyNameRule: ProcessingRule = {
  name: 'ThemePrettyNameRule',
  shown: true,
  applies: (input) => addonsOf(input).some((addon) => Object.hasOwn(THEMES, idOf(addon))),
  act: (input) => ({
    found: {
      addons: addonsOf(input).map((addon) => {
        const id = idOf(addon);
        return Object.hasOwn(THEMES, id) ? `${THEMES[id]}${addon.slice(id.length)}` : addon;
      }),
    },
  }),
};

function addonsOf({ found }: RuleInput): readonly string[] {
  return listAt(found, 'addons').filter((addon) => typeof addon === 'string');
}

function idOf(addon: string): string {
  return addon.split(':', 1)[0] ?? '';
}

/** The form encoding of a query: `+` is a space. What is no valid encoding stays as it was sent. */
function decoded(text: string): string {
  return text
    .replaceAll('+', ' ')
    .replace(/(?:%[0-9a-f]{2})+/gi, (bytes) =>
      Buffer.from(bytes.replaceAll('%', ''), 'hex').toString('utf8'),
    );
}
