// Reads the parameters of a header value such as `multipart/form-data; boundary="a;b"` (RFC 9110, section 5.6.6), with
// patience for what clients really send: unquoted specials, missing closing quotes, semicolons without a value.

/** A header value and its parameters; parameter names are in lower case, the first of a name counts. */
export interface ParameterisedHeader {
  /** What stands before the first semicolon, in lower case. */
  readonly value: string;
  readonly parameters: ReadonlyMap<string, string>;
}

/** Splits a header value; never throws. */
export function parseHeaderParameters(header: string): ParameterisedHeader {
  const first = header.indexOf(';');
  if (first === -1) return { value: header.trim().toLowerCase(), parameters: new Map() };
  const value = header.slice(0, first).trim().toLowerCase();
  const parameters = new Map<string, string>();
  let at = first + 1;
  while (at < header.length) {
    const equals = header.indexOf('=', at);
    if (equals === -1) break;
    const semicolon = header.indexOf(';', at);
    if (semicolon !== -1 && semicolon < equals) {
      at = semicolon + 1;
      continue;
    }
    const name = header.slice(at, equals).trim().toLowerCase();
    const read = readValue(header, equals + 1);
    if (name !== '' && !parameters.has(name)) parameters.set(name, read.value);
    const next = header.indexOf(';', read.end);
    if (next === -1) break;
    at = next + 1;
  }
  return { value, parameters };
}

function readValue(header: string, from: number): { readonly value: string; readonly end: number } {
  let start = from;
  while (header[start] === ' ' || header[start] === '\t') start += 1;
  if (header[start] !== '"') {
    const semicolon = header.indexOf(';', start);
    const end = semicolon === -1 ? header.length : semicolon;
    return { value: header.slice(start, end).trim(), end };
  }
  let value = '';
  let at = start + 1;
  let run = at;
  while (at < header.length && header[at] !== '"') {
    // Only \" and \\ are escapes: browsers on Windows send whole paths with plain backslashes as file names.
    if (header[at] === '\\' && (header[at + 1] === '"' || header[at + 1] === '\\')) {
      value += header.slice(run, at);
      at += 1;
      run = at;
    }
    at += 1;
  }
  return { value: value + header.slice(run, at), end: at + 1 };
}

/** The media type of a Content-Type header, in lower case and without parameters. */
export function mediaType(header: string): string {
  const semicolon = header.indexOf(';');
  return (semicolon === -1 ? header : header.slice(0, semicolon)).trim().toLowerCase();
}
