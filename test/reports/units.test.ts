// The small pure parts of the reports server.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Attempts } from '../../src/reports/attempts.ts';
import { localPath } from '../../src/reports/auth/return-path.ts';
import { safeFileName } from '../../src/reports/http/file-name.ts';
import { dateFilter } from '../../src/reports/view/date-filter.ts';
import { excerpt } from '../../src/reports/view/excerpt.ts';
import { prettyJson } from '../../src/reports/view/pretty-json.ts';
import { relativeTime } from '../../src/reports/web/components/relative-time.ts';
import { count, sizeText } from '../../src/reports/web/components/value-table.ts';
import { html } from 'hono/html';

describe('a return path', () => {
  test('always stays on this server', () => {
    const piece = fc.constantFrom(
      '/',
      '\\',
      '.',
      '..',
      '//',
      'evil.example',
      ':',
      '@',
      '\t',
      '\n',
      '%2f',
      '?',
      '#',
      'http:',
      'a',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(piece).map((parts) => `/${parts.join('')}`),
        ),
        (path) => {
          const local = localPath(path);
          assert.equal(new URL(local, 'https://mayday.example').origin, 'https://mayday.example');
        },
      ),
      { numRuns: 2000 },
    );
  });

  test('keeps path and query', () => {
    assert.equal(localPath('/reports?product=A%26B&text=x'), '/reports?product=A%26B&text=x');
  });
});

describe('an excerpt', () => {
  test('never costs more than its budget once it is escaped', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), fc.nat(400), (text, budget) => {
        const part = excerpt(text, budget);
        assert.ok(Buffer.byteLength((html`${part.text}` as string).concat()) <= budget);
        assert.ok(text.startsWith(part.text));
        assert.equal(part.complete, part.text === text);
      }),
    );
  });
});

describe('pretty JSON', () => {
  test('means the same as the text', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        const pretty = prettyJson(text, 1_000_000);
        assert.notEqual(pretty, null);
        assert.deepEqual(JSON.parse(pretty ?? ''), JSON.parse(text));
      }),
    );
  });

  test('keeps numbers and repeated keys as they were sent', () => {
    const text = '{"n":12345678901234567890,"n":1.0,"e":{},"l":[ ],"s":"a\\"{,b"}';
    const pretty =
      '{\n  "n": 12345678901234567890,\n  "n": 1.0,\n  "e": {},\n  "l": [],\n  "s": "a\\"{,b"\n}';
    assert.equal(prettyJson(text, 1000), pretty);
  });

  test('is null for what is not JSON', () => {
    for (const text of ['', '{', 'panic: x', '[1,]', "{'a':1}"]) assert.equal(prettyJson(text, 1000), null);
  });

  test('stays bounded however deep the text is', () => {
    const deep = '['.repeat(20_000) + ']'.repeat(20_000);
    const pretty = prettyJson(deep, 5000);
    assert.ok(pretty === null || pretty.length <= 5100);
  });
});

describe('attempts', () => {
  test('are forgotten after their window, and oldest first beyond the bound', () => {
    let now = 0;
    const attempts = new Attempts({ now: () => now, maxKeys: 3 });
    const limit = { max: 2, windowMs: 1000 };
    attempts.failed('a', limit);
    assert.equal(attempts.waitMs('a', limit), 0);
    attempts.failed('a', limit);
    assert.equal(attempts.waitMs('a', limit), 1000);
    now = 1001;
    assert.equal(attempts.waitMs('a', limit), 0);
    for (const key of ['b', 'c', 'd', 'e']) attempts.failed(key, limit);
    assert.equal(attempts.size, 3);
  });

  test('count from the first failure of a window, so that some now and then lock nobody out', () => {
    let now = 0;
    const attempts = new Attempts({ now: () => now });
    const limit = { max: 3, windowMs: 1000 };
    for (; now < 10_000; now += 600) {
      assert.equal(attempts.waitMs('office', limit), 0, `at ${now}`);
      attempts.failed('office', limit);
    }
  });

  test('that are taken back leave the window as it was', () => {
    let now = 0;
    const attempts = new Attempts({ now: () => now });
    const limit = { max: 2, windowMs: 1000 };
    attempts.failed('a', limit);
    now = 900;
    attempts.failed('a', limit);
    assert.equal(attempts.waitMs('a', limit), 100);
    attempts.takeBack('a');
    assert.equal(attempts.waitMs('a', limit), 0);
    attempts.failed('a', limit);
    assert.equal(attempts.waitMs('a', limit), 100);
  });
});

describe('a file name', () => {
  test('never leaves its folder or its header', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        const safe = safeFileName(name);
        assert.match(safe, /^[\w+-][\w.+-]{0,149}$/);
      }),
    );
  });
});

describe('a date filter', () => {
  test('reads days and moments in UTC', () => {
    assert.equal(dateFilter('2026-11-20', 'start'), Date.UTC(2026, 10, 20));
    assert.equal(dateFilter('2026-11-20', 'end'), Date.UTC(2026, 10, 21));
    assert.equal(dateFilter('2026-11-20T14:00', 'start'), Date.UTC(2026, 10, 20, 14));
    assert.equal(dateFilter('2026-11-20T14:00+02:00', 'end'), Date.UTC(2026, 10, 20, 12));
    assert.equal(dateFilter(undefined, 'start'), undefined);
    for (const wrong of ['2026-02-30', '20261120', 'now', '2026-11-20T25:00Z'])
      assert.equal(dateFilter(wrong, 'start'), null);
  });
});

describe('values', () => {
  test('are written for people', () => {
    assert.equal(count(1_234_567), '1\u202f234\u202f567');
    assert.equal(sizeText(512), '512\u00a0B');
    assert.equal(sizeText(2048), '2\u00a0KB');
    assert.equal(sizeText(5120 * 1024 * 1024), '5\u202f120.0\u00a0MB');
    assert.equal(relativeTime(0, 60_000), '1 min ago');
    assert.equal(relativeTime(0, 25 * 3_600_000), '1 d ago');
    assert.equal(relativeTime(5000, 0), 'just now');
    assert.equal(relativeTime(0, 90 * 86_400_000), '1970-01-01');
  });
});
