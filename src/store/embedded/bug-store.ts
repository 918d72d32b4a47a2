// The bugs of the contract, put together.
import { inSnapshot } from './database/snapshot.ts';
import type { BugStore } from '../bugs.ts';
import type { StoreParts } from './store-parts.ts';
import { casesOf, eventsOf, mergesOf, placesOf, seriesOf, versionsOf } from './bugs/bug-page.ts';
import { reportNeighbours } from './bugs/list-bug-reports.ts';
import { getBug } from './bugs/get-bug.ts';
import { productOf, resolveBug } from './bugs/surviving-bug.ts';
import { packagesOf } from './bugs/product-packages.ts';
import { previousProductRules, productRules } from './bugs/rules-record.ts';
import { previewFiling } from './filing/preview-filing.ts';
import { whyHere } from './bugs/why-here.ts';

/** The bugs of an open store. */
export function createBugStore({ connection, reader, writer, now }: StoreParts): BugStore {
  const actor = (by: string) => ({ by, at: now() });
  return {
    listBugs: (filter, page) => reader.read('listBugs', filter, page, now()),
    countBugs: (filter) => reader.read('countBugs', filter),
    bugIds: (filter, limit) => reader.read('bugIds', filter, limit, now()),
    async getBug(id) {
      return inSnapshot(connection, () => getBug(connection, id, now()));
    },
    rowsOf: (ids) => reader.read('bugRows', ids, now()),
    async productOf(id) {
      return productOf(connection, id);
    },
    async resolveBug(id) {
      return resolveBug(connection, id);
    },
    async casesOf(id, limit, crashes) {
      return casesOf(connection, id, limit, crashes);
    },
    async seriesOf(id, days) {
      return seriesOf(connection, id, days, now());
    },
    valuesOf: (id, perKey) => reader.read('valuesOf', id, perKey),
    async versionsOf(id) {
      return versionsOf(connection, id);
    },
    reportsOf: (id, page) => reader.read('reportsOf', id, page),
    async reportNeighbours(id, crashId) {
      return reportNeighbours(connection, id, crashId);
    },
    async placesOf(id) {
      return placesOf(connection, id);
    },
    async eventsOf(id, limit) {
      return eventsOf(connection, id, limit);
    },
    overview: (account, product, days) => reader.read('productOverview', [account, product], days, now()),
    noteStack: (id, frames) => writer.write('noteStack', [id, frames]),
    similarBugs: (id, limit) => reader.read('similarBugs', id, limit),
    closeBug: (id, by, options) => writer.write('closeBug', [id, actor(by), options]),
    reopenBug: (id, by) => writer.write('reopenBug', [id, actor(by)]),
    ignoreBug: (id, by, options) => writer.write('ignoreBug', [id, actor(by), options]),
    assignBug: (id, by, assignee) => writer.write('assignBug', [id, actor(by), assignee]),
    setTicket: (id, by, ticket) => writer.write('setTicket', [id, actor(by), ticket]),
    commentBug: (id, by, text) => writer.write('commentBug', [id, actor(by), text]),
    takeOverBug: (id, moved) => writer.write('takeOverBug', [id, moved]),
    mergeBugs: (from, into, by) => writer.write('mergeBugs', [from, into, actor(by)]),
    unmergeBug: (from, by) => writer.write('unmergeBug', [from, actor(by)]),
    async mergesOf(id, limit) {
      return mergesOf(connection, id, limit);
    },
    splitCase: (id, caseId, by) => writer.write('splitCase', [id, caseId, actor(by)]),
    moveReport: (crashId, into, by) => writer.write('moveReport', [crashId, into, actor(by)]),
    previewFiling: () => previewFiling(connection, now),
    whyHere: (crashId) => whyHere(connection, crashId),
    async packagesOf(account, product) {
      return packagesOf(connection, account, product);
    },
    async previousProductRules(account, product) {
      return previousProductRules(connection, account, product);
    },
    async productRules(account, product) {
      return productRules(connection, account, product);
    },
    setProductRules: (account, product, rules) => writer.write('setProductRules', [account, product, rules]),
  };
}
