// The end of the contract: every sample against a real Mayday server, asked for the last report by its token.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { chromium } from 'playwright-core';
import { assertUnchanged, expectedReport, variablesFor } from './bench.ts';
import { LANGUAGES } from './languages.ts';
import { readableDifferences } from './match.ts';
import { startMaydayServer } from './mayday-server.ts';
import type { MaydayServer } from './mayday-server.ts';
import { startPageServer } from './page-server.ts';
import { PRODUCT, QueueFolder } from './queue-folder.ts';
import { missingRuntime, prepareLanguage } from './run-sample.ts';
import type { ReadyLanguage } from './run-sample.ts';

const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

describe('client libraries against a Mayday server', () => {
  let server: MaydayServer;
  before(async () => {
    server = await startMaydayServer();
  });
  after(() => server.close());

  for (const language of LANGUAGES) {
    describe(language.name, { skip: missingRuntime(language) ?? false }, () => {
      let sample: ReadyLanguage;
      before(() => {
        sample = prepareLanguage(language);
      });
      const variables = (
        queue: QueueFolder,
        token: string,
        more: Record<string, string> = {},
      ): Record<string, string> => variablesFor(server.url, queue, { MAYDAY_TOKEN: token, ...more });

      it('its report arrives as expected', async () => {
        const token = randomUUID();
        const queue = new QueueFolder();
        const crash = await sample.run('crash', variables(queue, token));
        assertUnchanged(crash, await sample.run('crash', { MAYDAY_DISABLED: '1' }));
        const [report, ...others] = await server.latestReports(PRODUCT, token);
        assert.equal(readableDifferences(expectedReport(language.name), report), '');
        assert.equal(others.length, 0);
        assert.deepEqual(queue.names(), []);
      });

      it('its report passes the strict check of debug mode and becomes a bug', async () => {
        const token = randomUUID();
        for (const scenario of ['crash', 'report']) {
          const done = await sample.run(scenario, variables(new QueueFolder(), token, { MAYDAY_DEBUG: '1' }));
          assert.match(done.stderr, /response=ok&report=[^&\s]+&bug=[^&\s]+/);
        }
        assert.equal((await server.latestReports(PRODUCT, token)).length, 2);
      });

      it('a report that was sent already is recognised when it comes again', async () => {
        const token = randomUUID();
        const queue = new QueueFolder();
        await sample.run('crash', variables(queue, token));
        const [report] = await server.latestReports(PRODUCT, token);
        assert.ok(report);
        queue.addFile(`${String(report['occurrence_id'])}.json`, JSON.stringify(report));
        await sample.run('flush', variables(queue, token));
        assert.deepEqual(queue.names(), [], 'the server took it');
        assert.equal((await server.latestReports(PRODUCT, token)).length, 1);
      });
    });
  }

  const missing = existsSync(CHROMIUM)
    ? false
    : `${CHROMIUM} is not installed; see scripts/install-runtimes.sh`;
  if (missing !== false && process.env['CI'] === 'true') throw new Error(missing);
  it('the report of a browser arrives as expected', { skip: missing }, async () => {
    const pages = await startPageServer();
    const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
    try {
      const context = await browser.newContext();
      await context.addCookies([
        { name: 'sid', value: 'hunter2', url: pages.origin },
        { name: 'theme', value: 'dark', url: pages.origin },
      ]);
      const page = await context.newPage();
      const token = randomUUID();
      const query = `url=${encodeURIComponent(server.url)}&product=${PRODUCT}&token=${token}`;
      await page.goto(`${pages.origin}/sample/index.html?${query}`);
      await page.click('#crash');
      await page.waitForFunction('localStorage.length === 1', undefined, { timeout: 10_000 });
      const file = path.resolve(import.meta.dirname, '../javascript/expected-report.browser.json');
      const [report] = await server.latestReports(PRODUCT, token);
      assert.equal(readableDifferences(JSON.parse(readFileSync(file, 'utf8')), report), '');
    } finally {
      await browser.close();
      await pages.close();
    }
  });
});
