// The filter of crashes on pages: every number answers it, links carry it on, and one that is not understood is answered with none.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { PASSWORD, addPerson, addToken, startRunning } from './support/running.ts';
import type { Running } from './support/running.ts';
import { crash, fileReport, processed } from './support/seed-bugs.ts';
import { Visitor } from './support/visitor.ts';

const now = Date.now();
const DAY_MS = 86_400_000;

let running: Running;
let reader: Visitor;
let token = '';
let total = 0;

/** A report that arrived a minute ago, of crashes of one bug that happened so many days ago. */
async function file(made: {
  readonly product?: string;
  readonly key: string;
  readonly version: string;
  readonly count: number;
  readonly daysAgo?: number;
}): Promise<number> {
  const { product = 'shop', key, version, count, daysAgo = 0 } = made;
  const day = new Date(now - daysAgo * DAY_MS).toISOString().slice(0, 10);
  const { filed } = await fileReport(
    running.store,
    { receivedAt: now - 60_000 },
    processed([crash({ key, signature: `${product}.${key}`, day, count })], { product, version }),
  );
  return filed[0]?.bugId ?? 0;
}

before(async () => {
  running = await startRunning();
  const id = await addPerson(running.store, { email: 'reader@example.org', role: 'write' });
  token = await addToken(running.store, id);
  reader = new Visitor(running.url);
  await reader.signIn('reader@example.org', PASSWORD);
  total = await file({ key: 'total', version: '1.5.0', count: 200 });
  await file({ key: 'total', version: '1.5.1', count: 53 });
  await file({ key: 'cart', version: '1.5.1', count: 71 });
});

after(() => running.stop());

describe('a filter of crashes that is not understood', () => {
  const wrongs: readonly (readonly [query: string, said: RegExp])[] = [
    ['q=(', /Something to look for is missing here\. \(at character 2\)/],
    ['period=3d', /&quot;period&quot; is none of 24h/],
    [`version=${'9'.repeat(501)}`, /&quot;version&quot; is longer than 500 characters\./],
    ['q=colour:red', /No report has a &quot;colour&quot;\. \(at character 1\)/],
  ];
  for (const [query, said] of wrongs) {
    test(`?${query.slice(0, 20)} is 400 on lists and the page of a bug, which then show no crash`, async () => {
      for (const path of ['/bugs', '/reports', `/bugs/${total}`]) {
        const { status, text } = await reader.get(`${path}?${query}`);
        assert.equal(status, 400, path);
        assert.match(text, said, path);
        assert.match(text, /<form method="get"/, path);
        assert.doesNotMatch(text, /Left out/, path);
        assert.doesNotMatch(text, /data-row|id="counts"|<strong>\d+<\/strong>|No (bug|report) matches/, path);
        const api = await fetch(`${running.url}/api${path}?${query}`, {
          headers: { authorization: `Bearer ${token}` },
        });
        if (path !== `/bugs/${total}`) assert.equal(api.status, 400, `/api${path}`);
      }
    });
  }

  test('a parameter of a list alone is left out with a word, and the rest is listed', async () => {
    for (const path of ['/bugs?severity=huge', '/reports?from=nonsense']) {
      const { status, text } = await reader.get(path);
      assert.equal(status, 200, path);
      assert.match(text, /Left out: /, path);
      assert.match(text, /data-row/, path);
    }
  });
});
