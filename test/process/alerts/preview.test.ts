// A preview says what a rule would have done: on random histories it finds exactly the moments at which the rule, evaluated while they
// happened, fired.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { alertSource } from '../../../src/alerts/alert-source.ts';
import { latestMoment } from '../../../src/alerts/moments.ts';
import { previewRule } from '../../../src/alerts/preview-rule.ts';
import { crash, fileReport } from '../../store/conformance/processed-builder.ts';
import { withStore } from '../../store/embedded/open-store.ts';
import { HOUR, MORNING } from '../notify/support/notify-harness.ts';
import { addRule, evaluate } from './support.ts';
import type { SavedRule } from './support.ts';

const RULES: readonly Partial<SavedRule>[] = [
  { condition: { kind: 'crashes', atLeast: 4, minutes: 30 }, everyMinutes: 60 },
  { condition: { kind: 'crashes', atLeast: 2, minutes: 5 }, everyMinutes: 1, search: 'version:2.0' },
  { condition: { kind: 'crashes', atLeast: 9, minutes: 180 }, everyMinutes: 30, tellsEnd: true },
  { condition: { kind: 'installations', atLeast: 3, minutes: 60 }, everyMinutes: 120 },
  { condition: { kind: 'installations', atLeast: 2, minutes: 90 }, everyMinutes: 10, search: '-version:2.0' },
  { condition: { kind: 'rise', of: 'crashes', percent: 50, atLeast: 3, minutes: 60 }, everyMinutes: 60 },
  {
    condition: { kind: 'rise', of: 'installations', percent: 20, atLeast: 2, minutes: 45 },
    everyMinutes: 45,
  },
  { condition: { kind: 'bugs', fresh: true, regressed: true }, everyMinutes: 20 },
  { condition: { kind: 'bugs', fresh: true, regressed: false }, everyMinutes: 5, search: 'version:2.0' },
  { condition: { kind: 'bugs', fresh: false, regressed: true }, everyMinutes: 1 },
  {
    condition: { kind: 'crashes', atLeast: 3, minutes: 20 },
    everyMinutes: 15,
    quiet: { from: 12, to: 15, zone: 'Europe/Berlin', then: 'hold' },
  },
  {
    condition: { kind: 'crashes', atLeast: 3, minutes: 20 },
    everyMinutes: 15,
    product: null,
    quiet: { from: 14, to: 11, zone: 'America/New_York', then: 'drop' },
  },
];

/** What happens, one after the other; `wait` in seconds. */
const step = fc.record({
  wait: fc.oneof(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 0, max: 4000 })),
  what: fc.constantFrom('crash', 'crash', 'crash', 'crash', 'close', 'evaluate', 'evaluate'),
  key: fc.constantFrom('a', 'b', 'c', 'd'),
  version: fc.constantFrom('1.0', '2.0'),
  installation: fc.constantFrom(null, 'i1', 'i2', 'i3', 'i4'),
  count: fc.constantFrom(1, 1, 1, 3),
});

test('a preview finds the moments at which the rule fired, whatever happened and whenever it was looked at', async () => {
  let fired = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 60 }), async (steps) => {
      let now = MORNING;
      await withStore({ now: () => now }, async (store) => {
        await store.people.createProductByHand('default', 'Piano');
        const rules = await Promise.all(
          RULES.map((rule, at) => addRule(store, { name: `rule ${at}`, ...rule })),
        );
        const bugs = new Map<string, number>();
        for (const { wait, what, key, version, installation, count } of steps) {
          now += wait * 1000;
          if (what === 'evaluate') await evaluate(store, now);
          else if (what === 'close') {
            const bug = bugs.get(key);
            if (bug !== undefined) await store.bugs.closeBug(bug, 'ann', { inVersion: null });
          } else {
            const day = new Date(now).toISOString().slice(0, 10);
            const { bugId } = await fileReport(store, [crash(key, { day, count })], {
              report: { receivedAt: now },
              processed: { processedAt: now, version, installation },
            });
            bugs.set(key, bugId);
          }
        }
        now += HOUR;
        await evaluate(store, now);
        for (const rule of rules) {
          const log = await store.alerts.listLog(rule.id, 500);
          const products = [{ account: 'default', product: 'Piano', publicNames: [], messages: true }];
          // Evaluations leave a few seconds for what has just arrived.
          const until = latestMoment(rule.condition, now - 5000);
          const preview = await previewRule(rule, alertSource(store, products), until);
          assert.ok(!('problem' in preview));
          const happened = log.filter(({ what }) => what === 'fired').map(({ at, value }) => ({ at, value }));
          assert.deepEqual(
            preview.firings.map(({ finding }) => ({ at: finding.at, value: finding.value })),
            happened.slice(0, 100),
            JSON.stringify(rule.condition),
          );
          assert.equal(preview.fired, happened.length);
          assert.equal(preview.messages, new Set(log.flatMap(({ toldAt }) => toldAt ?? [])).size);
          fired += happened.length;
        }
      });
    }),
    { numRuns: 6 },
  );
  assert.ok(fired > 20, `only ${fired} firings`);
});
