// /alerts/history: what all alert rules found, whom that was told and what became of it.
import { html } from 'hono/html';
import { seenEntry, seesRule } from '../../view/alert-json.ts';
import { alertLogTable } from '../components/alert-log.ts';
import type { MemberPage } from '../page.ts';

const ROWS = 200;
/** Of each rule that is listed. */
const DELIVERIES = 400;

export const alertHistoryPage: MemberPage = {
  path: '/alerts/history',
  access: 'admin',
  nav: 'alerts',
  async view({ seen, person, now }) {
    const { settings } = seen;
    const [rules, log, webhooks] = await Promise.all([
      settings.alertRules(),
      settings.alertLog(null, ROWS),
      settings.webhooks(),
    ]);
    const ofRule = new Map(rules.map((rule) => [rule.id, rule]));
    const entries = log.flatMap((entry) => {
      const rule = ofRule.get(entry.ruleId);
      if (rule === undefined) return [];
      return {
        rule,
        entry: seenEntry(rule, entry, person),
        isOpen: seesRule(rule, person),
      };
    });
    const fired = [...new Set(entries.map(({ rule }) => rule.id))];
    const deliveries = (
      await Promise.all(fired.map((id) => settings.deliveriesOfRule(id, DELIVERIES)))
    ).flat();
    return {
      kind: 'html',
      title: 'What alerts sent and why',
      body: html`<p><a href="/alerts">All alerts</a></p>
        <h1>What was sent and why</h1>
        <p class="lead">
          The last ${ROWS} firings of all rules. Each links to the crashes that were counted.
        </p>
        ${entries.length === 0 ? html`<p class="empty">No rule has fired yet.</p>` : alertLogTable(entries, { named: true }, { now, deliveries, webhooks })}`,
    };
  },
};
