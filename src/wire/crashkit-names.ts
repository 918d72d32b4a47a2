// What the two CrashKit adapters share: names in paths, the url-encoded answers, CORS.
import type { IncomingHttpHeaders } from 'node:http';
import { REFUSALS, Refused, type RefusalCode } from '../base/refusal.ts';
import type { Intake, WireAnswer, WireRequest } from './adapter.ts';

/** `.` and `..` are no names: as a segment of a URL, pages about such a product could not be reached. */
const NAME = /^(?!\.{1,2}$)[A-Za-z0-9._-]+$/;

/** Account and product of a request's path; refuses with `not-found` what does not exist and would not be created. */
export async function productOf(
  request: WireRequest,
  intake: Intake,
): Promise<{ readonly account: string; readonly product: string }> {
  const names = namesOf(request, intake);
  if (!(await intake.productKnown(names.account, names.product))) {
    throw new Refused('not-found', `${names.account}/${names.product}`);
  }
  return names;
}

/** Account (`default` on the oldest paths) and product as they are spelled in the path; refuses other spellings. */
export function namesOf(
  request: WireRequest,
  intake: Intake,
): { readonly account: string; readonly product: string } {
  const { account = 'default', product = '' } = request.params;
  for (const name of [account, product]) {
    if (!NAME.test(name) || name.length > intake.settings.maxNameLength) {
      throw new Refused('not-found', 'a name has characters or a length that names cannot have');
    }
  }
  return { account, product };
}

/** An answer `response=ok&…`; values are percent-encoded. */
export function okAnswer(fields: readonly (readonly [string, string])[] = []): WireAnswer {
  const encoded = fields.map(([name, value]) => `&${name}=${encodeValue(value)}`);
  return { status: 200, body: `response=ok${encoded.join('')}` };
}

/** A refusal in CrashKit's words: the code as `response`, each fault as one `problem`. */
export function refuseAnswer(code: RefusalCode, problems: readonly string[]): WireAnswer {
  const encoded = problems.map((problem) => `&problem=${encodeValue(problem)}`);
  return { status: REFUSALS[code].status, body: `response=${code}${encoded.join('')}` };
}

/** Commas stay as they are: the list of blobs is read by clients that do not decode. */
function encodeValue(value: string): string {
  return encodeURIComponent(value.toWellFormed()).replaceAll('%2C', ',');
}

/** Pages of any origin may post: a page that gets no CORS answer sees an uncaught error. */
export const CORS_HEADERS: Readonly<Record<string, string>> = { 'Access-Control-Allow-Origin': '*' };

/** The answer to a browser that asks before it posts. */
export function preflight(
  headers: IncomingHttpHeaders,
  methods: readonly string[],
): Readonly<Record<string, string>> {
  const asked = headers['access-control-request-headers'] ?? '';
  return {
    'Access-Control-Allow-Methods': methods.join(', '),
    'Access-Control-Allow-Headers': /^[A-Za-z0-9-]{1,60}(, ?[A-Za-z0-9-]{1,60}){0,30}$/.test(asked)
      ? asked
      : 'Content-Type',
    'Access-Control-Max-Age': '86400',
  };
}
