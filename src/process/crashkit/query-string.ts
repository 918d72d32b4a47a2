// Query strings and cookies, as lenient as browsers and CGI programs are.

const MAX_VARIABLES = 1000;

/** A name with its values, in order of appearance. */
export interface QueryVariable {
  readonly name: string;
  readonly values: readonly string[];
}

/** Variables of a query string. Blank values do not count, as with CGI libraries; separators are `&` and `;`. */
export function parseQueryString(query: string): readonly QueryVariable[] {
  return collect(query.split(/[&;]/), (text) => decode(text.replaceAll('+', ' ')));
}

/** Variables of a `Cookie` header. */
export function parseCookies(header: string): readonly QueryVariable[] {
  return collect(
    header.split(';').map((part) => part.trim()),
    decode,
  );
}

/** One value as it is, several as `[a, b]`. */
export function shownValues(values: readonly string[]): string {
  return values.length === 1 ? (values[0] ?? '') : `[${values.join(', ')}]`;
}

function collect(parts: readonly string[], decodePart: (text: string) => string): readonly QueryVariable[] {
  const variables = new Map<string, string[]>();
  for (const part of parts.slice(0, MAX_VARIABLES)) {
    const equals = part.indexOf('=');
    if (equals <= 0 || equals === part.length - 1) continue;
    const name = decodePart(part.slice(0, equals));
    const values = variables.get(name);
    if (values === undefined) variables.set(name, [decodePart(part.slice(equals + 1))]);
    else values.push(decodePart(part.slice(equals + 1)));
  }
  return [...variables].map(([name, values]) => ({ name, values }));
}

/** Percent-decoding that never fails: bytes that are no UTF-8 become U+FFFD, a stray `%` stays. */
function decode(text: string): string {
  if (!text.includes('%')) return text;
  return text.replace(/(?:%[0-9a-fA-F]{2})+/g, (encoded) =>
    Buffer.from(encoded.replaceAll('%', ''), 'hex').toString('utf8'),
  );
}
