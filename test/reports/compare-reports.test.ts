// Two reports side by side, and how cases of a bug differ, in words.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { isNearlyUnique } from '../../src/reports/web/components/bug-values.ts';
import { besideByName, differenceWords, framesBeside } from '../../src/reports/view/compare-reports.ts';
import { changeOf } from '../../src/reports/view/change-words.ts';
import { PASSWORD, addPerson, startRunning } from './support/running.ts';
import type { Running } from './support/running.ts';
import { crash, fileReport, frame, processed, SHOP_STACK } from './support/seed-bugs.ts';
import { Visitor } from './support/visitor.ts';

describe('what differs', () => {
  test('annotations stand by name, those that differ first, and several of one name together', () => {
    const value = (key: string, text: string, isProtected = false) => ({
      key,
      value: text,
      protected: isProtected,
    });
    const rows = besideByName(
      [value('b', '1'), value('a', 'x'), value('a', 'y'), value('only', 'here')],
      [value('b', '1'), value('a', 'x'), value('secret', 's', true)],
    );
    assert.deepEqual(
      rows.map(({ name, one, other, differs }) => [name, one, other, differs]),
      [
        ['a', 'x, y', 'x', true],
        ['only', 'here', null, true],
        ['secret', null, 's', true],
        ['b', '1', '1', false],
      ],
    );
    assert.equal(rows.find(({ name }) => name === 'secret')?.protected, true);
  });

  test('stacks are aligned by function; another line of the same function is told from another function', () => {
    const at = (name: string, line: number) => frame({ function: name, file: 'a.c', line });
    const rows = framesBeside(
      [at('top', 1), at('mid', 2), at('main', 3)],
      [at('top', 1), at('new', 9), at('mid', 5), at('main', 3)],
    );
    assert.deepEqual(
      rows.map(({ one, other, differs }) => [one, other, differs]),
      [
        ['top  a.c:1', 'top  a.c:1', 'no'],
        [null, 'new  a.c:9', 'yes'],
        ['mid  a.c:2', 'mid  a.c:5', 'place'],
        ['main  a.c:3', 'main  a.c:3', 'no'],
      ],
    );
  });

  test('a case says its reason, its message and where its stack parts, and nothing where nothing can be seen', () => {
    const [own, ...others] = SHOP_STACK;
    const usual = crash();
    const stack = (frames: typeof SHOP_STACK) => ({
      exceptions: [{ kind: 'ZeroDivisionError', message: '', frames, omittedFrames: 0, data: [] }],
    });
    assert.equal(differenceWords(crash(), usual), null);
    assert.equal(differenceWords(crash({ reason: 'KeyError' }), usual), 'KeyError');
    assert.match(differenceWords(crash({ message: 'other' }), usual) ?? '', /^says “other”$/);
    const inserted = crash(
      stack([...(own === undefined ? [] : [own]), frame({ function: 'retry' }), ...others]),
    );
    assert.match(differenceWords(inserted, usual) ?? '', /^below total stands retry$/);
    const moved = crash(stack([{ ...frame(), ...own, line: 99 }, ...others]));
    assert.match(differenceWords(moved, usual) ?? '', /^at total {2}\/srv\/shop\/cart\.py:99$/);
    const shorter = crash(stack(SHOP_STACK.slice(0, -1)));
    assert.match(differenceWords(shorter, usual) ?? '', /^lacks main$/);
  });

  test('a key of which nearly every crash has its own value is no facet; one with a frequent value is', () => {
    const values = (counts: readonly number[], rest = 0) => [
      ...counts.map((count, at) => ({ section: 's', key: 'k', value: `v${at}`, count, protected: false })),
      ...(rest === 0 ? [] : [{ section: 's', key: 'k', value: null, count: rest, protected: false }]),
    ];
    assert.equal(isNearlyUnique(values([1, 1, 1, 1, 1])), true);
    assert.equal(isNearlyUnique(values([3, 2, 2], 400)), true, 'a customer number with some who crash often');
    assert.equal(isNearlyUnique(values([1, 1])), false, 'two crashes are too few to say so');
    assert.equal(isNearlyUnique(values([40, 1, 1, 1], 60)), false);
    assert.equal(isNearlyUnique(values([7])), false);
  });

  test('a change is told from chance and from small numbers', () => {
    assert.equal(changeOf(4, 1).kind, 'few');
    assert.equal(changeOf(105, 100).kind, 'same');
    assert.deepEqual(changeOf(160, 100), { kind: 'more', words: '▲ 60 %' });
    assert.deepEqual(changeOf(50, 100), { kind: 'less', words: '▼ 50 %' });
    assert.equal(changeOf(12, 0).kind, 'new');
  });
});

describe('the pages', () => {
  let running: Running;
  let reader: Visitor;
  let writer: Visitor;
  let bug = 0;
  const ids: string[] = [];
  const day = new Date().toISOString().slice(0, 10);

  before(async () => {
    running = await startRunning();
    await addPerson(running.store, { email: 'reader@example.org', role: 'read' });
    await addPerson(running.store, { email: 'writer@example.org', role: 'triage', seesProtected: true });
    reader = new Visitor(running.url);
    writer = new Visitor(running.url);
    await reader.signIn('reader@example.org', PASSWORD);
    await writer.signIn('writer@example.org', PASSWORD);
    const now = Date.now();
    for (const [at, version] of ['1.0', '1.0', '1.1'].entries()) {
      const { crashId, filed } = await fileReport(
        running.store,
        {
          receivedAt: now - (10 - at) * 60_000,
          identity: `report ${at}`,
          annotations: [
            { key: 'Comments', value: `canary-comment-${at}` },
            { key: 'release', value: version },
          ],
        },
        processed(
          [
            crash({
              day,
              caseKey: at === 2 ? 'second' : 'first',
              message: at === 2 ? 'quite another' : 'integer division or modulo by zero',
              sections: [
                { name: 'annotations', protected: true, values: [['Comments', `canary-comment-${at}`]] },
                { name: 'environment', protected: false, values: [['python_version', `3.${version}`]] },
                { name: 'request', protected: true, values: [['REMOTE_USER', `canary-user-${at}`]] },
              ],
            }),
          ],
          { version, platform: at === 0 ? 'windows' : 'linux', installation: `i${at}` },
        ),
      );
      ids.push(crashId);
      bug = filed[0]?.bugId ?? 0;
    }
  });

  after(() => running.stop());

  test('two reports are compared without telling more than their own pages', async () => {
    const path = `/bugs/${bug}/reports/compare?one=${ids[2]}&other=${ids[0]}`;
    const all = await writer.get(path);
    assert.equal(all.status, 200);
    assert.match(
      all.text,
      /<th scope="row">Version<\/th> <td class="value"><strong>1\.1<\/strong><\/td> <td class="value"><strong>1\.0<\/strong>/,
    );
    assert.match(all.text, /canary-user-2<\/strong>.*?canary-user-0<\/strong>/);
    assert.match(all.text, /environment\.python_version/);
    const some = await reader.get(path);
    assert.equal(some.status, 200);
    assert.doesNotMatch(some.text, /canary/);
    assert.match(some.text, /protected annotations are not shown/);
    assert.equal((await reader.get(`/bugs/${bug}/reports/compare?one=nonsense`)).status, 404);
    assert.equal((await reader.get('/bugs/99999/reports/compare')).status, 404);
    const newest = await reader.get(`/bugs/${bug}/reports/compare`);
    assert.match(
      newest.text,
      new RegExp(`one=[^"]*other=${ids[0]}`),
      'a step to the report before the two newest',
    );
  });

  test('a bug is walked report by report, under its filter, too', async () => {
    const first = await reader.get(`/bugs/${bug}`);
    assert.match(first.text, new RegExp(`href="/bugs/${bug}\\?report=${ids[1]}#stack" rel="next"`));
    assert.doesNotMatch(first.text, /rel="prev"/);
    const middle = await reader.get(`/bugs/${bug}?report=${ids[1]}`);
    assert.match(middle.text, new RegExp(`report=${ids[2]}#stack" rel="prev"`));
    assert.match(middle.text, new RegExp(`report=${ids[0]}#stack" rel="next"`));
    const filtered = await reader.get(`/bugs/${bug}?version=1.0`);
    assert.match(
      filtered.text,
      new RegExp(`of report <a href="/reports/${ids[1]}\\?version=1\\.0">`),
      'the newest of the filter stands for it',
    );
    assert.match(filtered.text, new RegExp(`version=1\\.0&amp;report=${ids[0]}#stack" rel="next"`));
    assert.doesNotMatch(filtered.text, /rel="prev"/);
  });

  test('a report leads to the newer and the older one of its bug, under the filter that it was come from', async () => {
    const steps = async (path: string) => {
      const { text } = await reader.get(path);
      const to = (rel: string) => new RegExp(`href="([^"]*)" rel="${rel}"`).exec(text)?.[1] ?? null;
      return [to('prev'), to('next')];
    };
    const path = (at: number) => `/reports/${ids[at]}`;
    assert.deepEqual(await steps(path(2)), [null, path(1)]);
    assert.deepEqual(await steps(path(1)), [path(2), path(0)]);
    assert.deepEqual(await steps(path(0)), [path(1), null]);
    assert.deepEqual(await steps(`${path(1)}?version=1.0`), [null, `${path(0)}?version=1.0`]);
    assert.deepEqual(await steps(`${path(2)}?version=1.0`), [null, `${path(1)}?version=1.0`]);
    const filtered = await reader.get(`/bugs/${bug}?version=1.0`);
    assert.match(filtered.text, new RegExp(`of report <a href="${path(1)}\\?version=1\\.0">`));
    assert.match(
      (await reader.get(`${path(1)}?version=1.0`)).text,
      new RegExp(`of <a href="/bugs/${bug}\\?version=1\\.0">bug ${bug}</a>, under its filter`),
    );
  });

  test('reports of one second are walked one by one, and never back', async () => {
    const at = Date.now() - 3_600_000;
    const same: string[] = [];
    let id = 0;
    for (let n = 0; n < 5; n += 1) {
      const made = processed([crash({ day, key: 'burst', caseKey: 'burst', signature: 'burst' })], {
        version: '3.0',
      });
      const { crashId, filed } = await fileReport(
        running.store,
        { receivedAt: at - (at % 1000) + n * 10 },
        made,
      );
      same.push(crashId);
      id = filed[0]?.bugId ?? 0;
    }
    for (const rel of ['next', 'prev']) {
      const seen = new Set<string>();
      let here: string | null = null;
      const first = await reader.get(`/bugs/${id}?version=3.0`);
      here = /of report <a href="\/reports\/([^?"]+)/.exec(first.text)?.[1] ?? null;
      // To the end in one direction, then all the way in the other.
      for (let n = 0; here !== null && n < 12; n += 1) {
        const text: string = (await reader.get(`/reports/${here}?version=3.0`)).text;
        const other = rel === 'next' ? 'prev' : 'next';
        const next: string | null =
          new RegExp(`href="/reports/([^?"]+)\\?version=3\\.0" rel="${other}"`).exec(text)?.[1] ?? null;
        if (next === null) break;
        here = next;
      }
      for (let n = 0; here !== null && n < 12; n += 1) {
        assert.ok(!seen.has(here), 'never back');
        seen.add(here);
        const text: string = (await reader.get(`/reports/${here}?version=3.0`)).text;
        here = new RegExp(`href="/reports/([^?"]+)\\?version=3\\.0" rel="${rel}"`).exec(text)?.[1] ?? null;
      }
      assert.deepEqual([...seen].toSorted(), same.toSorted(), rel);
    }
  });

  test('its page tells versions by platform, whom it hits, how cases differ, and what people said', async () => {
    const { text } = await writer.get(`/bugs/${bug}`);
    assert.match(text, new RegExp(`href="/bugs/${bug}\\?version=1\\.0&amp;platform=windows">1</a>`));
    assert.match(text, /3 installations, as far as reports are stored/);
    assert.match(text, /says “quite another”/);
    assert.match(text, /What people said[\s\S]*?canary-comment-2[\s\S]*?canary-comment-1/);
    assert.match(text, /python_version[\s\S]*?67\s%/);
    const some = await reader.get(`/bugs/${bug}`);
    assert.doesNotMatch(some.text, /canary/);
  });

  test('what people said is that of the crashes that the filter selects', async () => {
    for (const at of [0, 2]) {
      await running.store.intake.putFeedback(
        'default',
        'shop',
        { eventId: null, name: 'Ann', email: '', message: `canary-feedback-${at}`, url: '' },
        `report ${at}`,
      );
    }
    const said = async (query: string) =>
      [...(await writer.get(`/bugs/${bug}${query}`)).text.matchAll(/canary-(?:feedback|comment)-\d/g)].map(
        ([words]) => words,
      );
    assert.deepEqual(
      new Set(await said('')),
      new Set([
        'canary-feedback-2',
        'canary-feedback-0',
        'canary-comment-2',
        'canary-comment-1',
        'canary-comment-0',
      ]),
    );
    assert.deepEqual(new Set(await said('?version=1.1')), new Set(['canary-feedback-2', 'canary-comment-2']));
    assert.deepEqual(
      new Set(await said('?version=1.0')),
      new Set(['canary-feedback-0', 'canary-comment-0', 'canary-comment-1']),
    );
    assert.deepEqual(await said('?version=9'), []);
    assert.doesNotMatch((await reader.get(`/bugs/${bug}?version=1.1`)).text, /canary/);
  });

  test('the first page says what is new, what came back and what is refused', async () => {
    await running.store.bugs.closeBug(bug, 'Ada', { inVersion: '1.0' });
    await running.store.bugs.reopenBug(bug, 'Ada');
    running.store.intake.addInbox({
      at: Date.now(),
      protocol: 'crashpad',
      method: 'POST',
      path: '/submit',
      product: 'shop',
      outcome: 'refused',
      reason: 'unknown_product',
      detail: '',
      status: 400,
      bodyBytes: 1,
      clientHash: null,
      crashId: null,
      headers: {},
    });
    const { text } = await reader.get('/');
    assert.match(text, /What needs a look/);
    assert.match(text, new RegExp(`>new</span></td> <td> <a class="row" href="/bugs/${bug}\\?period=28d"`));
    assert.match(text, /too few to tell/);
  });
});
