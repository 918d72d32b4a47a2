// What a rule would have done: the same evaluation over the last four weeks, beginning with nothing.
import type { AlertFinding, AlertOutcome, AlertRuleFields } from '../store/alerts.ts';
import { NEVER_FIRED, advanceRule } from './advance-rule.ts';
import { latestMoment } from './moments.ts';
import { readCondition } from './read-condition.ts';
import type { AlertSource } from './read-condition.ts';

export const PREVIEW_DAYS = 28;
const DAY_MS = 86_400_000;
/** Moments that a preview lists. */
const MAX_LISTED = 100;

export interface AlertPreview {
  readonly from: number;
  readonly to: number;
  /** How often it would have fired, whether or not it would have been told at once. */
  readonly fired: number;
  /** Messages to each target. */
  readonly messages: number;
  /** The newest of them, newest first. */
  readonly firings: readonly { readonly finding: AlertFinding; readonly outcome: AlertOutcome }[];
  /** False: not all crashes could be counted in time. */
  readonly complete: boolean;
}

/** A problem: the search cannot be asked. `now`: milliseconds since 1970. */
export async function previewRule(
  rule: AlertRuleFields,
  source: AlertSource,
  now: number,
): Promise<AlertPreview | { readonly problem: string }> {
  const to = latestMoment(rule.condition, now);
  const from = to - PREVIEW_DAYS * DAY_MS;
  const read = await readCondition(rule, source, { from, to });
  if ('problem' in read) return read;
  let { readings } = read;
  let state = NEVER_FIRED;
  let messages = 0;
  const fired: AlertPreview['firings'][number][] = [];
  while (readings.length > 0) {
    const step = advanceRule({ ...rule, mutedUntil: null }, state, readings);
    readings = readings.slice(step.used);
    state = step.state;
    if (step.told !== null) messages += 1;
    fired.push(...step.findings.filter(({ finding }) => finding.what === 'fired'));
  }
  return {
    from,
    to,
    fired: fired.length,
    messages,
    firings: fired.slice(-MAX_LISTED).toReversed(),
    complete: read.complete,
  };
}
