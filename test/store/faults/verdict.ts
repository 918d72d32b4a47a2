// Opens a folder after the history has run through it, with a fault or without, and says what of its promises does not hold.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import { openEmbeddedStore } from '../../../src/store/embedded/open.ts';
import type { Store } from '../../../src/store/store.ts';
import { someBytes, storeReport } from '../conformance/report-builder.ts';
import { storeOptions } from '../embedded/open-store.ts';
import { ACCOUNT, CRASHKIT_PRODUCT, SENTRY_PRODUCT, SYMBOLS } from './history.ts';
import type { Told } from './history.ts';
import { recount, strayFiles } from './recount.ts';

/** Sentences; none: every promise holds. */
export async function verdictOn(dir: string, told: readonly Told[]): Promise<readonly string[]> {
  const data = path.join(dir, 'data');
  const wrong: string[] = told.flatMap((each) => (each.kind === 'hung' ? [`hung: ${each.step}`] : []));
  if (!existsSync(data)) return wrong;
  // Without a grace time everything that no row owns goes: it must not be anything that was acknowledged.
  const store = await openEmbeddedStore(storeOptions(data, { sweepGraceMs: 0, housekeeping: false }));
  try {
    wrong.push(...(await brokenPromises(store, told)));
    await store.maintenance.prune();
    wrong.push(...(await brokenPromises(store, told)).map((sentence) => `after the sweep: ${sentence}`));
    const stored = await storeReport(store, {}, [{ name: 'dump', data: someBytes(100) }]);
    if (stored.kind !== 'stored') wrong.push('no report can be stored afterwards');
  } finally {
    await store.close();
  }
  return [...wrong, ...recount(data), ...strayFiles(data).map((file) => `${file} belongs to nothing`)];
}

async function brokenPromises(store: Store, told: readonly Told[]): Promise<readonly string[]> {
  const wrong: string[] = [];
  const hashes = new Set<string>();
  const byId = new Map<string, ReadonlyMap<string, string>>();
  const { rows } = await store.reports.listReports({}, { limit: 200 });
  for (const { crashId } of rows) {
    const report = await store.reports.getReport(crashId);
    if (report === null) {
      wrong.push(`${crashId} is listed and cannot be read`);
      continue;
    }
    for (const { name, sha256 } of report.attachments) {
      const opened = await store.reports.openAttachment(crashId, name);
      const bytes = opened === null ? null : await buffer(opened.stream).catch(() => null);
      const actual = bytes === null ? null : createHash('sha256').update(bytes).digest('hex');
      if (actual !== sha256) wrong.push(`${name} of ${crashId} is not whole`);
      else hashes.add(sha256);
    }
    byId.set(crashId, new Map(report.attachments.map(({ name, sha256 }) => [name, sha256])));
  }
  const removing = new Set(told.flatMap((each) => (each.kind === 'removing' ? each.crashIds : [])));
  for (const each of told) {
    if (each.kind === 'removed') {
      for (const crashId of each.crashIds) {
        if (byId.has(crashId)) wrong.push(`${crashId} was removed and is there`);
      }
    }
    if (each.kind !== 'stored' || (each.crashId !== null && removing.has(each.crashId))) continue;
    for (const [name, hash] of Object.entries(each.parts)) {
      const kept = each.crashId === null ? hashes.has(hash) : byId.get(each.crashId)?.get(name) === hash;
      if (!kept) wrong.push(`${each.crashId ?? hash} was acknowledged and lacks ${name}`);
    }
  }
  const blobs = told.flatMap((each) => (each.kind === 'blob' ? [each.hash] : []));
  const missing = await store.intake.missingBlobs(ACCOUNT, CRASHKIT_PRODUCT, blobs);
  for (const hash of missing) wrong.push(`blob ${hash} was acknowledged and is gone`);
  for (const each of told) {
    if (each.kind === 'filed' && (await store.bugs.resolveBug(each.bugId)) === null) {
      wrong.push(`bug ${each.bugId} is gone`);
    }
  }
  return [...wrong, ...(await brokenWords(store, told)), ...(await brokenSymbols(store, told))];
}

/** Words of people that were acknowledged are there, once; so is the one session. */
async function brokenWords(store: Store, told: readonly Told[]): Promise<readonly string[]> {
  const kept = (await store.feedback.ofProduct(ACCOUNT, SENTRY_PRODUCT, 10)).map(({ message }) => message);
  const wrong = told.flatMap((each) =>
    each.kind === 'words' && kept.filter((message) => message === each.message).length !== 1
      ? [
          `the words "${each.message}" were acknowledged and are there ${kept.filter((message) => message === each.message).length} times`,
        ]
      : [],
  );
  const asked = { account: ACCOUNT, product: SENTRY_PRODUCT, since: '2000-01-01', limit: 10 };
  const sessions = (await store.sessions.days(asked)).reduce((sum, day) => sum + day.sessions, 0);
  const least = told.some(({ kind }) => kind === 'session') ? 1 : 0;
  if (sessions < least || sessions > 1) wrong.push(`the session was counted ${sessions} times`);
  return wrong;
}

/** The symbols are what was put last, or what may have been put after it. */
async function brokenSymbols(store: Store, told: readonly Told[]): Promise<readonly string[]> {
  let possible: (string | null)[] = [null];
  for (const each of told) {
    if (each.kind === 'changing-symbols') possible.push(each.content);
    if (each.kind === 'changed-symbols') possible = possible.slice(-1);
  }
  const stream = await store.symbols.openText(SYMBOLS);
  const actual = stream === null ? null : await text(stream).catch(() => 'unreadable');
  const contents = possible.map((content) => (content === null ? null : content.repeat(1000)));
  return contents.includes(actual) ? [] : [`the symbols are ${String(actual).slice(0, 30)}`];
}
