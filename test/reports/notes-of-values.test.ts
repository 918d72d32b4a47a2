// What was found in values is told by notes to those alone who may see the values.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dataNotes } from '../../src/report/privacy/data-notes.ts';
import { storeReport } from '../store/conformance/report-builder.ts';
import { ADMIN_TOKEN, addPerson, addToken, startRunning } from './support/running.ts';

test('how many values were scrubbed, left out or filtered is told to those who may see protected data', async () => {
  const running = await startRunning();
  try {
    const open = 'the field "x" came twice';
    const found = new Map([
      ['email', 1],
      ['name', 2],
      ['unseen', 1],
    ] as const);
    const told = [...dataNotes(found), '1 value was filtered before storing.'];
    assert.equal(told.length, 4);
    const { crashId } = await storeReport(running.store, { notes: [open, ...told] });
    const token = await addToken(
      running.store,
      await addPerson(running.store, { email: 'blind@example.org', role: 'read' }),
    );
    const notesFor = async (bearer: string): Promise<readonly [notes: unknown, count: unknown]> => {
      const headers = { authorization: `Bearer ${bearer}` };
      const one = await (await fetch(`${running.url}/api/reports/${crashId}`, { headers })).json();
      const list = await (await fetch(`${running.url}/api/reports`, { headers })).json();
      const { reports } = list as { readonly reports: readonly { readonly noteCount: unknown }[] };
      return [(one as { readonly notes: unknown }).notes, reports[0]?.noteCount];
    };
    assert.deepEqual(await notesFor(ADMIN_TOKEN), [[open, ...told], 5]);
    assert.deepEqual(await notesFor(token), [[open], 0]);
  } finally {
    await running.stop();
  }
});
