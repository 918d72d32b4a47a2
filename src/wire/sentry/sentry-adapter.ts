// Sentry's clients: every SDK by changing one address (docs/protocols/sentry.md). The endpoints and what they answer.
import { jsonFault } from '../../base/json-fault.ts';
import { Refused } from '../../base/refusal.ts';
import { asObject, own } from '../../report/crashkit/json-object.ts';
import { eventIdOf } from '../../report/sentry/event-values.ts';
import type { Adapter, Intake, Route, WireAnswer, WireRequest } from '../adapter.ts';
import { readWhole } from '../payload-body.ts';
import { keysOfRequest, productOfKeys } from './client-key.ts';
import { EnvelopeIntake } from './envelope-intake.ts';
import { EnvelopeParser } from './envelope-parser.ts';
import { commitEvent } from './event-draft.ts';
import { limitedAnswer, refuseSentry, SENTRY_CORS, sentryPreflight, takenAnswer } from './sentry-answers.ts';
import { minidumpEndpoint } from './minidump-endpoint.ts';
import { dialogScript, dialogWords } from './report-dialog.ts';
import { securityEndpoint } from './security-endpoint.ts';
import { unpackedStoreBody } from './store-body.ts';
import { unrealEndpoint } from './unreal-endpoint.ts';

async function envelope(request: WireRequest, intake: Intake): Promise<WireAnswer> {
  const keys = keysOfRequest(request);
  const keyed = keys.length === 0 ? null : await productOfKeys(keys, request, intake);
  const handler = new EnvelopeIntake(request, intake, { keys, keyed });
  const parser = new EnvelopeParser(handler, {
    maxHeaderBytes: intake.settings.maxEnvelopeHeaderBytes,
    maxItems: intake.settings.maxEnvelopeItems,
  });
  await request.body.pump((chunk) => parser.write(chunk));
  await parser.finish();
  return handler.finish(parser.fault);
}

/** One event as JSON; old clients compress it themselves. */
async function store(request: WireRequest, intake: Intake): Promise<WireAnswer> {
  const { maxEventBytes } = intake.settings;
  const keyed = await productOfKeys(keysOfRequest(request), request, intake);
  const body = await readWhole(request.body, maxEventBytes);
  if (body === null) throw new Refused('too_large', `an event has at most ${maxEventBytes} bytes`);
  const bytes = await unpackedStoreBody(body, maxEventBytes, request.body);
  let event: ReturnType<typeof asObject> = null;
  try {
    event = asObject(JSON.parse(bytes.toString('utf8')));
  } catch (error) {
    throw new Refused('invalid_event', jsonFault(error), { cause: error });
  }
  if (event === null) throw new Refused('invalid_event', 'the body is no JSON object');
  const received = { bytes, event, headerId: null, sentAt: null, client: null };
  const fate = await commitEvent(received, intake.draft(), { request, intake, keyed });
  if (fate.kind === 'limited') return limitedAnswer(fate.waitSeconds);
  return takenAnswer(eventIdOf(own(event, 'event_id')));
}

const ENDPOINTS: readonly Route[] = [
  { methods: ['POST'], path: '/api/{id}/envelope', stores: true, handle: envelope },
  { methods: ['POST'], path: '/api/{id}/store', stores: true, handle: store },
  { methods: ['POST'], path: '/api/{id}/minidump', stores: true, handle: minidumpEndpoint },
  { methods: ['POST'], path: '/api/{id}/security', stores: true, handle: securityEndpoint },
  { methods: ['POST'], path: '/api/{id}/csp-report', stores: true, handle: securityEndpoint },
  { methods: ['POST'], path: '/api/{id}/nel', stores: true, handle: securityEndpoint },
  { methods: ['GET'], path: '/api/embed/error-page', stores: false, handle: dialogScript },
  { methods: ['POST'], path: '/api/embed/error-page', stores: true, handle: dialogWords },
  { methods: ['POST'], path: '/api/{id}/unreal/{key}', stores: true, handle: unrealEndpoint },
];

/** Sentry's protocol. A DSN may have a path before its number, which clients put before `/api/`; a proxy need not take it away. */
export const sentry: Adapter = {
  name: 'sentry',
  routes: [
    ...ENDPOINTS,
    ...ENDPOINTS.map((endpoint) => Object.assign({}, endpoint, { path: `/{prefix}${endpoint.path}` })),
  ],
  refuse: refuseSentry,
  // Clients drop every event of the time that they are told to wait.
  retryAfter: false,
  commonHeaders: SENTRY_CORS,
  preflight: sentryPreflight,
};
