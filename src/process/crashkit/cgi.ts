// CGI variables (RFC 3875, and what servers add) among a program's environment, and what they say of the request.
import { parseCookies, parseQueryString, shownValues } from './query-string.ts';
import type { SectionEntry } from './understood-occurrence.ts';

/** What variables say of a request; missing parts are null or empty. */
export interface CgiRequest {
  readonly path: string | null;
  readonly request: readonly SectionEntry[];
  readonly get: readonly SectionEntry[];
  readonly cookies: readonly SectionEntry[];
}

/** Variables that become entries of the request, by the name under which people know them. */
const REQUEST_VARIABLES: readonly (readonly [key: string, variable: string])[] = [
  ['method', 'REQUEST_METHOD'],
  ['user agent', 'HTTP_USER_AGENT'],
  ['referrer', 'HTTP_REFERER'],
  ['accept language', 'HTTP_ACCEPT_LANGUAGE'],
  ['remote address', 'REMOTE_ADDR'],
  ['remote user', 'REMOTE_USER'],
  ['content type', 'CONTENT_TYPE'],
  ['content length', 'CONTENT_LENGTH'],
  ['protocol', 'SERVER_PROTOCOL'],
  ['server', 'SERVER_SOFTWARE'],
];

/** Interprets variables, those of the environment where no others have the name; null where they do not come from a web server. */
export function interpretCgi(
  variables: Readonly<Record<string, string>>,
  environment: Readonly<Record<string, string>> = {},
): CgiRequest | null {
  const read = (name: string): string | null =>
    Object.hasOwn(variables, name)
      ? (variables[name] ?? null)
      : Object.hasOwn(environment, name)
        ? (environment[name] ?? null)
        : null;
  const uri = read('REQUEST_URI');
  const path = read('PATH_INFO') || (uri?.split('?', 1)[0] ?? null) || read('SCRIPT_NAME');
  const isWeb = path !== null || read('REQUEST_METHOD') !== null || read('HTTP_HOST') !== null;
  if (!isWeb) return null;
  const request = REQUEST_VARIABLES.flatMap(([key, variable]): SectionEntry[] => {
    const value = read(variable);
    return value === null || value === '' ? [] : [{ key, value, source: variable }];
  });
  // SCRIPT_NAME and PATH_INFO together are the path of the URL (RFC 3875, 3.3); PATH_INFO alone is the page that a bug names.
  const whole =
    uri?.split('?', 1)[0]?.replace(/^https?:\/\/[^/]*/i, '') ??
    `${read('SCRIPT_NAME') ?? ''}${read('PATH_INFO') ?? ''}`;
  const address = addressOf(read, whole === '' ? path : whole);
  if (address !== null) request.unshift({ key: 'url', value: address, source: 'CGI variables' });
  return {
    path,
    request,
    get: entries(
      parseQueryString(read('QUERY_STRING') ?? uri?.split('?').slice(1).join('?') ?? ''),
      'QUERY_STRING',
    ),
    cookies: entries(parseCookies(read('HTTP_COOKIE') ?? ''), 'HTTP_COOKIE'),
  };
}

function entries(variables: ReturnType<typeof parseQueryString>, source: string): readonly SectionEntry[] {
  return variables.map(({ name, values }) => ({ key: name, value: shownValues(values), source }));
}

function addressOf(read: (name: string) => string | null, path: string | null): string | null {
  const host = read('HTTP_HOST') || read('SERVER_NAME');
  if (host === null || host === '') return null;
  const port = read('SERVER_PORT') ?? '';
  const https =
    /^(?:on|1|true)$/i.test(read('HTTPS') ?? '') || read('REQUEST_SCHEME') === 'https' || port === '443';
  const usual = port === '' || port === (https ? '443' : '80') || /:\d+$/.test(host);
  const query = read('QUERY_STRING') ?? '';
  return `${https ? 'https' : 'http'}://${host}${usual ? '' : `:${port}`}${path ?? '/'}${query === '' ? '' : `?${query}`}`;
}
