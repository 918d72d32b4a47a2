// Changes of a product's settings as they come from a form or the API, checked in one place.
import { randomBytes } from 'node:crypto';
import type { ProductChange } from '../../store/people.ts';

/** The longest time that a product can ask its reports to be kept. */
export const MAX_KEEP_DAYS = 36_500;
const MAX_PUBLIC_NAMES = 500;
const MAX_NAME_LENGTH = 100;

/** A fresh upload key: 128 bits, fit for a URL. */
export function newUploadKey(): string {
  return randomBytes(16).toString('hex');
}

/** Whether a text can name a product that a person adds. */
export function isProductName(name: string): boolean {
  return (
    name.trim() === name &&
    name !== '' &&
    name.length <= MAX_NAME_LENGTH &&
    !/^\.{1,2}$|[\u0000-\u001f\u007f/\\]/.test(name)
  );
}

/** A checked change, or what is wrong with it. */
export type CheckedChange =
  | { readonly ok: true; readonly change: ProductChange }
  | { readonly ok: false; readonly fault: string };

const bad = (fault: string): CheckedChange => ({ ok: false, fault });

/** Checks the fields that people may set; unknown ones are a fault, because a typo must not look like success. */
export function checkProductChange(fields: Readonly<Record<string, unknown>>): CheckedChange {
  const { requireKey, publicAnnotations, keepDays, ...unknown } = fields;
  const [stranger] = Object.keys(unknown);
  if (stranger !== undefined) return bad(`"${stranger}" is not a setting of a product.`);
  if (requireKey !== undefined && typeof requireKey !== 'boolean')
    return bad('"requireKey" must be true or false.');
  const days = keepDays;
  if (days !== undefined && days !== null) {
    if (typeof days !== 'number' || !Number.isInteger(days) || days < 1 || days > MAX_KEEP_DAYS) {
      return bad(`"keepDays" must be a whole number from 1 to ${MAX_KEEP_DAYS}, or nothing.`);
    }
  }
  if (publicAnnotations !== undefined && !isNameList(publicAnnotations)) {
    return bad(`"publicAnnotations" must be at most ${MAX_PUBLIC_NAMES} names of at most 200 characters.`);
  }
  return {
    ok: true,
    change: {
      ...(requireKey !== undefined && { requireKey }),
      ...(days !== undefined && { keepDays: days }),
      ...(publicAnnotations !== undefined && { publicAnnotations: [...new Set(publicAnnotations)] }),
    },
  };
}

function isNameList(value: unknown): value is readonly string[] {
  return (
    Array.isArray(value) &&
    value.length <= MAX_PUBLIC_NAMES &&
    value.every((name) => typeof name === 'string' && name !== '' && name.length <= 200)
  );
}
