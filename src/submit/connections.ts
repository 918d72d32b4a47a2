// The connections of the submit server: which request is being read on each, when a silent one is given up, what is told
// to one that does not speak HTTP, and how all of them end.
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Log } from '../base/log.ts';
import { Refused, type RefusalCode } from '../base/refusal.ts';
import { destroyLater } from './answer.ts';
import type { Exchange } from './exchange.ts';
import type { SubmitLimits } from './submit-limits.ts';

/** When the server stops, a connection without a request is given this long to send one that is under way. */
const CLOSING_GRACE_MS = 250;

/** Uploads that are under way when the server stops are given this long; their clients hear 503 then and send again. */
const CLOSING_BODY_MS = 1500;
/** What is still open then is cut off: answers that nobody reads, handlers that wait for a disk. */
const CLOSING_LAST_MS = 2500;

/** Keeps track from the first byte of a connection to its last. */
export class Connections {
  readonly #limits: SubmitLimits;
  readonly #log: Log;
  readonly #onBroken: (code: RefusalCode) => void;
  readonly #sockets = new Set<Socket>();
  readonly #exchanges = new Set<Exchange>();
  /** The newest request of a connection, the only one whose body can still be arriving. */
  readonly #newest = new Map<Socket, Exchange>();
  readonly #told = new WeakSet<Socket>();
  closing = false;

  constructor(options: {
    readonly limits: SubmitLimits;
    readonly log: Log;
    /** A connection was turned away before it became a request. */
    readonly onBroken: (code: RefusalCode) => void;
  }) {
    this.#limits = options.limits;
    this.#log = options.log;
    this.#onBroken = options.onBroken;
  }

  open(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => {
      this.#sockets.delete(socket);
      this.#newest.delete(socket);
    });
  }

  begin(exchange: Exchange): void {
    this.#exchanges.add(exchange);
    if (this.#sockets.has(exchange.request.socket)) this.#newest.set(exchange.request.socket, exchange);
  }

  end(exchange: Exchange): void {
    this.#exchanges.delete(exchange);
  }

  /** Gives up the bodies whose client is silent or takes too long. One timer for all of them. */
  sweep(now: number): void {
    const { idleTimeoutMs, requestTimeoutMs } = this.#limits;
    for (const exchange of this.#exchanges) {
      const { body } = exchange;
      if (body === null || body.complete || exchange.request.complete) continue;
      if (body.idleMs(now) > idleTimeoutMs) {
        exchange.abort(new Refused('too_slow', `no byte for ${idleTimeoutMs} ms`));
      } else if (now - exchange.startedAt > requestTimeoutMs) {
        exchange.abort(new Refused('too_slow', `not complete after ${requestTimeoutMs} ms`));
      }
    }
  }

  /** What Node's parser could not read, or a connection that broke. May be called many times for one connection. */
  fault(error: NodeJS.ErrnoException, socket: Socket): void {
    const exchange = this.#newest.get(socket);
    const code = refusalFor(error);
    if (exchange !== undefined && !exchange.answered) {
      // Behind a whole request comes something that is no request: the first is still answered.
      if (exchange.request.complete) exchange.mustClose = true;
      else exchange.abort(new Refused(code, error.message));
      return;
    }
    if (socket.destroyed || !socket.writable || error.code === 'ECONNRESET' || error.code === 'EPIPE') {
      socket.destroy();
      return;
    }
    if (this.#told.has(socket)) return;
    this.#told.add(socket);
    // The connection was answered already and only lingers, or it is between two requests and a broken one follows.
    if (exchange !== undefined && !exchange.request.complete) return;
    this.#log.debug({ code: error.code }, 'not a request');
    this.#onBroken(code);
    const status = code === 'too_slow' ? '408 Request Timeout' : '400 Bad Request';
    const body = `${code}\n`;
    socket.end(
      `HTTP/1.1 ${status}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
    );
    destroyLater(socket);
  }

  /** Stops listening, lets requests finish, and resolves when the last connection is gone. */
  close(server: Server): Promise<void> {
    this.closing = true;
    const closed = new Promise<void>((resolve) => {
      server.close(() => resolve());
    });
    server.closeIdleConnections();
    const timers = [
      setTimeout(() => this.#closeUnused(), CLOSING_GRACE_MS),
      setTimeout(() => this.#giveUpBodies(), CLOSING_BODY_MS),
      setTimeout(() => this.#cutOff(), CLOSING_LAST_MS),
    ];
    return closed.finally(() => timers.forEach((timer) => clearTimeout(timer)));
  }

  /** Reports whose last byte has come are still stored and answered. */
  #giveUpBodies(): void {
    for (const exchange of this.#exchanges) {
      if (exchange.body?.complete === true || exchange.request.complete) continue;
      exchange.abort(new Refused('shutting_down', 'the upload was still under way'));
    }
    this.#closeUnused();
  }

  #cutOff(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #closeUnused(): void {
    for (const socket of this.#sockets) {
      const exchange = this.#newest.get(socket);
      if (exchange === undefined || (exchange.answered && !this.#exchanges.has(exchange))) {
        socket.destroySoon();
      }
    }
  }
}

function refusalFor({ code }: NodeJS.ErrnoException): RefusalCode {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'too_slow';
  return code === 'HPE_INVALID_EOF_STATE' || code === 'ECONNRESET' ? 'incomplete_body' : 'bad_request';
}
