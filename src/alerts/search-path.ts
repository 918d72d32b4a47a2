// Where people see what a finding is about: the search of the rule in the window that was counted.
import type { AlertFinding, AlertRuleFields } from '../store/alerts.ts';
import { MINUTE_MS } from './moments.ts';

type Looked = Pick<AlertRuleFields, 'condition' | 'search' | 'bugId' | 'account' | 'product'>;

/** The rule's search, its bug and the window of a finding as one search; without a window where the condition has none. */
export function searchOf({ condition, search, bugId }: Looked, { at }: Pick<AlertFinding, 'at'>): string {
  const parts = [
    ...(search === '' ? [] : [/\bOR\b/.test(search) ? `(${search})` : search]),
    ...(bugId === null ? [] : [`bug:#${bugId}`]),
  ];
  if ('minutes' in condition) {
    // Both ends are whole minutes and inside.
    const [from, to] = [at - condition.minutes * MINUTE_MS, at - MINUTE_MS].map(minuteText);
    parts.push(`received:${from}..${to}`);
  }
  return parts.join(' ');
}

/** A path below the address of the reports server. */
export function searchPath(rule: Looked & { readonly id: number }, finding: AlertFinding): string {
  const { condition, account, product } = rule;
  if (condition.kind === 'crash_free') {
    if (product === null || finding.release === null) return '/releases';
    const parts = [account, product].map(encodeURIComponent);
    return `/products/${parts.join('/')}/releases/${encodeURIComponent(finding.release)}`;
  }
  if (condition.kind === 'bugs') {
    const [only, more] = finding.bugs;
    return only === undefined || more !== undefined ? `/alerts/${rule.id}` : `/bugs/${only.id}`;
  }
  const params = new URLSearchParams({ q: searchOf(rule, finding) });
  if (product !== null) params.set('product', product);
  if (product === null || account !== 'default') params.set('account', account);
  return `/search?${params.toString()}`;
}

function minuteText(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16)}Z`;
}
