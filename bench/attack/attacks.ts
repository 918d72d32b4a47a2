// What anybody can do to a submit server, one function for each; all of them come from many addresses of this machine, so that no bound of one
// client helps. Each gives what ends it.
import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';

export type Attack = (port: number) => () => void;

let addresses = 0;
/** Another address each time. */
function address(): string {
  addresses += 1;
  return `127.0.${6 + (Math.floor(addresses / 250) % 200)}.${1 + (addresses % 250)}`;
}

const FORM = 'Content-Type: multipart/form-data; boundary=B\r\n';
const FILE = '--B\r\nContent-Disposition: form-data; name="upload_file_minidump"; filename="x"\r\n\r\n';
const POST = `POST /submit HTTP/1.1\r\nHost: x\r\n`;

function open(port: number, sockets: Set<Socket>, begin: (socket: Socket) => void): void {
  const socket = connect({ port, host: '127.0.0.1', localAddress: address() });
  sockets.add(socket);
  socket.on('connect', () => begin(socket));
  socket.on('data', () => undefined);
  socket.on('error', () => undefined);
  socket.on('close', () => sockets.delete(socket));
}

/** So many sockets at once, which say a little more now and then; those that are closed come again, some each second. */
function sockets(count: number, begin: string, drip: string): Attack {
  return (port) => {
    const all = new Set<Socket>();
    let opened = 0;
    const fill = setInterval(() => {
      const more = opened < count ? 50 : 1;
      for (let index = 0; index < more && all.size < count; index += 1, opened += 1)
        open(port, all, (socket) => void socket.write(begin));
    }, 50);
    const dripping = setInterval(() => {
      for (const socket of all) if (socket.writable && drip !== '') socket.write(drip);
    }, 2000);
    return () => {
      clearInterval(fill);
      clearInterval(dripping);
      for (const socket of all) socket.destroy();
    };
  };
}

/** New connections every second that send a large body's beginning and no more. */
function trickling(perSecond: number, bytes: number): Attack {
  return (port) => {
    const all = new Set<Socket>();
    const begin = `${POST}${FORM}Content-Length: 50000000\r\n\r\n${FILE}${'x'.repeat(bytes)}`;
    const timer = setInterval(() => {
      for (let index = 0; index < perSecond / 5; index += 1)
        open(port, all, (socket) => void socket.write(begin));
    }, 200);
    return () => {
      clearInterval(timer);
      for (const socket of all) socket.destroy();
    };
  };
}

/** `parallel` requests at a time, one after the other. */
function requests(
  parallel: number,
  make: () => {
    readonly path: string;
    readonly headers: Record<string, string>;
    readonly body: Buffer | readonly Buffer[];
  },
): Attack {
  return (port) => {
    let over = false;
    const next = (): void => {
      if (over) return;
      const { path, headers, body } = make();
      const pieces = Array.isArray(body) ? (body as readonly Buffer[]) : [body as Buffer];
      const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
      const sent = request({
        port,
        host: '127.0.0.1',
        localAddress: address(),
        method: 'POST',
        path,
        agent: false,
        headers: { ...headers, 'content-length': length },
      });
      const again = (): void => void setTimeout(next, 5);
      sent.on('response', (response) => {
        response.resume();
        response.on('close', again);
      });
      sent.on('error', again);
      for (const piece of pieces) sent.write(piece);
      sent.end();
    };
    for (let index = 0; index < parallel; index += 1) next();
    return () => {
      over = true;
    };
  };
}

const form = { 'content-type': 'multipart/form-data; boundary=B' };
const word = (): string => randomBytes(6).toString('hex');

function field(name: string, value: string): string {
  return `--B\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
}

/** Crashes that nobody has seen before: product, version, platform, installation and values are made up. */
function madeUpCrash(): Buffer {
  const values = Array.from({ length: 20 }, () => field(word(), word())).join('');
  const trace = `java.lang.E${word()}: ${word()}\n\tat a.${word()}.c(B.java:1)`;
  return Buffer.from(
    `${field('ProductName', word())}${field('Version', word())}${field('platform', word())}${field('guid', word())}${values}${field('JavaStackTrace', trace)}--B--\r\n`,
  );
}

/** Twelve megabytes in which every fourth byte begins what might be a delimiter. */
const NEARLY = Buffer.from(`${FILE}${'\r\n--'.repeat(3_000_000)}\r\n--B--\r\n`);
const nearly = gzipSync(NEARLY);

const ZEROS = Buffer.concat([Buffer.from(FILE), Buffer.alloc(64 * 1024 * 1024)]);
const bombs: readonly { readonly coding: string; readonly body: Buffer }[] = [
  { coding: 'gzip', body: gzipSync(ZEROS) },
  { coding: 'deflate', body: deflateSync(ZEROS) },
  { coding: 'br', body: brotliCompressSync(ZEROS) },
  { coding: 'zstd', body: zstdCompressSync(ZEROS) },
  { coding: 'gzip, gzip', body: gzipSync(gzipSync(ZEROS)) },
  { coding: 'gzip', body: Buffer.concat(Array.from({ length: 20_000 }, () => gzipSync(''))) },
];
let bomb = 0;

/** Many empty items in an envelope, packed. */
const envelope = gzipSync(Buffer.from(`{}\n${'{"type":"x","length":0}\n\n'.repeat(400_000)}`));

/** A megabyte, as much as one annotation may have; of letters, so that it is compressed by a third only. */
const LONG_TEXT_BYTES = Buffer.from(randomBytes(768 * 1024 - 1024).toString('base64'));

/** A crash with four annotations of a megabyte each. */
function withLongTexts(): readonly Buffer[] {
  const trace = `java.lang.E${word()}: ${word()}\n\tat a.${word()}.c(B.java:1)`;
  const head = `${field('ProductName', 'Long')}${field('Version', '1')}${field('JavaStackTrace', trace)}`;
  const [before, after] = field('NAME', '\0').split('\0');
  const texts = ['a', 'b', 'c', 'd'].flatMap((name) => [
    Buffer.from((before ?? '').replace('NAME', name)),
    LONG_TEXT_BYTES,
    Buffer.from(after ?? ''),
  ]);
  return [Buffer.from(head), ...texts, Buffer.from('--B--\r\n')];
}

/** Nothing makes it smaller. */
const LARGE = randomBytes(25 * 1024 * 1024);

export const ATTACKS: Readonly<Record<string, Attack>> = {
  lanes: trickling(15, 131_200),
  'slow bodies': sockets(
    600,
    `${POST}${FORM}Content-Length: 50000000\r\n\r\n${FILE}${'x'.repeat(200_000)}`,
    'x',
  ),
  'slow chunks': sockets(600, `${POST}${FORM}Transfer-Encoding: chunked\r\n\r\n`, '1\r\nx\r\n'),
  'slow headers': sockets(600, POST, 'X: y\r\n'),
  'silent sockets': sockets(1500, '', ''),
  'made-up crashes': requests(24, () => ({ path: '/submit', headers: form, body: madeUpCrash() })),
  'almost delimiters': requests(24, () => ({
    path: '/submit',
    headers: { ...form, 'content-encoding': 'gzip' },
    body: nearly,
  })),
  bombs: requests(24, () => {
    const { coding, body } = bombs[(bomb += 1) % bombs.length] ?? {
      coding: 'identity',
      body: Buffer.alloc(0),
    };
    return { path: '/submit', headers: { ...form, 'content-encoding': coding }, body };
  }),
  envelopes: requests(24, () => ({
    path: '/api/1/envelope/',
    headers: { 'content-type': 'application/x-sentry-envelope', 'content-encoding': 'gzip' },
    body: envelope,
  })),
  annotations: requests(128, () => ({ path: '/submit', headers: form, body: withLongTexts() })),
  large: requests(64, () => ({
    path: '/submit',
    headers: form,
    body: [Buffer.from(FILE), LARGE, Buffer.from(`\r\n${field('n', word())}--B--\r\n`)],
  })),
};
