// Every recorded request of Sentry's clients, replayed byte for byte, with what its manifest says that a server should
// understand of it.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { MemorySymbols } from '../../src/formats/symbols/memory-symbols.ts';
import { exceptionsOf, threadsOf } from '../../src/process/sentry/event-model.ts';
import { mainException } from '../../src/process/sentry/main-exception.ts';
import type { ProcessedException, ProcessedFrame } from '../../src/report/processed-report.ts';
import type { Attachment } from '../../src/report/report.ts';
import type { JsonObject } from '../../src/report/crashkit/json-object.ts';
import { SHARED_ABSENT, sharedData } from '../shared-data.ts';
import { replay, startSentry, type SentryServer } from './sentry-server.ts';

const folder = sharedData('sentry', 'captures');
/** When the requests were recorded: sessions of other days would be too old. */
const RECORDED_AT = Date.UTC(2026, 10, 30, 1);

interface Recorded {
  readonly method: string;
  readonly path: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body?: string;
  readonly bodyBase64?: string;
}

interface ExpectedFrame {
  readonly function?: string;
  readonly module?: string;
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  readonly inApp?: boolean;
  readonly address?: string;
  readonly hasSource?: boolean;
  readonly locals?: number;
}

interface ExpectedEvent {
  readonly eventId: string;
  readonly platform: string | null;
  readonly level: string;
  readonly kind: 'exception' | 'message' | 'minidump';
  readonly title: string;
  readonly message?: string;
  readonly release?: string;
  readonly environment?: string;
  readonly dist?: string;
  readonly server_name?: string;
  readonly transaction?: string;
  readonly logger?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly user?: Readonly<Record<string, unknown>>;
  readonly contexts?: readonly string[];
  readonly extra?: readonly string[];
  readonly breadcrumbs?: number;
  readonly fingerprint?: readonly string[];
  readonly request?: { readonly url?: string; readonly headers?: readonly string[] };
  readonly exceptions?: readonly {
    readonly type?: string;
    readonly value: string;
    readonly handled?: boolean;
    readonly frames: number;
  }[];
  readonly mainException?: number;
  readonly innermostFrame?: ExpectedFrame;
  readonly innermostOwnFrame?: ExpectedFrame;
  readonly trueOwnFrame?: ExpectedFrame;
  readonly threads?: readonly { readonly name?: string; readonly crashed?: boolean }[];
  readonly attachments?: readonly {
    readonly filename: string;
    readonly contentType?: string;
    readonly bytes: number;
    readonly sha256: string;
  }[];
  readonly symbolicated?: readonly string[] | null;
  readonly symbolsFile?: string;
}

interface ExpectedSession {
  readonly sid: string;
  readonly status: string;
  readonly errors: number;
  readonly did?: string;
  readonly started: string;
  readonly release: string;
  readonly environment: string;
}

interface Capture {
  readonly file: string;
  readonly expected: {
    readonly events?: readonly ExpectedEvent[];
    readonly sessions?: readonly ExpectedSession[];
    readonly sessionAggregates?: readonly {
      readonly attrs: { readonly release: string; readonly environment: string };
      readonly aggregates: readonly ({ readonly started: string } & Readonly<Record<string, number>>)[];
    }[];
    readonly feedback?: readonly {
      readonly message?: string;
      readonly comments?: string;
      readonly name?: string;
      readonly contact_email?: string;
      readonly email?: string;
      readonly associated_event_id?: string;
      readonly event_id?: string;
    }[];
    readonly discardedItems?: Readonly<Record<string, number>>;
    readonly clientReports?: readonly {
      readonly reason: string;
      readonly category: string;
      readonly quantity: number;
    }[];
    readonly secretsInside?: readonly string[];
  };
}

interface Manifest {
  readonly dsnKey: string;
  readonly projectId: string;
  readonly captures: readonly Capture[];
}

function readManifest(): Manifest | null {
  return folder === null
    ? null
    : (JSON.parse(readFileSync(path.join(folder, 'manifest.json'), 'utf8')) as Manifest);
}

function recordedOf(file: string): readonly Recorded[] {
  const { requests } = JSON.parse(readFileSync(path.join(folder ?? '', file), 'utf8')) as {
    readonly requests: readonly Recorded[];
  };
  // The endpoints of tools are another server's.
  return requests.filter((request) => !request.path.startsWith('/api/0'));
}

const manifest = readManifest();

describe('recorded requests of Sentry’s clients', { skip: manifest === null && SHARED_ABSENT }, () => {
  let server: SentryServer;
  const answers = new Map<string, Awaited<ReturnType<typeof replay>>[]>();

  before(async () => {
    if (manifest === null) return;
    server = await startSentry({
      key: manifest.dsnKey,
      dsnId: Number(manifest.projectId),
      now: () => RECORDED_AT,
    });
    for (const { file } of manifest.captures) {
      const given: Awaited<ReturnType<typeof replay>>[] = [];
      for (const { method, path: target, headers, body, bodyBase64 } of recordedOf(file)) {
        const bytes =
          bodyBase64 === undefined ? Buffer.from(body ?? '', 'utf8') : Buffer.from(bodyBase64, 'base64');
        given.push(await replay(server.port, { method, path: target, headers, body: bytes }));
      }
      answers.set(file, given);
    }
  });
  after(() => server?.close());

  for (const { file, expected } of manifest?.captures ?? []) {
    if (recordedOf(file).length === 0) continue;
    it(`${file}: every request is taken`, () => {
      for (const { status, head, text } of answers.get(file) ?? []) {
        assert.equal(status, 200, text);
        assert.match(head, /^access-control-allow-origin: \*/im);
      }
    });
    for (const event of expected.events ?? []) {
      it(`${file}: event ${event.eventId} is understood`, () => checkEvent(server, event));
    }
    if (expected.secretsInside !== undefined) {
      it(`${file}: nothing secret is in the stored event`, () => checkSecrets(server, expected));
    }
  }

  it('sessions are counted by release and environment', async () => {
    const wanted = expectedSessions(manifest?.captures ?? []);
    assert.ok(wanted.size > 0);
    const days = await server.store.sessions.days({
      account: 'default',
      product: 'shop',
      since: '2026-01-01',
      limit: 1000,
    });
    const stored = new Map<string, SessionCounts>();
    for (const { release, environment, ...counts } of days) {
      stored.set(`${release} ${environment}`, addedTo(stored.get(`${release} ${environment}`), counts));
    }
    assert.deepEqual(Object.fromEntries(stored), Object.fromEntries(wanted));
  });

  it('words of people are with what they are about', async () => {
    const said = manifest?.captures.flatMap(({ expected }) => expected.feedback ?? []) ?? [];
    assert.ok(said.length > 0);
    const all = await server.store.feedback.ofProduct('default', 'shop', 100);
    for (const one of said) {
      const about = one.associated_event_id ?? one.event_id;
      const report = about === undefined ? null : await server.ofEvent(about);
      assert.ok(about === undefined || report !== null);
      assert.ok(
        all.some(
          ({ message, name, email, crashId }) =>
            message === (one.message ?? one.comments) &&
            name === (one.name ?? '') &&
            email === (one.contact_email ?? one.email ?? '') &&
            crashId === (report?.crashId ?? null),
        ),
        JSON.stringify(one),
      );
    }
  });

  it('what is not kept is counted by kind', async () => {
    const wanted = new Map<string, number>();
    for (const { expected } of manifest?.captures ?? []) {
      for (const [kind, count] of Object.entries(expected.discardedItems ?? {})) {
        wanted.set(kind, (wanted.get(kind) ?? 0) + count);
      }
    }
    const counts = await server.store.clientKeys.counts({ since: '2000-01-01', limit: 1000 });
    for (const [kind, count] of wanted) {
      const stored = counts.filter((one) => one.fate === 'discarded' && one.kind === kind);
      assert.equal(
        stored.reduce((sum, one) => sum + one.count, 0),
        count,
        kind,
      );
    }
  });

  it('what clients lost is counted by reason and category', async () => {
    const wanted = new Map<string, number>();
    for (const { expected } of manifest?.captures ?? []) {
      for (const { reason, category, quantity } of expected.clientReports ?? []) {
        wanted.set(`${reason}/${category}`, (wanted.get(`${reason}/${category}`) ?? 0) + quantity);
      }
    }
    const counts = await server.store.clientKeys.counts({ since: '2000-01-01', limit: 1000 });
    const stored = new Map<string, number>();
    for (const { fate, kind, reason, count } of counts) {
      if (fate === 'lost') stored.set(`${reason}/${kind}`, (stored.get(`${reason}/${kind}`) ?? 0) + count);
    }
    assert.deepEqual(new Map(stored), new Map(wanted));
  });
});

interface SessionCounts {
  readonly sessions: number;
  readonly errored: number;
  readonly unhandled: number;
  readonly abnormal: number;
  readonly crashed: number;
}

function addedTo(known: SessionCounts | undefined, more: Partial<SessionCounts>): SessionCounts {
  return {
    sessions: (known?.sessions ?? 0) + (more.sessions ?? 0),
    errored: (known?.errored ?? 0) + (more.errored ?? 0),
    unhandled: (known?.unhandled ?? 0) + (more.unhandled ?? 0),
    abnormal: (known?.abnormal ?? 0) + (more.abnormal ?? 0),
    crashed: (known?.crashed ?? 0) + (more.crashed ?? 0),
  };
}

/**
 * The sessions of all captures: the last update of each counts, and what clients counted themselves. Without days: what is replayed
 * long after it was sent comes from a clock that is wrong.
 */
function expectedSessions(captures: readonly Capture[]): ReadonlyMap<string, SessionCounts> {
  const counts = new Map<string, SessionCounts>();
  const add = (
    { release, environment }: Pick<ExpectedSession, 'release' | 'environment'>,
    more: Partial<SessionCounts>,
  ): void => {
    const key = `${release} ${environment}`;
    counts.set(key, addedTo(counts.get(key), more));
  };
  for (const { expected } of captures) {
    const last = new Map((expected.sessions ?? []).map((update) => [update.sid, update]));
    for (const update of last.values()) {
      const { status, errors } = update;
      const bad = status === 'ok' || status === 'exited' ? (errors > 0 ? 'errored' : null) : status;
      add(update, { sessions: 1, ...(bad !== null && { [bad]: 1 }) });
    }
    for (const { attrs, aggregates } of expected.sessionAggregates ?? []) {
      for (const { exited = 0, errored = 0, crashed = 0 } of aggregates) {
        add(attrs, { sessions: exited + errored + crashed, errored, crashed });
      }
    }
  }
  return counts;
}

async function checkEvent(server: SentryServer, expected: ExpectedEvent): Promise<void> {
  const report = await server.ofEvent(expected.eventId);
  assert.ok(report !== null, 'the event is not stored');
  const values = new Map(report.annotations.map(({ key, value }) => [key, value]));
  assert.equal(values.get('platform') ?? null, expected.platform);
  assert.equal(values.get('level'), expected.level);
  for (const key of ['release', 'environment', 'dist', 'server_name', 'transaction', 'logger'] as const) {
    assert.equal(values.get(key), expected[key] ?? undefined, key);
  }
  for (const [name, value] of Object.entries(expected.tags ?? {}))
    assert.equal(values.get(`tags.${name}`), value);

  const body = await server.part(report, 'payload.json');
  assert.ok(body !== null);
  const event = JSON.parse(body.toString('utf8')) as JsonObject;
  const processed = await server.process(report);
  assert.equal(processed.status, 'processed', processed.problem ?? '');
  const [crash] = processed.crashes;
  assert.ok(crash !== undefined);
  if (expected.kind === 'minidump') {
    assert.equal(crash.kind, 'native');
    assert.ok(crash.threads.length > 0);
  } else {
    const title = expected.title.length > 250 ? expected.title.slice(0, 250) : expected.title;
    assert.ok(
      crash.signature === expected.title ||
        crash.signature.startsWith(title.toWellFormed().replaceAll('\0', '\uFFFD')),
      `${crash.signature} ≠ ${expected.title}`,
    );
  }
  if (expected.message !== undefined && expected.exceptions === undefined)
    assert.equal(crash.message, expected.message);

  const exceptions = expected.exceptions ?? [];
  if (expected.kind === 'exception') {
    assert.equal(crash.exceptions.length, exceptions.length);
    const read = exceptionsOf(event, threadsOf(event));
    assert.equal(mainException(read), expected.mainException);
    for (const [index, exception] of exceptions.entries()) {
      const made: ProcessedException | undefined = crash.exceptions[index];
      assert.ok(made !== undefined);
      assert.ok(made.kind.endsWith(exception.type ?? ''), `${made.kind} ≠ ${exception.type}`);
      assert.equal(read[index]?.mechanism.handled ?? undefined, exception.handled);
      if (exception.frames > 0) assert.equal(made.frames.length + made.omittedFrames, exception.frames);
    }
    const main = crash.exceptions[expected.mainException ?? 0];
    checkFrame(main?.frames[0], expected.innermostFrame);
    const own = expected.trueOwnFrame ?? expected.innermostOwnFrame;
    if (own !== undefined) {
      const ownFrame = main?.frames.find(({ inApp }) => inApp === true);
      // A client that takes its own frames for the program's is not followed.
      if (expected.trueOwnFrame !== undefined || !isOfClient(own)) checkFrame(ownFrame, own);
    }
  }
  const sections = new Map(crash.sections.map(({ name, values: pairs }) => [name, new Map(pairs)]));
  for (const name of expected.contexts ?? []) {
    const context = (event['contexts'] as Record<string, unknown>)[name];
    const isEmpty = context === null || Object.keys(context as object).length === 0;
    assert.ok(isEmpty || sections.has(`context ${name}`), `context ${name}`);
  }
  for (const name of expected.extra ?? [])
    assert.ok(sections.get('extra')?.has(name) === true, `extra ${name}`);
  const crumbs = crash.sections.find(({ name }) => name === 'breadcrumbs')?.values.length ?? 0;
  // Of a crash handler's form the manifest lists the parts only.
  if (expected.kind === 'minidump') assert.ok(crumbs > 0);
  else assert.equal(crumbs, Math.min(expected.breadcrumbs ?? 0, 200));
  for (const key of Object.keys(expected.user ?? {})) {
    if (key !== 'ip_address') assert.ok(sections.get('user')?.has(key) === true, `user ${key}`);
  }
  if (expected.request?.url !== undefined) assert.ok(sections.get('request')?.get('url') !== undefined);
  for (const name of expected.request?.headers ?? []) {
    assert.ok(sections.get('request')?.has(`header ${name}`) === true, `header ${name}`);
  }
  if (expected.fingerprint !== undefined) {
    assert.equal(crash.grouping.source, 'client_fingerprint');
    assert.ok(!crash.grouping.key.includes('{{'));
  }
  assert.ok(crash.threads.length >= (expected.threads?.length ?? 0));
  for (const { filename, contentType, bytes, sha256 } of expected.attachments ?? []) {
    const stored: Attachment | undefined = report.attachments.find((one) => one.filename === filename);
    assert.ok(stored !== undefined, filename);
    assert.equal(stored.size, bytes);
    // Minidumps were cleaned of names after their hashes were taken.
    if (stored.kind !== 'minidump') assert.equal(stored.sha256, sha256);
    if (contentType !== undefined) assert.equal(stored.contentType, contentType);
    const content = await server.part(report, stored.name);
    assert.equal(
      createHash('sha256')
        .update(content ?? '')
        .digest('hex'),
      stored.sha256,
    );
  }
  if (expected.symbolicated != null && expected.symbolsFile !== undefined) {
    const symbols = new MemorySymbols();
    symbols.add(readFileSync(path.join(folder ?? '', expected.symbolsFile)));
    const named = await server.process(report, symbols);
    const frames = named.crashes[0]?.exceptions[0]?.frames ?? [];
    const names = frames.map((frame) => frame.function).toReversed();
    const wanted = expected.symbolicated.map((name) =>
      name.startsWith('(') || name.startsWith('__libc') ? null : name,
    );
    for (const [index, name] of wanted.entries()) if (name !== null) assert.equal(names[index], name);
    assert.ok(
      named.missingSymbols.length > 0 && named.missingSymbols.length < processed.missingSymbols.length,
    );
    assert.equal(named.crashes[0]?.signature, wanted.at(-1));
  }
}

function isOfClient({ file, module }: ExpectedFrame): boolean {
  return (
    /node_modules|vendor\.js|sentry/.test(`${file ?? ''} ${module ?? ''}`) && !/vendor\.js/.test(file ?? '')
  );
}

function checkFrame(frame: ProcessedFrame | undefined, expected: ExpectedFrame | undefined): void {
  if (expected === undefined) return;
  assert.ok(frame !== undefined, `no frame for ${JSON.stringify(expected)}`);
  const called = expected.function === '?' || expected.function === undefined ? null : expected.function;
  const whole = [frame.package, frame.class, frame.function].filter((part) => part !== null).join('.');
  if (called === null) assert.equal(frame.function, null);
  else {
    const simple = called.replace(/^.*(?:::|\\)/, '');
    assert.ok(frame.function === called || frame.function === simple, `${whole} ≠ ${called}`);
  }
  if (expected.file !== undefined)
    assert.equal(frame.file, expected.file.replace(/\?token=[^&]*/, '?token=[Filtered]'));
  if (expected.line !== undefined) assert.equal(frame.line, expected.line);
  if (expected.column !== undefined) assert.equal(frame.column, expected.column);
  if (expected.hasSource === true) assert.ok((frame.source?.length ?? 0) % 2 === 1);
  if (expected.locals !== undefined) assert.equal(frame.locals?.length, expected.locals);
  if (expected.address !== undefined) assert.equal(BigInt(frame.address ?? 0), BigInt(expected.address));
}

async function checkSecrets(server: SentryServer, expected: Capture['expected']): Promise<void> {
  assert.ok((expected.events ?? []).length > 0);
  for (const { eventId } of expected.events ?? []) {
    const report = await server.ofEvent(eventId);
    assert.ok(report !== null);
    const body = await server.part(report, 'payload.json');
    const stored = `${body?.toString('utf8') ?? ''}\n${JSON.stringify(report)}`;
    for (const secret of expected.secretsInside ?? []) {
      const at = stored.indexOf(secret);
      assert.equal(at, -1, `${secret}: …${stored.slice(Math.max(0, at - 100), at + 40)}`);
    }
  }
}
