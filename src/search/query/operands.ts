// What an operand stands for: numbers with units (`512M`, `10min`), times (`-7d`, `2026-11-01`), in UTC.

const BYTES: Readonly<Record<string, number>> = { k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };
const SECONDS: Readonly<Record<string, number>> = { s: 1, sec: 1, min: 60, h: 3600, d: 86_400, w: 604_800 };
const DAY_MS = 86_400_000;

/** A number; units of size count 1024, units of time give seconds. Null: it is none. */
export function numberOf(text: string): number | null {
  const found = /^(-?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d{1,3})?)\s*([a-z]{0,3})$/iu.exec(text);
  if (found !== null) {
    const unit = (found[2] ?? '').toLowerCase();
    const factor = unit === '' ? 1 : (SECONDS[unit] ?? BYTES[unit.replace(/i?b$/, '')]);
    return factor === undefined ? null : Number(found[1]) * factor;
  }
  return /^0x[0-9a-f]{1,13}$/i.test(text) ? Number(text) : null;
}

/** A span of time, in milliseconds since 1970: its first and its last. */
export interface Span {
  readonly first: number;
  readonly last: number;
}

/** A day, a time, or an age (`-7d`: from then to now). Null: it is none. */
export function spanOf(text: string, now: number): Span | null {
  const midnight = Math.floor(now / DAY_MS) * DAY_MS;
  if (text === 'now') return { first: now, last: now };
  if (text === 'today') return { first: midnight, last: midnight + DAY_MS - 1 };
  if (text === 'yesterday') return { first: midnight - DAY_MS, last: midnight - 1 };
  const age = /^-(\d{1,6})(min|h|d|w)$/.exec(text);
  if (age !== null) return { first: now - Number(age[1]) * (SECONDS[age[2] ?? ''] ?? 0) * 1000, last: now };
  if (/^\d{4}-\d{2}-\d{2}$/.test(text)) return spanFrom(`${text}T00:00:00Z`, DAY_MS);
  if (/^\d{4}-\d{2}$/.test(text)) return monthOf(text);
  const time = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2})(:\d{2}(?:\.\d{1,3})?)?Z?$/.exec(text);
  if (time === null) return null;
  return spanFrom(`${time[1]}${time[2] ?? ':00'}Z`, time[2] === undefined ? 60_000 : 1000);
}

function spanFrom(text: string, length: number): Span | null {
  const first = Date.parse(text);
  return Number.isNaN(first) ? null : { first, last: first + length - 1 };
}

function monthOf(text: string): Span | null {
  const first = Date.parse(`${text}-01T00:00:00Z`);
  if (Number.isNaN(first)) return null;
  const start = new Date(first);
  return { first, last: Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + 1, 1) - 1 };
}
