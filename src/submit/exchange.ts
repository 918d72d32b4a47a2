// One request and its answer, while they last: what the other parts of the submit server need to know of it.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Refused } from '../base/refusal.ts';
import type { Adapter, Route } from '../wire/adapter.ts';
import type { IncomingBody } from './body.ts';

/** States: open → answered. `abort` makes the reading of the body fail; the answer then says why. */
export class Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Milliseconds since 1970. */
  readonly receivedAt: number;
  /** Milliseconds of a clock that never goes back. */
  readonly startedAt: number;
  /** The client waits for `100 Continue` before it sends its body. */
  readonly expectsContinue: boolean;
  /** The connection must not be used for another request. */
  mustClose = false;
  answered = false;
  adapter: Adapter | null = null;
  route: Route | null = null;
  body: IncomingBody | null = null;
  /** The account that the path names. */
  account: string | null = null;
  /** The product that the path names. */
  product: string | null = null;
  /** Salted hash of the client's address. */
  clientHash: string | null = null;

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    times: { readonly receivedAt: number; readonly startedAt: number; readonly expectsContinue: boolean },
  ) {
    this.request = request;
    this.response = response;
    this.receivedAt = times.receivedAt;
    this.startedAt = times.startedAt;
    this.expectsContinue = times.expectsContinue;
  }

  /** The name that metrics and the inbox know; `none` for a path that no protocol has. */
  get protocol(): string {
    return this.adapter?.name ?? 'none';
  }

  abort(error: Refused): void {
    this.mustClose = true;
    this.body?.abort(error);
  }
}
