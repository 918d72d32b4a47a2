// Crash ids in Socorro's form: a UUID whose last seven characters are a throttle digit and the UTC date `yymmdd`
// (docs/protocols/socorro.md, "Crash IDs" of Socorro's specification).
import { randomUUID } from 'node:crypto';

/** `0`: accepted for processing, `1`: deferred until somebody asks for it. */
export type ThrottleDigit = 0 | 1;

const FORM = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{5}[01]\d{6}$/;

/** Reports of one such span share the first six digits of their ids. */
const SPAN_MS = 16;
/** An odd number (2^32 divided by the golden ratio): its multiples are spread evenly, each moment has one of its own. */
const SPREAD = 0x9e3779b1;

/**
 * A fresh crash id for a report that arrived at `atMs` (milliseconds since 1970, UTC). Ids of one moment begin alike, so that
 * reports which are committed together stand on one page of an index by crash id instead of one page each; ids of different
 * moments look as different as random ones. At least 70 bits are random.
 */
export function newCrashId(digit: ThrottleDigit, atMs: number, uuid: string = randomUUID()): string {
  const moment = (Math.imul(Math.floor(atMs / SPAN_MS), SPREAD) >>> 8).toString(16).padStart(6, '0');
  return `${moment}${uuid.slice(6, -7).toLowerCase()}${digit}${utcDay(atMs).slice(2)}`;
}

const DAY_MS = 86_400_000;
let lastDay = { number: Number.NaN, text: '' };

/** The UTC day of a moment as `yyyymmdd`; remembered, because every report of a day asks for the same one. */
export function utcDay(atMs: number): string {
  const number = Math.floor(atMs / DAY_MS);
  if (lastDay.number !== number) {
    lastDay = { number, text: new Date(atMs).toISOString().slice(0, 10).replaceAll('-', '') };
  }
  return lastDay.text;
}

/** Whether a text is a crash id with a date that exists; text from outside is checked before it names anything. */
export function isCrashId(text: string): boolean {
  return FORM.test(text) && dayOfCrashId(text) !== null;
}

/** The day in a crash id as `yyyymmdd` (the century is 2000), or null where the date does not exist. */
export function dayOfCrashId(crashId: string): string | null {
  const digits = /(\d\d)(\d\d)(\d\d)$/.exec(crashId);
  if (digits === null) return null;
  const date = new Date(Date.UTC(2000 + Number(digits[1]), Number(digits[2]) - 1, Number(digits[3])));
  const day = `20${digits[0]}`;
  return utcDay(date.getTime()) === day ? day : null;
}

const BEGINNING = /^(?:bp-)?([0-9a-f]{6,8}(?:-[0-9a-f]{0,4}){0,3}(?:-[0-9a-f]{0,12})?)$/i;

/** The beginning of a crash id in a text as pages show and people paste it, at least six digits, in lower case; null where it is none. */
export function crashIdBeginning(text: string): string | null {
  return BEGINNING.exec(text.trim())?.[1]?.toLowerCase() ?? null;
}
