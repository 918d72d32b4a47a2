// Rules for tests, and evaluations on a clock that tests move.
import assert from 'node:assert/strict';
import { createLog } from '../../../src/base/log.ts';
import { createMetrics } from '../../../src/base/metrics.ts';
import { evaluateAlerts } from '../../../src/process/alerts/evaluate-alerts.ts';
import type { EvaluateOptions } from '../../../src/process/alerts/evaluate-alerts.ts';
import type { AlertRule } from '../../../src/store/alerts.ts';
import type { Store } from '../../../src/store/store.ts';

export type SavedRule = Parameters<Store['alerts']['createRule']>[0];

/** Three crashes of Piano in ten minutes, told nobody. */
export const RULE: SavedRule = {
  name: 'Many crashes',
  account: 'default',
  product: 'Piano',
  condition: { kind: 'crashes', atLeast: 3, minutes: 10 },
  search: '',
  bugId: null,
  everyMinutes: 60,
  tellsEnd: false,
  quiet: null,
  targets: [],
  enabled: true,
  mutedUntil: null,
  ownerId: null,
  isProtected: false,
};

export async function addRule(store: Store, fields: Partial<SavedRule> = {}): Promise<AlertRule> {
  const rule = await store.alerts.createRule({ ...RULE, ...fields });
  assert.ok(rule !== null);
  return rule;
}

/** One look at every rule, as the processing role takes it. */
export function evaluate(store: Store, now: number, fields: Partial<EvaluateOptions> = {}): Promise<void> {
  return evaluateAlerts({
    store,
    metrics: createMetrics(),
    log: createLog('silent'),
    publicAnnotations: [],
    mail: true,
    now: () => now,
    enqueued: () => undefined,
    stopping: () => false,
    rest: () => Promise.resolve(),
    ...fields,
  });
}
