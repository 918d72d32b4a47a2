// One request to an S3 server: signed (AWS Signature Version 4), with a time limit, and repeated while what is wrong may pass.
import { createHash } from 'node:crypto';
import http, { type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import https from 'node:https';
import { AwsV4Signer } from 'aws4fetch';
import { S3Error, isPassing, refusalOf } from './s3-error.ts';

/** Without a sign of life for so long a request is given up, and made again. */
const DEFAULT_IDLE_MS = 60_000;
const DEFAULT_ATTEMPTS = 6;
const DEFAULT_FIRST_WAIT_MS = 300;
const LONGEST_WAIT_MS = 20_000;
/** Texts of a server (lists, refusals) are held in memory up to here. */
const MAX_TEXT_BYTES = 16 * 1024 * 1024;
const SHA256_OF_NOTHING = createHash('sha256').digest('hex');

/** The server and the key, as AWS names them. */
export interface S3Settings {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Empty: none. */
  readonly sessionToken: string;
  readonly region: string;
  /** Empty: Amazon's. */
  readonly endpoint: string;
  /** The bucket is the first name of the path and no part of the host's name; null: where the server is not Amazon's. */
  readonly pathStyle: boolean | null;
  readonly idleMs?: number;
  readonly attempts?: number;
  /** Before the second attempt; each further one waits twice as long. */
  readonly firstWaitMs?: number;
}

/** What is asked. */
export interface S3Ask {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  /** Empty: the bucket itself. */
  readonly key: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array<ArrayBuffer>;
}

/** An answer that was accepted. Its body must be read or cancelled. */
export interface S3Answer {
  readonly headers: IncomingHttpHeaders;
  readonly body: IncomingMessage;
}

/** Talks to one bucket. */
export class S3Requests {
  readonly bucket: string;
  readonly #settings: S3Settings;
  readonly #agents = {
    http: new http.Agent({ keepAlive: true }),
    https: new https.Agent({ keepAlive: true }),
  };
  readonly #keys = new Map<string, ArrayBuffer>();

  constructor(bucket: string, settings: S3Settings) {
    this.bucket = bucket;
    this.#settings = settings;
  }

  /** Asks, and reads the whole answer as a text. Throws `S3Error`. */
  ask(request: S3Ask): Promise<{ readonly headers: IncomingHttpHeaders; readonly text: string }> {
    return this.repeat(async () => {
      const { headers, body } = await this.once(request);
      const chunks: Uint8Array[] = [];
      let length = 0;
      for await (const chunk of this.watched(body, describe(this.bucket, request))) {
        length += chunk.length;
        if (length > MAX_TEXT_BYTES)
          throw new S3Error(
            400,
            'TooLong',
            `${describe(this.bucket, request)} was answered with more than ${MAX_TEXT_BYTES} bytes.`,
          );
        chunks.push(chunk);
      }
      const text = Buffer.concat(chunks).toString('utf8');
      // What takes long is answered with 200 before it is known whether it succeeds.
      if (/^(?:<\?xml[^>]*>)?\s*<Error>/.test(text))
        throw refusalOf(500, text, describe(this.bucket, request));
      return { headers, text };
    });
  }

  /** Makes the attempts that are allowed. Throws what the last one threw. */
  async repeat<T>(attempt: () => Promise<T>): Promise<T> {
    const { attempts = DEFAULT_ATTEMPTS, firstWaitMs = DEFAULT_FIRST_WAIT_MS } = this.#settings;
    for (let made = 1; ; made += 1) {
      try {
        return await attempt();
      } catch (error) {
        if (made >= attempts || !isPassing(error)) throw error;
        const longest = Math.min(firstWaitMs * 2 ** (made - 1), LONGEST_WAIT_MS);
        await new Promise((resolve) => setTimeout(resolve, longest * (0.5 + Math.random() / 2)));
      }
    }
  }

  /** One attempt; resolves when the answer begins. Throws `S3Error`. */
  async once(request: S3Ask): Promise<S3Answer> {
    const what = describe(this.bucket, request);
    const { url, headers } = await this.#sign(request);
    const answer = await this.#send(url, { ...request, headers: Object.fromEntries(headers) }, what);
    const { statusCode: status = 0 } = answer;
    // A redirect leads to another region, for which the signature does not hold.
    if (status >= 200 && status < 300) return { headers: answer.headers, body: answer };
    const chunks: Uint8Array[] = [];
    try {
      for await (const chunk of this.watched(answer, what)) if (chunks.push(chunk) > 4) break;
    } catch {
      // The status says enough.
    }
    throw refusalOf(status, Buffer.concat(chunks).toString('utf8').slice(0, 4096), what);
  }

  /** The bytes of an answer. Throws `S3Error` where it breaks off, or where nothing comes for too long. */
  async *watched(body: IncomingMessage, what: string): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of body as AsyncIterable<Buffer>) yield chunk;
    } catch (error) {
      throw failureOf(error, what);
    } finally {
      body.destroy();
    }
  }

  #send(
    url: URL,
    { method, headers = {}, body }: Omit<S3Ask, 'key' | 'query'>,
    what: string,
  ): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const isPlain = url.protocol === 'http:';
      const length =
        body !== undefined || method === 'PUT' || method === 'POST'
          ? { 'content-length': body?.length ?? 0 }
          : {};
      const options = {
        method,
        headers: { ...headers, ...length },
        agent: isPlain ? this.#agents.http : this.#agents.https,
      };
      const request = isPlain ? http.request(url, options, resolve) : https.request(url, options, resolve);
      // Of silence, in either direction.
      request.setTimeout(this.#settings.idleMs ?? DEFAULT_IDLE_MS, () =>
        request.destroy(
          new Error(`nothing came for ${(this.#settings.idleMs ?? DEFAULT_IDLE_MS) / 1000} seconds`),
        ),
      );
      request.once('error', (error) => reject(failureOf(error, what)));
      request.end(body);
    });
  }

  async #sign({ method, key, query = {}, headers = {}, body }: S3Ask) {
    const { accessKeyId, secretAccessKey, sessionToken, region } = this.#settings;
    const url = this.#urlOf(key);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    const sha256 = body === undefined ? SHA256_OF_NOTHING : createHash('sha256').update(body).digest('hex');
    const signed = await new AwsV4Signer({
      method,
      url: url.toString(),
      // The server refuses a body that does not have this sum.
      headers: { ...headers, 'x-amz-content-sha256': sha256 },
      accessKeyId,
      secretAccessKey,
      ...(sessionToken === '' ? {} : { sessionToken }),
      service: 's3',
      region,
      cache: this.#keys,
    }).sign();
    return { url: signed.url, headers: signed.headers };
  }

  #urlOf(key: string): URL {
    const { endpoint, region, pathStyle } = this.#settings;
    const zone = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
    const url = new URL(endpoint === '' ? `https://s3.${region}.${zone}` : endpoint);
    // A certificate of Amazon's does not hold for names with further dots.
    const inPath = pathStyle ?? (endpoint !== '' || this.bucket.includes('.'));
    if (!inPath) url.hostname = `${this.bucket}.${url.hostname}`;
    const path = [...(inPath ? [this.bucket] : []), ...key.split('/')].map(encoded).join('/');
    url.pathname = `${url.pathname.replace(/\/+$/, '')}/${path}`;
    return url;
  }
}

/** As RFC 3986 has it: everything but what is unreserved. */
function encoded(name: string): string {
  return encodeURIComponent(name).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** For people. */
export function describe(bucket: string, { method, key }: Pick<S3Ask, 'method' | 'key'>): string {
  return `${method} s3://${bucket}/${key}`;
}

function failureOf(error: unknown, what: string): unknown {
  if (error instanceof S3Error) return error;
  const { cause } = error as { readonly cause?: unknown };
  const reason = cause instanceof Error && cause.message !== '' ? cause.message : (error as Error).message;
  return new S3Error(0, 'NoAnswer', `${what} failed: ${reason}.`, { cause: error });
}
