// What is done to the server in the soak: kinds of work with their rates, each by itself, counted with what came of it.
import { randomBytes, randomInt } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { SAMPLES } from '../../src/client/demo/demo-samples.ts';
import { DSN_ID } from '../ingest/sentry-envelope.ts';
import { dumpLike } from '../ingest/cases.ts';
import type { Soaked } from './soaked-server.ts';

const MEBIBYTE = 1024 * 1024;
const LARGE_BYTES = 25 * MEBIBYTE;
/** Real minidumps: BENCH_DUMPS, or those of the shared test data; without them bytes of their nature. */
const DUMPS =
  process.env['BENCH_DUMPS'] ?? path.resolve(import.meta.dirname, '../../../shared/data/minidumps/dumps');
/** At most so many requests of one kind under way: a slow server is asked less, it is no flood. */
const UNDER_WAY = 8;

type Count = { asked: number; failed: number };

/** Runs until its time is over. */
export class Work {
  readonly counts = new Map<string, Count>();
  /** What went wrong first, by kind. */
  readonly faults = new Map<string, string>();
  readonly #server: Soaked;
  readonly #dsn: string;
  readonly #perSecond: number;
  readonly #dumps = realDumps();
  readonly #recent: string[] = [];
  #seed = 0;

  constructor(
    server: Soaked,
    { dsnKey, perSecond }: { readonly dsnKey: string; readonly perSecond: number },
  ) {
    this.#server = server;
    this.#perSecond = perSecond;
    const { host } = new URL(server.submitUrl);
    this.#dsn = `http://${dsnKey}@${host}/${DSN_ID}`;
  }

  async run(forMs: number): Promise<void> {
    const until = performance.now() + forMs;
    const rate = this.#perSecond;
    await Promise.all([
      this.#repeat('report', rate * 0.7, until, () => this.#sample()),
      this.#repeat('minidump', rate * 0.3, until, () => this.#minidump()),
      this.#repeat('large upload', 1 / 10, until, () => this.#upload(randomBytes(LARGE_BYTES))),
      this.#repeat('large dump', 1 / 10, until, () => this.#upload(dumpLike(LARGE_BYTES))),
      this.#repeat('aborted upload', 1 / 2, until, () => this.#aborted()),
      this.#repeat('symbols', 1 / 5, until, () => this.#symbols()),
      this.#repeat('page', 4, until, () => this.#page()),
      this.#repeat('search', 1, until, () => this.#search()),
      this.#repeat('api', 2, until, () => this.#api()),
      this.#repeat('delete', 1, until, () => this.#delete()),
    ]);
  }

  async #repeat(name: string, perSecond: number, until: number, one: () => Promise<boolean>): Promise<void> {
    const count: Count = { asked: 0, failed: 0 };
    this.counts.set(name, count);
    const underWay = new Set<Promise<void>>();
    while (performance.now() < until) {
      await pause(Math.min(1000 / perSecond, Math.max(0, until - performance.now())));
      if (underWay.size >= UNDER_WAY) continue;
      count.asked += 1;
      const running = one()
        .catch((error: unknown) => this.#fault(name, String(error)))
        .then((good) => {
          if (!good) count.failed += 1;
        })
        .finally(() => underWay.delete(running));
      underWay.add(running);
    }
    await Promise.all(underWay);
  }

  #fault(name: string, what: string): false {
    if (!this.faults.has(name)) this.faults.set(name, what.slice(0, 200));
    return false;
  }

  async #sample(): Promise<boolean> {
    const sample = SAMPLES[randomInt(SAMPLES.length)];
    if (sample === undefined) return false;
    this.#seed += 1;
    const { ok, status, answer } = await sample.send({
      baseUrl: this.#server.submitUrl,
      atMs: Date.now(),
      seed: `soak-${this.#seed}`,
      dsn: this.#dsn,
      fetch,
    });
    this.#remember(answer);
    return ok || this.#fault('report', `${sample.protocol}: ${status} ${answer}`);
  }

  #minidump(): Promise<boolean> {
    return this.#upload(this.#dumps[randomInt(this.#dumps.length)] ?? dumpLike(64 * 1024));
  }

  async #upload(dump: Uint8Array): Promise<boolean> {
    const answer = await fetch(`${this.#server.submitUrl}/submit`, {
      method: 'POST',
      body: this.#form(dump),
    });
    const text = await answer.text();
    this.#remember(text);
    return answer.status === 200 || this.#fault('minidump', `${answer.status} ${text}`);
  }

  #form(dump: Uint8Array): FormData {
    const form = new FormData();
    this.#seed += 1;
    form.set('ProductName', `Soak ${randomInt(5)}`);
    form.set('Version', `1.${randomInt(40)}`);
    form.set('guid', `00000000-0000-4000-8000-${String(randomInt(5000)).padStart(12, '0')}`);
    form.set('note', `number ${this.#seed}`);
    form.set('upload_file_minidump', new Blob([new Uint8Array(dump)]), 'a.dmp');
    return form;
  }

  /** A client that goes away in the middle. */
  async #aborted(): Promise<boolean> {
    const control = new AbortController();
    const answer = fetch(`${this.#server.submitUrl}/submit`, {
      method: 'POST',
      body: this.#form(randomBytes(4 * MEBIBYTE)),
      signal: control.signal,
    }).then(
      () => true,
      () => true,
    );
    await pause(randomInt(30));
    control.abort();
    return answer;
  }

  async #symbols(): Promise<boolean> {
    const id = randomBytes(16).toString('hex').toUpperCase() + '0';
    const functions = Array.from(
      { length: 2000 },
      (_, at) => `FUNC ${(0x1000 + at * 64).toString(16)} 40 0 soak::function_${at}(int)\n`,
    );
    const text = `MODULE Linux x86_64 ${id} soak\n${functions.join('')}`;
    return this.#asked('symbols', '/api/symbols', { method: 'POST', body: gzipSync(text) });
  }

  #page(): Promise<boolean> {
    const paths = [
      '/',
      '/bugs',
      '/reports',
      '/products',
      '/status',
      '/inbox',
      '/symbols/missing',
      '/overview/default/shop',
    ];
    const recent = this.#recent.at(-1 - randomInt(Math.max(1, this.#recent.length)));
    const all = recent === undefined ? paths : [...paths, `/reports/${recent}`, `/bugs/${1 + randomInt(20)}`];
    return this.#asked('page', all[randomInt(all.length)] ?? '/', {}, { cookie: this.#server.cookie });
  }

  #search(): Promise<boolean> {
    const asked = [
      '/reports?text=%21',
      '/bugs?text=nowhere',
      '/bugs?text=error&state=any',
      '/reports?text=Linux',
    ];
    return this.#asked('search', asked[randomInt(asked.length)] ?? '', {}, { cookie: this.#server.cookie });
  }

  #api(): Promise<boolean> {
    const paths = [
      '/api/reports',
      '/api/bugs',
      '/api/status',
      '/api/queue',
      '/api/symbols',
      '/metrics',
      '/api/bugs?order=count',
    ];
    return this.#asked('api', paths[randomInt(paths.length)] ?? '');
  }

  #delete(): Promise<boolean> {
    const crashId = this.#recent.shift();
    if (crashId === undefined) return Promise.resolve(true);
    return this.#asked('delete', `/api/reports/${crashId}`, { method: 'DELETE' });
  }

  /** What is no longer there (pruned, deleted) is an answer, too. */
  async #asked(
    name: string,
    to: string,
    init: RequestInit = {},
    headers: Readonly<Record<string, string>> = { authorization: `Bearer ${this.#server.token}` },
  ): Promise<boolean> {
    const answer = await fetch(this.#server.reportsUrl + to, { ...init, headers });
    const text = await answer.text();
    return answer.ok || answer.status === 404 || this.#fault(name, `${to}: ${answer.status} ${text}`);
  }

  #remember(answer: string): void {
    const crashId = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/.exec(answer)?.[0];
    if (crashId === undefined) return;
    this.#recent.push(crashId);
    if (this.#recent.length > 500) this.#recent.shift();
  }
}

function realDumps(): readonly Uint8Array[] {
  try {
    const names = readdirSync(DUMPS).filter((name) => name.endsWith('.dmp'));
    return names.map((name) => readFileSync(path.join(DUMPS, name)));
  } catch {
    return [51, 151, 1024].map((kilobytes) => dumpLike(kilobytes * 1024));
  }
}
