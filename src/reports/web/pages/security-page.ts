// /account/security: how one signs in, and where one is signed in: second factors, sessions, password.
import { html } from 'hono/html';
import type { StoredSession, User } from '../../../store/people.ts';
import { guessOwn } from '../../auth/guess-limits.ts';
import { endSession, startSession } from '../../auth/sessions.ts';
import {
  addApp,
  addPasskey,
  beginApp,
  factorSection,
  removeFactor,
  replaceCodes,
} from '../account-factors.ts';
import type { FactorsShown } from '../account-factors.ts';
import { faultBox, field, form } from '../components/form-controls.ts';
import { lacksFactor } from '../../auth/lacks-factor.ts';
import { table } from '../components/table.ts';
import { exactTime, time } from '../components/value-table.ts';
import { passwordFields, readPassword } from '../one-time-page.ts';
import type { Form, Html, MemberPage, MemberRequest, PageAnswer } from '../page.ts';
import { PageError } from '../page.ts';

const PATH = '/account/security';

export const securityPage: MemberPage = {
  path: PATH,
  access: 'read',
  nav: 'account',
  view: (request) => show(request, {}),
  actions: {
    password: { access: 'read', run: changePassword },
    'begin-app': { access: 'read', recent: true, run: async (request) => show(request, beginApp()) },
    'add-app': {
      access: 'read',
      recent: true,
      run: async (request, form) => show(request, await addApp(request, self(request), form)),
    },
    'add-passkey': {
      access: 'read',
      recent: true,
      run: async (request, form) => show(request, await addPasskey(request, self(request), form)),
    },
    'remove-factor': {
      access: 'read',
      recent: true,
      async run(request, form) {
        await removeFactor(request, self(request), form);
        return { kind: 'redirect', to: PATH, done: 'saved' };
      },
    },
    'recovery-codes': {
      access: 'read',
      recent: true,
      run: async (request) => show(request, await replaceCodes(request, self(request))),
    },
    // Whoever took a session over must not put its owner out of all others.
    'end-session': { access: 'read', recent: true, run: endOne },
    'end-others': { access: 'read', recent: true, run: endOthers },
    'end-all': { access: 'read', recent: true, run: endAll },
  },
};

function self({ person }: MemberRequest): User {
  // Pages know only sessions, and a session has a user.
  if (person.user === null) throw new PageError(403, 'This needs an account.', 'Sign in.');
  return person.user;
}

async function changePassword(request: MemberRequest, form: Form): Promise<PageAnswer> {
  const user = self(request);
  const { context } = request;
  const guess = await guessOwn(context, user, {
    key: `password ${user.id}`,
    password: form.text('current'),
  });
  if (guess === 'wait') {
    return show(request, { passwordFault: 'Too many wrong passwords. Try again in a quarter of an hour.' });
  }
  if (guess === 'wrong') return show(request, { passwordFault: 'The current password is wrong.' });
  const password = await readPassword(form, context, user);
  if (password.fault !== null) return show(request, { passwordFault: password.fault });
  // Whoever knew the old password is out, this browser goes on under a fresh session.
  await context.store.people.setPassword(user.id, password.hash);
  await startSession(request.c, context, user.id);
  context.log.info({ user: user.id }, 'password changed');
  return { kind: 'redirect', to: PATH, done: 'password' };
}

async function endOne(request: MemberRequest, form: Form): Promise<PageAnswer> {
  const ended = await request.context.store.people.deleteSessionOf(self(request).id, form.text('session'));
  if (!ended) throw new PageError(404, 'You have no such session any more.', 'Go back to the list.');
  return { kind: 'redirect', to: PATH, done: 'session-ended' };
}

async function endOthers(request: MemberRequest): Promise<PageAnswer> {
  const { people } = request.context.store;
  const { id } = self(request);
  for (const { idHash } of await people.listSessions(id, request.now)) {
    if (idHash !== request.session?.idHash) await people.deleteSessionOf(id, idHash);
  }
  return { kind: 'redirect', to: PATH, done: 'sessions-ended' };
}

async function endAll(request: MemberRequest): Promise<PageAnswer> {
  const { c, context } = request;
  await context.store.people.deleteSessionsOf(self(request).id);
  await endSession(c, context);
  c.header('Clear-Site-Data', '"cache"');
  return { kind: 'redirect', to: '/sign-in', done: 'signed-out' };
}

interface Shown extends FactorsShown {
  readonly passwordFault?: string;
}

async function show(request: MemberRequest, shown: Shown): Promise<PageAnswer> {
  const { passwordFault = null, ...factors } = shown;
  const { csrf, context, now } = request;
  const sessions = await context.store.people.listSessions(self(request).id, now);
  return {
    kind: 'html',
    title: 'Signing in',
    status: passwordFault === null && factors.fault === undefined ? 200 : 400,
    secret: factors.seed !== undefined || factors.codes !== undefined,
    body: html`<p><a href="/account">Account</a></p>
<h1>Signing in</h1>
${(await lacksFactor(request)) ? html`<p class="fault" role="alert">This server wants a second factor of you. Add one here; everything else waits until then.</p>` : null}
${await factorSection(request, self(request), factors)}
<section aria-labelledby="sessions"><h2 id="sessions">Where you are signed in</h2>
${sessionTable(sessions, request)}
<p class="hint">A sign-in ends ${lifeWords(context.sessionLife.idleMs)} after its last use, and ${lifeWords(context.sessionLife.maxMs)} after it began. What you do not know: end it, and change your password.</p>
<div class="acts">
${sessions.length < 2 ? null : form({ to: PATH, action: 'end-others', csrf, className: 'inline' }, html`<button>Sign out everywhere else</button>`)}
${form({ to: PATH, action: 'end-all', csrf, className: 'inline' }, html`<button>Sign out everywhere</button>`)}
</div>
</section>
<section aria-labelledby="password"><h2 id="password">Password</h2>
<details${passwordFault === null ? null : html` open`}><summary>Change password</summary>
${faultBox(passwordFault)}
<p>Every other sign-in of yours ends with it, and every API token: make new ones for what still needs them.</p>
${form(
  { to: PATH, action: 'password', csrf },
  html`<input type="hidden" autocomplete="username" value="${self(request).email}" />
    ${field({ name: 'current', label: 'Current password', type: 'password', required: true, autocomplete: 'current-password' })}
    ${passwordFields} <button>Change password</button>`,
)}</details>
</section>`,
  };
}

function sessionTable(sessions: readonly StoredSession[], { csrf, now, session }: MemberRequest): Html {
  return table({
    caption: 'Your sign-ins, the one used last first',
    rows: sessions,
    columns: [
      {
        label: 'With',
        cell: ({ agent, idHash }) =>
          html`${agent === '' ? 'not known' : agent}${idHash === session?.idHash ? html` <span class="quiet">(this one)</span>` : null}`,
      },
      { label: 'From', cell: ({ network }) => (network === '' ? 'not known' : network) },
      { label: 'Last used', cell: ({ seenAt }) => time(seenAt, now) },
      { label: 'Since', wideOnly: true, cell: ({ createdAt }) => time(createdAt, now) },
      { label: 'Ends', wideOnly: true, cell: ({ expiresAt }) => exactTime(expiresAt) },
      {
        label: 'End',
        cell: ({ idHash, agent }) =>
          // The one at hand is ended as everywhere: a proof would have given it another id.
          idHash === session?.idHash
            ? form(
                { to: '/sign-out', action: 'sign-out', csrf, className: 'inline' },
                html`<button>End</button>`,
              )
            : form(
                { to: PATH, action: 'end-session', csrf, className: 'inline' },
                html`<input type="hidden" name="session" value="${idHash}" /><button aria-label="End the sign-in with ${agent}">End</button>`,
              ),
      },
    ],
  });
}

/** "14 days", "12 hours". */
function lifeWords(ms: number): string {
  const hours = Math.round(ms / 3_600_000);
  const [number, unit] = hours % 24 === 0 ? [hours / 24, 'day'] : [hours, 'hour'];
  return `${number} ${unit}${number === 1 ? '' : 's'}`;
}
