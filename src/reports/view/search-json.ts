// A search's answer as JSON, and its values as people read them.
import type { SearchAnswer } from '../../store/crash-search.ts';
import type { FactValue } from '../../search/facts.ts';
import type { SearchAsked } from '../gate/seen-search.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** Columns that every row of a list begins with. */
export const ROW_COLUMNS = ['crash_id', 'bug'] as const;

/** A value of a key: times as ISO 8601, days as dates, bugs and installations by their number. */
export function searchValue(key: string, value: FactValue | null): FactValue | null {
  if (typeof value !== 'number') return value;
  if (key === 'received') return new Date(value).toISOString();
  if (key === 'happened') return new Date(value * DAY_MS).toISOString().slice(0, 10);
  return value;
}

export function searchJson(
  answer: SearchAnswer,
  asked: SearchAsked,
  now: number,
): Readonly<Record<string, unknown>> {
  const columns = asked.list === null ? [] : asked.list.columns;
  return {
    crashes: answer.crashes,
    rows: answer.rows,
    complete: answer.complete,
    counted: answer.counted,
    existing: answer.existing,
    waiting: answer.waiting,
    asOf: new Date(now).toISOString(),
    facets: answer.facets.map(({ values, different, absent }, at) => ({
      key: asked.facets[at]?.key ?? '',
      ...(asked.facets[at]?.within !== undefined && { within: asked.facets[at].within.key }),
      values: values.map(({ value, crashes, distinct, within }) => ({
        value: searchValue(asked.facets[at]?.key ?? '', value),
        crashes,
        installations: distinct,
        ...(asked.facets[at]?.within !== undefined && {
          within: within.map((inner) => ({
            value: searchValue(asked.facets[at]?.within?.key ?? '', inner.value),
            crashes: inner.crashes,
          })),
        }),
      })),
      different,
      absent,
    })),
    histogram: answer.histogram.map(([time, crashes]) => ({
      time: new Date(time * (asked.histogram === 'hour' ? HOUR_MS : DAY_MS)).toISOString(),
      crashes,
    })),
    distinct: Object.fromEntries(asked.distinct.map((key, at) => [key, answer.distinct[at] ?? 0])),
    numbers: Object.fromEntries(asked.numbers.map((key, at) => [key, answer.numbers[at] ?? null])),
    list: answer.list.map(({ values }) =>
      Object.fromEntries(columns.map((key, at) => [key, searchValue(key, values[at] ?? null)])),
    ),
    next: answer.next,
  };
}
