// `security/` and `csp-report/`: what browsers report of a page's policies, each report one event.
import { jsonFault } from '../../base/json-fault.ts';
import { Refused } from '../../base/refusal.ts';
import { asObject, asText, own, type JsonObject } from '../../report/crashkit/json-object.ts';
import type { Intake, WireAnswer, WireRequest } from '../adapter.ts';
import { readWhole } from '../payload-body.ts';
import { keysOfRequest, productOfKeys } from './client-key.ts';
import { commitEvent } from './event-draft.ts';
import { limitedAnswer } from './sentry-answers.ts';

/** A browser gathers reports of one page; more in one body is no browser. */
const MAX_REPORTS = 50;
const MAX_BYTES = 512 * 1024;
const MAX_NAME = 200;

/** Takes reports of policies. */
export async function securityEndpoint(request: WireRequest, intake: Intake): Promise<WireAnswer> {
  const keyed = await productOfKeys(keysOfRequest(request), request, intake);
  const body = await readWhole(request.body, MAX_BYTES);
  if (body === null) throw new Refused('too_large', `security reports have at most ${MAX_BYTES} bytes`);
  const events = securityEvents(body, request);
  if (events.length === 0) throw new Refused('invalid_event', 'the body holds no report that is known');
  const fates = await Promise.all(
    events.map((event) =>
      commitEvent(
        // Two browsers that report the same are two reports.
        { event, bytes: null, fingerprint: null, headerId: null, sentAt: null, client: 'browser' },
        intake.draft(),
        { request, intake, keyed },
      ),
    ),
  );
  const limited = fates.find((fate) => fate.kind === 'limited');
  return limited === undefined ? { status: 200, body: '' } : limitedAnswer(limited.waitSeconds);
}

/** The events of a body: `application/csp-report` and its like, or a list of the Reporting API. */
function securityEvents(body: Buffer, request: WireRequest): readonly JsonObject[] {
  let payload: unknown;
  try {
    payload = JSON.parse(body.toString('utf8'));
  } catch (error) {
    throw new Refused('invalid_event', jsonFault(error), { cause: error });
  }
  const list: readonly unknown[] = Array.isArray(payload) ? payload.slice(0, MAX_REPORTS) : [payload];
  return list.flatMap((one) => {
    const report = Array.isArray(one) ? null : asObject(one);
    const event = report === null ? null : securityEvent(report, request);
    return event === null ? [] : [event];
  });
}

function securityEvent(report: JsonObject, request: WireRequest): JsonObject | null {
  const csp =
    asObject(own(report, 'csp-report')) ??
    (own(report, 'type') === 'csp-violation' ? asObject(own(report, 'body')) : null);
  if (csp !== null) return cspEvent(csp, report, request);
  for (const kind of [
    'expect-ct-report',
    'expect-staple-report',
    'network-error',
    'deprecation',
    'intervention',
    'crash',
  ]) {
    const inner =
      asObject(own(report, kind)) ?? (own(report, 'type') === kind ? asObject(own(report, 'body')) : null);
    if (inner !== null) return otherEvent(kind, inner, report, request);
  }
  // Public key pins have no wrapper.
  return own(report, 'known-pins') === undefined ? null : otherEvent('hpkp', report, report, request);
}

function cspEvent(csp: JsonObject, report: JsonObject, request: WireRequest): JsonObject {
  const text = (...names: readonly string[]): string =>
    names.map((name) => asText(own(csp, name))).find((value) => value !== null && value !== '') ?? '';
  const violated = text(
    'effective-directive',
    'effectiveDirective',
    'violated-directive',
    'violatedDirective',
  );
  const directive = violated.split(' ', 1)[0] ?? '';
  const blocked = text('blocked-uri', 'blockedURL');
  const page = text('document-uri', 'documentURL') || (asText(own(report, 'url')) ?? '');
  const origin = blockedOrigin(blocked);
  const message =
    origin === ''
      ? `Blocked by ${directive || 'a policy'}`
      : `Blocked ${directive || 'content'} from ${origin}`;
  return {
    ...base('csp', message, page, report, request),
    fingerprint: ['csp', directive, origin],
    tags: { 'effective-directive': directive.slice(0, MAX_NAME), 'blocked-uri': blocked.slice(0, MAX_NAME) },
    extra: csp,
  };
}

function otherEvent(kind: string, inner: JsonObject, report: JsonObject, request: WireRequest): JsonObject {
  const host = asText(own(inner, 'hostname')) ?? '';
  const page = asText(own(report, 'url')) ?? '';
  const what = asText(own(inner, 'id')) ?? asText(own(inner, 'type')) ?? asText(own(inner, 'reason')) ?? '';
  const message = [kind, what, host].filter((part) => part !== '').join(' ');
  return { ...base(kind, message, page, report, request), fingerprint: [kind, what, host], extra: inner };
}

function base(
  logger: string,
  message: string,
  page: string,
  report: JsonObject,
  request: WireRequest,
): JsonObject {
  const { query, headers } = request;
  const agent = asText(own(report, 'user_agent')) ?? request.userAgent;
  const referer = headers.referer;
  return {
    message,
    logger,
    level: 'error',
    platform: 'other',
    ...(query.get('sentry_release') !== null && { release: query.get('sentry_release') }),
    ...(query.get('sentry_environment') !== null && { environment: query.get('sentry_environment') }),
    request: {
      ...(page !== '' && { url: page.slice(0, 2000) }),
      headers: {
        ...(agent !== null && { 'User-Agent': agent }),
        ...(referer !== undefined && { Referer: referer }),
      },
    },
  };
}

/** Where what was blocked comes from: its origin, or a word of the specification (`inline`, `eval`, `data`). */
function blockedOrigin(blocked: string): string {
  if (!blocked.includes('://')) return blocked.slice(0, MAX_NAME);
  try {
    return new URL(blocked).origin;
  } catch {
    return '';
  }
}
