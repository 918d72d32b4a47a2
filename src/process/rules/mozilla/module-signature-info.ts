// Firefox sent `ModuleSignatureInfo` as an object for a while, and as the JSON text of one before and after that.
import type { ProcessingRule } from '../../rule.ts';

/** Makes it the JSON text in either case, in the spelling of the other clients: with blanks behind `,` and `:`. */
export const convertModuleSignatureInfoRule: ProcessingRule = {
  name: 'ConvertModuleSignatureInfoRule',
  applies: ({ annotations }) =>
    'ModuleSignatureInfo' in annotations && typeof annotations['ModuleSignatureInfo'] !== 'string',
  act: ({ annotations }) => ({
    annotations: { ...annotations, ModuleSignatureInfo: spaced(annotations['ModuleSignatureInfo']) },
  }),
};

/** JSON with `, ` and `: `, all on one line. */
function spaced(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => spaced(item)).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  return `{${Object.entries(value)
    .map(([key, item]) => `${JSON.stringify(key)}: ${spaced(item)}`)
    .join(', ')}}`;
}
