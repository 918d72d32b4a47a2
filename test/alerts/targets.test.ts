// What each target makes of a message: the shape that its server takes, and strangers' words that stay words.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { TARGETS, targetNamed } from '../../src/alerts/targets/target-registry.ts';
import type { TargetRequest } from '../../src/alerts/targets/target.ts';
import type { AlertNotice, BugPicture, Payload } from '../../src/store/notice-payload.ts';
import type { Webhook } from '../../src/store/notifications.ts';

const NOON = Date.UTC(2026, 10, 18, 12);
const REPORTS_URL = 'https://mayday.example';

const bug = (fields: Partial<BugPicture> = {}): BugPicture => ({
  ...{
    id: 42,
    account: 'default',
    product: 'Shop',
    title: 'Cart.total',
    message: 'division by zero',
    kind: 'python',
  },
  ...{ language: 'python', severity: 'normal', state: 'open', count: 3, installations: 2, firstSeenAt: NOON },
  ...{
    lastSeenAt: NOON,
    firstVersion: '1.0',
    lastVersion: '1.2',
    assignee: null,
    ticket: null,
    newestReport: null,
  },
  ...fields,
});

function alert(fields: Partial<AlertNotice> = {}, title = 'Cart.total'): Payload {
  return {
    notice: 'alert',
    at: NOON,
    rule: {
      id: 3,
      name: 'Many crashes',
      account: 'default',
      product: 'Shop',
      words: 'at least 3 crashes in 1 hour',
    },
    findings: [{ at: NOON, what: 'fired', words: '5 crashes in 1 hour (limit 3)', value: 5, limit: 3 }],
    more: 0,
    bugs: [{ ...bug({ title }), crashes: 4 }],
    path: '/search?q=received%3Ax&product=Shop',
    quietHours: null,
    ...fields,
  };
}

const newBug = (fields: Partial<BugPicture> = {}): Payload => ({
  notice: 'new',
  at: NOON,
  bug: bug(fields),
  spike: null,
  quietHours: null,
});

function requestOf(format: string, payload: Payload, fields: Partial<Webhook> = {}): TargetRequest {
  const target = targetNamed(format);
  assert.ok(target !== undefined);
  const webhook: Webhook = {
    ...{
      id: 1,
      account: 'default',
      product: null,
      url: 'https://chat.example/hook',
      secret: 's3cret',
      format,
    },
    ...{ notices: [], enabled: true, room: '!room:matrix.example', token: 'syt_token' },
    ...fields,
  };
  return target.request(webhook, payload, { deliveryId: 17, sentAt: NOON, reportsUrl: REPORTS_URL });
}

// oxlint-disable-next-line typescript/no-explicit-any -- bodies of chats, whose shape the tests spell out
const bodyOf = (format: string, payload: Payload): any => JSON.parse(requestOf(format, payload).body);

describe('every target of the registry', () => {
  for (const { name } of TARGETS) {
    test(`${name} makes one bounded request of every message, and says where to look`, () => {
      const huge = 'x'.repeat(20_000);
      const many = alert({
        bugs: Array.from({ length: 20 }, (_, id) => ({ ...bug({ id: id + 1, title: huge }), crashes: 1 })),
        findings: Array.from({ length: 50 }, () => ({
          at: NOON,
          what: 'fired',
          words: huge.slice(0, 500),
          value: 1,
          limit: 1,
        })),
      });
      const test: Payload = { notice: 'test', at: NOON, by: 'Ann', quietHours: null };
      for (const payload of [alert(), newBug(), newBug({ title: huge, message: huge }), many, test]) {
        const { url, body } = requestOf(name, payload);
        assert.equal(url.hostname, 'chat.example');
        assert.doesNotThrow(() => JSON.parse(body));
        if (name !== 'mayday') assert.ok(body.length < 64_000, `${name}: ${body.length}`);
        assert.ok(body.includes(REPORTS_URL) || payload.notice === 'test');
      }
      assert.ok(requestOf(name, alert()).body.includes('Many crashes'));
      assert.ok(requestOf(name, alert()).body.includes('5 crashes in 1 hour'));
    });
  }
});

test('Slack gets one text, in which strangers neither mention nor link', () => {
  const body = bodyOf('slack', alert({}, '<!channel> <https://evil.example|here> *bold*'));
  assert.deepEqual(Object.keys(body), ['text']);
  assert.ok(
    body.text.startsWith(
      '*Alert* in Shop: <https://mayday.example/search?q=received%3Ax&product=Shop|Many crashes>\n',
    ),
  );
  assert.ok(!body.text.includes('<!'));
  assert.ok(!body.text.includes('<https://evil'));
  assert.match(body.text, /\n• <https:\/\/mayday\.example\/bugs\/42\|/);
});

test('Slack itself gets blocks beside the text, within its bounds; words of strangers are no markup in them', () => {
  const hook = { url: 'https://hooks.slack.com/services/T0/B0/x' };
  const blocksOf = (payload: Payload) =>
    JSON.parse(requestOf('slack', payload, hook).body) as {
      readonly text: string;
      // oxlint-disable-next-line typescript/no-explicit-any -- tests look into what was sent
      readonly blocks: readonly any[];
    };
  const evil = '<!channel> <https://evil.example|here> *bold* :smile: @here';
  const sent = blocksOf(newBug({ title: evil, message: evil }));
  assert.ok(sent.text.length > 0);
  assert.deepEqual(
    sent.blocks.map(({ type, text, elements }) => [type, text?.type ?? elements[0].type]),
    [
      ['section', 'mrkdwn'],
      ['section', 'plain_text'],
      ['context', 'mrkdwn'],
    ],
  );
  assert.match(
    sent.blocks[0].text.text,
    /^\*New bug\* in Shop\n\*<https:\/\/mayday\.example\/bugs\/42\|&lt;!channel/,
  );
  assert.deepEqual([sent.blocks[1].text.text, sent.blocks[1].text.emoji], [evil, false]);
  assert.ok(sent.blocks.every(({ text }) => text?.type !== 'mrkdwn' || text.verbatim === true));
  const alerted = blocksOf(alert({}, evil));
  assert.match(alerted.blocks.at(-1).text.text, /^• <https:\/\/mayday\.example\/bugs\/42\|/);
  // What Slack refuses as too long is cut at whole lines, and no address is cut.
  const long = blocksOf(alert({ path: `/search?q=${'x'.repeat(4000)}` }, '*'.repeat(250)));
  for (const { text, elements } of long.blocks) {
    const said = String((text ?? elements[0]).text);
    assert.ok(said.length > 0 && said.length <= 3000);
    assert.equal(said.split('<http').length, said.split(/<https?:[^|>]*\|[^>]*>/).length);
  }
  assert.equal('blocks' in bodyOf('slack', newBug({})), false, 'others get the text alone');
});

test('Teams gets an Adaptive Card of runs, which read no markdown', () => {
  const body = bodyOf('teams', alert({}, '[click](https://evil.example) <at>all</at>'));
  assert.equal(body.type, 'message');
  const [attachment] = body.attachments;
  assert.equal(attachment.contentType, 'application/vnd.microsoft.card.adaptive');
  assert.deepEqual([attachment.content.type, attachment.content.version], ['AdaptiveCard', '1.4']);
  for (const block of attachment.content.body) {
    assert.equal(block.type, 'RichTextBlock');
    for (const run of block.inlines) assert.equal(run.type, 'TextRun');
  }
  assert.deepEqual(attachment.content.actions, [
    {
      type: 'Action.OpenUrl',
      title: 'Open in Mayday',
      url: 'https://mayday.example/search?q=received%3Ax&product=Shop',
    },
  ]);
  // No entities, so nobody is mentioned.
  assert.equal(attachment.content.msteams.entities, undefined);
});

test('Discord gets one embed that mentions nobody', () => {
  const body = bodyOf('discord', alert({}, '@everyone [click](https://evil.example) **bold**'));
  assert.deepEqual(body.allowed_mentions, { parse: [] });
  assert.equal(body.embeds.length, 1);
  const [embed] = body.embeds;
  assert.equal(embed.url, 'https://mayday.example/search?q=received%3Ax&product=Shop');
  assert.equal(embed.timestamp, new Date(NOON).toISOString());
  assert.ok(embed.title.length <= 256 && embed.description.length <= 4096);
  assert.ok(embed.description.includes(String.raw`\[click\]\(https\:`), embed.description);
  assert.ok(!embed.description.includes('**bold**'));
  assert.ok(!/(^|[^\\])@everyone/.test(embed.description));
});

test('Matrix gets a message into its room, once for each delivery, with its token', () => {
  const { method, url, headers, body } = requestOf('matrix', newBug({ title: '<b>x</b> & "y"' }), {
    url: 'https://chat.example/',
  });
  assert.equal(method, 'PUT');
  assert.match(
    url.pathname,
    /^\/_matrix\/client\/v3\/rooms\/!room%3Amatrix\.example\/send\/m\.room\.message\/[0-9a-f]{32}$/,
  );
  assert.equal(headers['authorization'], 'Bearer syt_token');
  const said = JSON.parse(body);
  assert.equal(said.msgtype, 'm.text');
  assert.equal(said.format, 'org.matrix.custom.html');
  assert.deepEqual(said['m.mentions'], {});
  assert.ok(said.formatted_body.includes('&lt;b&gt;x&lt;/b&gt; &amp; &quot;y&quot;'));
  assert.ok(said.body.includes('<b>x</b> & "y"'));
  // The same attempt again is the same transaction; another webhook's is another.
  const root = { url: 'https://chat.example' };
  assert.equal(requestOf('matrix', newBug(), root).url.pathname, url.pathname);
  assert.notEqual(requestOf('matrix', newBug(), { ...root, secret: 'other' }).url.pathname, url.pathname);
});

test('a server gets Mayday’s JSON, signed', () => {
  const { headers, body } = requestOf('mayday', alert({ more: 2 }));
  assert.match(headers['x-mayday-signature'] ?? '', /^sha256=[0-9a-f]{64}$/);
  const { rule, findings, more, bugs, url, notice, schema } = JSON.parse(body);
  assert.deepEqual([schema, notice, more], [1, 'alert', 2]);
  assert.equal(rule.url, 'https://mayday.example/alerts/3');
  assert.equal(findings[0].at, new Date(NOON).toISOString());
  assert.deepEqual([bugs[0].crashes, bugs[0].url], [4, 'https://mayday.example/bugs/42']);
  assert.equal(url, 'https://mayday.example/search?q=received%3Ax&product=Shop');
});
