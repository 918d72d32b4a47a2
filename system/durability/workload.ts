// The workload of durability tests: reports over all protocols on many connections, remembering what was acknowledged.
import { createHash, randomBytes } from 'node:crypto';
import { Agent, request as httpRequest } from 'node:http';
import { gzipSync } from 'node:zlib';
import { dump, form, sha256 } from '../requests.ts';
import { getAttachment, getReport, listReports, type TestServer } from '../server.ts';

/** A report that the server has promised to keep, and how to find it again. */
export interface Acknowledged {
  readonly protocol: 'form' | 'crashkit' | 'crashkit1' | 'syncthing';
  /** Crash id where the protocol tells it, else the SHA-256 of the payload. */
  readonly id: string;
  /** Attachment name → SHA-256 of what was sent. */
  readonly parts: Readonly<Record<string, string>>;
}

interface Sent {
  readonly status: number;
  readonly text: string;
}

const SIZES = [200, 3000, 50_000, 90_000, 400_000];
let counter = 0;

/**
 * Sends until `stop()` is true, over `connections` connections at once. Failures of any kind are no acknowledgement. What was
 * acknowledged can be watched in `acknowledged`.
 */
export async function hammer(
  server: TestServer,
  stop: () => boolean,
  connections = 32,
  acknowledged: Acknowledged[] = [],
): Promise<readonly Acknowledged[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const worker = async (number: number): Promise<void> => {
    for (let turn = number; !stop(); turn += 1) {
      const result = await sendOne(server, agent, turn % 4).catch(() => null);
      if (result !== null) acknowledged.push(result);
      else await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  await Promise.all(Array.from({ length: connections }, (_, number) => worker(number)));
  agent.destroy();
  return acknowledged;
}

async function sendOne(server: TestServer, agent: Agent, kind: number): Promise<Acknowledged | null> {
  counter += 1;
  const unique = `${process.pid}-${counter}`;
  const content = randomBytes(SIZES[counter % SIZES.length] ?? 200);
  const send = (path: string, body: Buffer, headers: Record<string, string>, method = 'POST') =>
    post(server, agent, path, body, headers, method);
  if (kind === 0) {
    const other = randomBytes(500);
    const { body, type } = form([
      { name: 'prod', value: 'Durable' },
      { name: 'n', value: unique },
      dump(content),
      { name: 'log', value: other, filename: 'log.bin', type: 'application/octet-stream' },
    ]);
    const zipped = counter % 2 === 0;
    const answer = await send('/submit', zipped ? gzipSync(body, { level: 1 }) : body, {
      'content-type': type,
      ...(zipped && { 'content-encoding': 'gzip' }),
    });
    const id = /CrashID=bp-([0-9a-f-]+)/.exec(answer.text)?.[1];
    if (answer.status !== 200 || id === undefined) return null;
    return { protocol: 'form', id, parts: { upload_file_minidump: sha256(content), log: sha256(other) } };
  }
  if (kind === 3) {
    const text = Buffer.from(
      `durable v1.0.0 "x" (go1.22 linux-amd64) a@b 2026-01-01 00:00:00 UTC\nPanic at 2026-01-01T00:00:00Z\npanic: ${unique}\n\n${content.toString('base64').slice(0, 100_000)}\n`,
    );
    const id = sha256(text);
    const answer = await send(`/newcrash/${id}`, text, {}, 'PUT');
    return answer.status === 200 ? { protocol: 'syncthing', id, parts: { 'report.txt': id } } : null;
  }
  const payload = Buffer.from(
    JSON.stringify([
      {
        language: 'x',
        data: { unique, content: content.toString('base64') },
        exceptions: [{ name: 'E', message: unique, locations: [] }],
      },
    ]),
  );
  const hash = sha256(payload);
  if (kind === 1) {
    const answer = await send('/test/products/durable/post-report/0/0', payload, {});
    return answer.text.startsWith('response=ok')
      ? { protocol: 'crashkit', id: hash, parts: { 'payload.json': hash } }
      : null;
  }
  const answer = await send('/api/1/default/products/durable1/reports', payload, {});
  const id = new URLSearchParams(answer.text).get('report');
  if (answer.status !== 200 || id === null) return null;
  return { protocol: 'crashkit1', id, parts: { 'payload.json': hash } };
}

function post(
  server: TestServer,
  agent: Agent,
  path: string,
  body: Buffer,
  headers: Record<string, string>,
  method: string,
): Promise<Sent> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(
      {
        host: '127.0.0.1',
        port: server.submitPort,
        path,
        method,
        agent,
        headers: { ...headers, 'content-length': body.length },
      },
      (incoming) => {
        let text = '';
        incoming.on('data', (chunk: Buffer) => (text += chunk.toString()));
        incoming.on('error', reject);
        incoming.on('end', () => resolve({ status: incoming.statusCode ?? 0, text }));
        incoming.on('close', () => reject(new Error('closed')));
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** What is wrong with a server's reports, as sentences: acknowledged ones that are missing or differ, and half ones. */
export async function faults(
  server: TestServer,
  acknowledged: readonly Acknowledged[],
): Promise<readonly string[]> {
  const found: string[] = [];
  const hashes = new Set<string>();
  const byId = new Map<string, ReadonlyMap<string, string>>();
  const ids = new Set<string>();
  for (const { crashId } of await listReports(server)) {
    if (ids.has(crashId)) found.push(`${crashId} is listed twice`);
    ids.add(crashId);
    const report = await getReport(server, crashId);
    if (report.attachments.length === 0) found.push(`${crashId} has no attachment`);
    for (const { name, sha256: promised, size } of report.attachments) {
      const content = await getAttachment(server, crashId, name);
      const actual = createHash('sha256').update(content).digest('hex');
      if (actual !== promised || content.length !== size) found.push(`${crashId}/${name} is not whole`);
      hashes.add(promised);
    }
    byId.set(crashId, new Map(report.attachments.map(({ name, sha256: hash }) => [name, hash])));
  }
  for (const { id, parts, protocol } of acknowledged) {
    const stored = byId.get(id);
    for (const [name, hash] of Object.entries(parts)) {
      const kept =
        protocol === 'form' || protocol === 'crashkit1' ? stored?.get(name) === hash : hashes.has(hash);
      if (!kept) found.push(`acknowledged ${protocol} report ${id} lacks ${name}`);
    }
  }
  return found;
}
