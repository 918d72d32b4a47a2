// The requests of black-box tests: forms as crash clients build them, and raw sockets for what no HTTP library sends.
import { createHash } from 'node:crypto';
import { connect } from 'node:net';

export interface Part {
  readonly name: string;
  readonly value: string | Buffer;
  readonly filename?: string;
  readonly type?: string;
}

const BOUNDARY = '---MultipartBoundary-4cdd7ec1';

/** A multipart body and the Content-Type that goes with it. */
export function form(parts: readonly Part[]): { readonly body: Buffer; readonly type: string } {
  const pieces = parts.flatMap(({ name, value, filename, type }) => [
    Buffer.from(
      `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"${filename === undefined ? '' : `; filename="${filename}"`}\r\n${type === undefined ? '' : `Content-Type: ${type}\r\n`}\r\n`,
    ),
    Buffer.from(value),
    Buffer.from('\r\n'),
  ]);
  return {
    body: Buffer.concat([...pieces, Buffer.from(`--${BOUNDARY}--\r\n`)]),
    type: `multipart/form-data; boundary=${BOUNDARY}`,
  };
}

/** A dump part as Crashpad names it. */
export function dump(content: Buffer, name = 'upload_file_minidump'): Part {
  return { name, value: content, filename: 'minidump.dmp', type: 'application/octet-stream' };
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** POSTs a body with fetch. */
export async function post(
  url: string,
  body: Buffer | string | null,
  headers: Readonly<Record<string, string>> = {},
  method = 'POST',
): Promise<Answer> {
  const answer = await fetch(url, { method, headers, ...(body !== null && { body: Buffer.from(body) }) });
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
}

/** POSTs a form to `/submit` (or another path). */
export function submit(baseUrl: string, parts: readonly Part[], path = '/submit'): Promise<Answer> {
  const { body, type } = form(parts);
  return post(`${baseUrl}${path}`, body, { 'content-type': type });
}

/** The crash id of an answer, without `bp-`. Throws where there is none. */
export function crashIdOf(answer: { readonly text: string }): string {
  const match = /^CrashID=bp-([0-9a-f-]{36})\n$/.exec(answer.text);
  if (match?.[1] === undefined) throw new Error(`no crash id in ${JSON.stringify(answer.text)}`);
  return match[1];
}

export function sha256(content: Buffer | string): string {
  return createHash('sha256').update(content).digest('hex');
}

/** What came back over a raw socket. */
export interface RawAnswer {
  readonly raw: string;
  readonly status: number;
  /** Status lines of all answers on the connection. */
  readonly statuses: readonly number[];
  readonly closed: boolean;
}

/** Sends pieces with pauses between them and collects what comes back until the server closes or `waitMs` have passed. */
export function raw(
  port: number,
  pieces: readonly (string | Buffer | { readonly pauseMs: number } | { readonly end: true })[],
  options: { readonly waitMs?: number; readonly until?: RegExp } = {},
): Promise<RawAnswer> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let received = '';
    let closed = false;
    const finish = (): void => {
      clearTimeout(timer);
      socket.destroy();
      const statuses = [...received.matchAll(/HTTP\/1\.[01] (\d{3})/g)].map((match) => Number(match[1]));
      resolve({ raw: received, status: statuses[0] ?? 0, statuses, closed });
    };
    const timer = setTimeout(finish, options.waitMs ?? 5000);
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1');
      if (options.until?.test(received) === true) finish();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      closed = true;
      finish();
    });
    socket.on('connect', () => {
      void (async () => {
        for (const piece of pieces) {
          if (typeof piece === 'string' || Buffer.isBuffer(piece)) socket.write(piece);
          else if ('pauseMs' in piece) await new Promise((done) => setTimeout(done, piece.pauseMs));
          else socket.end();
        }
      })();
    });
  });
}
