// The alert rules of the contract, put together.
import type { AlertStore } from '../alerts.ts';
import type { StoreParts } from './store-parts.ts';
import { getAlertRule, listAlertLog, listAlertRules } from './notifications/alert-rows.ts';
import { deliveriesOfAlert } from './notifications/outbox.ts';

/** The alert rules of an open store. */
export function createAlertStore({ connection, reader, writer, now }: StoreParts): AlertStore {
  return {
    async listRules() {
      return listAlertRules(connection);
    },
    async getRule(id) {
      return getAlertRule(connection, id);
    },
    createRule: (rule) => writer.write('createAlertRule', [rule, now()]),
    changeRule: (id, rule, restart) => writer.write('changeAlertRule', [id, rule, restart, now()]),
    deleteRule: (id) => writer.write('deleteAlertRule', [id]),
    advance: (advance) => writer.write('advanceAlert', [advance, now()]),
    async listLog(ruleId, limit) {
      return listAlertLog(connection, ruleId, limit);
    },
    async deliveriesOf(ruleId, limit) {
      return deliveriesOfAlert(connection, ruleId, limit);
    },
    bugHappenings: (products, between) => reader.read('bugHappenings', products, between),
  };
}
