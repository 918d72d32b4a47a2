// What the endpoints for Sentry's tools have in common: who asks, for which account and product, and how they are answered.
import type { Context } from 'hono';
import { SymbolsRefused } from '../../../process/symbols/symbols-refused.ts';
import type { Product } from '../../../store/people.ts';
import { namesThisServer } from '../../auth/known-host.ts';
import type { Person } from '../../auth/person.ts';
import { fullDiskOf } from '../../operations/operation.ts';
import type { ReportsContext } from '../../reports-context.ts';
import { tokenAllows, uploadFault } from '../credentials.ts';
import { requestBytes } from '../request-bytes.ts';
import type { EndpointContext } from '../symbol-endpoint.ts';
import type { AssembleJobs } from './assemble-jobs.ts';

/** A request of a tool whose token was found good. */
export interface ToolRequest {
  readonly c: Context;
  readonly context: ReportsContext;
  readonly slots: EndpointContext['slots'];
  readonly jobs: AssembleJobs;
  readonly person: Person;
  readonly param: (name: string) => string;
}

/** Who asks, and where. */
export type Asking = Pick<ToolRequest, 'context' | 'person'>;

/** One endpoint. */
export interface ToolEndpoint {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Hono's pattern, below `/api/0`; the last slash is optional. */
  readonly path: string;
  readonly answer: (request: ToolRequest) => Promise<Response>;
}

/** A refusal that the tool prints. */
export class ToolRefused extends Error {
  readonly status: 400 | 401 | 404 | 409 | 413 | 503;

  constructor(status: ToolRefused['status'], detail: string) {
    super(detail);
    this.status = status;
  }
}

const MAX_JSON_BYTES = 16 * 1024 * 1024;

/** The person of a token that may upload symbols; throws where there is none. */
export async function personOfTool(c: Context, context: ReportsContext): Promise<Person> {
  const person = await tokenAllows('triage', c, context);
  if (person === null) throw new ToolRefused(401, (await uploadFault(c, context)).message);
  return person;
}

/** The products of an account in which the token may change bugs: of others there is none. */
export async function productsOf({ context, person }: Asking, account: string): Promise<readonly Product[]> {
  const settings = context.gate.settingsOf(person);
  const all = (await settings.products()).filter((each) =>
    settings.has('triage', { account: each.account, product: each.name }),
  );
  const found = all.filter((product) => product.account === account);
  if (found.length === 0) {
    throw new ToolRefused(
      404,
      `There is no account "${account.slice(0, 100)}" with products here: the organization is the account, ${[...new Set(all.map((product) => product.account))].slice(0, 5).join(', ')}.`,
    );
  }
  return found;
}

/** The products that a tool names; a slug is the name in lower case with hyphens. */
export async function namedProducts(
  asking: Asking,
  account: string,
  names: readonly string[],
): Promise<readonly Product[]> {
  const products = await productsOf(asking, account);
  return names.map((name) => {
    const found =
      products.find((product) => product.name === name) ??
      products.find((product) => slugOf(product.name) === slugOf(name));
    if (found === undefined) {
      throw new ToolRefused(
        404,
        `The account "${account.slice(0, 100)}" has no product "${name.slice(0, 100)}".`,
      );
    }
    return found;
  });
}

/** A name as Sentry's tools write the names of projects. */
export function slugOf(name: string): string {
  return name
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-|-$/g, '');
}

/** A JSON body. */
export async function jsonBody(c: Context): Promise<Readonly<Record<string, unknown>>> {
  const chunks: Buffer[] = [];
  for await (const chunk of requestBytes(c, MAX_JSON_BYTES)) chunks.push(chunk);
  try {
    const value: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8') || '{}');
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Readonly<Record<string, unknown>>;
  } catch {
    // Told below.
  }
  throw new ToolRefused(400, 'The body is no JSON object.');
}

/**
 * Where the tool reached this server, a proxy in front of it included: the tools upload nothing to an address that is relative. What
 * headers say of a proxy counts only where it is a name of this server: anybody can send them.
 */
export function ownOrigin(c: Context, context: ReportsContext): string {
  const url = new URL(c.req.url);
  const first = (name: string): string => (c.req.header(name) ?? '').split(',')[0]?.trim() ?? '';
  const proto = first('x-forwarded-proto');
  const host = first('x-forwarded-host');
  const scheme = proto === 'https' || proto === 'http' ? proto : url.protocol.slice(0, -1);
  return `${scheme}://${namesThisServer(host, context) ? host : url.host}`;
}

/** What went wrong, in the form that the tools print. */
export function refusalOf(
  error: unknown,
): { readonly status: ToolRefused['status']; readonly detail: string } | null {
  if (error instanceof ToolRefused) return { status: error.status, detail: error.message };
  if (error instanceof SymbolsRefused) {
    return { status: error.status === 408 ? 400 : error.status, detail: error.message };
  }
  const full = fullDiskOf(error);
  return full === null ? null : { status: 503, detail: full.message };
}

export function textOf(value: unknown, limit = 250): string | null {
  return typeof value === 'string' && value !== '' ? value.slice(0, limit) : null;
}

export function textsOf(value: unknown, limit: number): readonly string[] {
  return Array.isArray(value)
    ? value.filter((one): one is string => typeof one === 'string').slice(0, limit)
    : [];
}
