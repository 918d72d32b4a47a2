// /sign-in/with/{provider}: to a provider of sign-ins. /sign-in/from/{provider}: back from it. /sign-out/with/{provider}: out of it, too.
import { html } from 'hono/html';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import { admit } from '../../auth/admit.ts';
import { addToAudit } from '../../auth/audit-note.ts';
import { comesFromElsewhere } from '../../auth/csrf.ts';
import type { Provider } from '../../sign-in-provider.ts';
import { ProviderRefused } from '../../sign-in-provider.ts';
import { localPath } from '../../auth/return-path.ts';
import { cookieName, cookiePath, isSecure, startSession } from '../../auth/sessions.ts';
import type { OpenPage, PageAnswer, PageRequest } from '../page.ts';
import { PageError } from '../page.ts';

const COOKIE = 'mayday-journey';

function named(request: PageRequest): Provider {
  const { context } = request;
  const provider = context.providers.find(({ settings }) => settings.id === request.param('provider'));
  if (provider === undefined)
    throw new PageError(404, 'There is no such provider.', 'Go back to the sign-in.');
  return provider;
}

function options({ context }: PageRequest) {
  return { path: cookiePath(context), secure: isSecure(context) };
}

function returnUrl({ context }: PageRequest, { settings }: Provider): string {
  return `${context.reportsUrl}/sign-in/from/${settings.id}`;
}

/** A sentence for the person; what exactly was wrong stands in the log. */
function refused(request: PageRequest, provider: Provider, error: unknown): PageAnswer {
  if (!(error instanceof ProviderRefused)) throw error;
  const { context } = request;
  context.log.warn({ err: error, provider: provider.settings.id }, 'a provider of sign-ins was refused');
  return fault(error.message);
}

function fault(sentence: string): PageAnswer {
  return {
    kind: 'html',
    title: 'Not signed in',
    status: 400,
    secret: true,
    body: html`<div class="narrow">
      <h1>Not signed in</h1>
      <p class="fault" role="alert">${sentence}</p>
      <p><a href="/sign-in">Back to the sign-in</a></p>
    </div>`,
  };
}

export const toProviderPage: OpenPage = {
  path: '/sign-in/with/:provider',
  access: 'anyone',
  nav: null,
  async view(request) {
    const { c, context, url, now } = request;
    const provider = named(request);
    const to = localPath(url.searchParams.get('to'));
    // Nobody is signed in because another site wants it so: they press the button themselves.
    if (comesFromElsewhere(c)) return { kind: 'redirect', to: `/sign-in?to=${encodeURIComponent(to)}` };
    try {
      const fresh = url.searchParams.get('fresh') === 'yes';
      const begun = await provider.begin({ returnUrl: returnUrl(request, provider), to, fresh, now });
      setCookie(c, cookieName(context, COOKIE), begun.journey, {
        ...options(request),
        httpOnly: true,
        // Lax: the browser comes back from another site.
        sameSite: 'Lax',
        maxAge: 600,
      });
      return { kind: 'response', response: c.redirect(begun.url.href, 303) };
    } catch (error) {
      return refused(request, provider, error);
    }
  },
};

export const fromProviderPage: OpenPage = {
  path: '/sign-in/from/:provider',
  access: 'anyone',
  nav: null,
  async view(request) {
    const { c, context, url, now } = request;
    const provider = named(request);
    const journey = getCookie(c, cookieName(context, COOKIE)) ?? '';
    deleteCookie(c, cookieName(context, COOKIE), options(request));
    try {
      const back = new URL(`${returnUrl(request, provider)}${url.search}`);
      const { claimed, to, provenAt } = await provider.finish({ url: back, journey, now });
      const admission = await admit(context, provider.settings, claimed);
      if (!admission.ok) {
        context.log.warn(
          { provider: provider.settings.id, why: admission.fault },
          'a sign-in by a provider was refused',
        );
        return fault(admission.fault);
      }
      const { joined, left } = admission.teams;
      addToAudit(c, {
        detail: {
          by: provider.settings.id,
          ...admission.noted,
          ...(joined.length > 0 && { joinedTeams: joined.join(', ') }),
          ...(left.length > 0 && { leftTeams: left.join(', ') }),
        },
      });
      // A session at the provider is no proof: it may be old, and whoever has the browser has it.
      await startSession(c, context, admission.user.id, provenAt);
      context.log.info({ user: admission.user.id, provider: provider.settings.id }, 'signed in');
      return { kind: 'redirect', to };
    } catch (error) {
      return refused(request, provider, error);
    }
  },
};

export const outOfProviderPage: OpenPage = {
  path: '/sign-out/with/:provider',
  access: 'anyone',
  nav: null,
  async view(request) {
    const { c, context } = request;
    const provider = named(request);
    if (comesFromElsewhere(c)) return { kind: 'redirect', to: '/sign-in' };
    try {
      const to = await provider.signOutUrl(`${context.reportsUrl}/sign-in`);
      if (to === null)
        return fault(`${provider.settings.name} has no address for signing out. Close its session there.`);
      return { kind: 'response', response: c.redirect(to.href, 303) };
    } catch (error) {
      return refused(request, provider, error);
    }
  },
};
