// The scripted history of the fault harness: everything that a store does, one thing after the other, and what was acknowledged of it.
// A step that fails is only not acknowledged; the history goes on.
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { openStore, startSubmit } from '../../../src/app/compose.ts';
import { loadConfig } from '../../../src/app/config.ts';
import { versionInfo } from '../../../src/app/version.ts';
import { createLog } from '../../../src/base/log.ts';
import { createMetrics } from '../../../src/base/metrics.ts';
import type { Store } from '../../../src/store/store.ts';
import { crash, processedReport } from '../conformance/processed-builder.ts';
import { NOON, newReport, someBytes, storeReport } from '../conformance/report-builder.ts';

/** What the history says while it runs. What is announced (`…ing`) may or may not have happened; what is acknowledged must have. */
export type Told =
  | { readonly kind: 'opened' }
  /** `crashId` null: the protocol does not tell it; the parts are found by their hashes. */
  | {
      readonly kind: 'stored';
      readonly crashId: string | null;
      readonly parts: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'removing'; readonly crashIds: readonly string[] }
  | { readonly kind: 'removed'; readonly crashIds: readonly string[] }
  | { readonly kind: 'blob'; readonly hash: string }
  /** A person's words. */
  | { readonly kind: 'words'; readonly message: string }
  /** The one session of the history was counted, once however often it is told of. */
  | { readonly kind: 'session' }
  | { readonly kind: 'filing' }
  | { readonly kind: 'filed'; readonly bugId: number }
  | { readonly kind: 'changing-symbols'; readonly content: string | null }
  | { readonly kind: 'changed-symbols' }
  | { readonly kind: 'failed'; readonly step: string; readonly message: string }
  | { readonly kind: 'hung'; readonly step: string };

/** A step that takes so long has hung: on the slowest machine each takes parts of a second. */
const HUNG_MS = 60_000;
/** Reports that are deleted beside as many uploads. */
const DELETED = 9;

export const SYMBOLS = { debugFile: 'app.pdb', debugId: 'C70841C6D0B24F519A2B8D2F24A8DF2A1' };
export const ACCOUNT = 'default';
export const CRASHKIT_PRODUCT = 'polls';
export const SENTRY_PRODUCT = 'shop';
const SENTRY_KEY = '0123456789abcdef0123456789abcdef';

const sha256 = (content: Uint8Array | string): string => createHash('sha256').update(content).digest('hex');

/** Runs it in a folder and closes the store. Everything that can be known of it goes through `tell`, at once. */
export async function runHistory(dir: string, tell: (told: Told) => void): Promise<void> {
  async function step<T>(name: string, work: () => Promise<T>): Promise<T | undefined> {
    let timer: NodeJS.Timeout | undefined;
    const hung = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => {
        tell({ kind: 'hung', step: name });
        resolve(undefined);
      }, HUNG_MS);
    });
    const done = work().catch((error: unknown) => {
      tell({ kind: 'failed', step: name, message: error instanceof Error ? error.message : String(error) });
      return undefined;
    });
    const result = await Promise.race([done, hung]);
    clearTimeout(timer);
    return result;
  }

  const loaded = loadConfig({
    CRASH_REPORTS_DIR: path.join(dir, 'data'),
    SUBMIT_SERVER_PORT: '0',
    SUBMIT_SERVER_HOST: '127.0.0.1',
    MIN_FREE_DISK_MB: '1',
    KEEP_DAYS: '3000',
    LOG_LEVEL: 'silent',
  });
  if (!loaded.ok) throw new Error(loaded.faults.join(' '));
  const surroundings = {
    config: loaded.config,
    log: createLog('silent'),
    metrics: createMetrics(),
    version: versionInfo({}),
  };
  const store = await step('open', () => openStore(surroundings, { as: 'server' }));
  if (store === undefined) return;
  tell({ kind: 'opened' });
  const submit = await step('start submit', () => startSubmit(store, surroundings));
  if (submit !== undefined) {
    await intake(`http://127.0.0.1:${submit.port}`, step, tell);
    await sentryIntake(store, `http://127.0.0.1:${submit.port}`, step, tell);
    await step('stop submit', () => submit.close());
  }
  await work(store, dir, step, tell);
  await step('close', () => store.close());
}

type Step = <T>(name: string, work: () => Promise<T>) => Promise<T | undefined>;
type Tell = (told: Told) => void;

async function ask(url: string, init: RequestInit): Promise<string> {
  const answer = await fetch(url, { method: 'POST', ...init, signal: AbortSignal.timeout(HUNG_MS / 2) });
  const text = await answer.text();
  if (!answer.ok || /response=(?!ok)/.test(text)) throw new Error(`${answer.status} ${text.slice(0, 100)}`);
  return text;
}

/** Reports over every protocol, small and large. */
async function intake(url: string, step: Step, tell: Tell): Promise<void> {
  const form = async (name: string, fields: Record<string, string>, size: number, seed: number) =>
    step(name, async () => {
      const body = new FormData();
      for (const [key, value] of Object.entries(fields)) body.append(key, value);
      const content = someBytes(size, seed);
      body.append('upload_file_minidump', new Blob([new Uint8Array(content)]), 'minidump.dmp');
      const text = await ask(`${url}/submit`, { body });
      const crashId = /CrashID=bp-([0-9a-f-]{36})/.exec(text)?.[1] ?? null;
      tell({ kind: 'stored', crashId, parts: { upload_file_minidump: sha256(content) } });
    });
  await form('crashpad, small', { prod: 'Piano', ver: '1.0', guid: 'g1' }, 3000, 1);
  await form('crashpad, large', { prod: 'Piano', ver: '1.0', guid: 'g2' }, 400_000, 2);
  // Too large for a pack: in a file of its own.
  await form('crashpad, largest', { prod: 'Piano', ver: '1.0', guid: 'g3' }, 2_200_000, 5);
  await form('socorro', { ProductName: 'Organ', Version: '2.0', BuildID: '20260101000000' }, 90_000, 3);
  const payload = (message: string) =>
    JSON.stringify([
      { language: 'x', data: { message }, exceptions: [{ name: 'E', message, locations: [] }] },
    ]);
  await step('crashkit', async () => {
    const base = `${url}/${ACCOUNT}/products/${CRASHKIT_PRODUCT}`;
    const ids = new URLSearchParams(await ask(`${base}/obtain-client-id`, {}));
    const client = `${ids.get('client_id')}/${ids.get('client_cookie')}`;
    const text = payload('over the current API');
    await ask(`${base}/post-report/${client}`, { body: text });
    tell({ kind: 'stored', crashId: null, parts: { 'payload.json': sha256(text) } });
    for (const size of [500, 120_000]) {
      const blob = someBytes(size, 7);
      const hash = createHash('md5').update(blob).digest('hex');
      await ask(`${base}/post-blob/${client}/${hash}`, { body: new Uint8Array(blob) });
      tell({ kind: 'blob', hash });
    }
  });
  await step('crashkit 1.0', async () => {
    const text = payload('over version 1.0');
    const answer = await ask(`${url}/api/1/${ACCOUNT}/products/polls1/reports`, { body: text });
    const crashId = new URLSearchParams(answer).get('report');
    tell({ kind: 'stored', crashId, parts: { 'payload.json': sha256(text) } });
  });
  await step('syncthing', async () => {
    const text =
      'syncthing v1.0.0 "x" (go1.22 linux-amd64) a@b 2026-01-01 00:00:00 UTC\n\npanic: no\n\ngoroutine 1 [running]:\nmain.main()\n\t/x.go:1\n';
    const hash = sha256(text);
    await ask(`${url}/newcrash/${hash}`, { method: 'PUT', body: text });
    tell({ kind: 'stored', crashId: null, parts: { 'report.txt': hash } });
  });
}

/** Sentry's endpoints: an event with a file, one without, words before and after it, a session that goes on, a dump, a report of a browser. */
async function sentryIntake(store: Store, url: string, step: Step, tell: Tell): Promise<void> {
  const product = [ACCOUNT, SENTRY_PRODUCT] as const;
  const base = await step('a product with a key', async () => {
    await store.people.createProductByHand(...product);
    await store.clientKeys.addKey(...product, { key: SENTRY_KEY, label: 'test' });
    return `${url}/api/${(await store.clientKeys.settings(...product))?.dsnId}`;
  });
  if (base === undefined) return;
  const headers = { 'x-sentry-auth': `Sentry sentry_key=${SENTRY_KEY}, sentry_version=7` };
  const envelope = async (header: object, ...items: readonly (readonly [object, string | Buffer])[]) => {
    const pieces = items.flatMap(([item, payload]) => [
      Buffer.from(`${JSON.stringify({ length: Buffer.byteLength(payload), ...item })}\n`),
      Buffer.from(payload),
      Buffer.from('\n'),
    ]);
    const body = Buffer.concat([Buffer.from(`${JSON.stringify(header)}\n`), ...pieces]);
    await ask(`${base}/envelope/`, { body: new Uint8Array(body), headers });
  };
  const event = (id: string, value: string): string =>
    JSON.stringify({
      event_id: id,
      platform: 'python',
      exception: { values: [{ type: 'ValueError', value }] },
    });
  const [first, second] = ['a1'.repeat(16), 'b2'.repeat(16)];
  await step('words before their event', async () => {
    const words = { associated_event_id: first, message: 'It broke before it was told' };
    await envelope({}, [{ type: 'feedback' }, JSON.stringify({ contexts: { feedback: words } })]);
    tell({ kind: 'words', message: words.message });
  });
  await step('envelope', async () => {
    const text = event(first, 'in an envelope');
    const log = someBytes(120_000, 60);
    await envelope(
      { event_id: first },
      [{ type: 'event' }, text],
      [{ type: 'attachment', filename: 'app.log' }, log],
    );
    tell({
      kind: 'stored',
      crashId: null,
      parts: { 'payload.json': sha256(text), 'app.log': sha256(log) },
    });
  });
  await step('store/', async () => {
    const text = event(second, 'at the old endpoint');
    await ask(`${base}/store/`, { body: text, headers });
    tell({ kind: 'stored', crashId: null, parts: { 'payload.json': sha256(text) } });
  });
  await step('words after their event', async () => {
    const words = { event_id: second, name: 'Ada', email: 'ada@example.org', comments: 'It broke again' };
    await envelope({}, [{ type: 'user_report' }, JSON.stringify(words)]);
    tell({ kind: 'words', message: words.comments });
  });
  const session = (seq: number, status: string) =>
    step(`session ${status}`, async () => {
      const started = new Date().toISOString();
      const attrs = { release: 'shop@1.0', environment: 'live' };
      const state = { sid: 'c3'.repeat(16), did: 'somebody', init: seq === 0, seq, started, status, attrs };
      await envelope({}, [{ type: 'session' }, JSON.stringify(state)]);
      tell({ kind: 'session' });
    });
  await session(0, 'ok');
  await session(1, 'crashed');
  await step('minidump/', async () => {
    const body = new FormData();
    const content = someBytes(90_000, 61);
    body.append('upload_file_minidump', new Blob([new Uint8Array(content)]), 'a.dmp');
    body.append('sentry', JSON.stringify({ event_id: 'd4'.repeat(16), release: 'shop@1.0' }));
    await ask(`${base}/minidump/`, { body, headers });
    tell({ kind: 'stored', crashId: null, parts: { upload_file_minidump: sha256(content) } });
  });
  await step('security/', async () => {
    const report = {
      'csp-report': { 'document-uri': 'https://shop.example/', 'blocked-uri': 'https://x.example/a.js' },
    };
    await ask(`${base}/security/`, { body: JSON.stringify(report), headers });
  });
}

/** What happens to stored reports: processing, triage, symbols, deletion, pruning. */
async function work(store: Store, dir: string, step: Step, tell: Tell): Promise<void> {
  const bugs: number[] = [];
  for (const key of ['one', 'two', 'one']) {
    await step(`process ${key}`, async () => {
      const [lease] = await store.queue.lease({ worker: 'test', limit: 1, leaseMs: 600_000 });
      if (lease === undefined) return;
      tell({ kind: 'filing' });
      const processed = processedReport([crash(key)], {
        product: lease.report.product,
        installation: `installation ${key}`,
        missingSymbols: [
          { debugFile: SYMBOLS.debugFile, debugId: SYMBOLS.debugId, codeFile: null, codeId: null },
        ],
      });
      const filed = await store.queue.complete(lease.crashId, lease.leaseId, processed);
      if (filed?.[0] === undefined) return;
      bugs.push(filed[0].bugId);
      tell({ kind: 'filed', bugId: filed[0].bugId });
    });
  }
  const [first, second] = [...new Set(bugs)];
  if (first !== undefined) {
    await step('close a bug', () => store.bugs.closeBug(first, 'Ada', { inVersion: null }));
    await step('comment', () => store.bugs.commentBug(first, 'Ada', 'seen'));
    if (second !== undefined) await step('merge', () => store.bugs.mergeBugs(second, first, 'Ada'));
  }
  for (const content of ['first text', 'second text', null]) {
    await step(`symbols: ${content ?? 'deleted'}`, async () => {
      tell({ kind: 'changing-symbols', content });
      if (content === null) await store.symbols.deleteSymbols(SYMBOLS);
      else await putSymbols(store, dir, content.repeat(1000));
      tell({ kind: 'changed-symbols' });
    });
  }
  for (const size of [100, 200_000]) {
    const report = newReport();
    const data = someBytes(size, size);
    const parts = { dump: sha256(data) };
    const stored = await step(`store ${size}`, () => storeReport(store, report, [{ name: 'dump', data }]));
    if (stored === undefined) continue;
    tell({ kind: 'stored', crashId: stored.crashId, parts });
    await step(`delete ${size}`, async () => {
      tell({ kind: 'removing', crashIds: [stored.crashId] });
      await store.reports.deleteReport(stored.crashId);
      tell({ kind: 'removed', crashIds: [stored.crashId] });
    });
  }
  await besideDeletions(store, step, tell);
  const aged = newReport({ receivedAt: NOON - 4000 * 86_400_000 });
  const data = someBytes(150_000, 9);
  tell({ kind: 'removing', crashIds: [aged.crashId] });
  await step('store an old one', () => storeReport(store, aged, [{ name: 'dump', data }]));
  await step('prune', () => store.maintenance.prune());
  await step('heartbeat', () => store.intake.check());
}

/**
 * Uploads with files and deletions of reports with files that share batches: what fails of a deletion must not harm an upload. Deletions go on as
 * long as uploads do, so that some meet in one batch.
 */
async function besideDeletions(store: Store, step: Step, tell: Tell): Promise<void> {
  const doomed: string[] = [];
  for (let index = 0; index < DELETED; index += 1) {
    const stored = await step('store what is deleted', () =>
      storeReport(store, newReport(), [{ name: 'dump', data: someBytes(100_000, 20 + index) }]),
    );
    if (stored !== undefined) doomed.push(stored.crashId);
  }
  tell({ kind: 'removing', crashIds: doomed });
  const ready = await Promise.all(
    Array.from({ length: DELETED }, async (_, index) => {
      const data = someBytes(100_000, 40 + index);
      const draft = store.intake.draft();
      const written = await step('upload', async () => {
        const sink = draft.attachment({ name: 'dump', kind: 'file', filename: null, contentType: null });
        await sink.write(data);
        await sink.end();
        return true;
      });
      return { draft, data, written: written === true };
    }),
  );
  const uploads = ready.map(async ({ draft, data, written }) => {
    const report = newReport();
    const result = written ? await step('commit beside deletions', () => draft.commit(report)) : undefined;
    await draft.discard().catch(() => undefined);
    if (result !== undefined)
      tell({ kind: 'stored', crashId: result.crashId, parts: { dump: sha256(data) } });
  });
  const deletions = [0, 1, 2].map(async (chain) => {
    for (const crashId of doomed.filter((_, index) => index % 3 === chain)) {
      await step('delete beside uploads', async () => {
        await store.reports.deleteReport(crashId);
        tell({ kind: 'removed', crashIds: [crashId] });
      });
    }
  });
  await Promise.all([...uploads, ...deletions]);
}

async function putSymbols(store: Store, dir: string, content: string): Promise<void> {
  const folder = path.join(dir, 'symbols-to-upload');
  mkdirSync(folder, { recursive: true });
  const [textFile, indexFile] = [path.join(folder, 'text'), path.join(folder, 'index')];
  writeFileSync(textFile, content);
  writeFileSync(indexFile, `index of ${content.slice(0, 20)}`);
  await store.symbols.putSymbols({
    key: SYMBOLS,
    facts: {
      os: 'windows',
      cpu: 'x86_64',
      codeFile: 'app.exe',
      codeId: '5F3A0B1C6000',
      generator: 'test 1',
      damagedLines: 0,
      hasCfi: true,
    },
    product: null,
    by: 'Ada',
    source: 'upload',
    textFile,
    indexFile,
  });
}
