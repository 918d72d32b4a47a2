// Pages and API operations cannot go around the gate: what reads words of clients is not on the store that they are given. The
// directives below are checked by `npm run types`: where one of these calls compiles, that fails.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { MemberRequest } from '../../src/reports/web/page.ts';

/** Never run: each line would be a way around the gate. */
export const WAYS_AROUND: readonly ((request: MemberRequest) => unknown)[] = [
  // @ts-expect-error reports are read through the gate
  (request) => request.context.store.reports.getReport('x'),
  // @ts-expect-error so are lists of them
  (request) => request.context.store.reports.listReports({}, { limit: 1 }),
  // @ts-expect-error and attachments
  (request) => request.context.store.reports.openAttachment('x', 'y'),
  // @ts-expect-error and the inbox
  (request) => request.context.store.reports.listInbox({ limit: 1 }),
  // @ts-expect-error and what was made of reports
  (request) => request.context.store.queue.getProcessed('x'),
  // @ts-expect-error and bugs
  (request) => request.context.store.bugs.getBug(1),
  // @ts-expect-error and what people said
  (request) => request.context.store.feedback.ofReport('x'),
];

test('every way around the gate is one that does not compile', () => {
  const text = readFileSync(import.meta.filename, 'utf8');
  assert.equal(text.match(/^ *\/\/ @ts-expect-error/gm)?.length, WAYS_AROUND.length);
});
