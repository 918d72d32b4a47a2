// In front of the HTTP server, one port for everything: the first bytes of a connection tell whether it speaks TLS, and a request
// target with raw spaces in it, which old WinINet and script clients write, is mended before Node's parser refuses it.
import { readFileSync, statSync } from 'node:fs';
import type { Server as HttpServer } from 'node:http';
import type { Socket } from 'node:net';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:tls';
import type { Log } from '../base/log.ts';

/** PEM files of a certificate chain and its private key. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
}

export interface FrontOptions {
  readonly http: HttpServer;
  /** Null: connections that speak TLS are no requests. */
  readonly tls: TlsFiles | null;
  /** A connection that says nothing for so long is closed. */
  readonly idleTimeoutMs: number;
  readonly log: Log;
  /** How often the certificate's files are looked at; default every 30 seconds. */
  readonly reloadMs?: number;
}

const TLS_HANDSHAKE = 0x16;
/** A request line that is longer is left as it is. */
const MAX_LINE = 16 * 1024;
const NEWLINE = 0x0a;
/** The beginning of a request line: a method, or a part of one. */
const METHOD = /^[A-Z]{1,20}(?: |$)/;
const RELOAD_MS = 30_000;

/** When the server stops, a connection that has said nothing is given this long to do so. */
const CLOSING_GRACE_MS = 250;

/**
 * Looks at each connection of an HTTP server before the server does; to be called before it listens. Gives a function for when the
 * server stops: it ends silent connections and the watching of the certificate's files. Throws where the certificate cannot be used.
 */
export function putInFront({
  http,
  tls,
  idleTimeoutMs,
  log,
  reloadMs = RELOAD_MS,
}: FrontOptions): () => void {
  const silent = new Set<Socket>();
  const secure = tls === null ? null : createTlsServer({ ...readPair(tls), ALPNProtocols: ['http/1.1'] });
  const serve = http.listeners('connection') as ((socket: Socket) => void)[];
  http.removeAllListeners('connection');
  const plain = (socket: Socket, first: Buffer): void =>
    handOver(socket, mendTarget(first), () => {
      for (const listener of serve) listener.call(http, socket);
      socket.resume();
    });
  secure?.on('secureConnection', (socket) => peek(socket, idleTimeoutMs, plain));
  secure?.on('tlsClientError', (error, socket) => {
    log.debug({ err: error }, 'a TLS handshake failed');
    socket.destroy();
  });
  http.on('connection', (socket: Socket) => {
    silent.add(socket);
    socket.once('close', () => silent.delete(socket));
    peek(socket, idleTimeoutMs, (from, first) => {
      silent.delete(from);
      if (secure !== null && first[0] === TLS_HANDSHAKE)
        handOver(from, first, () => secure.emit('connection', from));
      else plain(from, first);
    });
  });
  const reloading =
    secure === null || tls === null ? null : reloadWhenChanged(secure, tls, { log, reloadMs });
  return () => {
    clearInterval(reloading ?? undefined);
    setTimeout(() => silent.forEach((socket) => socket.destroy()), CLOSING_GRACE_MS);
  };
}

/** Gives the first bytes: a whole line where they are the beginning of one. */
function peek(socket: Socket, idleTimeoutMs: number, done: (socket: Socket, first: Buffer) => void): void {
  let first: Buffer = Buffer.alloc(0);
  const giveUp = (): void => (first.length === 0 ? void socket.destroy() : finish());
  const take = (chunk: Buffer): void => {
    first = first.length === 0 ? chunk : Buffer.concat([first, chunk]);
    // Only the beginning of a request is waited for; everything else is the server's to answer at once.
    const begins =
      first.length < MAX_LINE && !first.includes(NEWLINE) && METHOD.test(first.toString('latin1', 0, 24));
    if (!begins) finish();
  };
  const finish = (): void => {
    socket.off('data', take);
    socket.off('end', finish);
    socket.off('error', giveUp);
    socket.off('timeout', giveUp);
    socket.setTimeout(0);
    if (first.length === 0) socket.destroy();
    else done(socket, first);
  };
  socket.on('data', take);
  socket.on('end', finish);
  socket.on('error', giveUp);
  socket.setTimeout(idleTimeoutMs, giveUp);
}

/** The bytes go back in front of what follows, and a server takes the connection as if it had accepted it. */
function handOver(socket: Socket, first: Buffer, take: () => void): void {
  socket.pause();
  socket.unshift(first);
  take();
}

/** `POST /submit?product=My App HTTP/1.1`: the blanks between the method and the version belong to the target. */
export function mendTarget(first: Buffer): Buffer {
  const end = first.indexOf(NEWLINE);
  if (end <= 0 || end > MAX_LINE) return first;
  const line = first.toString('latin1', 0, end);
  const parts = /^([A-Z]{1,20}) +(\S.*\S|\S) +(HTTP\/1\.[01]\r?)$/.exec(line);
  if (parts === null || !(parts[2] ?? '').includes(' ')) return first;
  const target = (parts[2] ?? '').replaceAll(' ', '%20');
  return Buffer.concat([Buffer.from(`${parts[1]} ${target} ${parts[3]}`, 'latin1'), first.subarray(end)]);
}

function readPair({ cert, key }: TlsFiles): { readonly cert: Buffer; readonly key: Buffer } {
  return { cert: readFileSync(cert), key: readFileSync(key) };
}

/** Certificates are renewed while the server runs. A pair that cannot be used leaves the one before. */
function reloadWhenChanged(
  server: TlsServer,
  files: TlsFiles,
  { log, reloadMs }: { readonly log: Log; readonly reloadMs: number },
): NodeJS.Timeout {
  const stamp = (): string => [files.cert, files.key].map((file) => statSync(file).mtimeMs).join();
  let seen = stamp();
  const timer = setInterval(() => {
    try {
      const now = stamp();
      if (now === seen) return;
      seen = now;
      server.setSecureContext(readPair(files));
      log.info('the certificate has been read again');
    } catch (error) {
      log.error({ err: error }, 'the certificate cannot be used; the one before stays');
    }
  }, reloadMs);
  timer.unref();
  return timer;
}
