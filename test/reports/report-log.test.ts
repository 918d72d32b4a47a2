import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readLog } from '../../src/formats/logs/read-log.ts';
import type { ProcessedLog } from '../../src/report/processed-report.ts';
import { logSection } from '../../src/reports/web/components/report-log.ts';

const TEXT =
  'started\n2026-03-14 12:00:00 WARN shop.Mailer - not sent\nshop.MailException: <b>refused\n\tat shop.Mailer.send(Mailer.java:10)\nException in thread "main" shop.TillError: closed\n\tat shop.Till.open(Till.java:12)\nbye\n';

function log(): ProcessedLog {
  const { crash, segments } = readLog(TEXT);
  assert.ok(crash !== null);
  const place = ({ start, end, firstLine, lastLine }: typeof crash): ProcessedLog['place'] => ({
    start,
    end,
    firstLine,
    lastLine,
  });
  return {
    source: 'annotation',
    name: 'log',
    place: place(crash),
    others: segments
      .filter((segment) => segment !== crash)
      .map((segment) =>
        Object.assign(place(segment), {
          language: 'java',
          kind: segment.trace.kind,
          message: segment.trace.message,
          frame: null,
          fate: segment.fate,
        }),
      ),
  };
}

/** The section as a browser gets it. */
function shown(text: string | null): string {
  const section: unknown = logSection(log(), text);
  return String(section);
}

describe('the place of a crash in its log', () => {
  it('is marked in the original, and other traces are listed, escaped', () => {
    const page = shown(TEXT);
    const marked = /<mark>([\s\S]*?)<\/mark>/.exec(page)?.[1] ?? '';
    assert.ok(marked.includes('shop.TillError: closed') && marked.includes('Till.java:12'));
    assert.ok(!marked.includes('Mailer') && !marked.includes('bye'));
    assert.match(page, /Also in this log[\s\S]*shop\.MailException: &lt;b&gt;refused[\s\S]*handled/);
  });

  it('is said without the original to people who may not see it', () => {
    const page = shown(null);
    assert.match(page, /lines 5 to 6/);
    assert.ok(!page.includes('Till.java'));
  });

  it('is no section for a report that was not read from a text', () => {
    assert.equal(logSection(undefined, null), null);
  });
});
