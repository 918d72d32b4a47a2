// The reports server below a path of a host: every address that it gives out has the path, and every one that comes in is understood,
// whether the proxy passes the path on or takes it off.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { baseFault, basePathOf, insidePath, pageOutside } from '../../src/reports/below-path.ts';
import { PAGES } from '../../src/reports/web/page-registry.ts';
import { ADMIN_TOKEN, PASSWORD, addPerson, startRunning, type Running } from './support/running.ts';
import { seedInbox, seedReports } from './support/seed.ts';
import { crash, fileReport, processed } from './support/seed-bugs.ts';
import { Visitor } from './support/visitor.ts';

const BASE = '/crash/mayday';
const MAX_PAGES = 400;

describe('a path of a host', () => {
  it('is what follows the host, without slashes at its end', () => {
    assert.equal(basePathOf('https://host.example'), '');
    assert.equal(basePathOf('https://host.example/'), '');
    assert.equal(basePathOf('https://host.example:8443/mayday//'), '/mayday');
    assert.equal(basePathOf('https://host.example/a/b'), '/a/b');
  });

  it('is taken off whole segments only', () => {
    assert.equal(insidePath('/mayday', '/mayday'), '/');
    assert.equal(insidePath('/mayday/', '/mayday'), '/');
    assert.equal(insidePath('/mayday?x=1', '/mayday'), '/?x=1');
    assert.equal(insidePath('/mayday/bugs/1?x=/mayday/', '/mayday'), '/bugs/1?x=/mayday/');
    assert.equal(insidePath('/mayday2/bugs', '/mayday'), '/mayday2/bugs');
    assert.equal(insidePath('/bugs', '/mayday'), '/bugs');
    assert.equal(insidePath('/mayday/mayday/x', '/mayday'), '/mayday/x');
    assert.equal(insidePath('/bugs', ''), '/bugs');
  });

  it('is put before addresses of the server, not before others, nor into text', () => {
    const page = (text: string): string => pageOutside(text, { basePath: '/m$1' });
    assert.equal(page('<a class="x" href="/bugs">'), '<a class="x" href="/m$1/bugs">');
    assert.equal(
      page('<a href="#main"><a href="https://other.example/">'),
      '<a href="#main"><a href="https://other.example/">',
    );
    assert.equal(page('<a href="//other.example/">'), '<a href="//other.example/">');
    assert.equal(page('<pre> href=&quot;/bugs&quot;</pre>'), '<pre> href=&quot;/bugs&quot;</pre>');
    assert.equal(page('<input name="to" value="/bugs">'), '<input name="to" value="/bugs">');
  });

  it('must not be one that the server itself has', () => {
    const own = ['/', '/api', '/api/*', '/products/:account/:product', '/:module/:id/:file'];
    assert.match(baseFault('/api', own) ?? '', /PUBLIC_REPORTS_URL ends in \/api.*Choose another path/);
    assert.match(baseFault('/products/shop', own) ?? '', /address of the reports server itself/);
    assert.equal(baseFault('/mayday', own), null);
    assert.equal(baseFault('/apis', own), null);
    assert.equal(baseFault('', own), null);
  });
});

it('a server does not start below a path of its own', async () => {
  await assert.rejects(startRunning({ reportsUrl: 'https://host.example/reports/' }), /ends in \/reports/);
});

describe('below a path', () => {
  let running: Running;
  const proxied = new Map<string, Visitor>();

  before(async () => {
    running = await startRunning({ reportsUrl: `https://host.example${BASE}/` });
    await seedReports(running.store, { count: 30, now: Date.now() });
    seedInbox(running.store, { count: 5, now: Date.now() });
    const day = new Date().toISOString().slice(0, 10);
    await fileReport(running.store, {}, processed([crash({ day })], { version: '1.0.3' }));
    await addPerson(running.store, { email: 'admin@example.org', role: 'admin', seesProtected: true });
    for (const [kind, prefix] of [
      ['passes it on', BASE],
      ['takes it off', ''],
    ] as const) {
      const visitor = new Visitor(running.url);
      const answer = await visitor.act(`${prefix}/sign-in`, 'sign-in', {
        email: 'admin@example.org',
        password: PASSWORD,
      });
      assert.equal(answer.status, 303);
      assert.equal(answer.headers.get('location'), `${BASE}/`);
      proxied.set(kind, visitor);
    }
  });

  after(() => running.stop());

  it('cookies belong to the path, and say so in a name that browsers hold to https', () => {
    for (const visitor of proxied.values())
      assert.deepEqual([...visitor.cookies.keys()].toSorted(), [
        '__Secure-mayday',
        '__Secure-mayday-device',
        '__Secure-mayday-form',
      ]);
  });

  it('cookies name the path', async () => {
    const answer = await new Visitor(running.url).get(`${BASE}/sign-in`);
    assert.match(answer.headers.getSetCookie().join('\n'), /; Path=\/crash\/mayday\/;/);
  });

  it('sends people who are not signed in to the sign-in and back to where they wanted', async () => {
    const stranger = new Visitor(running.url);
    const answer = await stranger.get(`${BASE}/bugs?state=open`);
    assert.equal(
      answer.headers.get('location'),
      `${BASE}/sign-in?to=${encodeURIComponent('/bugs?state=open')}`,
    );
    const in_ = await stranger.act(answer.headers.get('location') ?? '', 'sign-in', {
      email: 'admin@example.org',
      password: PASSWORD,
      to: '/bugs?state=open',
    });
    assert.equal(in_.headers.get('location'), `${BASE}/bugs?state=open`);
  });

  for (const kind of ['passes it on', 'takes it off'] as const) {
    it(`every address on every page that can be reached has the path, where the proxy ${kind}`, async () => {
      const visitor = proxied.get(kind);
      assert.ok(visitor !== undefined);
      const seen = new Set<string>([`${BASE}/`]);
      const reached = new Set<string>();
      for (const address of seen) {
        if (reached.size >= MAX_PAGES) break;
        const { status, headers, text } = await visitor.get(
          kind === 'passes it on' ? address : address.slice(BASE.length),
        );
        const path = address.split('?')[0] ?? '';
        assert.ok(
          status === 200 || (status === 303 && headers.get('location')?.startsWith(`${BASE}/`)),
          `${status} for ${address}`,
        );
        reached.add(path);
        if (headers.get('content-type')?.startsWith('text/html') !== true) continue;
        for (const [, name = '', value = ''] of text.matchAll(/\s([\w-]+)="(\/[^"]*)"/g)) {
          if (name === 'value' || name === 'placeholder') continue;
          assert.ok(value.startsWith(`${BASE}/`), `${name}="${value}" on ${address}`);
          const target = value.replaceAll('&amp;', '&').split('#')[0] ?? '';
          // One address of each page is enough; all of them would be thousands.
          if (['href', 'src'].includes(name) && ![...reached].some((known) => sameKind(known, target)))
            seen.add(target);
        }
      }
      const patterns = PAGES.filter(({ path }) => [...reached].some((address) => fits(path, address)));
      assert.ok(patterns.length > 25, `only ${patterns.map(({ path }) => path).join(' ')}`);
    });
  }

  it('addresses in the API have the path, and lead there', async () => {
    const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
    const get = async (path: string): Promise<unknown> =>
      (await fetch(`${running.url}${path}`, { headers })).json();
    const urlOf = (list: unknown): string => (list as { url: string }[])[0]?.url ?? '';
    const { reports } = (await get(`${BASE}/api/reports`)) as { reports: { attachmentCount: number }[] };
    const whole = reports.filter(({ attachmentCount }) => attachmentCount > 0);
    assert.match(urlOf(whole), /^\/crash\/mayday\/api\/reports\//);
    const { attachments } = (await get(urlOf(whole))) as { attachments: unknown };
    assert.match(urlOf(attachments), /^\/crash\/mayday\/api\/reports\/.*\/attachments\//);
    const { bugs } = (await get(`${BASE}/api/bugs`)) as { bugs: unknown };
    assert.match(urlOf(bugs), /^\/crash\/mayday\/api\/bugs\/\d+$/);
    assert.equal(((await get(urlOf(bugs))) as { url: string }).url, urlOf(bugs));
    const { servers } = (await get('/api/openapi.json')) as { servers: unknown };
    assert.equal(urlOf(servers), `https://host.example${BASE}`);
  });

  it('tools that upload symbols in pieces are told an address with the path', async () => {
    const answer = await fetch(`${running.url}${BASE}/api/0/organizations/default/chunk-upload/`, {
      headers: {
        authorization: `Bearer ${ADMIN_TOKEN}`,
        'x-forwarded-proto': 'https',
        'x-forwarded-host': 'host.example',
      },
    });
    const { url } = (await answer.json()) as { url: string };
    assert.equal(url, `https://host.example${BASE}/api/0/organizations/default/chunk-upload/`);
  });

  it('the integration page and links that are sent name the whole address', async () => {
    const page = await proxied.get('passes it on')?.get(`${BASE}/products/default/Jami/integration`);
    assert.match(page?.text ?? '', /https:\/\/host\.example\/crash\/mayday\/clients\//);
  });
});

/** Whether a path belongs to a page's pattern. */
function fits(pattern: string, address: string): boolean {
  const path = address.slice(BASE.length) || '/';
  const [wanted, given] = [pattern.split('/'), path.split('/')];
  return (
    wanted.length === given.length && wanted.every((part, at) => part.startsWith(':') || part === given[at])
  );
}

function sameKind(known: string, target: string): boolean {
  const path = target.split('?')[0] ?? '';
  if (known === path) return true;
  const page = PAGES.find(({ path: pattern }) => (!pattern.includes(':') ? false : fits(pattern, path)));
  return page !== undefined && fits(page.path, known);
}
