// Honest uploads of 300 KB, one every half second, each on a connection of its own, as programs that crash send them.
import { request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { median } from '../median.ts';

const BYTES = 300_000;
const PAUSE_MS = 500;
/** Who waits longer has given up. */
const PATIENCE_MS = 60_000;

export interface HonestResult {
  readonly medianMs: number;
  readonly worstMs: number;
  /** How many got which status; `failed`: no answer. */
  readonly answers: Readonly<Record<string, number>>;
}

let counter = 0;

/** Sends for so long, then waits for what is under way. */
export async function honestUploads(port: number, seconds: number): Promise<HonestResult> {
  const times: number[] = [];
  const answers: Record<string, number> = {};
  const underWay: Promise<void>[] = [];
  const until = performance.now() + seconds * 1000;
  while (performance.now() < until) {
    const sentAt = performance.now();
    underWay.push(
      upload(port).then((answer) => {
        times.push(performance.now() - sentAt);
        answers[answer] = (answers[answer] ?? 0) + 1;
      }),
    );
    await pause(PAUSE_MS);
  }
  await Promise.all(underWay);
  return { medianMs: median(times), worstMs: Math.max(...times), answers };
}

function upload(port: number): Promise<string> {
  counter += 1;
  const body = Buffer.from(
    `--B\r\nContent-Disposition: form-data; name="ProductName"\r\n\r\nHonest\r\n--B\r\nContent-Disposition: form-data; name="number"\r\n\r\n${counter}\r\n--B\r\nContent-Disposition: form-data; name="f"; filename="x"\r\n\r\n${'y'.repeat(BYTES)}\r\n--B--\r\n`,
  );
  return new Promise((resolve) => {
    const sent = request({
      port,
      host: '127.0.0.1',
      method: 'POST',
      path: '/submit',
      headers: { 'content-type': 'multipart/form-data; boundary=B', 'content-length': body.length },
      timeout: PATIENCE_MS,
      agent: false,
    });
    sent.on('response', (response) => {
      response.resume();
      response.on('end', () => resolve(String(response.statusCode)));
      response.on('error', () => resolve('failed'));
    });
    sent.on('timeout', () => sent.destroy(new Error('no answer')));
    sent.on('error', () => resolve('failed'));
    sent.end(body);
  });
}
