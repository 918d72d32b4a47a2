// What a product never stores is in no file of the data folder, whatever endpoint brought it and wherever it stood.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { DEFAULT_DATA_RULES } from '../../src/report/privacy/data-rules.ts';
import {
  DSN_ID,
  envelopeOf,
  KEY,
  postSentry,
  startSentry,
  type SentryServer,
} from '../sentry/sentry-server.ts';
import { wordsIn } from '../store/embedded/gone.ts';

/** A word for each place, of names that are never stored. */
let words: string[] = [];
function named(place: string): string {
  const word = `Zqnamed${place}Xw`;
  words.push(word);
  return word;
}
/** A word that is scrubbed as part of an address, and one that an expression of the product finds. */
function scrubbed(place: string): string {
  const mail = `zqmail${place}@example.org`;
  const pattern = `Zqpattern${place}Xw`;
  words.push(mail.slice(0, mail.indexOf('@')), pattern);
  return `from ${mail} and ${pattern}`;
}

describe('what a product never stores', () => {
  let server: SentryServer;
  before(async () => {
    server = await startSentry();
    await server.store.people.updateProduct('default', 'shop', {
      dataRules: {
        ...DEFAULT_DATA_RULES,
        neverStored: ['customer', 'guid', 'contexts.device.serial', 'contact_email'],
        scrub: ['email', 'home'],
        patterns: ['Zqpattern\\w+Xw'],
      },
    });
  });
  after(() => server.close());

  /** Sends something, and looks for every word that it held; the store is asked to write down all that it holds back. */
  const leavesNothing = async (send: () => Promise<unknown>, count = 1): Promise<readonly string[]> => {
    words = [];
    const had = (await server.reports()).length;
    await send();
    const reports = await server.reports();
    assert.equal(reports.length, had + count, 'the report is kept');
    await server.store.reports.listInbox({ limit: 1 });
    await server.store.maintenance.prune();
    assert.deepEqual(wordsIn(server.dir, words), []);
    return reports.slice(0, count).flatMap(({ notes }) => notes);
  };

  it('of a form: annotations, the installation, JSON within a value, the address of the request', async () => {
    const notes = await leavesNothing(async () => {
      const form = new FormData();
      form.set('prod', 'shop');
      form.set('ver', '1.0');
      form.set('Customer', named('annotation'));
      form.set('guid', named('guid'));
      form.set('comments', scrubbed('comments'));
      form.set('settings', JSON.stringify({ customer: named('inner'), volume: 11, note: scrubbed('inner') }));
      form.set('url', `https://shop.example/?customer=${named('query')}&plan=pro`);
      form.set('upload_file_minidump', new Blob(['MDMP nothing']), 'x.dmp');
      const url = `${server.url}/submit?customer=${named('target')}&x=${encodeURIComponent('zqmail')}`;
      assert.equal((await fetch(url, { method: 'POST', body: form })).status, 200);
    });
    assert.deepEqual(notes.filter((note) => note.endsWith('storing.')).length, 2, notes.join('\n'));
    const [report] = await server.reports();
    const values = Object.fromEntries((report?.annotations ?? []).map(({ key, value }) => [key, value]));
    assert.deepEqual(JSON.parse(values['settings'] ?? ''), {
      volume: 11,
      note: 'from [Filtered] and [Filtered]',
    });
    assert.equal(values['url'], 'https://shop.example/?customer=[Filtered]&plan=pro');
    assert.equal(report?.installation, null);
  });

  for (const order of ['the dump and a log first', 'the dump and a log last'])
    it(`of a form with ${order}: the client orders the parts, and the rules are those of the product`, async () => {
      const files = [
        ['upload_file_minidump', 'MDMP nothing'],
        ['log', 'a line'],
      ] as const;
      const send = async (extra: boolean): Promise<void> => {
        const fields: readonly (readonly [string, string])[] = [
          ['customer', named(order.slice(-5))],
          ['guid', named(`guid${order.slice(-4)}`)],
          ['comments', scrubbed(order.slice(-4))],
        ];
        const form = new FormData();
        const addFiles = (): void => {
          for (const [name, text] of files) form.append(name, new Blob([text]), `${name}.dmp`);
        };
        if (order.endsWith('first')) addFiles();
        if (extra)
          form.append(
            'extra',
            new Blob([JSON.stringify({ ...Object.fromEntries(fields), ProductName: 'shop', Version: '1' })], {
              type: 'application/json',
            }),
            'extra.json',
          );
        else {
          for (const [name, value] of fields) form.append(name, value);
          // Whose it is comes as the last of the texts.
          form.append('prod', 'shop');
          form.append('ver', '1');
        }
        if (order.endsWith('last')) addFiles();
        assert.equal((await fetch(`${server.url}/submit`, { method: 'POST', body: form })).status, 200);
      };
      for (const extra of [false, true]) {
        await leavesNothing(() => send(extra));
        const [report] = await server.reports();
        assert.deepEqual(
          [report?.product, report?.attachments.length, report?.installation],
          ['shop', 2, null],
        );
      }
    });

  for (const order of ['before', 'behind'])
    it(`of an envelope whose dump, log and words of people stand ${order} its event`, async () => {
      const id = (order === 'before' ? '1b' : '2b').repeat(16);
      await leavesNothing(async () => {
        const rest = [
          [{ type: 'attachment', filename: 'x.dmp', attachment_type: 'event.minidump' }, 'MDMP'],
          [{ type: 'attachment', filename: 'app.log' }, 'a line'],
          [{ type: 'user_report' }, { event_id: id, name: 'A', email: '', comments: scrubbed(order) }],
        ] as const;
        const event = [
          { type: 'event' },
          {
            event_id: id,
            platform: 'native',
            message: scrubbed(`event${order}`),
            tags: { customer: named(order) },
          },
        ] as const;
        await postSentry(
          server,
          'envelope/',
          envelopeOf({ event_id: id }, ...(order === 'before' ? [...rest, event] : [event, ...rest])),
        );
      });
      const report = await server.ofEvent(id);
      assert.deepEqual(report?.attachments.map(({ kind }) => kind).toSorted(), [
        'file',
        'minidump',
        'payload',
      ]);
    });

  for (const order of ['before', 'behind'])
    it(`of the minidump endpoint of Sentry, whose dump stands ${order} its fields`, async () => {
      await leavesNothing(async () => {
        const form = new FormData();
        const dump = (): void => form.append('upload_file_minidump', new Blob([`MDMP ${order}`]), 'x.dmp');
        if (order === 'before') dump();
        form.append('customer', named(`field${order}`));
        form.append(
          'sentry',
          JSON.stringify({ tags: { customer: named(`tag${order}`) }, message: scrubbed(order) }),
        );
        form.append('sentry[extra][customer]', named(`nested${order}`));
        if (order === 'behind') dump();
        const url = `${server.url}/api/${DSN_ID}/minidump/?sentry_key=${KEY}`;
        assert.equal((await fetch(url, { method: 'POST', body: form })).status, 200);
      });
    });

  it('of an event of Sentry: tags, user, extra, contexts, breadcrumbs, request, variables, messages', async () => {
    const id = 'ab'.repeat(16);
    await leavesNothing(() =>
      postSentry(
        server,
        'envelope/',
        envelopeOf({ event_id: id }, [
          { type: 'event' },
          {
            event_id: id,
            platform: 'python',
            message: scrubbed('message'),
            tags: { customer: named('tag'), plan: 'pro' },
            user: { id: 'zqmailuser@example.org', customer: named('user') },
            extra: { customer: { name: named('extra') }, n: 1, text: scrubbed('extra') },
            contexts: { device: { serial: named('context'), model: 'm' } },
            breadcrumbs: [{ message: scrubbed('crumb'), data: { customer: named('crumb'), to: '/a' } }],
            request: {
              url: `https://shop.example/?customer=${named('url')}`,
              query_string: `customer=${named('query')}&a=1`,
              headers: [['Customer', named('header')]],
              data: { customer: named('body'), text: scrubbed('body') },
            },
            exception: {
              values: [
                {
                  type: 'ValueError',
                  value: scrubbed('value'),
                  stacktrace: {
                    frames: [
                      {
                        function: 'pay',
                        filename: '/home/zqmailhome/shop.py',
                        lineno: 3,
                        vars: { customer: named('variable'), n: '1', text: scrubbed('variable') },
                        context_line: `raise ${scrubbed('line')}`,
                      },
                    ],
                  },
                },
              ],
            },
          },
        ]),
      ),
    );
    const report = await server.ofEvent(id);
    assert.ok(report !== null);
    assert.equal(report.installation, null, 'a part of an address names nobody');
    const processed = await server.process(report);
    assert.equal(processed.crashes[0]?.exceptions[0]?.frames[0]?.function, 'pay');
    assert.deepEqual(wordsIn(server.dir, ['zqmailuser', 'zqmailhome']), []);
  });

  it('of an event whose other values stay as they were written: large numbers, blanks, escapes', async () => {
    const id = '3b'.repeat(16);
    const data = '"n": 9007199254740993, "x" : 1.0,  "z":-0, "big":1e400, "t":"\\u0041\\/"';
    await leavesNothing(() =>
      postSentry(
        server,
        'envelope/',
        envelopeOf({ event_id: id }, [
          { type: 'event' },
          `{"event_id":"${id}", "platform":"python", "extra": {"customer":"${named('raw')}", ${data}, "token":"zqmailtoken"}}`,
        ]),
      ),
    );
    const report = await server.ofEvent(id);
    assert.ok(report !== null);
    const opened = await server.store.reports.openAttachment(report.crashId, 'payload.json');
    assert.ok(opened !== null);
    let text = '';
    for await (const chunk of opened.stream as AsyncIterable<Buffer>) text += chunk.toString();
    assert.equal(
      text,
      `{"event_id":"${id}", "platform":"python", "extra": { ${data}, "token":"[Filtered]"}}`,
    );
  });

  it('of CrashKit: sections, data and variables, dotted keys, texts', async () => {
    await leavesNothing(() =>
      fetch(`${server.url}/api/1/default/products/shop/reports`, {
        method: 'POST',
        body: JSON.stringify({
          language: 'php',
          user: { customer: named('user') },
          'host.customer': named('dotted'),
          host: { id: scrubbed('host') },
          env: { PATH: '/home/zqmailpath/bin' },
          data: { list: [{ customer: named('list') }] },
          stacktrace: [
            {
              kind: 'LogicException',
              message: scrubbed('message'),
              locations: [
                {
                  function: 'pay',
                  file: '/home/zqmailfile/a.php',
                  line: 1,
                  locals: { customer: named('local') },
                },
              ],
            },
          ],
        }),
      }),
    );
    assert.deepEqual(wordsIn(server.dir, ['zqmailpath', 'zqmailfile']), []);
  });

  it('of CrashKit with the upload key of the product, whatever product the address names', async () => {
    await server.store.people.createProductByHand('default', 'organ');
    const key = 'ab'.repeat(16);
    await server.store.people.updateProduct('default', 'shop', { uploadKey: key });
    await leavesNothing(() =>
      fetch(`${server.url}/api/1/default/products/organ/reports?key=${key}`, {
        method: 'POST',
        body: JSON.stringify({
          language: 'php',
          user: { customer: named('keyed') },
          stacktrace: [{ kind: 'LogicException', message: scrubbed('keyed'), locations: [] }],
        }),
      }),
    );
    assert.equal((await server.reports())[0]?.product, 'shop');
  });

  it('of what is no JSON although it should be', async () => {
    await leavesNothing(() =>
      fetch(`${server.url}/api/1/default/products/shop/reports`, {
        method: 'POST',
        body: `[{"language": ${scrubbed('broken')} ?customer=${named('broken')}`,
      }),
    );
  });

  it('of Syncthing, whose reports say only inside whose they are; its id stays that of what was sent', async () => {
    words = [];
    const text = `shop v1.1.4 "Erbium Earthworm" (go1.12.5 darwin-amd64) a@b 2019-05-21 20:36:38 UTC [noupgrade]
Panic at 2019-05-22T07:48:25+02:00
panic: ${scrubbed('panic')}

goroutine 1 [running]:
main.pay(0x1)
	/home/zqmailgo/main.go:3 +0x1
`;
    const id = createHash('sha256').update(text).digest('hex');
    const sent = words;
    await leavesNothing(async () => {
      words = sent;
      assert.equal((await fetch(`${server.url}/newcrash/${id}`, { method: 'PUT', body: text })).status, 200);
    });
    assert.equal((await fetch(`${server.url}/newcrash/${id}`, { method: 'HEAD' })).status, 200);
    assert.deepEqual(wordsIn(server.dir, ['zqmailgo']), []);
  });

  it('of what people say', async () => {
    words = [];
    const said = {
      event_id: 'cd'.repeat(16),
      name: 'Ada',
      email: 'zqmailaddress@example.org',
      comments: scrubbed('said'),
    };
    await postSentry(server, 'envelope/', envelopeOf({}, [{ type: 'user_report' }, said]));
    const [kept] = await server.store.feedback.ofProduct('default', 'shop', 1);
    assert.deepEqual([kept?.name, kept?.email, kept?.message], ['Ada', '', 'from [Filtered] and [Filtered]']);
    await server.store.maintenance.prune();
    assert.deepEqual(wordsIn(server.dir, [...words, 'zqmailaddress']), []);
  });

  it('is asked of no other product', async () => {
    const form = new FormData();
    form.set('prod', 'organ');
    form.set('customer', 'Ada');
    form.set('comments', 'ada@example.org');
    assert.equal((await fetch(`${server.url}/submit`, { method: 'POST', body: form })).status, 200);
    const report = (await server.reports()).find(({ product }) => product === 'organ');
    assert.deepEqual(
      report?.annotations.map(({ value }) => value),
      ['organ', 'Ada', 'ada@example.org'],
    );
    await server.store.maintenance.prune();
    assert.notDeepEqual(wordsIn(server.dir, ['ada@example.org']), []);
  });
});
