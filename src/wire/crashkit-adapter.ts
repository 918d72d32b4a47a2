// CrashKit's current API and its oldest paths (docs/protocols/crashkit.md). A client loses a report for good after any
// error, so everything that can be kept is kept, whatever it looks like.
import { Refused } from '../base/refusal.ts';
import type { Adapter, Intake, Submission, WireAnswer, WireRequest } from './adapter.ts';
import { BlobScanner } from './blob-scanner.ts';
import { CORS_HEADERS, namesOf, okAnswer, preflight, productOf, refuseAnswer } from './crashkit-names.ts';
import { summarise, type CrashKitSummary } from './crashkit-summary.ts';
import { READABLE_BYTES, receivePayload } from './payload-body.ts';

/** The oldest paths answer what became of the report; up to this size it is looked at for that. */
const OLDEST_READABLE_BYTES = 4 * READABLE_BYTES;
const ID = /^[0-9]{1,20}$/;
const WORD = /^[A-Za-z0-9]{1,128}$/;

interface Names {
  readonly account: string;
  readonly product: string;
}

async function obtainClientId(request: WireRequest, intake: Intake): Promise<WireAnswer> {
  const { account, product } = await productOf(request, intake);
  const { id, cookie } = await intake.newInstallation(account, product);
  return okAnswer([
    ['client_id', id],
    ['client_cookie', cookie],
  ]);
}

async function postReport(request: WireRequest, intake: Intake): Promise<WireAnswer> {
  const names = await productOf(request, intake);
  const installation = await installationOf(request, names, intake);
  const scanner = new BlobScanner();
  await store(request, names, installation, intake, { look: (chunk) => scanner.write(chunk) });
  const hashes = scanner.hashes();
  const missing = hashes.length === 0 ? [] : await intake.missingBlobs(names.account, names.product, hashes);
  return okAnswer([
    ['status', '0'],
    ['error', 'none'],
    ['blobs', missing.join(',')],
  ]);
}

/** Processed before the answer: status 1, or 2 with the error. */
async function postReportOldest(request: WireRequest, intake: Intake): Promise<WireAnswer> {
  const names = await productOf(request, intake);
  const installation = await installationOf(request, names, intake);
  const { crashId, summary } = await store(request, names, installation, intake, {
    keepBytes: OLDEST_READABLE_BYTES,
  });
  const processed = crashId === null ? null : await intake.processNow(crashId);
  const error =
    processed === null
      ? (notAnArray(summary) ?? summary.error)
      : processed.ok
        ? null
        : processed.error || 'processing failed';
  return okAnswer([
    ['status', error === null ? '1' : '2'],
    ['error', error ?? 'none'],
  ]);
}

function notAnArray({ payload }: CrashKitSummary): string | null {
  return payload === undefined || Array.isArray(payload)
    ? null
    : 'The payload is not an array of occurrences';
}

async function store(
  request: WireRequest,
  { account, product }: Names,
  installation: string | null,
  intake: Intake,
  options: { readonly keepBytes?: number; readonly look?: (chunk: Uint8Array) => void },
): Promise<{ readonly crashId: string | null; readonly summary: CrashKitSummary }> {
  if (!request.hasBody) throw new Refused('json-payload-required');
  const draft = intake.draft();
  const sink = draft.part({
    name: 'payload.json',
    kind: 'payload',
    filename: null,
    contentType: 'application/json',
  });
  const { bytes, blank } = await receivePayload(request.body, sink, options);
  if (blank) throw new Refused('json-payload-required');
  const summary = summarise(bytes);
  const submission: Submission = {
    protocol: 'crashkit',
    account,
    product,
    version: summary.version,
    platform: summary.platform,
    annotations: summary.annotations,
    notes: summary.notes,
    payloadKind: 'json',
    identity: null,
    installation,
    token: null,
    crashId: null,
    uploadKey: request.query.get('key'),
    unknownProduct: 'refuse',
  };
  const outcome = await draft.commit(submission);
  return { crashId: outcome.kind === 'throttled' ? null : outcome.crashId, summary };
}

/** The client id of the path; null for the anonymous client `0/0`. */
async function installationOf(request: WireRequest, names: Names, intake: Intake): Promise<string | null> {
  const { client = '', cookie = '' } = request.params;
  if (client === '0' && cookie === '0') return null;
  const known =
    ID.test(client) &&
    WORD.test(cookie) &&
    (await intake.installationKnown(names.account, names.product, client, cookie));
  if (!known) throw new Refused('invalid-client-id', client.slice(0, 40));
  return client;
}

async function postBlob(request: WireRequest, intake: Intake): Promise<WireAnswer> {
  const names = await productOf(request, intake);
  await installationOf(request, names, intake);
  const hash = request.params['hash'] ?? '';
  if (!WORD.test(hash)) throw new Refused('not-found', 'the blob hash is not made of letters and digits');
  await intake.putBlob(names.account, names.product, hash, request.body);
  return okAnswer();
}

/** For the account `test` alone: clients' test suites look at what they have sent. */
async function lastPostedReport(request: WireRequest, intake: Intake): Promise<WireAnswer> {
  const { account, product } = namesOf(request, intake);
  if (account !== 'test') throw new Refused('not-found', 'only the account test tells its last report');
  const payload = await intake.lastPayload(account, product);
  return { status: 200, body: payload ?? '[]', headers: { 'Content-Type': 'application/json' } };
}

const BASE = '/{account}/products/{product}';

/** The current API, and the paths of the oldest clients, which name no account. */
export const crashkit: Adapter = {
  name: 'crashkit',
  routes: [
    { methods: ['GET', 'POST'], path: `${BASE}/obtain-client-id`, stores: true, handle: obtainClientId },
    {
      methods: ['GET', 'POST'],
      path: `${BASE}/post-report/{client}/{cookie}`,
      stores: true,
      handle: postReport,
    },
    { methods: ['POST'], path: `${BASE}/post-blob/{client}/{cookie}/{hash}`, stores: true, handle: postBlob },
    { methods: ['GET', 'HEAD'], path: `${BASE}/last-posted-report`, stores: false, handle: lastPostedReport },
    { methods: ['GET', 'POST'], path: '/{product}/obtain-client-id', stores: true, handle: obtainClientId },
    {
      methods: ['GET', 'POST'],
      path: '/{product}/post-report/{client}/{cookie}',
      stores: true,
      handle: postReportOldest,
    },
  ],
  refuse: refuseAnswer,
  commonHeaders: CORS_HEADERS,
  preflight,
};
