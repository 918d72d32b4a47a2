// The doctor looks at what stands between a client and the submit server: what a proxy does to gzip, to chunked bodies and to
// large ones. It posts to /__echo__, which stores nothing and answers what arrived.
import { createHash, randomBytes } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { gzipSync } from 'node:zlib';
import { echoOldHttp, hashOf } from './old-http.ts';
import { fail, messageOf, ok, warn, type Finding } from './check.ts';

const MEBIBYTE = 1024 * 1024;
const TIMEOUT_MS = 60_000;
const CLOCK_TOLERANCE_MS = 60_000;

interface Echo {
  readonly status: number;
  readonly date: string | undefined;
  readonly body: {
    readonly encoding?: string;
    readonly bytes?: number;
    readonly sha256?: string;
    readonly chunked?: boolean;
  };
}

/** `baseUrl`: the address that clients use. `maxUploadMb`: what the submit server itself would take. */
export async function checkProxy(baseUrl: string, maxUploadMb: number): Promise<readonly Finding[]> {
  const check = `proxy ${baseUrl}`;
  const small = randomBytes(10_000);
  let plain: Echo;
  try {
    plain = await post(baseUrl, small, {});
  } catch (error) {
    return [
      fail(
        check,
        `cannot be reached: ${messageOf(error)}`,
        'Is the server running, and is the address right?',
      ),
    ];
  }
  if (plain.status !== 200 || plain.body.bytes !== small.length) {
    return [
      fail(
        check,
        `answered ${plain.status} to a plain POST`,
        'This is not a Mayday submit server, or the proxy forwards another path.',
      ),
    ];
  }
  return [
    ok(check, 'a plain POST arrives'),
    clockFinding(check, plain.date),
    await gzipFinding(check, baseUrl),
    await chunkedFinding(check, baseUrl, small),
    await oldHttpFinding(check, baseUrl, small),
    await sizeFinding(check, baseUrl, maxUploadMb),
  ];
}

function clockFinding(check: string, date: string | undefined): Finding {
  const skewMs = date === undefined ? 0 : Math.abs(Date.parse(date) - Date.now());
  return skewMs > CLOCK_TOLERANCE_MS
    ? warn(
        check,
        `its clock differs by ${(skewMs / 1000).toFixed(0)} s from this machine's`,
        'Set both by NTP.',
      )
    : ok(check, 'its clock agrees with this one');
}

async function gzipFinding(check: string, baseUrl: string): Promise<Finding> {
  const original = Buffer.from('Mayday '.repeat(2000));
  const echo = await tryPost(baseUrl, gzipSync(original), { 'content-encoding': 'gzip' });
  if (echo.body.sha256 !== sha256(original)) {
    return fail(
      check,
      `breaks gzip bodies (status ${echo.status})`,
      'Let the proxy pass Content-Encoding and the body through unchanged: Crashpad compresses by default.',
    );
  }
  return echo.body.encoding === 'gzip'
    ? ok(check, 'gzip bodies pass unchanged')
    : warn(
        check,
        'unpacks gzip bodies itself',
        'That works, but costs the proxy memory and hides the real size.',
      );
}

async function chunkedFinding(check: string, baseUrl: string, content: Buffer): Promise<Finding> {
  const echo = await tryPost(baseUrl, content, { 'transfer-encoding': 'chunked' });
  if (echo.body.sha256 !== sha256(content)) {
    return fail(
      check,
      `refuses chunked bodies (status ${echo.status})`,
      'Crashpad sends chunks without a length: allow them (nginx: proxy_http_version 1.1).',
    );
  }
  return echo.body.chunked === true
    ? ok(check, 'chunked bodies are passed on as they arrive')
    : warn(
        check,
        'collects chunked bodies before it passes them on',
        'That works; nginx streams with proxy_request_buffering off.',
      );
}

async function oldHttpFinding(check: string, baseUrl: string, content: Buffer): Promise<Finding> {
  const { status, sha256: received } = await echoOldHttp(baseUrl, content, { timeoutMs: TIMEOUT_MS });
  if (status === 200 && received === hashOf(content))
    return ok(check, "HTTP/1.0 with chunks, as Crashpad's socket transport sends it, arrives whole");
  const came = status === 200 ? 'the body is lost' : status === 0 ? 'no answer came' : `status ${status}`;
  return warn(
    check,
    `breaks HTTP/1.0 with chunks, which Crashpad's socket transport sends: ${came}`,
    'Let such clients reach Mayday itself, which can speak TLS (TLS_CERT, TLS_KEY), or pass the stream through: deploy/README.md.',
  );
}

async function sizeFinding(check: string, baseUrl: string, maxUploadMb: number): Promise<Finding> {
  const nearLimitMb = Math.max(1, maxUploadMb - 1);
  let passed = 0;
  for (const sizeMb of new Set([Math.min(2, nearLimitMb), Math.min(11, nearLimitMb), nearLimitMb])) {
    const echo = await tryPost(baseUrl, Buffer.alloc(sizeMb * MEBIBYTE, 'm'), {});
    if (echo.status !== 200) {
      return fail(
        check,
        `refuses a body of ${sizeMb} MB with status ${echo.status}; ${passed} MB passes`,
        `Raise the proxy's body limit to MAX_UPLOAD_SIZE_MB (nginx: client_max_body_size ${maxUploadMb}m).`,
      );
    }
    passed = sizeMb;
  }
  return ok(check, `bodies of ${passed} MB pass`);
}

/** As `post`; a connection that breaks counts as status 0, which every finding reports. */
async function tryPost(
  baseUrl: string,
  body: Buffer,
  headers: Readonly<Record<string, string>>,
): Promise<Echo> {
  try {
    return await post(baseUrl, body, headers);
  } catch {
    return { status: 0, date: undefined, body: {} };
  }
}

function post(baseUrl: string, body: Buffer, headers: Readonly<Record<string, string>>): Promise<Echo> {
  const send = baseUrl.startsWith('https:') ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const outgoing = send(`${baseUrl}/__echo__`, {
      method: 'POST',
      headers: { ...('transfer-encoding' in headers ? {} : { 'content-length': body.length }), ...headers },
      timeout: TIMEOUT_MS,
    });
    outgoing.on('error', reject);
    outgoing.on('timeout', () => outgoing.destroy(new Error('no answer in time')));
    outgoing.on('response', (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('error', reject);
      incoming.on('end', () =>
        resolve({ status: incoming.statusCode ?? 0, date: incoming.headers.date, body: parse(chunks) }),
      );
    });
    outgoing.end(body);
  });
}

function parse(chunks: readonly Buffer[]): Echo['body'] {
  try {
    const value: unknown = JSON.parse(Buffer.concat(chunks).toString());
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}

function sha256(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
