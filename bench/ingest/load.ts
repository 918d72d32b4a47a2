// A load generator with as little of its own as possible: raw keep-alive connections that send one prepared request each
// after the other, with a counter patched in so that no two reports are the same.
import { connect } from 'node:net';

/** A request whose body has a fixed-width place for a counter. */
export interface PreparedRequest {
  readonly bytes: Buffer;
  /** Offset of 12 bytes that are overwritten with the number of the request. */
  readonly counterAt: number;
}

export interface LoadResult {
  readonly requests: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly failures: number;
}

const COUNTER_WIDTH = 12;
let sequence = Date.now() % 1_000_000_000;

/** A form upload like Crashpad's: seven annotations and a dump. */
export function formUpload(dump: Buffer): PreparedRequest {
  const boundary = '---MultipartBoundary-bench-7d1f6c';
  const counter = '0'.repeat(COUNTER_WIDTH);
  const fields = {
    prod: 'Bench',
    ver: '1.2.3',
    guid: '50c4218a-bcb9-48a9-8093-a06e6435cd61',
    ptype: 'browser',
    plat: 'Linux',
    list_annotations: 'one=1;two=2',
    number: counter,
  };
  const text = Object.entries(fields)
    .map(
      ([name, value]) =>
        `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
    )
    .join('');
  const head = `${text}--${boundary}\r\nContent-Disposition: form-data; name="upload_file_minidump"; filename="a.dmp"\r\nContent-Type: application/octet-stream\r\n\r\n`;
  const body = Buffer.concat([Buffer.from(head), dump, Buffer.from(`\r\n--${boundary}--\r\n`)]);
  const request = Buffer.concat([
    Buffer.from(
      `POST /submit HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: bench\r\nContent-Type: multipart/form-data; boundary=${boundary}\r\nContent-Length: ${body.length}\r\n\r\n`,
    ),
    body,
  ]);
  return { bytes: request, counterAt: request.indexOf(counter) };
}

/** Sends for `durationMs` over `connections`; every answer must be a 200. */
export async function runLoad(options: {
  /** Connections are spread over them evenly. */
  readonly ports: readonly number[];
  readonly request: PreparedRequest;
  readonly connections: number;
  readonly durationMs: number;
}): Promise<LoadResult> {
  const latencies: number[] = [];
  let failures = 0;
  const started = performance.now();
  const deadline = started + options.durationMs;
  const one = (_: unknown, index: number): Promise<void> =>
    new Promise((resolve, reject) => {
      const socket = connect(options.ports[index % options.ports.length] ?? 0, '127.0.0.1');
      socket.setNoDelay(true);
      // Large requests are not copied for each connection: only the piece with the counter is.
      const { bytes, counterAt } = options.request;
      const tail = bytes.subarray(counterAt + COUNTER_WIDTH);
      const head = Buffer.from(bytes.subarray(0, counterAt + COUNTER_WIDTH));
      let sentAt = 0;
      let pending = '';
      const send = (): void => {
        sequence += 1;
        head.write(String(sequence).padStart(COUNTER_WIDTH, '0'), counterAt, 'latin1');
        sentAt = performance.now();
        if (tail.length < 16_384) socket.write(Buffer.concat([head, tail]));
        else {
          socket.write(Buffer.from(head));
          socket.write(tail);
        }
      };
      socket.on('connect', send);
      socket.on('error', reject);
      socket.on('close', () => resolve());
      socket.on('data', (chunk: Buffer) => {
        pending += chunk.toString('latin1');
        const end = pending.indexOf('\r\n\r\n');
        if (end === -1) return;
        const length = Number(/content-length: (\d+)/i.exec(pending)?.[1] ?? 0);
        if (pending.length < end + 4 + length) return;
        if (!pending.startsWith('HTTP/1.1 200')) failures += 1;
        pending = '';
        const now = performance.now();
        latencies.push(now - sentAt);
        if (now < deadline) send();
        else socket.end();
      });
    });
  await Promise.all(Array.from({ length: options.connections }, one));
  const seconds = (performance.now() - started) / 1000;
  latencies.sort((a, b) => a - b);
  const at = (share: number): number => latencies[Math.floor((latencies.length - 1) * share)] ?? Number.NaN;
  return {
    requests: latencies.length,
    perSecond: latencies.length / seconds,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    failures,
  };
}
