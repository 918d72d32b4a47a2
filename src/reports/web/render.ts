// Runs a page: who is it, may they, is the post genuine; then the page, then the layout around its answer.
import type { Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { auditedPage, auditedView } from '../audit/audited.ts';
import type { Audited } from '../audit/audited.ts';
import { audited, lookOf } from '../audit/trail.ts';
import { CSRF_FIELD, formToken, originMatches, tokenMatches } from '../auth/csrf.ts';
import { personOf } from '../auth/bearer.ts';
import { allows, refusalWords } from '../auth/person.ts';
import type { SeenStore } from '../gate/gate.ts';
import { PasswordQueueFull } from '../auth/passwords.ts';
import type { Access, Person } from '../auth/person.ts';
import { allowsSomewhere, atRoute } from '../query/place-of-route.ts';
import type { Missing } from '../query/place-of-route.ts';
import { StorageError } from '../../store/intake.ts';
import { ReadRefused } from '../../store/reports.ts';
import { resumeSession } from '../auth/sessions.ts';
import { SymbolsRefused } from '../../process/symbols/symbols-refused.ts';
import { outsidePath, pageOutside } from '../below-path.ts';
import type { ReportsContext } from '../reports-context.ts';
import { withReceived } from '../symbols/receive.ts';
import { drain } from '../symbols/request-bytes.ts';
import { UploadSlots } from '../symbols/symbol-upload-slots.ts';
import { ACTION_FIELD } from './components/form-controls.ts';
import { proveRecent } from './prove-recent.ts';
import { errorPage } from './error-page.ts';
import { lacksFactor } from '../auth/lacks-factor.ts';
import { noSuchAccount } from './named-account.ts';
import { noSuchBug } from './named-bug.ts';
import { noSuchProduct } from './named-product.ts';
import { noSuchReport } from './named-report.ts';
import { layout } from './page-layout.ts';
import { PageError } from './page.ts';
import type { Form, MemberRequest, Page, PageAnswer, PageRequest } from './page.ts';
import { PAGES } from './page-registry.ts';
import { visibleSigns } from './visible-signs.ts';

/** Where second factors are added. */
const FACTORS_PATH = '/account/security';
const MAX_FORM_BYTES = 64 * 1024;

/** Adds the routes of all pages, and the error pages of everything else. */
export function addPages(app: Hono, context: ReportsContext): void {
  const slots = new UploadSlots();
  for (const page of PAGES) {
    app.get(page.path, (c) => view(c, context, page));
    if (page.actions !== undefined) {
      app.post(page.path, bodyLimit({ maxSize: MAX_FORM_BYTES, onError: tooLarge }), (c) =>
        act(c, context, page),
      );
    }
    if (page.upload !== undefined) app.post(page.path, (c) => takeFiles(c, context, page, slots));
  }
  app.notFound(async (c) =>
    fail(
      c,
      context,
      new PageError(
        404,
        'There is no page at this address.',
        'Check the link, or look for it from the list.',
      ),
    ),
  );
  app.onError(async (error, c) => {
    if (error instanceof PageError) return fail(c, context, error);
    if (error instanceof ReadRefused) {
      context.log.warn({ path: c.req.path, reason: error.reason }, 'a list was given up');
      return fail(
        c,
        context,
        new PageError(503, error.message, 'Narrow it with another filter, or try again in a while.'),
      );
    }
    if (error instanceof PasswordQueueFull) {
      c.header('Retry-After', '5');
      return fail(
        c,
        context,
        new PageError(503, 'Too many passwords are being checked just now.', 'Try again in a few seconds.'),
      );
    }
    context.log.error({ err: error }, 'page failed');
    if (error instanceof StorageError && error.reason === 'full')
      return fail(
        c,
        context,
        new PageError(
          503,
          'The server has no space left to write this down.',
          'What was stored is kept. Tell its operator to make room, and try again.',
        ),
      );
    return fail(
      c,
      context,
      new PageError(
        500,
        'The page could not be made.',
        'Try again; if it stays, the log of the server says why.',
      ),
    );
  });
}

function tooLarge(): never {
  throw new PageError(413, 'The form is larger than the server takes.', 'Go back and send less.');
}

async function pageRequest(c: Context, context: ReportsContext): Promise<PageRequest> {
  const session = await resumeSession(c, context);
  return {
    c,
    context,
    session,
    person: session === null ? null : await personOf(context, session.user),
    csrf: formToken(c, context, session),
    url: new URL(c.req.url),
    now: context.now(),
    param: (name) => c.req.param(name) ?? '',
  };
}

async function view(c: Context, context: ReportsContext, page: Page): Promise<Response> {
  const request = await pageRequest(c, context);
  if (page.access === 'anyone') {
    return write(
      request,
      page,
      await inAudit(request, auditedView(page.path), null, () => page.view(request)),
    );
  }
  const { person } = request;
  if (person === null) return toSignIn(request);
  if (await mustAddFactor(request, page)) return toFactors(request);
  const answer = await inAudit(request, auditedView(page.path), null, async () =>
    page.view(await memberRequest(request, person, [page.access])),
  );
  return write(request, page, answer);
}

/** The request of a member, as they stand to what the address names; throws the 404 page where that is not for them. */
async function memberRequest(
  request: PageRequest,
  person: Person,
  accesses: readonly Access[],
): Promise<MemberRequest> {
  const { c, context } = request;
  for (const access of accesses) if (!allowsSomewhere(access, person)) throw notAllowed(access, person);
  const found = await atRoute(context.gate, person, c.req.param());
  if ('missing' in found) throw NOT_THERE[found.missing]();
  for (const access of accesses) mustAllow(access, found.person);
  return { ...request, person: found.person, seen: seenBy(request, person) };
}

const NOT_THERE: Readonly<Record<Missing, () => PageError>> = {
  account: noSuchAccount,
  product: noSuchProduct,
  report: noSuchReport,
  bug: noSuchBug,
};

async function act(c: Context, context: ReportsContext, page: Page): Promise<Response> {
  const request = await pageRequest(c, context);
  const form = await readForm(c);
  if (page.access !== 'anyone' && request.person === null) return toSignIn(request);
  mustBeGenuine(request, form.text(CSRF_FIELD));
  if (await mustAddFactor(request, page)) return toFactors(request);
  const name = form.text(ACTION_FIELD);
  const action = Object.hasOwn(page.actions ?? {}, name) ? page.actions?.[name] : undefined;
  if (action === undefined) {
    throw new PageError(400, 'The form names nothing that can be done here.', 'Open the page again.');
  }
  let asked: PageAnswer | null = null;
  const answer = await inAudit(
    request,
    auditedPage(`${page.path} ${name}`),
    form,
    async () => {
      const { person, session } = request;
      if (person === null || page.access === 'anyone') {
        mustAllow(page.access, person);
        mustAllow(action.access, person);
        return action.run(request as MemberRequest, form);
      }
      const member = await memberRequest(request, person, [page.access, action.access]);
      if (action.recent !== true || session === null) return action.run(member, form);
      const proof = await proveRecent(member, session, form);
      if (proof.kind === 'ask') return (asked = proof.page);
      return action.run({ ...member, session: proof.session }, form);
    },
    (given) => given === asked,
  );
  return write(request, page, answer);
}

/**
 * An upload of files: who it is, whether they may, and where it comes from is known before a byte is read; the token of the form is
 * among the fields, and nothing is taken without it.
 */
async function takeFiles(
  c: Context,
  context: ReportsContext,
  page: Page,
  slots: UploadSlots,
): Promise<Response> {
  const request = await pageRequest(c, context);
  const { person } = request;
  const { upload } = page;
  try {
    if (upload === undefined || person === null) return toSignIn(request);
    if (await mustAddFactor(request, page)) return toFactors(request);
    const member = await memberRequest(request, person, [upload.access]);
    if (!originMatches(c, context)) throw forged();
    return await slots.run(
      () =>
        withReceived(c, context.symbols, async (received) => {
          mustBeGenuine(request, received.fields.get(CSRF_FIELD) ?? '');
          const line = auditedPage(`${page.path} (files)`);
          return write(request, page, await inAudit(request, line, null, () => upload.run(member, received)));
        }),
      () => {
        throw new SymbolsRefused('busy');
      },
    );
  } catch (error) {
    // A browser shows the answer only when it has sent everything.
    await drain(c);
    if (!(error instanceof SymbolsRefused)) throw error;
    const status = ([400, 413, 503] as const).find((one) => one === error.status) ?? 400;
    throw new PageError(status, error.message, 'Go back, and choose other files or try again.');
  }
}

/** Whether the person sees nothing but the page where a second factor is added, until there is one. */
async function mustAddFactor(request: PageRequest, page: Page): Promise<boolean> {
  return page.access !== 'anyone' && page.path !== FACTORS_PATH && (await lacksFactor(request));
}

function toFactors({ c, context }: PageRequest): Response {
  return c.redirect(outsidePath(FACTORS_PATH, context), 303);
}

/** What a person sees, where each look at protected data is written down. */
function seenBy({ c, context }: PageRequest, person: Person): SeenStore {
  return context.gate.for(person, lookOf({ c, context, person }));
}

/** Runs a page or an action of it, and writes its line into the audit log. */
function inAudit(
  request: PageRequest,
  line: Audited | null,
  form: Form | null,
  run: () => Promise<PageAnswer>,
  /** Answers by which nothing was done yet. */
  isRefusal: (answer: PageAnswer) => boolean = () => false,
): Promise<PageAnswer> {
  const field = (name: string): string => request.param(name) || (form?.text(name) ?? '');
  return audited(request, line, {
    fields: field,
    run,
    outcome: (answer) =>
      isRefusal(answer) || (answer.kind === 'html' && (answer.status ?? 200) !== 200) ? 'refused' : 'done',
    refusals: (error) =>
      (error instanceof PageError && error.status < 500) || error instanceof SymbolsRefused,
  });
}

function mustBeGenuine({ c, context, session }: PageRequest, sent: string): void {
  if (!originMatches(c, context) || !tokenMatches(c, context, { session, sent })) throw forged();
}

function forged(): PageError {
  return new PageError(
    403,
    'The form did not come from a page of this server, or the page was open for too long.',
    'Open the page again and send the form from there.',
  );
}

function mustAllow(access: Access, person: Person | null): void {
  if (!allows(access, person)) throw notAllowed(access, person);
}

function notAllowed(access: Access, person: Person | null): PageError {
  return new PageError(
    403,
    refusalWords(access, person),
    'Ask an administrator of the account, or of this server, for the right.',
  );
}

async function readForm(c: Context): Promise<Form> {
  const body = await c.req.parseBody({ all: true }).catch((error: unknown) => {
    // Multipart without its boundary and the like; pages send no such forms.
    if (!(error instanceof TypeError)) throw error;
    throw new PageError(400, 'The form cannot be read.', 'Open the page again and send the form from there.');
  });
  const all = (name: string): readonly string[] => {
    const value = Object.hasOwn(body, name) ? body[name] : undefined;
    return (Array.isArray(value) ? value : [value]).filter((one) => typeof one === 'string');
  };
  // The last of a repeated field: a button that names an action overrules the hidden field before it.
  const text = (name: string): string => all(name).at(-1) ?? '';
  return { text, checked: (name) => text(name) === 'yes', all, names: () => Object.keys(body) };
}

function toSignIn({ c, url, context }: PageRequest): Response {
  const path = c.req.raw.method === 'POST' ? '/' : `${url.pathname}${url.search}`;
  const to = path === '/' ? '/sign-in' : `/sign-in?to=${encodeURIComponent(path)}`;
  return c.redirect(outsidePath(to, context), 303);
}

async function write(request: PageRequest, page: Page, answer: PageAnswer): Promise<Response> {
  const { c } = request;
  if (answer.kind === 'response') return answer.response;
  if (answer.kind === 'redirect') {
    const mark = answer.to.includes('?') ? '&' : '?';
    const to = answer.done === undefined ? answer.to : `${answer.to}${mark}done=${answer.done}`;
    return c.redirect(outsidePath(to, request.context), 303);
  }
  // What people see after signing in stays in no cache of the browser, which others may sit at later.
  const isKept = request.person === null && answer.secret !== true;
  c.header('Cache-Control', isKept ? 'private, no-cache' : 'private, no-store');
  const document = layout({
    ...request,
    ...answer,
    nav: page.nav,
    done: request.url.searchParams.get('done'),
  });
  return c.html(pageOutside(visibleSigns(String(await document)), request.context), answer.status ?? 200);
}

async function fail(c: Context, context: ReportsContext, error: PageError): Promise<Response> {
  // The store may be what failed: an error page never needs it.
  const request = await pageRequest(c, context).catch(() => null);
  const { title, body } = errorPage(error, c.req.path, request?.person ?? null);
  c.header('Cache-Control', 'private, no-store');
  const document = layout({
    title,
    body,
    person: request?.person ?? null,
    csrf: request?.csrf ?? '',
    nav: null,
    done: null,
  });
  return c.html(pageOutside(visibleSigns(String(await document)), context), error.status);
}
