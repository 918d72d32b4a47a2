// The requests recorded from real clients through the whole processor and the real store: the bugs are those that the original
// server made of them, by key, count and number of cases.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { sharedData, SHARED_ABSENT } from '../shared-data.ts';
import { storeReport } from '../store/conformance/report-builder.ts';
import { NO_RULES } from '../../src/process/product-settings.ts';
import type { Store } from '../../src/store/store.ts';
import { withProcessor } from './worker/processing.ts';

const PRODUCT = 'Piano';
const folder = sharedData('crashkit', 'oracle');
const skip = folder === null ? SHARED_ABSENT : false;

interface OracleBug {
  readonly key: string;
  readonly occurrence_count: number;
  readonly exception_message: string | null;
  readonly request_uri: string | null;
  readonly roles: readonly string[];
  readonly max_severity: number;
  readonly cases: readonly unknown[];
}

function json(...path: readonly string[]): unknown {
  return JSON.parse(readFileSync(sharedData('crashkit', ...path) ?? '', 'utf8'));
}

/** The bodies that the original server took. */
function bodies(name: string): readonly string[] {
  if (name === 'expected-reports.json') {
    return ['django.json', 'php.json', 'python.json'].map((file) =>
      JSON.stringify(json('expected-reports', file)),
    );
  }
  const { requests } = json(name) as {
    readonly requests: readonly {
      readonly method: string;
      readonly path: string;
      readonly body: string;
      readonly response: { readonly status: number };
    }[];
  };
  return requests
    .filter(
      ({ method, path, response }) =>
        method === 'POST' && path.includes('post-report') && response.status === 200,
    )
    .map(({ body }) => body);
}

/** The product keeps the keys of the original server. */
async function asTheOriginal(store: Store): Promise<void> {
  await store.intake.createProduct('default', PRODUCT);
  await store.bugs.setProductRules('default', PRODUCT, { ...NO_RULES, signatureMode: 'crashkit' });
}

/** Where Mayday differs on purpose (test/process/crashkit/oracle.test.ts says how): how many occurrences it counts. */
const DEVIATIONS: ReadonlyMap<string, number> = new Map([
  // As many as the original server, under the names of the page's own frames.
  ['js-same-origin.json', 4],
  // The original server failed on these.
  ['js-2009-api-client.json', 2],
  ['js-mode-failed.json', 1],
]);

for (const name of folder === null ? ['(absent)'] : readdirSync(folder)) {
  // Holds: ck-example
  test(`${name} becomes the bugs of the original server`, { skip }, async () => {
    const { bugs: expected } = json('oracle', name) as { readonly bugs: readonly OracleBug[] };
    await withProcessor({ prepare: asTheOriginal }, async ({ store, idle }) => {
      const sent = bodies(name);
      assert.ok(sent.length > 0);
      for (const data of sent) {
        await storeReport(store, { protocol: 'crashkit', payloadKind: 'json' }, [
          { name: 'payload.json', kind: 'payload', data: Buffer.from(data) },
        ]);
      }
      await idle();
      const { rows } = await store.bugs.listBugs({}, { limit: 200 });
      const deviation = DEVIATIONS.get(name);
      const total = rows.reduce((sum, bug) => sum + bug.count, 0);
      assert.equal(total, deviation ?? expected.reduce((sum, bug) => sum + bug.occurrence_count, 0));
      if (deviation !== undefined) return;
      const found = await Promise.all(
        rows.map(async ({ id, count: occurrences }) => {
          const bug = await store.bugs.getBug(id);
          return [
            bug?.key,
            occurrences,
            (await store.bugs.casesOf(id, 100)).length,
            bug?.message,
            bug?.path,
            bug?.roles.toSorted(),
            bug?.severity,
          ];
        }),
      );
      const wanted = expected.map((bug) => [
        bug.key.replace(/^P\d+-/, ''),
        bug.occurrence_count,
        bug.cases.length,
        bug.exception_message ?? '',
        bug.request_uri,
        bug.roles,
        bug.max_severity === 2 ? 'major' : 'normal',
      ]);
      const byKey = (a: readonly unknown[], b: readonly unknown[]): number =>
        String(a[0]) < String(b[0]) ? -1 : 1;
      assert.deepEqual(found.toSorted(byKey), wanted.toSorted(byKey));
    });
  });
}
