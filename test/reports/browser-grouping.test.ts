// What people do about grouping, in a real browser: rules with a preview and undone, similar bugs side by side, a merge after a look and undone.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import { createLog } from '../../src/base/log.ts';
import { createMetrics } from '../../src/base/metrics.ts';
import { startProcessor } from '../../src/process/start-processing.ts';
import { createSetupLink } from '../../src/reports/auth/one-time-link.ts';
import { eventually, storeReport } from '../store/conformance/report-builder.ts';
import { BROWSER_ABSENT, findBrowser } from './support/browser.ts';
import { measureContrast } from './support/contrast.ts';
import { PASSWORD, startRunning } from './support/running.ts';
import type { Running } from './support/running.ts';

const executablePath = findBrowser();
const skip = executablePath === null && process.env['CI'] !== 'true' ? BROWSER_ABSENT : false;

const EMAIL = 'ada@example.org';
const PRODUCT = 'Ferry';
const FRAMES = ['ferry.Dock.moor', 'ferry.Pier.take', 'ferry.Harbour.run', 'ferry.Main.main'];

function trace(kind: string, frames: readonly string[]): string {
  return `${[`${kind}: quay 7 is full`, ...frames.map((frame, at) => `\tat ${frame}(Dock.java:${at + 4})`)].join('\n')}\n`;
}

describe('grouping in a browser', { skip }, () => {
  let running: Running;
  let browser: Browser;
  let page: Page;
  const faults: string[] = [];

  /** Reports of one trace, processed as they are. */
  async function crashes(times: number, kind: string, frames: readonly string[]): Promise<void> {
    for (let time = 0; time < times; time += 1) {
      const annotations = [{ key: 'JavaStackTrace', value: trace(kind, frames) }];
      await storeReport(running.store, { product: PRODUCT, annotations });
    }
  }

  async function bugOf(title: string): Promise<number> {
    const { rows } = await running.store.bugs.listBugs({ product: PRODUCT }, { limit: 50 });
    return rows.find((row) => row.title === title)?.id ?? assert.fail(`no bug ${title}`);
  }

  before(async () => {
    assert.notEqual(executablePath, null, BROWSER_ABSENT);
    running = await startRunning();
    await crashes(3, 'ferry.FullError', FRAMES);
    await crashes(2, 'ferry.FullError', ['ferry.Dock.anchor', ...FRAMES.slice(1)]);
    await crashes(2, 'ferry.RopeError', ['com.thirdparty.Rope.pull', ...FRAMES]);
    const processor = await startProcessor({
      store: running.store,
      log: createLog('silent'),
      metrics: createMetrics(),
      processor: 'test',
      concurrency: 1,
    });
    processor.nudge();
    await eventually(
      () => running.store.queue.counts(),
      ({ queued, leased }) => queued + leased === 0,
    );
    await processor.close();
    browser = await chromium.launch({ executablePath: executablePath ?? '', args: ['--no-sandbox'] });
    const context = await browser.newContext({
      viewport: { width: 1280, height: 900 },
      baseURL: running.url,
    });
    page = await context.newPage();
    page.on('pageerror', (error) => faults.push(`${page.url()}: ${error.message}`));
    await page.goto((await createSetupLink(running.store, running.url)) ?? '');
    for (const [name, text] of [
      ['name', 'Ada'],
      ['email', EMAIL],
    ] as const)
      await page.fill(`[name=${name}]`, text);
    for (const input of await page.locator('input[type=password]').all()) await input.fill(PASSWORD);
    await page.click('button.primary');
    await page.waitForURL('**/?done=welcome');
  });

  after(async () => {
    await browser?.close();
    await running?.stop();
  });

  test('a rule is tried on the last reports, saved, and undone', async () => {
    const rules = `/products/default/${PRODUCT}/rules`;
    await page.goto(rules);
    await page.fill('[name=frameRules]', '-package:com.thirdparty');
    await page.click('text=Preview on the last 100 reports');
    const preview = await page.locator('.preview').first().innerText();
    assert.match(preview, /2 would be grouped otherwise and 2 named otherwise/);
    assert.match(preview, /If these reports were processed again, crashes would move/);
    const rope = await bugOf('ferry.RopeError: com.thirdparty.Rope.pull');
    const move = page.locator('table', { hasText: 'Crashes that would move' }).locator('tbody tr');
    assert.match(
      await move.innerText(),
      new RegExp(`2[\\s\\S]*${rope}[\\s\\S]*the same bug under a new key`),
    );
    assert.equal(
      await page.inputValue('[name=frameRules]'),
      '-package:com.thirdparty',
      'what was typed stays',
    );
    assert.deepEqual((await running.store.bugs.productRules('default', PRODUCT)).frameRules, []);

    await page.click('text=Save rules');
    await page.waitForURL(`**${rules}?done=saved`);
    assert.deepEqual((await running.store.bugs.productRules('default', PRODUCT)).frameRules, [
      '-package:com.thirdparty',
    ]);
    await page.click('text=Undo the last change of rules');
    await page.waitForURL(`**${rules}?done=saved`);
    assert.equal(await page.inputValue('[name=frameRules]'), '');
    assert.deepEqual((await running.store.bugs.productRules('default', PRODUCT)).frameRules, []);
  });

  test('a similar bug is seen side by side, merged after a look at what that would do, and the merge is undone', async () => {
    const [one, other] = [
      await bugOf('ferry.FullError: ferry.Dock.anchor'),
      await bugOf('ferry.FullError: ferry.Dock.moor'),
    ];
    await page.goto(`/bugs/${one}`);
    const suggestion = page.locator('details.similar', { hasText: `Bug ${other}` });
    await suggestion.locator('summary').click();
    assert.match(await suggestion.innerText(), /The frames that name them differ/);
    assert.deepEqual(await suggestion.locator('table').last().locator('strong').allInnerTexts(), [
      'ferry.Dock.anchor',
      'ferry.Dock.moor',
    ]);
    await suggestion.getByText(`Compare or merge with bug ${other}`).click();
    await page.waitForURL(`**/bugs/${one}/compare?with=${other}`);
    const kind = page.locator('tr', { hasText: 'Kind' });
    assert.deepEqual(await kind.locator('td').allInnerTexts(), ['ferry.FullError', 'ferry.FullError']);
    assert.equal(await kind.locator('strong').count(), 0, 'what is the same is not in bold');
    const form = page.locator('form', { hasText: `Merge bug ${one} into bug ${other}` });
    assert.match(await form.innerText(), new RegExp(`Bug ${other} would have 5 crashes`));

    await form.locator('button').click();
    await page.waitForURL(`**/bugs/${other}?done=bug-merged`);
    assert.match(await page.locator('.figures').innerText(), /5\s*crashes/);
    const merged = page.locator('section', { hasText: 'Merged into this bug' }).last();
    assert.match(
      await merged.innerText(),
      new RegExp(`Bug ${one}: ferry.FullError: ferry.Dock.anchor\\s+by Ada`),
    );
    await page.goto(`/bugs/${one}`);
    await page.waitForURL(`**/bugs/${other}`);

    await page.click(`text=Undo the merge of bug ${one}`);
    await page.waitForURL(`**/bugs/${one}?done=bug-unmerged`);
    assert.match(await page.locator('.figures').innerText(), /2\s*crashes/);
    assert.match(
      await page.locator('.history').innerText(),
      /Ada undid a merge: out of #\d+ .*with 2 crashes, 0 of them since/,
    );
    await page.goto(`/bugs/${other}`);
    assert.match(await page.locator('.figures').innerText(), /3\s*crashes/);
  });

  test('a report says why it is not in another bug', async () => {
    const [one, other] = [
      await bugOf('ferry.RopeError: com.thirdparty.Rope.pull'),
      await bugOf('ferry.FullError: ferry.Dock.moor'),
    ];
    const bug = await running.store.bugs.getBug(one);
    await page.goto(`/reports/${bug?.newestReport ?? ''}`);
    await page.click('text=Why is this report here?');
    await page.fill('[name=with]', String(other));
    await page.click('text=Compare');
    await page.waitForURL(`**/bugs/${one}/compare?with=${other}`);
    assert.match(
      await page.locator('main').innerText(),
      /Their kinds differ: "ferry.RopeError" and "ferry.FullError"/,
    );
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    test(`the pages fit any width and can be read on ${colorScheme} paper`, async () => {
      const [one, other] = [
        await bugOf('ferry.FullError: ferry.Dock.anchor'),
        await bugOf('ferry.FullError: ferry.Dock.moor'),
      ];
      await running.store.bugs.mergeBugs(
        await bugOf('ferry.RopeError: com.thirdparty.Rope.pull'),
        other,
        'Ada',
      );
      await page.emulateMedia({ colorScheme });
      for (const address of [`/bugs/${one}`, `/bugs/${other}`, `/bugs/${one}/compare?with=${other}`]) {
        await page.goto(address);
        await page.evaluate(
          'document.querySelectorAll("details").forEach((details) => { details.open = true; })',
        );
        const { checked, weak } = (await page.evaluate(measureContrast)) as {
          checked: number;
          weak: unknown[];
        };
        assert.ok(checked > 3, address);
        assert.deepEqual(weak, [], address);
        for (const width of [390, 800, 1440]) {
          await page.setViewportSize({ width, height: 900 });
          const over = await page.evaluate(
            'document.documentElement.scrollWidth - document.documentElement.clientWidth',
          );
          assert.equal(over, 0, `${address} at ${width}`);
        }
      }
      const rope = await running.store.bugs.mergesOf(other, 5);
      for (const { id } of rope) await running.store.bugs.unmergeBug(id, 'Ada');
    });
  }

  test('no script failed', () => {
    assert.deepEqual(faults, []);
  });
});
