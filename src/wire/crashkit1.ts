// The CrashKit 1.0 API (docs/protocols/crashkit1.md): stored without parsing, or with `debug=1` judged strictly first.
import { jsonFault } from '../base/json-fault.ts';
import { createHash } from 'node:crypto';
import { Refused } from '../base/refusal.ts';
import { bugKeyOf } from '../report/crashkit/bug-key.ts';
import { unknownKeys } from '../report/crashkit/unknown-keys.ts';
import { validateReport } from '../report/crashkit/validate.ts';
import type { Adapter, Draft, Intake, Outcome, WireAnswer, WireRequest } from './adapter.ts';
import { CORS_HEADERS, namesOf, okAnswer, preflight, productOf, refuseAnswer } from './crashkit-names.ts';
import { summarise, type CrashKitSummary } from './crashkit-summary.ts';
import { droppedNote, droppedReports } from './dropped-reports.ts';
import { isBlank, readWhole, receivePayload } from './payload-body.ts';
import { sessionPing } from './session-ping.ts';
import { decodeUtf8 } from './text-decoding.ts';

/** The strict mode must parse the whole payload; it is for tests, not for the field. */
const MAX_STRICT_BYTES = 4 * 1024 * 1024;
/** A payload that can be asked for by its token is kept in memory for the answer, a hundred at a time. */
const MAX_TOKEN_PAYLOAD_BYTES = 256 * 1024;
const MAX_TOKEN_LENGTH = 100;

interface Names {
  readonly account: string;
  readonly product: string;
}

async function post(request: WireRequest, intake: Intake): Promise<WireAnswer> {
  const names = await productOf(request, intake);
  if (!request.hasBody) throw new Refused('json-payload-required');
  const debug = request.query.get('debug');
  return debug === '1' || debug === 'true'
    ? postStrictly(request, names, intake)
    : postUnread(request, names, intake);
}

async function postUnread(request: WireRequest, names: Names, intake: Intake): Promise<WireAnswer> {
  const draft = intake.draft();
  const { bytes, blank, size } = await receivePayload(request.body, payloadSink(draft));
  if (blank) throw new Refused('json-payload-required');
  const outcome = await commit(request, { names, intake }, draft, summarise(bytes), size);
  return okAnswer([['report', outcome.crashId]]);
}

async function postStrictly(request: WireRequest, names: Names, intake: Intake): Promise<WireAnswer> {
  const bytes = await readWhole(request.body, MAX_STRICT_BYTES);
  if (bytes === null) throw new Refused('too_large', `debug=1 takes at most ${MAX_STRICT_BYTES} bytes`);
  if (isBlank(bytes)) throw new Refused('json-payload-required');
  const payload = parseStrictly(bytes);
  const problems = validateReport(payload);
  if (problems.length > 0) throw new Refused('invalid-report', problems[0], { problems });

  const draft = intake.draft();
  const sink = payloadSink(draft);
  await sink.write(bytes);
  await sink.end();
  const outcome = await commit(request, { names, intake }, draft, summarise(bytes), bytes.length);
  const processed = outcome.kind === 'throttled' ? null : await intake.processNow(outcome.crashId);
  return okAnswer([
    ['report', outcome.crashId],
    ['bug', processed?.bug ?? bugKeyOf(payload) ?? 'none'],
    ...unknownKeys(payload).map((warning) => ['warning', warning] as const),
  ]);
}

function parseStrictly(bytes: Buffer): unknown {
  const { text, oddity } = decodeUtf8(bytes);
  const fault = (problem: string, cause?: unknown) =>
    new Refused('invalid-report', problem, { problems: [problem], cause });
  if (oddity !== null) throw fault('payload: has bytes that are not valid UTF-8');
  try {
    return JSON.parse(text);
  } catch (error) {
    throw fault(`payload: is not JSON (${jsonFault(error)})`, error);
  }
}

function payloadSink(draft: Draft) {
  return draft.part({
    name: 'payload.json',
    kind: 'payload',
    filename: null,
    contentType: 'application/json',
  });
}

async function commit(
  request: WireRequest,
  { names: { account, product }, intake }: { readonly names: Names; readonly intake: Intake },
  draft: Draft,
  summary: CrashKitSummary,
  size: number,
): Promise<Outcome> {
  const dropped = droppedReports(request.query.get('dropped'));
  const droppedOnes = droppedNote(dropped);
  const token = tokenOf(request);
  const remembers = token !== null && size <= MAX_TOKEN_PAYLOAD_BYTES;
  const forgets = `The test token was not remembered: the payload is larger than ${MAX_TOKEN_PAYLOAD_BYTES} bytes.`;
  const notes = droppedOnes === null ? summary.notes : [...summary.notes, droppedOnes];
  const outcome = await draft.commit({
    protocol: 'crashkit1',
    account,
    product,
    version: summary.version,
    platform: summary.platform,
    annotations: summary.annotations,
    notes: token === null || remembers ? notes : [...notes, forgets],
    payloadKind: 'json',
    identity: summary.occurrenceId === null ? null : `occurrence:${summary.occurrenceId}`,
    installation: summary.hostId,
    token: remembers ? token : null,
    crashId: null,
    uploadKey: request.query.get('key'),
    unknownProduct: 'refuse',
  });
  // A retry tells the same again.
  if (outcome.kind !== 'duplicate') {
    for (const { reason, count } of dropped) {
      intake.countClient(
        { account, product },
        { fate: 'lost', kind: 'report', reason, sdk: 'mayday', count },
      );
    }
  }
  return outcome;
}

/** "Any unique string": one that is very long is known by its hash. */
function tokenOf(request: WireRequest): string | null {
  const token = request.query.get('token');
  if (token === null || token === '') return null;
  return token.length <= MAX_TOKEN_LENGTH
    ? token
    : `sha256-${createHash('sha256').update(token).digest('hex')}`;
}

/** A JSON array of the reports with a token, each exactly as posted; one that is not JSON stands in it as a string. */
async function latestReport(request: WireRequest, intake: Intake): Promise<WireAnswer> {
  const { account, product } = namesOf(request, intake);
  const token = tokenOf(request);
  const payloads = token === null ? [] : await intake.payloadsByToken(account, product, token);
  if (payloads.length === 0) throw new Refused('not-found', 'no report has this token');
  const pieces: Uint8Array[] = [];
  for (const [index, payload] of payloads.entries()) {
    pieces.push(Buffer.from(index === 0 ? '[' : ','), asJson(payload));
  }
  pieces.push(Buffer.from(']'));
  return { status: 200, body: Buffer.concat(pieces), headers: { 'Content-Type': 'application/json' } };
}

function asJson(payload: Uint8Array): Uint8Array {
  const { text } = decodeUtf8(Buffer.from(payload));
  try {
    JSON.parse(text);
    return payload;
  } catch {
    return Buffer.from(JSON.stringify(text));
  }
}

const BASE = '/api/1/{account}/products/{product}';

/** The 1.0 API; its document spells the path of a post with a token in two ways. */
export const crashkit1: Adapter = {
  name: 'crashkit1',
  routes: [
    { methods: ['POST'], path: `${BASE}/reports`, stores: true, handle: post },
    { methods: ['POST'], path: `${BASE}/post-report`, stores: true, handle: post },
    { methods: ['POST'], path: `${BASE}/session`, stores: true, handle: sessionPing },
    { methods: ['GET', 'HEAD'], path: `${BASE}/latest-report`, stores: false, handle: latestReport },
  ],
  refuse: refuseAnswer,
  commonHeaders: CORS_HEADERS,
  preflight,
};
