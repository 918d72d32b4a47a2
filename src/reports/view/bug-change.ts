// What people ask to be done to a bug, as it comes from a form or the API, checked in one place.
import type { SeenStore } from '../gate/gate.ts';
import type { Person } from '../auth/person.ts';
import { dateFilter } from './date-filter.ts';

/** A checked value, or what is wrong with it in a sentence. */
export type Checked<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly fault: string };

const bad = (fault: string): { readonly ok: false; readonly fault: string } => ({ ok: false, fault });
const good = <T>(value: T): Checked<T> => ({ ok: true, value });

const MAX_VERSION = 200;
const MAX_TICKET = 500;
const MAX_COMMENT = 20_000;
/** The largest count that an ignoring can wait for. */
const MAX_COUNT = 1_000_000_000;

/** Why a merge is not undone. */
export const UNMERGE_FAULT =
  'This merge cannot be undone: a person did not make it, it is older than undoing, or the bug was itself merged since (undo that first).';

/** The name that a bug's history shows for somebody. */
export function nameOf(person: Person): string {
  const { user, label } = person;
  return user === null ? (label ?? 'administrator token') : user.name || user.email;
}

/** An optional text: absent, null and empty are null. */
function optional(value: unknown, name: string, max: number): Checked<string | null> {
  if (value === undefined || value === null) return good(null);
  if (typeof value !== 'string') return bad(`"${name}" must be a text.`);
  const text = value.trim();
  if (text.length > max) return bad(`"${name}" is longer than ${max} characters.`);
  return good(text === '' ? null : text);
}

/** The version that a bug is closed in; null: none. */
export function checkVersion(value: unknown): Checked<string | null> {
  return optional(value, 'inVersion', MAX_VERSION);
}

/** A ticket: a number, a key, or an address; null takes it away. */
export function checkTicket(value: unknown): Checked<string | null> {
  return optional(value, 'ticket', MAX_TICKET);
}

export function checkComment(value: unknown): Checked<string> {
  const checked = optional(value, 'text', MAX_COMMENT);
  if (!checked.ok) return checked;
  return checked.value === null ? bad('A comment needs a text.') : good(checked.value);
}

/** Until when a bug is ignored: a day or moment of the future, a count, both, or neither (for good). */
export function checkIgnore(
  fields: { readonly until?: unknown; readonly untilCount?: unknown },
  now: number,
): Checked<{ readonly until: number | null; readonly untilCount: number | null }> {
  const text = optional(fields.until, 'until', 40);
  if (!text.ok) return text;
  const until = text.value === null ? null : (dateFilter(text.value, 'start') ?? Number.NaN);
  if (Number.isNaN(until)) return bad('"until" must be a day (2026-11-20) or a time (2026-11-20T14:00Z).');
  if (until !== null && until <= now) return bad('"until" must lie in the future.');
  const { untilCount = null } = fields;
  if (untilCount === null) return good({ until, untilCount });
  if (typeof untilCount === 'number' && Number.isInteger(untilCount)) {
    if (untilCount >= 1 && untilCount <= MAX_COUNT) return good({ until, untilCount });
  }
  return bad('"untilCount" must be a whole number of crashes, at least 1.');
}

/** A person by e-mail address, or `me`; null and empty: nobody. */
export async function checkAssignee(
  { seen, person }: { readonly seen: SeenStore; readonly person: Person },
  value: unknown,
): Promise<Checked<string | null>> {
  const checked = optional(value, 'assignee', 320);
  if (!checked.ok || checked.value === null) return checked;
  const email = checked.value === 'me' ? (person.user?.email ?? '') : checked.value;
  const user = email === '' ? null : await seen.settings.personByEmail(email);
  return user === null || user.disabled
    ? bad('"assignee" must be the e-mail address of somebody who can sign in here.')
    : good(user.email);
}

/** The number of a bug in a text or JSON value; null where it is none. */
export function readBugId(value: unknown): number | null {
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text !== 'string') return null;
  const digits = /^(?:#|bug\s+)?([1-9]\d{0,14})$/i.exec(text.trim())?.[1];
  return digits === undefined ? null : Number(digits);
}
