// The contract of an endpoint for symbols: a route outside of the table of operations, because its clients have ways of their own
// (bodies that are files, tokens in odd places, answers in another form). Adding one: a file and a line in symbol-endpoints.ts.
import type { Context } from 'hono';
import type { OperationDoc } from '../operations/operation.ts';
import type { ReportsContext } from '../reports-context.ts';
import type { UploadSlots } from './symbol-upload-slots.ts';

/** What all endpoints share while the server runs. */
export interface EndpointContext {
  readonly context: ReportsContext;
  readonly slots: UploadSlots;
}

export interface SymbolEndpoint {
  readonly methods: readonly ('GET' | 'HEAD' | 'POST' | 'PUT' | 'OPTIONS')[];
  /** Hono's pattern. */
  readonly path: string;
  /** Its entries in the OpenAPI document. */
  readonly docs: readonly OperationDoc[];
  answer(c: Context, surroundings: EndpointContext): Promise<Response>;
}
