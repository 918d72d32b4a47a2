// What happens to one request: its route is found, room is made for it, its adapter handles it; whatever goes wrong on
// the way becomes a refusal of the closed vocabulary, told in the protocol's own words.
import { REFUSALS, Refused, type RefusalCode } from '../base/refusal.ts';
import { StorageError } from '../store/intake.ts';
import type { WireAnswer, WireRequest } from '../wire/adapter.ts';
import { send } from './answer.ts';
import { IncomingBody } from './body.ts';
import { clientKey } from './client-address.ts';
import { encodingsOf } from './codec.ts';
import type { SubmitContext } from './submit-context.ts';
import type { Exchange } from './exchange.ts';
import { inboxHeaders, inboxLine, inboxPath, splitTarget } from './inbox-line.ts';
import { RequestIntake } from './request-intake.ts';
import { RequestView } from './request-view.ts';
import type { Match, Router } from './router.ts';
import { UploadSlots } from './upload-slots.ts';

/** How long a client is asked to wait after a 503. */
const RETRY_AFTER_SECONDS = '60';

/** Handles requests one by one; keeps nothing of them but counts. */
export class RequestHandler {
  readonly #context: SubmitContext;
  readonly #router: Router;
  readonly #isClosing: () => boolean;
  readonly #slots: UploadSlots;

  constructor(context: SubmitContext, router: Router, isClosing: () => boolean) {
    this.#context = context;
    this.#router = router;
    this.#isClosing = isClosing;
    this.#slots = new UploadSlots(context.limits.maxUploadsPerClient);
  }

  /** Answers a request. Never rejects. */
  async handle(exchange: Exchange): Promise<void> {
    try {
      const [path, query] = splitTarget(exchange.request.url ?? '/');
      const match = this.#router(path);
      if (match === null) throw new Refused('unknown_path');
      exchange.adapter = match.place.adapter;
      const answer = await this.#dispatch(exchange, match, path, query);
      this.#send(exchange, answer);
    } catch (error) {
      this.#refuse(exchange, refusalOf(error));
    }
    const { counters } = this.#context;
    counters.received(exchange.protocol, exchange.body?.decodedBytes ?? 0);
    counters.took(exchange.protocol, (performance.now() - exchange.startedAt) / 1000);
  }

  /** Counts a connection that was turned away before there was a request. */
  broken(code: RefusalCode): void {
    this.#context.counters.refused('none', code);
    this.#context.store.addInbox({
      at: this.#context.now(),
      protocol: null,
      method: '',
      path: '',
      product: null,
      outcome: 'refused',
      reason: code,
      detail: REFUSALS[code].meaning,
      status: REFUSALS[code].status,
      bodyBytes: 0,
      clientHash: null,
      crashId: null,
      headers: {},
    });
  }

  async #dispatch(
    exchange: Exchange,
    { place, params }: Match,
    path: string,
    query: string | undefined,
  ): Promise<WireAnswer> {
    const { request } = exchange;
    const method = request.method ?? 'GET';
    if (method === 'OPTIONS') {
      const methods = [...place.byMethod.keys()];
      const headers = place.adapter.preflight?.(request.headers, methods) ?? {};
      return { status: 200, body: '', headers: { Allow: place.allow, ...headers } };
    }
    const route = place.byMethod.get(method);
    if (route === undefined) throw new MethodRefused(place.allow);
    exchange.route = route;
    const { store, settings, limits } = this.#context;
    const address = this.#context.addressOf(request);
    exchange.clientHash = this.#context.hashAddress(address, exchange.receivedAt);
    exchange.account = params['account'] ?? null;
    exchange.product = params['product'] ?? null;
    const hasBody = announcesBody(exchange);
    const { full, reason } = store.admission();
    if (route.stores && full) throw new Refused('disk_full', reason ?? '');
    const body = bodyOf(exchange, this.#context, route.maxBytes?.(settings) ?? limits.maxUploadBytes);
    exchange.body = body;
    const view = new RequestView(request, { params, path, query, hasBody, body });
    if (!route.stores && !hasBody) return this.#run(exchange, view);
    const client = clientKey(address);
    if (!this.#slots.take(client))
      throw new Refused('too_many_uploads', `${limits.maxUploadsPerClient} at once`);
    this.#context.counters.uploads(1);
    try {
      return await this.#run(exchange, view);
    } finally {
      body.close();
      this.#slots.release(client);
      this.#context.counters.uploads(-1);
    }
  }

  async #run(exchange: Exchange, request: WireRequest): Promise<WireAnswer> {
    const intake = new RequestIntake(this.#context, exchange);
    try {
      const answer = await exchange.route?.handle(request, intake);
      if (answer === undefined) throw new Error('A route was lost');
      if (!intake.counted) this.#context.counters.outcome(exchange.protocol, 'answered');
      return answer;
    } finally {
      await intake.close();
    }
  }

  #send(exchange: Exchange, answer: WireAnswer): void {
    const common = exchange.adapter?.commonHeaders;
    const complete = common === undefined ? answer : { ...answer, headers: { ...common, ...answer.headers } };
    try {
      send(exchange, complete, this.#isClosing());
    } catch (error) {
      this.#context.log.error({ err: error }, 'an answer could not be sent');
      exchange.request.socket.destroy();
    }
  }

  #refuse(exchange: Exchange, refused: Refused): void {
    const { code, detail, problems } = refused;
    const { request, receivedAt, clientHash, body, adapter } = exchange;
    const { log, counters, store } = this.#context;
    counters.refused(exchange.protocol, code);
    const worded = adapter?.refuse(code, problems) ?? { status: REFUSALS[code].status, body: `${code}\n` };
    const { status } = worded;
    if (status >= 500)
      log.error(
        { err: refused, code, path: inboxPath(request.url ?? '', this.#context.settings.removedAnnotations) },
        'report not taken',
      );
    else
      log.info(
        { code, detail, path: inboxPath(request.url ?? '', this.#context.settings.removedAnnotations) },
        'request refused',
      );
    if (isSubmission(exchange)) {
      store.addInbox(
        inboxLine({
          at: receivedAt,
          protocol: adapter?.name ?? null,
          method: request.method ?? '',
          path: inboxPath(request.url ?? '', this.#context.settings.removedAnnotations),
          account: exchange.account,
          product: exchange.product,
          outcome: 'refused',
          reason: code,
          detail: problems.length > 0 ? problems.join('; ') : detail,
          status,
          bodyBytes: body?.decodedBytes ?? 0,
          clientHash,
          crashId: null,
          headers: inboxHeaders(request.headers),
        }),
      );
    }
    const headers: Record<string, string> = { ...worded.headers };
    if (status === 503 && adapter?.retryAfter !== false) headers['Retry-After'] = RETRY_AFTER_SECONDS;
    if (refused instanceof MethodRefused) headers['Allow'] = refused.allow;
    this.#send(exchange, { ...worded, headers });
  }
}

class MethodRefused extends Refused {
  readonly allow: string;

  constructor(allow: string) {
    super('method_not_allowed');
    this.allow = allow;
  }
}

/** Whatever was thrown, as a refusal. */
export function refusalOf(error: unknown): Refused {
  if (error instanceof Refused) return error;
  if (error instanceof StorageError) {
    return new Refused(error.reason === 'full' ? 'disk_full' : 'storage_failed', error.message, {
      cause: error,
    });
  }
  return new Refused('internal_error', error instanceof Error ? error.message : String(error), {
    cause: error,
  });
}

/** Whether somebody tried to bring a report; web crawlers that look for pages do not crowd the inbox. */
function isSubmission({ request, route }: Exchange): boolean {
  return (
    route !== null || (request.method !== 'GET' && request.method !== 'HEAD' && request.method !== 'OPTIONS')
  );
}

function announcesBody({ request }: Exchange): boolean {
  const { headers } = request;
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

function bodyOf(exchange: Exchange, { limits, lanes, texts }: SubmitContext, maxBytes: number): IncomingBody {
  const { request, response, expectsContinue } = exchange;
  const encodings = encodingsOf(request.headers);
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > maxBytes && encodings.length === 0) {
    throw new Refused('too_large', `${announced} bytes are announced, ${maxBytes} are taken`);
  }
  return new IncomingBody(request, {
    encodings,
    maxBytes,
    maxRatio: limits.maxDecompressionRatio,
    lanes,
    texts,
    announcedBytes: announced > 0 && encodings.length === 0 ? announced : null,
    onStart: expectsContinue ? () => response.writeContinue() : noContinue,
  });
}

function noContinue(): void {
  // The client sends without being asked.
}
