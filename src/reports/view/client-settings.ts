// Keys (DSNs) and client rules of a product as they come from a form or the API, checked in one place, and as they are shown.
import { randomBytes } from 'node:crypto';
import {
  MAX_RULE_ENTRIES,
  MAX_RULE_LENGTH,
  PRIVACY_MODES,
  readClientRules,
  SWITCHED_FILTERS,
  type ClientRules,
} from '../../report/client-rules.ts';
import type { ClientSettings, ProductKeyChange } from '../../store/client-keys.ts';

const MAX_LABEL = 100;
const MAX_PER_MINUTE = 10_000_000;
const MAX_DSN_ID = 2 ** 48;

/** A checked value, or what is wrong with it. */
export type Checked<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly fault: string };

const bad = <T>(fault: string): Checked<T> => ({ ok: false, fault });

/** `https://KEY@host/ID`: the address of the submit server with key and number. */
export function dsnOf(submitUrl: string, key: string, dsnId: number): string {
  return `${submitUrl.replace(/^(https?:\/\/)/, `$1${key}@`).replace(/\/+$/, '')}/${dsnId}`;
}

/** The DSN to paste: that of the first key that is on; null where there is none. */
export function firstDsn(submitUrl: string, settings: ClientSettings | null): string | null {
  const key = settings?.keys.find(({ enabled }) => enabled);
  return settings === null || key === undefined ? null : dsnOf(submitUrl, key.key, settings.dsnId);
}

/** A new key; one that came along from another server may be given. */
export function checkNewKey(
  fields: Readonly<Record<string, unknown>>,
): Checked<{ readonly key: string; readonly label: string }> {
  const { key, label = '', ...unknown } = fields;
  const [stranger] = Object.keys(unknown);
  if (stranger !== undefined) return bad(`"${stranger}" is nothing of a key.`);
  if (typeof label !== 'string' || label.length > MAX_LABEL)
    return bad(`"label" must be a text of at most ${MAX_LABEL} characters.`);
  if (key !== undefined && (typeof key !== 'string' || !/^[0-9a-f]{32}$/.test(key))) {
    return bad('"key" must be 32 lower-case hexadecimal digits.');
  }
  return { ok: true, value: { key: key ?? randomBytes(16).toString('hex'), label: label.trim() } };
}

/** A change of a key. */
export function checkKeyChange(fields: Readonly<Record<string, unknown>>): Checked<ProductKeyChange> {
  const { label, enabled, perMinute, ...unknown } = fields;
  const [stranger] = Object.keys(unknown);
  if (stranger !== undefined) return bad(`"${stranger}" is nothing of a key.`);
  if (label !== undefined && (typeof label !== 'string' || label.length > MAX_LABEL)) {
    return bad(`"label" must be a text of at most ${MAX_LABEL} characters.`);
  }
  if (enabled !== undefined && typeof enabled !== 'boolean') return bad('"enabled" must be true or false.');
  if (perMinute !== undefined && perMinute !== null) {
    if (
      typeof perMinute !== 'number' ||
      !Number.isInteger(perMinute) ||
      perMinute < 1 ||
      perMinute > MAX_PER_MINUTE
    ) {
      return bad(`"perMinute" must be a whole number from 1 to ${MAX_PER_MINUTE}, or nothing.`);
    }
  }
  return {
    ok: true,
    value: {
      ...(label !== undefined && { label: label.trim() }),
      ...(enabled !== undefined && { enabled }),
      ...(perMinute !== undefined && { perMinute }),
    },
  };
}

/** The number in a product's DSNs; null: its own. */
export function checkDsnId(value: unknown): Checked<number | null> {
  if (value === null) return { ok: true, value: null };
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1 || value > MAX_DSN_ID) {
    return bad('"dsnId" must be a whole number above 0, or nothing.');
  }
  return { ok: true, value };
}

/** Changed rules: what is not named stays as it is. */
export function checkClientRules(
  now: ClientRules,
  change: Readonly<Record<string, unknown>>,
): Checked<ClientRules> {
  const known = new Set([
    'filters',
    'releases',
    'messages',
    'origins',
    'privacy',
    'privateKeys',
    'keepAddress',
  ]);
  const stranger = Object.keys(change).find((name) => !known.has(name));
  if (stranger !== undefined) return bad(`"${stranger}" is no rule for clients.`);
  for (const name of ['releases', 'messages', 'origins', 'privateKeys']) {
    const list = change[name];
    if (list === undefined) continue;
    const isList =
      Array.isArray(list) &&
      list.length <= MAX_RULE_ENTRIES &&
      list.every(
        (entry) => typeof entry === 'string' && entry.trim() !== '' && entry.length <= MAX_RULE_LENGTH,
      );
    if (!isList)
      return bad(
        `"${name}" must be at most ${MAX_RULE_ENTRIES} texts of at most ${MAX_RULE_LENGTH} characters.`,
      );
  }
  const { filters, privacy, keepAddress } = change;
  if (privacy !== undefined && !PRIVACY_MODES.some((mode) => mode === privacy)) {
    return bad(`"privacy" must be one of ${PRIVACY_MODES.join(', ')}.`);
  }
  if (keepAddress !== undefined && typeof keepAddress !== 'boolean')
    return bad('"keepAddress" must be true or false.');
  if (filters !== undefined) {
    if (typeof filters !== 'object' || filters === null) return bad('"filters" must be an object.');
    for (const [name, value] of Object.entries(filters)) {
      if (!SWITCHED_FILTERS.some((one) => one === name)) return bad(`"${name}" is no filter.`);
      if (typeof value !== 'boolean') return bad(`"${name}" must be true or false.`);
    }
  }
  return { ok: true, value: readClientRules({ ...now, ...change, filters: { ...now.filters, ...filters } }) };
}

/** The day `days` before `now`, `yyyy-mm-dd`. */
export function daysAgo(now: number, days: number): string {
  return new Date(now - days * 86_400_000).toISOString().slice(0, 10);
}
