// What the browser client sends in `env` and `data`, brought into the form that the other clients use.
import { asText, type JsonObject, own } from '../../report/crashkit/json-object.ts';
import { urlParts } from '../../report/crashkit/url-parts.ts';
import { browserName, systemName } from './browser.ts';
import { parseQueryString, shownValues } from './query-string.ts';

/** `env` and `data` after interpretation. */
export interface BrowserEnvironment {
  readonly env: Readonly<Record<string, unknown>>;
  readonly data: Readonly<Record<string, unknown>>;
}

/**
 * `user_agent`, `vendor`, `platform` and `opera` become `browser` and `os_name`; the URL in `data` becomes `PATH_INFO`,
 * `HTTP_HOST` and `SERVER_PORT` in `env` and one `G_…` for each query variable. Cookies are left out, as the original
 * server did: they are the user's, and no part of a bug.
 */
export function interpretBrowser(sentEnv: JsonObject, sentData: JsonObject): BrowserEnvironment {
  const { opera, vendor, ...env } = sentEnv;
  const { url, cookie: _cookie, ...data } = sentData;
  const interpreted: Record<string, unknown> = { ...env };
  if (Object.keys(sentEnv).length > 0) Object.assign(interpreted, browserOf(sentEnv, opera, vendor));
  const address = asText(url);
  if (address === null || address === '') return { env: interpreted, data };
  const parts = urlParts(address);
  interpreted['PATH_INFO'] = parts.path;
  interpreted['HTTP_HOST'] = parts.host;
  if (parts.port !== '') interpreted['SERVER_PORT'] = parts.port;
  const query = parseQueryString(parts.query).map(
    ({ name, values }) => [`G_${name}`, shownValues(values)] as const,
  );
  return { env: interpreted, data: { ...data, ...Object.fromEntries(query) } };
}

/** The first browser client named browser and system itself, and sent no user agent. */
function browserOf(env: JsonObject, opera: unknown, vendor: unknown): { os_name: string; browser: string } {
  const userAgent = asText(own(env, 'user_agent')) ?? '';
  const platform = asText(own(env, 'platform')) ?? '';
  if (userAgent === '' && platform === '' && asText(own(env, 'browser_name')) !== null) {
    const version = asText(own(env, 'browser_version')) ?? '';
    return {
      os_name: asText(own(env, 'browser_os')) ?? 'Unknown ()',
      browser: `${asText(own(env, 'browser_name')) ?? ''} ${version}`.trim(),
    };
  }
  const hints = { userAgent, platform, vendor: asText(vendor) ?? '', opera: Boolean(opera) };
  return { os_name: systemName(hints), browser: browserName(hints) };
}
