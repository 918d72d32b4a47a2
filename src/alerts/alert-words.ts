// Conditions and findings in words, the same on pages and in messages. Nothing in them comes from a client but names of releases.
import type { AlertCondition, AlertFinding, AlertRuleFields } from '../store/alerts.ts';
import { oneLine } from './notice-words.ts';

const HOUR = 60;
const DAY = 24 * HOUR;
const MAX_NAME = 100;

/** `15 minutes`, `1 hour`, `7 days`. */
export function durationWords(minutes: number): string {
  if (minutes % DAY === 0) return counted(minutes / DAY, 'day');
  return minutes % HOUR === 0 ? counted(minutes / HOUR, 'hour') : counted(minutes, 'minute');
}

/** `1 crash`, `12 crashes`. */
export function counted(count: number, one: string): string {
  const many = one.endsWith('sh') ? `${one}es` : `${one}s`;
  return `${count} ${count === 1 ? one : many}`;
}

const ONE = { crashes: 'crash', installations: 'installation' } as const;

/** `at least 100 crashes in 1 hour`. */
export function conditionWords(condition: AlertCondition): string {
  switch (condition.kind) {
    case 'crashes':
    case 'installations':
      return `at least ${counted(condition.atLeast, ONE[condition.kind])} in ${durationWords(condition.minutes)}`;
    case 'rise': {
      const window = durationWords(condition.minutes);
      return `${condition.percent} % more ${condition.of} in ${window} than in the ${window} before, and at least ${condition.atLeast}`;
    }
    case 'crash_free': {
      const release =
        condition.release === null ? 'any release' : `release ${oneLine(condition.release, MAX_NAME)}`;
      return `less than ${condition.below} % crash-free ${condition.of} of ${release} in ${durationWords(condition.days * DAY)}, of at least ${condition.atLeast}`;
    }
    default: {
      const kinds = [
        ...(condition.fresh ? ['a new bug'] : []),
        ...(condition.regressed ? ['a regressed bug'] : []),
      ];
      return kinds.join(' or ');
    }
  }
}

/** The condition with what it looks at; `search` null: it is protected. */
export function ruleWords({
  condition,
  bugId,
  search,
  product,
}: Pick<AlertRuleFields, 'condition' | 'bugId' | 'product'> & {
  readonly search: string | null;
}): string {
  return [
    conditionWords(condition),
    ...(bugId === null ? [] : [`of bug #${bugId}`]),
    ...(search === '' ? [] : [search === null ? 'under a protected search' : `matching ${search}`]),
    product === null ? 'in all products' : `in ${oneLine(product, MAX_NAME)}`,
  ].join(', ');
}

/** `137 crashes in 1 hour until 2026-11-30 14:05 UTC (limit 100)`. */
export function findingWords(condition: AlertCondition, finding: AlertFinding): string {
  const until = `until ${momentWords(finding.at)}`;
  const over = finding.what === 'ended' ? 'Over: ' : '';
  const least = finding.complete ? '' : 'at least ';
  switch (condition.kind) {
    case 'crashes':
    case 'installations':
      return `${over}${least}${counted(finding.value, ONE[condition.kind])} in ${durationWords(condition.minutes)} ${until} (limit ${finding.limit})`;
    case 'rise':
      return `${over}${counted(finding.count, ONE[condition.of])} in ${durationWords(condition.minutes)} ${until}, ${finding.before ?? 0} in the same time before (limit ${finding.limit})`;
    case 'crash_free': {
      const share = Math.floor(finding.value * 100) / 100;
      const of = finding.release === null ? '' : ` of release ${oneLine(finding.release, MAX_NAME)}`;
      return finding.count === 0
        ? `${over}too few ${condition.of} to tell ${until}`
        : `${over}${share} % of ${finding.count} ${condition.of}${of} crash-free ${until} (limit ${finding.limit} %)`;
    }
    default: {
      const fresh = finding.bugs.filter(({ event }) => event === 'new').length;
      const back = finding.bugs.length - fresh;
      const kinds = [...(fresh === 0 ? [] : [`${fresh} new`]), ...(back === 0 ? [] : [`${back} regressed`])];
      return `${counted(finding.value, 'bug')} ${until}${kinds.length === 0 ? '' : `: ${kinds.join(', ')}`}`;
    }
  }
}

/** `2026-11-30 14:05 UTC`. */
export function momentWords(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
