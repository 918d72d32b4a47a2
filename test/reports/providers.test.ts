// Sign-ins by OpenID Connect: by a real provider process, and by one that lies.
import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, beforeEach, describe, test } from 'node:test';
import pino from 'pino';
import type { Log } from '../../src/base/log.ts';
import { checkProviders } from '../../src/app/provider-setting.ts';
import { providerFetch } from '../../src/app/provider-fetch.ts';
import { Provider } from '../../src/reports/sign-in-provider.ts';
import type { ProviderSettings } from '../../src/reports/sign-in-provider.ts';
import { PASSWORD, addPerson, addToken, startRunning } from './support/running.ts';
import type { Running } from './support/running.ts';
import { Visitor } from './support/visitor.ts';

const SETTINGS: Omit<ProviderSettings, 'issuer' | 'privateHosts'> = {
  ...{ id: 'corp', name: 'Corp', clientId: 'mayday', clientSecret: 'a-secret-of-the-client', create: false },
  ...{
    scope: 'openid email profile',
    account: 'default',
    right: { role: 'read', seesProtected: false, seesDumps: false },
    needsAuthTime: false,
    domains: [],
    groupsClaim: 'groups',
  },
  ...{ groups: [], teams: [] },
};

/** Lines as objects. */
function logTo(lines: Record<string, unknown>[]): Log {
  return pino(
    { level: 'info' },
    { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) },
  );
}

/** Listens on a free port of this machine. */
async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function providerAt(issuer: string, change: Partial<ProviderSettings> = {}, timeoutMs = 5000): Provider {
  const settings = { ...SETTINGS, issuer, privateHosts: [new URL(issuer).host], ...change };
  return new Provider(settings, providerFetch({ privateHosts: settings.privateHosts, timeoutMs }));
}

/** What a provider says of a person; a test changes it into a lie. */
interface Word {
  claims: Record<string, unknown>;
  header: Record<string, unknown>;
  signedBy: KeyObject | null;
  slow: boolean;
  tokenEndpoint: string | null;
}

describe('a provider', () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const foreign = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const jwk = {
    ...createPublicKey(privateKey).export({ format: 'jwk' }),
    kid: 'one',
    alg: 'RS256',
    use: 'sig',
  };
  let issuer = '';
  let nonce = '';
  let word: Word;
  let running: Running;
  const provider: { of: Provider | null } = { of: null };

  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const json = (value: unknown): void => {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(value));
    };
    if (request.url === '/.well-known/openid-configuration') {
      json({
        ...{ issuer, authorization_endpoint: `${issuer}/authorize`, jwks_uri: `${issuer}/keys` },
        token_endpoint: word.tokenEndpoint ?? `${issuer}/token`,
        end_session_endpoint: `${issuer}/end`,
        ...{ response_types_supported: ['code'], subject_types_supported: ['public'] },
        id_token_signing_alg_values_supported: ['RS256'],
        code_challenge_methods_supported: ['S256'],
      });
    } else if (request.url === '/keys') json({ keys: [jwk] });
    else if (!word.slow) json({ ...{ access_token: 'a', token_type: 'Bearer', id_token: idToken() } });
  });

  function idToken(): string {
    const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const text = `${part(word.header)}.${part(word.claims)}`;
    const signature =
      word.signedBy === null ? Buffer.alloc(0) : sign('sha256', Buffer.from(text), word.signedBy);
    return `${text}.${signature.toString('base64url')}`;
  }

  before(async () => {
    issuer = await listen(server);
  });
  beforeEach(() => {
    const now = Math.floor(Date.now() / 1000);
    word = {
      claims: {
        ...{ iss: issuer, aud: 'mayday', sub: '4711', iat: now, exp: now + 300, name: 'Ada' },
        ...{ email: 'Ada@Example.org', email_verified: true },
      },
      header: { alg: 'RS256', kid: 'one' },
      signedBy: privateKey,
      slow: false,
      tokenEndpoint: null,
    };
  });
  after(() => server.close());

  async function withServer(
    change: Partial<ProviderSettings>,
    work: () => Promise<void>,
    options: { readonly passwordSignIn?: boolean } = {},
  ): Promise<void> {
    provider.of = providerAt(issuer, change, 1000);
    running = await startRunning({ providers: [provider.of], ...options });
    try {
      await work();
    } finally {
      await running.stop();
    }
  }

  /** The way there and back; `lie` changes what the provider says once the nonce is known. */
  async function signIn(
    lie: () => void = () => undefined,
    { state = null as string | null, person = new Visitor(running.url), to = '' } = {},
  ) {
    const there = await person.get(`/sign-in/with/corp${to}`);
    const asked = new URL(there.headers.get('location') ?? 'http://none');
    nonce = asked.searchParams.get('nonce') ?? '';
    word.claims = { ...word.claims, nonce };
    lie();
    const given = state ?? asked.searchParams.get('state') ?? '';
    const back = await person.get(`/sign-in/from/corp?code=c&state=${given}`);
    return { person, asked, back };
  }

  test('is asked with PKCE, state and nonce, and lets a person in whose verified address is known here', async () => {
    await withServer({}, async () => {
      const ada = await addPerson(running.store, { email: 'ada@example.org', role: 'read' });
      const { person, asked, back } = await signIn(undefined, { to: '?to=%2Freports%3Fproduct%3DJami' });
      assert.equal(asked.searchParams.get('code_challenge_method'), 'S256');
      assert.equal(asked.searchParams.get('redirect_uri'), 'http://127.0.0.1:8081/sign-in/from/corp');
      assert.equal(back.headers.get('location'), '/reports?product=Jami');
      assert.equal((await person.get('/reports')).status, 200);
      // From now on by the provider's own name of the person, whatever the address is.
      const later = await signIn(() => {
        word.claims = { ...word.claims, email: 'other@example.org', email_verified: false };
      });
      assert.equal(later.back.status, 303);
      assert.equal((await running.store.people.userByIdentity(issuer, '4711'))?.id, ada.id);
    });
  });

  test('ends every other way in of whom it vouches for the first time: somebody else may have taken the address', async () => {
    await withServer({}, async () => {
      const { accounts, audit, people } = running.store;
      const ada = await addPerson(running.store, { email: 'ada@example.org', role: 'read' });
      const stranger = new Visitor(running.url);
      await stranger.signIn('ada@example.org', PASSWORD);
      await addToken(running.store, ada);
      const factor = { userId: ada.id, kind: 'totp', label: 'x', secret: 'y', credential: null } as const;
      await people.addFactor({ ...factor, counter: 0, createdAt: Date.now() });
      const { person } = await signIn();
      assert.equal((await person.get('/reports')).status, 200);
      assert.equal((await stranger.get('/reports')).status, 303);
      assert.equal((await new Visitor(running.url).signIn('ada@example.org', PASSWORD)).status, 400);
      assert.deepEqual(await people.listTokens({ userId: ada.id }), []);
      assert.deepEqual(await people.listFactors(ada.id), []);
      assert.equal((await accounts.rightsOf(ada.id)).of({ account: 'default', product: null })?.role, 'read');
      const lines = (await audit.list({ what: 'sign-in' }, { limit: 10 })).rows;
      const linked = lines.find(({ detail }) => detail['by'] === 'corp');
      assert.deepEqual([linked?.detail['linked'], linked?.detail['otherWaysIn']], [true, 'ended']);
      // Only the first time: what somebody makes afterwards is theirs.
      await addToken(running.store, ada);
      await signIn();
      assert.equal((await people.listTokens({ userId: ada.id })).length, 1);
    });
  });

  test('leads to its account by a former name, and makes nobody where the account is not there', async () => {
    await withServer({ create: true, account: 'acme' }, async () => {
      const { accounts, people } = running.store;
      assert.match((await signIn()).back.text, /The account acme, which Corp leads to, is not here/);
      assert.deepEqual([await people.userByEmail('ada@example.org'), await people.userCount()], [null, 0]);
      await accounts.create('acme');
      await accounts.rename('acme', 'apex');
      assert.equal((await signIn()).back.status, 303);
      const ada = await people.userByIdentity(issuer, '4711');
      assert.equal(
        (await accounts.rightsOf(ada?.id ?? 0)).of({ account: 'apex', product: null })?.role,
        'read',
      );
      assert.equal((await signIn()).back.status, 303);
    });
  });

  test('is asked because a person pressed its button, not because another site wants it', async () => {
    await withServer({}, async () => {
      const person = new Visitor(running.url);
      for (const site of ['cross-site', 'same-site']) {
        const sent = { 'sec-fetch-site': site };
        const there = await person.get('/sign-in/with/corp?to=%2Freports', sent);
        assert.equal(there.headers.get('location'), '/sign-in?to=%2Freports');
        assert.equal(there.headers.get('set-cookie')?.includes('mayday-journey') ?? false, false);
        assert.equal((await person.get('/sign-out/with/corp', sent)).headers.get('location'), '/sign-in');
      }
      for (const site of ['same-origin', 'none']) {
        const there = await person.get('/sign-in/with/corp', { 'sec-fetch-site': site });
        assert.match(there.headers.get('location') ?? '', new RegExp(`^${issuer}/authorize`));
      }
    });
  });

  test('that lies gets one sentence, and nothing is changed', async () => {
    await withServer({ create: true }, async () => {
      await addPerson(running.store, { email: 'ada@example.org', role: 'read' });
      const lies: Readonly<Record<string, () => void>> = {
        'a wrong issuer': () => (word.claims = { ...word.claims, iss: 'https://elsewhere.example' }),
        'a wrong audience': () => (word.claims = { ...word.claims, aud: 'another' }),
        'a wrong nonce': () => (word.claims = { ...word.claims, nonce: 'of-somebody-else' }),
        'no nonce': () => delete word.claims['nonce'],
        'an end in the past': () => (word.claims = { ...word.claims, exp: 1000 }),
        'no signature': () => Object.assign(word, { header: { alg: 'none' }, signedBy: null }),
        'a foreign signature': () => (word.signedBy = foreign),
        'no answer': () => (word.slow = true),
      };
      for (const [what, lie] of Object.entries(lies)) {
        const before = word;
        word = structuredCloneOf(word);
        const { person, back } = await signIn(lie);
        assert.equal(back.status, 400, what);
        assert.match(back.text, /The answer of Corp is not believed\. Nothing was changed\./, what);
        assert.equal((await person.get('/reports')).status, 303, what);
        word = before;
      }
      assert.equal(await running.store.people.userByIdentity(issuer, '4711'), null);
      assert.equal((await running.store.people.listUsers()).length, 1);
    });
  });

  test('whose answer comes to another browser, or a second time, is not believed', async () => {
    await withServer({}, async () => {
      await addPerson(running.store, { email: 'ada@example.org', role: 'read' });
      assert.equal((await signIn(undefined, { state: 'made-up' })).back.status, 400);
      const stranger = await new Visitor(running.url).get('/sign-in/from/corp?code=c&state=s');
      assert.match(stranger.text, /Begin again/);
      assert.equal((await new Visitor(running.url).get('/sign-in/with/nobody')).status, 404);
    });
  });

  test('that does not vouch for an address links nobody, and one that is not invited is not let in', async () => {
    await withServer({}, async () => {
      await addPerson(running.store, { email: 'ada@example.org', role: 'admin' });
      const unverified = await signIn(() => (word.claims = { ...word.claims, email_verified: false }));
      assert.match(unverified.back.text, /has verified your e-mail address/);
      const unknown = await signIn(
        () => (word.claims = { ...word.claims, email: 'eve@example.org', email_verified: true }),
      );
      assert.match(unknown.back.text, /Nobody has invited this e-mail address/);
      assert.equal((await running.store.people.listUsers()).length, 1);
      const ada = await running.store.people.userByEmail('ada@example.org');
      await addPerson(running.store, { email: 'other@example.org', role: 'admin' });
      await running.store.people.updateUser(ada?.id ?? 0, { disabled: true });
      word.claims = { ...word.claims, email: 'ada@example.org', email_verified: true };
      assert.match((await signIn()).back.text, /switched off/);
    });
  });

  test('makes accounts only for its domains, with what the groups give, and applies them at each sign-in', async () => {
    const groups = [
      { group: 'crash-admins', right: { role: 'admin', seesProtected: true, seesDumps: true } },
      { group: 'developers', right: { role: 'read', seesProtected: false, seesDumps: false } },
    ] as const;
    await withServer({ create: true, domains: ['example.org'], groups }, async () => {
      await addPerson(running.store, { email: 'boss@example.org', role: 'admin' });
      const claim = (more: Record<string, unknown>) => () => (word.claims = { ...word.claims, ...more });
      const foreignDomain = await signIn(claim({ email: 'ada@example.com', groups: ['crash-admins'] }));
      assert.match(foreignDomain.back.text, /one of example\.org/);
      word.claims = { ...word.claims, email: 'ada@example.org' };
      assert.match((await signIn(claim({ groups: ['cooks'] }))).back.text, /None of your groups/);
      assert.equal(await running.store.people.userByEmail('ada@example.org'), null);
      const rights = async () => {
        const user = await running.store.people.userByEmail('ada@example.org');
        const all = await running.store.accounts.rightsOf(user?.id ?? 0);
        const right = all.of({ account: 'default', product: null });
        return [right?.role, right?.seesProtected, user?.name];
      };
      assert.equal((await signIn(claim({ groups: ['developers', 'crash-admins'] }))).back.status, 303);
      assert.deepEqual(await rights(), ['admin', true, 'Ada']);
      assert.equal((await signIn(claim({ groups: ['developers'] }))).back.status, 303);
      assert.deepEqual(await rights(), ['read', false, 'Ada']);
      // An account that a provider made has no password.
      assert.equal((await new Visitor(running.url).signIn('ada@example.org', '')).status, 400);
    });
  });

  test('proves who it is only when it says that it has just asked', async () => {
    await withServer({}, async () => {
      await addPerson(running.store, { email: 'ada@example.org', role: 'admin' });
      const asks = async (person: Visitor) => {
        const page = await person.act('/account/security', 'begin-app');
        assert.equal(page.status, 200);
        return page.text.includes('Confirm that it is you');
      };
      const now = Math.floor(Date.now() / 1000);
      const at = (time: number) => () => (word.claims = { ...word.claims, auth_time: time });
      assert.equal(await asks((await signIn()).person), true);
      assert.equal(await asks((await signIn(at(now - 3600))).person), true);
      assert.equal(await asks((await signIn(at(now))).person), false);
      // What is yet to come is now, and ages from now on.
      const { person } = await signIn(at(now + 200));
      running.now.value = Date.now() + 11 * 60_000;
      assert.equal(await asks(person), true);
      running.now.value = null;

      // The way from the page that asks wants a fresh proof, and takes no older one.
      delete word.claims['auth_time'];
      const old = (await signIn()).person;
      const page = await old.act('/account/security', 'begin-app');
      const link = /href="\/sign-in\/with\/corp(\?[^"]+)"/.exec(page.text)?.[1]?.replace('&amp;', '&') ?? '';
      assert.match(link, /to=%2Faccount%2Fsecurity/);
      const lie = await signIn(at(now - 3600), { person: old, to: link });
      assert.deepEqual(
        [lie.asked.searchParams.get('max_age'), lie.asked.searchParams.get('prompt')],
        ['0', 'login'],
      );
      assert.match(lie.back.text, /does not say that it has asked you again/);
      assert.equal(await asks(old), true);
      const { back } = await signIn(at(now), { person: old, to: link });
      assert.equal(back.headers.get('location'), '/account/security');
      assert.equal(await asks(old), false);
      assert.equal((await signIn()).asked.searchParams.has('max_age'), false);
    });
  });

  test('counts as having asked when it gives no time, but only on the way that wants a fresh proof, and not where it is to tell the time', async () => {
    const linkOf = async (person: Visitor): Promise<string | null> => {
      const page = await person.act('/account/security', 'begin-app');
      return /href="\/sign-in\/with\/corp(\?[^"]+)"/.exec(page.text)?.[1]?.replace('&amp;', '&') ?? null;
    };
    for (const needsAuthTime of [false, true]) {
      await withServer({ needsAuthTime }, async () => {
        await addPerson(running.store, { email: 'ada@example.org', role: 'admin' });
        const { person } = await signIn();
        const link = await linkOf(person);
        assert.match(link ?? '', /to=%2Faccount%2Fsecurity/);
        const { back } = await signIn(() => undefined, { person, to: link ?? '' });
        if (needsAuthTime) assert.match(back.text, /does not say that it has asked you again/);
        else assert.equal(back.headers.get('location'), '/account/security');
        assert.equal((await linkOf(person)) === null, !needsAuthTime);
        // It ages as every proof does.
        running.now.value = Date.now() + 11 * 60_000;
        assert.notEqual(await linkOf(person), null);
        running.now.value = null;
      });
    }
  });

  test('leads nowhere private that the operator did not name', async () => {
    await withServer({}, async () => {
      await addPerson(running.store, { email: 'ada@example.org', role: 'read' });
      let asked = 0;
      const inside = createServer((_request, response) => {
        asked += 1;
        response.end('{}');
      });
      word.tokenEndpoint = `${await listen(inside)}/token`;
      const { back } = await signIn();
      assert.match(back.text, /not believed/);
      assert.equal(asked, 0);
      inside.close();
    });
  });

  test('can be the only way in, and out of it leads a link after the sign-out', async () => {
    await withServer(
      {},
      async () => {
        await addPerson(running.store, { email: 'ada@example.org', role: 'read' });
        const page = await new Visitor(running.url).get('/sign-in');
        assert.match(page.text, /href="\/sign-in\/with\/corp"> ?Sign in with Corp/);
        assert.doesNotMatch(page.text, /name="password"/);
        assert.equal((await new Visitor(running.url).signIn('ada@example.org', PASSWORD)).status, 403);
        const { person } = await signIn();
        const csrf = /name="csrf" value="([^"]+)"/.exec((await person.get('/reports')).text)?.[1] ?? '';
        await person.post('/sign-out', { csrf, action: 'sign-out' });
        assert.match((await person.get('/sign-in?done=signed-out')).text, /Sign out of Corp, too/);
        const out = new URL((await person.get('/sign-out/with/corp')).headers.get('location') ?? '');
        assert.equal(`${out.origin}${out.pathname}`, `${issuer}/end`);
        assert.equal(out.searchParams.get('post_logout_redirect_uri'), 'http://127.0.0.1:8081/sign-in');
      },
      { passwordSignIn: false },
    );
  });
});

/** Keys are not cloned. */
function structuredCloneOf(word: Word): Word {
  return { ...word, claims: { ...word.claims }, header: { ...word.header } };
}

/** A provider process of its own, whose one person has the claims of the moment. */
async function startOidcProvider(claimsOf: () => Readonly<Record<string, unknown>>) {
  const { default: OidcProvider } = await import('oidc-provider');
  const server = createServer();
  const issuer = await listen(server);
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const oidc = new OidcProvider(issuer, {
    clients: [
      {
        ...{
          client_id: 'mayday',
          client_secret: SETTINGS.clientSecret,
          grant_types: ['authorization_code'],
        },
        redirect_uris: ['http://127.0.0.1:8081/sign-in/from/corp'],
        token_endpoint_auth_method: 'client_secret_post',
      },
    ],
    jwks: {
      keys: [
        {
          ...createPrivateKey(privateKey.export({ format: 'pem', type: 'pkcs8' })).export({
            format: 'jwk',
          }),
          use: 'sig',
        },
      ],
    },
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name', 'groups'] },
    cookies: { keys: ['a-key-for-cookies-of-the-provider'] },
    pkce: { required: () => true },
    async findAccount(_context, id) {
      return {
        accountId: id,
        async claims() {
          const more = claimsOf();
          return { sub: id, email: `${id}@example.org`, email_verified: true, name: 'Ada', ...more };
        },
      };
    },
  });
  const answer = oidc.callback();
  server.on('request', (incoming, outgoing) => void answer(incoming, outgoing));
  return {
    issuer,
    stop: (): void => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** From Mayday's sign-in page over all pages of the provider and back. */
async function crossOver(issuer: string, mayday: Visitor, there: Visitor, query = '') {
  let at = (await mayday.get(`/sign-in/with/corp${query}`)).headers.get('location') ?? '';
  // The provider's own pages: who is it, and may Mayday know?
  for (let step = 0; step < 12 && at.startsWith(issuer); step += 1) {
    const page = await there.get(at.slice(issuer.length));
    const action = /<form[^>]* action="([^"]+)"/.exec(page.text)?.[1];
    const next =
      action === undefined
        ? page
        : await there.post(new URL(action, issuer).pathname, {
            prompt: page.text.includes('name="login"') ? 'login' : 'consent',
            ...{ login: 'ada', password: 'any' },
          });
    at = new URL(next.headers.get('location') ?? '', issuer).href;
  }
  const back = new URL(at);
  assert.equal(back.pathname, '/sign-in/from/corp', at);
  return mayday.get(`${back.pathname}${back.search}`);
}

describe('a real provider (oidc-provider)', () => {
  test('signs a person in, from the form of its own to a page of Mayday', async () => {
    const { issuer, stop } = await startOidcProvider(() => ({}));
    const running = await startRunning({ providers: [providerAt(issuer)] });
    try {
      await addPerson(running.store, { email: 'ada@example.org', role: 'read' });
      const [mayday, there] = [new Visitor(running.url), new Visitor(issuer)];
      const home = await crossOver(issuer, mayday, there);
      assert.equal(home.headers.get('location'), '/', home.text);
      assert.equal((await mayday.get('/reports')).status, 200);
      // With a session at the provider: it asks again, and says when it did.
      const proven = await crossOver(issuer, mayday, there, '?fresh=yes&to=%2Faccount');
      assert.equal(proven.headers.get('location'), '/account', proven.text);
    } finally {
      await running.stop();
      stop();
    }
  });

  test('puts a person into the teams of their groups and out of them again, and leaves alone what was given by hand', async () => {
    let groups: unknown = [];
    const { issuer, stop } = await startOidcProvider(() => (groups === undefined ? {} : { groups }));
    const provider = providerAt(issuer, {
      account: 'acme',
      teams: [
        { group: 'ui-people', team: 'Interface' },
        { group: 'all-engineers', team: 'Engineers' },
        { group: 'all-engineers', team: 'No Such Team' },
      ],
    });
    const said: Record<string, unknown>[] = [];
    const running = await startRunning({ providers: [provider], log: logTo(said) });
    const { accounts, audit } = running.store;
    try {
      await accounts.create('acme');
      for (const name of ['Interface', 'Engineers', 'On Call']) await accounts.createTeam('acme', name);
      const teams = await accounts.teams('acme');
      const idOf = (name: string) => teams.find((team) => team.name === name)?.id ?? 0;
      await running.store.people.createProductByHand('acme', 'shop');
      const right = { role: 'triage', seesProtected: false, seesDumps: false } as const;
      const to = { kind: 'team', id: idOf('Interface') } as const;
      await accounts.grant({ account: 'acme', product: 'shop', to, ...right });
      const ada = await addPerson(running.store, { email: 'ada@example.org', role: 'read', accounts: [] });
      const there = new Visitor(issuer);
      const after = async (claim: unknown) => {
        groups = claim;
        const home = await crossOver(issuer, new Visitor(running.url), there);
        assert.equal(home.headers.get('location'), '/', home.text);
        const mine = (await accounts.teams('acme')).filter(({ members }) => members.includes(ada.id));
        const may = (await accounts.rightsOf(ada.id)).of({ account: 'acme', product: 'shop' });
        const { detail } = (await audit.list({ what: 'sign-in' }, { limit: 1 })).rows[0] ?? {};
        return [mine.map(({ name }) => name), may?.role ?? null, detail] as const;
      };
      const by = 'corp';

      // No group, no team: not even a member of the account.
      // The first sign-in links who was known by the address.
      const linked = { linked: true, otherWaysIn: 'ended' };
      assert.deepEqual(await after(['cooks']), [[], null, { by, ...linked }]);
      assert.deepEqual(await accounts.members('acme'), []);
      assert.deepEqual(await after(['cooks', 'ui-people']), [
        ['Interface'],
        'triage',
        { by, joinedTeams: 'Interface' },
      ]);
      assert.deepEqual(await after(['ui-people', 'all-engineers']), [
        ['Engineers', 'Interface'],
        'triage',
        { by, joinedTeams: 'Engineers' },
      ]);
      // The same again changes nothing, and says nothing of it.
      assert.deepEqual((await after(['ui-people', 'all-engineers']))[2], { by });
      assert.deepEqual(await after(['all-engineers']), [['Engineers'], null, { by, leftTeams: 'Interface' }]);

      // By hand: a team of no group, and one that the groups give as well.
      await accounts.setInTeam('acme', idOf('On Call'), ada.id, true);
      await accounts.setInTeam('acme', idOf('Engineers'), ada.id, true);
      assert.deepEqual((await after([]))[0], ['Engineers', 'On Call']);
      assert.deepEqual((await after(['all-engineers']))[0], ['Engineers', 'On Call']);
      assert.deepEqual((await after(undefined))[0], ['Engineers', 'On Call']);

      // One text is one group; what is neither says nothing, so that nothing stays of it.
      assert.deepEqual((await after('ui-people'))[0], ['Engineers', 'Interface', 'On Call']);
      for (const odd of [{ 'ui-people': true }, 7, true, [['ui-people'], { name: 'ui-people' }, null]]) {
        assert.deepEqual((await after('ui-people'))[1], 'triage');
        assert.deepEqual(
          (await after(odd)).slice(0, 2),
          [['Engineers', 'On Call'], null],
          JSON.stringify(odd),
        );
      }
      // Ten thousand are looked at.
      const many = Array.from({ length: 9999 }, (_, n) => `group-${n}`);
      assert.equal((await after([...many, 'ui-people']))[1], 'triage');
      assert.equal((await after([...many, 'another', 'ui-people']))[1], null);

      const warned = said.filter(({ level }) => level === 40);
      const unknown = warned.filter(({ team }) => team === 'No Such Team');
      assert.deepEqual(
        unknown.map(({ msg, account }) => [msg, account]),
        [['groups of a provider lead to a team that is not there', 'acme']],
      );
      const faults = warned.flatMap(({ why }) => (typeof why === 'string' ? [why] : []));
      assert.deepEqual(faults, ['no_list', 'no_list', 'no_list', 'too_many']);
    } finally {
      await running.stop();
      stop();
    }
  });
});

test('the setting of providers says what is wrong with it', () => {
  const good = { id: 'corp', issuer: 'https://id.example.com', clientId: 'mayday' };
  assert.equal(checkProviders([good]).ok, true);
  for (const [wrong, words] of [
    ['text', /is not a list/],
    [[{ ...good, id: 'A B' }], /small letters/],
    [[{ ...good, issuer: 'ftp://x' }], /"issuer" is no URL/],
    [[{ ...good, clientId: '' }], /without "clientId"/],
    [[{ ...good, clientID: 'x' }], /unknown field clientID/],
    [[{ ...good, role: 'king' }], /"role" is none of/],
    [[{ ...good, groups: [{ role: 'read' }] }], /has no "group"/],
    [[{ ...good, teams: { group: 'a', team: 'b' } }], /"teams" is no list/],
    [[{ ...good, teams: [{ group: 'a' }] }], /"teams" is no list/],
    [[{ ...good, teams: [{ group: 'a', team: 'b', role: 'read' }] }], /"teams" is no list/],
    [[{ ...good, teams: Array.from({ length: 1001 }, () => ({ group: 'a', team: 'b' })) }], /at most 1000/],
    [[good, good], /the id corp twice/],
  ] as const) {
    const checked = checkProviders(wrong);
    assert.match(checked.ok ? '' : checked.wrong, words);
  }
});
