// The contract of an API operation. Operations are one table (registry.ts); routes, access checks and the OpenAPI
// document are all made from it. Adding one: an entry in the file of its resource.
import type { Context } from 'hono';
import type { Access, Person } from '../auth/person.ts';
import type { SeenStore } from '../gate/gate.ts';
import { StorageError } from '../../store/intake.ts';
import type { ReportsContext } from '../reports-context.ts';

/** A JSON Schema as OpenAPI 3.1 takes it. */
export type Schema = Readonly<Record<string, unknown>>;

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query';
  readonly description: string;
  readonly schema?: Schema;
}

/** What an operation is called with. */
export interface ApiRequest {
  readonly c: Context;
  readonly context: ReportsContext;
  /** Who asks; the access of the operation has been checked. */
  readonly person: Person;
  /** The same for views as JSON, with the path of this server. */
  readonly reader: { readonly person: Person; readonly basePath: string };
  /** What this person may see of everything that clients sent. */
  readonly seen: SeenStore;
  /** The decoded value of a path parameter. */
  param(name: string): string;
  readonly query: URLSearchParams;
  /** The JSON object of the body; throws `ApiError` where there is none. */
  body(): Promise<Readonly<Record<string, unknown>>>;
}

/** What the OpenAPI document says of a route. */
export interface OperationDoc {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  readonly path: string;
  readonly id: string;
  readonly summary: string;
  readonly description?: string;
  /** Who may: a sentence. */
  readonly rights: string;
  readonly parameters?: readonly Parameter[];
  /** The bodies that it takes, by content type. */
  readonly content?: Readonly<Record<string, Schema>>;
  readonly bodyOptional?: boolean;
  readonly answer: Operation['answer'];
  readonly failures?: Operation['failures'];
}

export interface Operation {
  readonly method: 'get' | 'post' | 'patch' | 'delete';
  /** `{name}` binds one segment. */
  readonly path: string;
  readonly id: string;
  readonly summary: string;
  readonly description?: string;
  readonly access: Exclude<Access, 'anyone'>;
  readonly parameters?: readonly Parameter[];
  /** The JSON body, where the operation takes one. */
  readonly requestBody?: Schema;
  /** No body means the same as an empty object. */
  readonly bodyOptional?: boolean;
  /** Default: 64 KiB. */
  readonly maxBodyBytes?: number;
  readonly answer: {
    readonly status: 200 | 201 | 204;
    readonly description: string;
    /** Absent: no body (204). */
    readonly contentType?: string;
    readonly schema?: Schema;
  };
  /** Failures beside 401 and 403, which every operation has. */
  readonly failures?: readonly (400 | 404 | 409)[];
  run(request: ApiRequest): Promise<Response>;
}

/** An answer other than success: `{error: {code, message}}`. */
export class ApiError extends Error {
  readonly status: 400 | 401 | 403 | 404 | 409 | 413 | 500 | 503;
  readonly code: string;

  constructor(status: ApiError['status'], code: string, message: string) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
  }
}

/** What refuses an act that could not be written down for want of space; null: the error is another one. */
export function fullDiskOf(error: unknown): ApiError | null {
  if (!(error instanceof StorageError) || error.reason !== 'full') return null;
  return new ApiError(
    503,
    'disk_full',
    'The server has no space left to write this down; its operator has to make room. What was stored is kept.',
  );
}
