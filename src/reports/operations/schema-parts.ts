// What the JSON Schemas of the API are put together from.
import type { Schema } from './operation.ts';

export const text: Schema = { type: 'string' };
export const textOrNull: Schema = { type: ['string', 'null'] };
export const count: Schema = { type: 'integer', minimum: 0 };
export const bytes: Schema = { type: 'integer', minimum: 0, description: 'Bytes.' };
export const time: Schema = { type: 'string', format: 'date-time' };
export const timeOrNull: Schema = { type: ['string', 'null'], format: 'date-time' };
export const flag: Schema = { type: 'boolean' };
export const sha256: Schema = { type: 'string', pattern: '^[0-9a-f]{64}$' };
export const listOf = (items: Schema): Schema => ({ type: 'array', items });
export const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });

export function record(
  properties: Readonly<Record<string, Schema>>,
  optional: readonly string[] = [],
): Schema {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: 'object', properties, required };
}

/** A page of a list, under the name of what it lists. */
export const pageOf = (name: string, items: Schema): Schema =>
  record({
    [name]: listOf(items),
    next: { ...textOrNull, description: '`cursor` of the next page; null: the last.' },
  });

/** How much of what exists an answer looked at. */
export const countedParts = {
  complete: {
    ...flag,
    description: 'False: the time was up, and the newest `counted` of `existing` crashes were looked at.',
  },
  counted: count,
  existing: count,
} as const;

/** The same of a list that may have a filter of crashes. */
export const searchedPageOf = (name: string, items: Schema): Schema =>
  record({
    [name]: listOf(items),
    next: { ...textOrNull, description: '`cursor` of the next page; null: the last.' },
    filtered: {
      anyOf: [
        record({
          crashes: { ...count, description: 'Crashes that the filter selects.' },
          ...countedParts,
        }),
        { type: 'null' },
      ],
      description: 'What the filter of crashes counted; null: there is none.',
    },
  });

/** A body with fields that may all be left out. */
export const choice = (properties: Readonly<Record<string, Schema>>): Schema => ({
  type: 'object',
  properties,
  additionalProperties: false,
});
