// The processor over the real store: reports in, bugs out.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { storeReport } from '../../store/conformance/report-builder.ts';
import { withProcessor } from './processing.ts';

const OCCURRENCE = {
  language: 'java',
  role: 'tester',
  severity: 'major',
  env: { os_name: 'Linux', secret: 'x' },
  exceptions: [
    {
      name: 'java.lang.IllegalStateException',
      message: 'no cart',
      locations: [
        { package: 'java.util', class: 'List', method: 'get', line: 3, file: 'List.java' },
        {
          package: 'com.example',
          class: 'Cart',
          method: 'total',
          line: 12,
          file: 'Cart.java',
          claimed: true,
        },
      ],
    },
  ],
};

test('a CrashKit report becomes a bug', async () => {
  await withProcessor({}, async ({ store, filed, idle }) => {
    const { crashId } = await storeReport(store, { protocol: 'crashkit', payloadKind: 'json' }, [
      { name: 'payload.json', kind: 'payload', data: Buffer.from(JSON.stringify([OCCURRENCE])) },
    ]);
    await idle();
    const stored = await store.queue.getProcessed(crashId);
    assert.equal(stored?.processed.status, 'processed');
    const [bug] = (await store.bugs.listBugs({ product: 'Piano' }, { limit: 10 })).rows;
    assert.equal(bug?.title, 'java.lang.IllegalStateException: com.example.Cart.total:12');
    assert.equal(bug?.count, 1);
    assert.equal(bug?.severity, 'major');
    assert.deepEqual(
      filed.map(({ crashes }) => crashes.map(({ event }) => event)),
      [['new']],
    );
    assert.equal((await store.reports.getReport(crashId))?.state, 'processed');
  });
});
