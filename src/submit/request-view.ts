// A request as adapters see it: the contract of wire/adapter.ts over Node's request, made without work that nobody asks for.
import type { IncomingMessage } from 'node:http';
import type { WireRequest } from '../wire/adapter.ts';
import type { IncomingBody } from './body.ts';

/** What the server found out about a request before its adapter sees it. */
export interface RequestFacts {
  readonly params: Readonly<Record<string, string>>;
  readonly path: string;
  readonly query: string | undefined;
  readonly hasBody: boolean;
  readonly body: IncomingBody;
}

const NO_QUERY = new URLSearchParams();

/** The query is parsed when somebody asks for it. */
export class RequestView implements WireRequest {
  readonly #request: IncomingMessage;
  readonly #facts: RequestFacts;
  #query: URLSearchParams | null = null;

  constructor(request: IncomingMessage, facts: RequestFacts) {
    this.#request = request;
    this.#facts = facts;
  }

  get method(): string {
    return this.#request.method ?? 'GET';
  }

  get params(): Readonly<Record<string, string>> {
    return this.#facts.params;
  }

  get path(): string {
    return this.#facts.path;
  }

  get query(): URLSearchParams {
    const { query } = this.#facts;
    if (query === undefined) return NO_QUERY;
    this.#query ??= new URLSearchParams(query);
    return this.#query;
  }

  get headers(): WireRequest['headers'] {
    return this.#request.headers;
  }

  get hasBody(): boolean {
    return this.#facts.hasBody;
  }

  get body(): IncomingBody {
    return this.#facts.body;
  }

  get encoding(): string {
    return this.#request.headers['content-encoding'] ?? 'identity';
  }

  get userAgent(): string | null {
    return this.#request.headers['user-agent'] ?? null;
  }
}
