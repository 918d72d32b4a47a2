// The pages over HTTP, on a real store: what each role sees, and what hostile reports can do to a page (nothing).
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { LIBRARY_SAMPLES } from '../../src/reports/web/components/library-samples.ts';
import { PAGES } from '../../src/reports/web/page-registry.ts';
import { eventually } from './support/eventually.ts';
import { PASSWORD, addPerson, startRunning } from './support/running.ts';
import type { Running } from './support/running.ts';
import { fakeDump, seedInbox, seedReports, storeReport } from './support/seed.ts';
import type { SeedReport } from './support/seed.ts';
import { crash, fileReport, processed } from './support/seed-bugs.ts';
import { Visitor } from './support/visitor.ts';
import type { Access } from '../../src/reports/auth/person.ts';

const LIMIT_BYTES = 60_000;

let running: Running;
const people = { reader: new Visitor(''), writer: new Visitor(''), admin: new Visitor('') };
let ids: readonly string[] = [];

before(async () => {
  running = await startRunning();
  const { store, url } = running;
  ids = await seedReports(store, { count: 60, now: Date.now() });
  await addPerson(store, { email: 'reader@example.org', role: 'read' });
  await addPerson(store, { email: 'writer@example.org', role: 'triage', seesProtected: true });
  await addPerson(store, { email: 'admin@example.org', role: 'admin', seesProtected: true });
  for (const name of ['reader', 'writer', 'admin'] as const) {
    people[name] = new Visitor(url);
    assert.equal((await people[name].signIn(`${name}@example.org`, PASSWORD)).status, 303);
  }
});

after(() => running.stop());

/** A path of a page with plausible values. */
function examplePath(path: string): string {
  return path
    .replace(':crash_id', ids.at(-1) ?? '')
    .replace(':name', 'upload_file_minidump')
    .replace(':account', 'default')
    .replace(':product', 'Jami')
    .replace(':secret', 'x'.repeat(43));
}

/** The text of a block of code on a page. */
function sampleText(page: string, id: string): string {
  const code = new RegExp(`id="${id}"[^>]*><code>([^<]*)`).exec(page)?.[1] ?? '';
  return code
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');
}

/** What somebody who reads every account may use. */
const FOR_READERS: ReadonlySet<Access> = new Set(['anyone', 'member', 'read', 'whole']);

describe('every page', () => {
  test('bodies that are no forms, whatever they call themselves, are a client’s mistake on every page', async () => {
    const types = [
      'multipart/form-data; boundary=BB',
      'multipart/form-data',
      'multipart/form-data; boundary=',
    ];
    for (const page of PAGES.filter(({ actions }) => actions !== undefined)) {
      for (const type of types) {
        for (const body of [
          '{"jobs":[]}',
          '',
          '--BB\r\n',
          '--BB\r\nContent-Disposition: form-data\r\n\r\nx',
        ]) {
          const cookie = [...people.admin.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
          const headers = { 'content-type': type, origin: running.url, cookie };
          const answer = await fetch(`${running.url}${examplePath(page.path)}`, {
            method: 'POST',
            body,
            headers,
            redirect: 'manual',
          });
          assert.ok(answer.status >= 300 && answer.status < 500, `${page.path}: ${answer.status}`);
          await answer.arrayBuffer();
        }
      }
    }
  });

  for (const page of PAGES) {
    if (page.access !== 'anyone') {
      // Holds: jami-private
      test(`${page.path} sends people who are not signed in to the sign-in and back`, async () => {
        const path = `${examplePath(page.path)}?a=1`;
        const answer = await new Visitor(running.url).get(path);
        assert.equal(answer.status, 303);
        assert.equal(answer.headers.get('location'), `/sign-in?to=${encodeURIComponent(path)}`);
      });
    }

    if (!FOR_READERS.has(page.access)) {
      test(`${page.path} refuses people without the right`, async () => {
        const answer = await people.reader.get(examplePath(page.path));
        assert.equal(answer.status, 403);
        assert.match(answer.text, /Ask an administrator/);
      });
    }

    for (const [name, action] of Object.entries(page.actions ?? {})) {
      test(`${page.path} takes the action ${name} only with the token of a form`, async () => {
        const path = examplePath(page.path);
        assert.equal((await people.admin.post(path, { action: name })).status, 403);
        assert.equal((await people.admin.post(path, { action: name, csrf: 'x'.repeat(43) })).status, 403);
      });

      test(`${page.path} takes the action ${name} only from a page of this server`, async () => {
        const csrf = /name="csrf" value="([^"]+)"/.exec((await people.admin.get('/account')).text)?.[1] ?? '';
        for (const headers of [{ origin: 'https://evil.example' }, { origin: 'null' }]) {
          const answer = await people.admin.post(examplePath(page.path), { action: name, csrf }, headers);
          assert.equal(answer.status, 403);
        }
      });

      if (!FOR_READERS.has(action.access)) {
        test(`${page.path} refuses the action ${name} to people without the right`, async () => {
          const csrf =
            /name="csrf" value="([^"]+)"/.exec((await people.reader.get('/account')).text)?.[1] ?? '';
          const answer = await people.reader.post(examplePath(page.path), { action: name, csrf });
          assert.equal(answer.status, 403);
          assert.match(answer.text, /needs the role|is for administrators/);
        });
      }
    }
  }

  test('carries a policy that allows no inline script and no foreign source', async () => {
    const { headers } = await people.admin.get('/reports');
    const policy = headers.get('content-security-policy') ?? '';
    assert.match(policy, /default-src 'none'/);
    assert.match(policy, /frame-ancestors 'none'/);
    assert.doesNotMatch(policy, /unsafe|https:|\*/);
    assert.equal(headers.get('x-content-type-options'), 'nosniff');
    assert.equal(headers.get('referrer-policy'), 'same-origin');
  });

  test('names assets by their content and lets browsers keep them', async () => {
    const page = await people.admin.get('/reports');
    const urls = [...page.text.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, url]) => url ?? '');
    assert.equal(urls.length, readdirSync('src/reports/web/assets').length);
    for (const url of urls) {
      const asset = await people.admin.get(url);
      assert.equal(asset.status, 200);
      assert.match(asset.headers.get('cache-control') ?? '', /immutable/);
    }
  });

  test('an unknown address, action or method says what to do', async () => {
    assert.match((await people.admin.get('/nothing')).text, /There is no page at this address/);
    assert.equal((await people.admin.act('/account', 'nonsense')).status, 400);
    assert.equal((await people.admin.act('/account', '__proto__')).status, 400);
    assert.equal((await people.admin.get('/reports/nonsense')).status, 404);
  });
});

describe('the report list', () => {
  // Holds: jami-access
  test('walks from page to page without losing or repeating a report', async () => {
    const seen: string[] = [];
    let path = '/reports';
    for (let page = 0; page < 5 && path !== ''; page += 1) {
      const { text } = await people.admin.get(path);
      seen.push(
        ...[...text.matchAll(/class="row" href="\/reports\/([0-9a-f-]{36})"/g)].map(([, id]) => id ?? ''),
      );
      path = /<a href="([^"]+)" rel="next">/.exec(text)?.[1]?.replaceAll('&amp;', '&') ?? '';
    }
    assert.deepEqual(seen, ids.toReversed());
  });

  test('is a small page', async () => {
    const { byteLength } = await people.admin.get('/reports');
    assert.ok(byteLength < LIMIT_BYTES, `${byteLength}`);
  });

  // Holds: jami-fields, docker-metadata
  test('shows the fields of Jami first', async () => {
    const { text } = await people.admin.get('/reports?product=Jami');
    const headers = [...text.matchAll(/<th scope="col"[^>]*>([^<]*)</g)].map(([, label]) => label);
    assert.deepEqual(headers.slice(1, 7), [
      'Platform',
      'Client SHA',
      'Jami core SHA',
      'Build ID',
      'GUID',
      'Uploaded',
    ]);
  });

  test('keeps its filters in the address and in the form, and says which it left out', async () => {
    const { text } = await people.admin.get('/reports?product=Jami&from=nonsense&version=%22%3E%3Cb%3E');
    assert.match(text, /<option value="Jami"\s+selected/);
    assert.match(text, /value="&quot;&gt;&lt;b&gt;"/);
    assert.match(text, /Left out: &quot;from&quot; is neither/);
  });

  test('leads from a crash id in the search to its report', async () => {
    const answer = await people.admin.get(`/reports?text=bp-${ids[0]}`);
    assert.deepEqual([answer.status, answer.headers.get('location')], [303, `/reports/${ids[0]}`]);
  });

  test('tells a new server how to get its first report', async () => {
    const empty = await startRunning();
    try {
      await addPerson(empty.store, { email: 'a@example.org', role: 'read' });
      const visitor = new Visitor(empty.url);
      await visitor.signIn('a@example.org', PASSWORD);
      assert.match(
        (await visitor.get('/reports')).text,
        /curl -F ProductName=Sample[\s\S]+https:\/\/crash\.example\/submit/,
      );
    } finally {
      await empty.stop();
    }
  });
});

/** Text that would run, or break out, wherever it were put unescaped. */
const attack = (n: number) =>
  `x${n}"'><script>alert(${n})</script><img src=x onerror=alert(${n})>\`\${1}</textarea></title>`;

const hostileReport: SeedReport = {
  product: attack(1),
  version: attack(2),
  platform: attack(3),
  userAgent: attack(4),
  installation: attack(5),
  notes: [attack(6)],
  encoding: attack(7),
  throttle: { rule: attack(8), action: 'accept' },
  clientHash: attack(9),
  annotations: {
    [attack(10)]: attack(11),
    client_sha: attack(12),
    jamicore_sha: attack(13),
    build_id: attack(14),
    guid: attack(15),
    platform: attack(16),
  },
  parts: [
    {
      name: 'upload_file_minidump',
      kind: 'minidump',
      filename: attack(17),
      contentType: attack(18),
      bytes: fakeDump('h'),
    },
    {
      name: 'payload',
      kind: 'payload',
      bytes: new TextEncoder().encode(JSON.stringify({ [attack(19)]: attack(20) })),
    },
  ],
};

describe('a hostile report', () => {
  test('puts no tag and no attribute on any page', async () => {
    const crashId = await storeReport(running.store, hostileReport);
    const product = encodeURIComponent(hostileReport.product ?? '');
    running.store.intake.addInbox({
      at: Date.now(),
      protocol: attack(21),
      method: attack(22),
      path: attack(23),
      product: attack(24),
      outcome: attack(25),
      reason: attack(26),
      detail: attack(27),
      status: 400,
      bodyBytes: 1,
      clientHash: attack(28),
      crashId: null,
      headers: { [attack(29)]: attack(30) },
    });
    await eventually(async () => (await people.admin.get('/inbox')).text.includes('x27'));
    const paths = [
      '/reports',
      `/reports?text=${encodeURIComponent(attack(31))}&platform=${encodeURIComponent(attack(3))}`,
      `/reports/${crashId}`,
      `/reports/${crashId}?full=1`,
      `/reports/${crashId}/delete`,
      '/inbox',
      `/inbox?outcome=${encodeURIComponent(attack(32))}`,
      '/products',
      `/products/default/${product}`,
      `/products/default/${product}/integration`,
      `/sign-in?to=${encodeURIComponent(`/${attack(33)}`)}`,
      `/reports?done=${encodeURIComponent(attack(34))}`,
    ];
    for (const path of paths) {
      const answer = await people.admin.get(path);
      assert.ok([200, 303].includes(answer.status), `${path}: ${answer.status}`);
      assert.doesNotMatch(answer.text, /<script>|<img|onerror=alert\(\d+\)>|<\/textarea><\/title>/, path);
    }
    const { text } = await people.admin.get(`/reports/${crashId}?full=1`);
    for (const n of [4, 6, 8, 10, 11, 17, 18])
      assert.ok(text.includes(`x${n}&quot;&#39;&gt;&lt;script&gt;`), `value ${n}`);
  });

  test('names its download safely', async () => {
    const crashId = await storeReport(running.store, {
      ...hostileReport,
      annotations: { client_sha: 'a"\r\nX-Evil: 1', jamicore_sha: '../../b', platform: 'c d' },
    });
    const { headers } = await people.admin.get(`/reports/${crashId}/bundle`);
    assert.equal(headers.get('content-disposition'), 'attachment; filename="a---X-Evil-_1-..-..-b-c_d.zip"');
    assert.equal(headers.get('x-evil'), null);
  });

  test('shows its payload as sandboxed plain text only', async () => {
    const crashId = await storeReport(running.store, hostileReport);
    for (const query of ['', '?pretty=1']) {
      const answer = await people.admin.get(`/reports/${crashId}/raw/payload${query}`);
      assert.equal(answer.headers.get('content-type'), 'text/plain; charset=utf-8');
      assert.match(answer.headers.get('content-security-policy') ?? '', /^sandbox/);
    }
    assert.equal((await people.admin.get(`/reports/${crashId}/raw/upload_file_minidump`)).status, 404);
  });

  test('does not make a page large, however much it holds', async () => {
    const long = '"'.repeat(20_000);
    const annotations = Object.fromEntries(
      Array.from({ length: 1000 }, (_, n) => [`name ${n} ${'<'.repeat(150)}`, long]),
    );
    const crashId = await storeReport(running.store, {
      annotations,
      product: '<'.repeat(90),
      version: '<'.repeat(3000),
      platform: '<'.repeat(3000),
      userAgent: '<'.repeat(3000),
      notes: Array.from({ length: 200 }, () => '<'.repeat(1000)),
      parts: [
        ...Array.from({ length: 60 }, (_, n) => ({
          name: `part${n}`,
          kind: 'file' as const,
          filename: '<'.repeat(500),
          contentType: '<'.repeat(500),
          bytes: new Uint8Array(1),
        })),
        {
          name: 'payload',
          kind: 'payload' as const,
          bytes: new TextEncoder().encode(JSON.stringify(Array.from({ length: 9000 }, () => '"<>'))),
        },
      ],
    });
    const page = await people.admin.get(`/reports/${crashId}`);
    assert.ok(page.byteLength < LIMIT_BYTES, `report: ${page.byteLength}`);
    for (let n = 0; n < 45; n += 1) {
      await storeReport(running.store, {
        product: '<'.repeat(90),
        version: '<'.repeat(3000),
        platform: '<'.repeat(3000),
        annotations: {
          client_sha: '<'.repeat(500),
          jamicore_sha: '<'.repeat(500),
          guid: '<'.repeat(500),
          build_id: '<'.repeat(500),
        },
      });
    }
    const list = await people.admin.get('/reports');
    // Forty rows of nothing but hostile values: twice a usual page is as far as it goes.
    assert.ok(list.byteLength < 2 * LIMIT_BYTES, `list: ${list.byteLength}`);
    const whole = await people.admin.get(`/reports/${crashId}?full=1`);
    assert.ok(whole.text.includes(long.replaceAll('"', '&quot;')));
  });
});

// Holds: ck1-data
test('what a program says of an exception is shown with its stack, to people with the right', async () => {
  const exceptions = [
    { kind: 'E', message: 'm', frames: [], omittedFrames: 0, data: [['statement', 'select 41']] },
  ] as const;
  const { crashId } = await fileReport(running.store, {}, processed([crash({ exceptions })]));
  assert.ok((await people.admin.get(`/reports/${crashId}`)).text.includes('select 41'));
  assert.ok(!(await people.reader.get(`/reports/${crashId}`)).text.includes('select 41'));
});

describe('the debug tab of a report', () => {
  const secret = 'kvothe@example.org';
  let path = '';
  before(async () => {
    const crashId = await storeReport(running.store, {
      protocol: 'socorro',
      product: 'Debugged',
      payloadKind: 'json',
      encoding: 'gzip',
      annotations: { ProductName: 'Debugged', Address: secret },
      notes: ['Email was removed.'],
      throttle: { rule: 'release_sample', action: 'defer' },
      parts: [
        {
          name: 'upload_file_minidump_browser',
          kind: 'minidump',
          bytes: fakeDump('one', 2048),
          contentType: 'application/octet-stream',
        },
        { name: 'memory_report', kind: 'file', bytes: fakeDump('two', 64), filename: 'm.json.gz' },
      ],
    });
    path = `/reports/${crashId}/debug`;
  });

  // Holds: dump-crashing, debug-dumps, debug-keys, debug-questions
  test('tells every part, key and note, how the payload came, and what the throttle said', async () => {
    const { text, status } = await people.admin.get(path);
    assert.equal(status, 200);
    for (const name of [
      'upload_file_minidump_browser',
      'memory_report',
      'ProductName',
      'Address',
      'Email was removed.',
    ])
      assert.ok(text.includes(name), name);
    assert.match(text, /Payload kind<\/dt> <dd> ?json/);
    assert.match(text, /Content-Encoding<\/dt> <dd> ?gzip/);
    assert.match(text, /defer <span class="quiet">by rule<\/span> <code>release_sample<\/code>/);
    assert.match(text, /[0-9a-f]{64}/);
    assert.match(text, /No part is named <code>upload_file_minidump<\/code>/);
    assert.match(text, /not processed yet/);
  });

  // Holds: debug-protected
  test('holds no value, and for people without the right no hash and no name of a protected annotation', async () => {
    assert.ok(!(await people.admin.get(path)).text.includes(secret));
    const { text, status } = await people.reader.get(path);
    assert.equal(status, 200);
    assert.ok(text.includes('upload_file_minidump_browser') && text.includes('ProductName'));
    assert.doesNotMatch(text, /[0-9a-f]{64}|Address|octet-stream|m\.json/);
    assert.match(text, /Values of protected annotations are seen by people with the right/);
  });

  test('is one click away from the report', async () => {
    assert.ok((await people.reader.get(path.replace('/debug', ''))).text.includes(`href="${path}"`));
  });
});

describe('protected data', () => {
  // Holds: debug-protected
  test('is absent from the HTML for people without the right, and marked for the others', async () => {
    const crashId = await storeReport(running.store, {
      annotations: { ReleaseChannel: 'release', URL: 'https://secret.example/patient' },
      parts: [
        {
          name: 'upload_file_minidump',
          kind: 'minidump',
          filename: 'C:\\Users\\marta\\x.dmp',
          bytes: fakeDump('s'),
        },
        { name: 'payload', kind: 'payload', bytes: new TextEncoder().encode('{"password":"hunter2"}') },
      ],
    });
    const hidden = await people.reader.get(`/reports/${crashId}`);
    assert.doesNotMatch(hidden.text, /secret\.example|marta|hunter2|\/attachments\/|bundle/);
    assert.match(hidden.text, /1 protected annotation is not shown/);
    const shown = await people.writer.get(`/reports/${crashId}`);
    assert.match(
      shown.text,
      /<details class="protected" ?> ?<summary> ?1 protected annotation ?<\/summary>.*secret\.example/,
    );
    assert.match(shown.headers.get('cache-control') ?? '', /no-store/);
    for (const path of ['attachments/payload', 'bundle', 'raw/payload']) {
      assert.equal((await people.reader.get(`/reports/${crashId}/${path}`)).status, 403);
      assert.equal((await people.writer.get(`/reports/${crashId}/${path}`)).status, 200);
    }
  });

  test('of the inbox is absent too', async () => {
    seedInbox(running.store, { count: 12, now: Date.now() });
    await eventually(async () => (await people.admin.get('/inbox')).text.includes('boundary=x'));
    assert.doesNotMatch((await people.reader.get('/inbox')).text, /boundary=x|product=Atlas/);
  });
});

describe('what people do', () => {
  test('deleting a report asks first', async () => {
    const crashId = await storeReport(running.store, {});
    assert.match((await people.writer.get(`/reports/${crashId}/delete`)).text, /cannot be undone/);
    const answer = await people.writer.act(`/reports/${crashId}/delete`, 'delete');
    assert.equal(answer.headers.get('location'), '/reports?done=deleted');
    assert.equal((await people.writer.get(`/reports/${crashId}`)).status, 404);
  });

  test('a deferred report is processed when asked for', async () => {
    const crashId = await storeReport(running.store, { state: 'deferred' });
    assert.match((await people.writer.get(`/reports/${crashId}`)).text, /Process report/);
    await people.writer.act(`/reports/${crashId}`, 'requeue');
    assert.equal((await running.store.reports.getReport(crashId))?.state, 'queued');
  });

  test('product settings: a required key is made, shown in the samples, and replaced', async () => {
    const path = '/products/default/Jami';
    await people.admin.act(path, 'save', {
      requireKey: 'yes',
      keepDays: '30',
      publicAnnotations: 'one\r\ntwo, three\n',
    });
    const product = await running.store.people.getProduct('default', 'Jami');
    assert.deepEqual(
      [product?.requireKey, product?.keepDays, product?.publicAnnotations],
      [true, 30, ['one', 'two', 'three']],
    );
    assert.ok(
      (await people.reader.get(`${path}/integration`)).text.includes(
        `https://crash.example/submit/${product?.uploadKey}`,
      ),
    );
    await people.admin.act(path, 'key');
    assert.notEqual(
      (await running.store.people.getProduct('default', 'Jami'))?.uploadKey,
      product?.uploadKey,
    );
    assert.equal((await people.admin.act(path, 'save', { keepDays: 'x' })).status, 400);
  });

  test('the integration page names every client with the address of this server', async () => {
    const { text } = await people.reader.get('/products/default/shop/integration');
    for (const part of [
      'https://crash.example/submit',
      'https://crash.example/default/products/shop/post-report/0/0',
      'https://crash.example/api/1/default/products/shop/reports?debug=1',
      'https://crash.example/newcrash',
      'crashReporter.start',
      'StartHandler',
      'minidump_upload',
    ]) {
      assert.ok(text.includes(part), part);
    }
  });

  test('the integration page shows each library with real values, and where to fetch it', async () => {
    const { text } = await people.reader.get('/products/default/shop/integration');
    for (const { id, file, target } of LIBRARY_SAMPLES) {
      const block = sampleText(text, `sample-${id}`);
      assert.ok(block.includes('https://crash.example') && block.includes('shop'), block);
      // The product needs no key, and the account is the one that libraries take by themselves.
      assert.doesNotMatch(block, /key|account/i);
      const command = sampleText(text, `fetch-${id}`);
      assert.match(command, new RegExp(`^curl -f .*-o ${target} '.*/clients/${id}/${file}'$`));
      for (const [, path] of text.matchAll(new RegExp(`href="(/clients/${id}/[^"]+)"`, 'g'))) {
        assert.equal((await new Visitor(running.url).get(path ?? '')).status, 200, path);
      }
    }
  });

  test('names that could end a string in a sample do not', async () => {
    const target = {
      submitUrl: 'https://c.example',
      account: 'a',
      product: `it's "#{x}" $y \\ </script>`,
      uploadKey: 'k',
    };
    const samples = new Map(LIBRARY_SAMPLES.map(({ id, code }) => [id, code(target)]));
    const double = String.raw`"it's \"#{x}\" $y \\ </script>"`;
    for (const id of ['python', 'javascript', 'java', 'csharp', 'go'] as const)
      assert.ok(samples.get(id)?.includes(double), samples.get(id));
    const single = String.raw`'it\'s "#{x}" $y \\ </script>'`;
    for (const id of ['php', 'ruby'] as const) assert.ok(samples.get(id)?.includes(single), samples.get(id));
    assert.ok(samples.get('javascript')?.includes('data-product="it\'s &quot;#{x}&quot;'));
    for (const sample of samples.values()) assert.match(sample, /account.*key/is);
  });

  test('a token is shown once', async () => {
    const answer = await people.reader.act('/account', 'create-token', {
      label: 'mine',
      role: 'read',
      days: '30',
    });
    const token = /mayday_p_[0-9A-Za-z]{36}/.exec(answer.text)?.[0] ?? '';
    assert.notEqual(token, '');
    assert.match(answer.headers.get('cache-control') ?? '', /no-store/);
    assert.ok(!(await people.reader.get('/account')).text.includes(token));
    const use = () => fetch(`${running.url}/api/me`, { headers: { authorization: `Bearer ${token}` } });
    assert.equal((await use()).status, 200);
    const id = /name="id" value="(\d+)"/.exec((await people.reader.get('/account')).text)?.[1] ?? '';
    // Another person cannot revoke it.
    assert.equal((await people.writer.act('/account', 'revoke-token', { id })).status, 404);
    await people.reader.act('/account', 'revoke-token', { id });
    assert.equal((await use()).status, 401);
  });

  test('a token cannot have more rights than its owner', async () => {
    const more = { label: 'more', role: 'admin', days: '' };
    assert.equal((await people.reader.act('/account', 'create-token', more)).status, 400);
    const secret = { label: 'more', role: 'read', days: '', seesProtected: 'yes' };
    assert.equal((await people.reader.act('/account', 'create-token', secret)).status, 400);
  });
});
