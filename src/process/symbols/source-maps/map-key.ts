// Under which ids source maps are stored and looked for: that of the build tool, or one made of release and URL. Ids have the form of
// debug ids (32 digits and an age), so that the store, and what reports lack, keep them like any other.
import { createHash } from 'node:crypto';
import { safeBaseName } from '../../../formats/symbols/symbol-path.ts';
import type { SymbolKey } from '../../../store/symbols.ts';

const MAX_NAME = 180;
const MAX_URL = 2000;

/** Whose release it is. */
export interface ReleaseName {
  readonly account: string;
  readonly product: string;
  readonly release: string;
}

/** The id of a UUID; null: it is none. */
export function idOfUuid(uuid: string): string | null {
  const digits = uuid.trim().replaceAll('-', '');
  return /^[0-9a-f]{32}$/i.test(digits) && !/^0+$/.test(digits) ? `${digits.toUpperCase()}0` : null;
}

/** The id of a file of a release; `dist` empty: any. */
export function idOfReleaseFile(
  { account, product, release }: ReleaseName,
  dist: string,
  url: string,
): string {
  const text = JSON.stringify([account, product, release, dist, url]);
  return `${createHash('sha256').update(text).digest('hex').slice(0, 32).toUpperCase()}0`;
}

/**
 * The URLs under which a file may have been uploaded, best first: with and without query, and with `~` for scheme and host. A path
 * (`/app/dist/a.js`) is what follows the host.
 */
export function urlForms(url: string): readonly string[] {
  const whole = withoutFragment(url);
  const plain = whole.replace(/\?.*$/s, '');
  const paths = [pathWithTilde(whole), pathWithTilde(plain)];
  return [...new Set([whole, plain, ...paths])];
}

/** Under which URL an uploaded file is kept. */
export function storedUrl(url: string): string {
  return withoutFragment(url);
}

function withoutFragment(url: string): string {
  return url.slice(0, MAX_URL).replace(/#.*$/s, '');
}

function pathWithTilde(url: string): string {
  if (url.startsWith('~')) return url;
  // `app:///a.js`, `file:///srv/a.js`, `https://cdn/a.js`, `webpack-internal:///a.js`.
  const path = url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?]*/i, '');
  return path.startsWith('/') ? `~${path}` : `~/${path}`;
}

/** Ids to look for, best first; the file of the same `dist` goes before one of any. */
export function idsOfReleaseFile(name: ReleaseName, dist: string | null, url: string): readonly string[] {
  const forms = urlForms(url);
  const dists = dist === null || dist === '' ? [''] : [dist, ''];
  return dists.flatMap((one) => forms.map((form) => idOfReleaseFile(name, one, form)));
}

/** The one id under which a file of a release is missed, however it may come to be uploaded. */
export function missedId(name: ReleaseName, url: string): string {
  return idOfReleaseFile(name, 'missed', urlForms(url).at(-1) ?? url);
}

/** The key with an id: the name is that of the script, for people. */
export function keyOfScript(url: string, debugId: string): SymbolKey {
  const path = url.replace(/[?#].*$/s, '');
  const name = (safeBaseName(path) ?? 'script.js')
    .replaceAll(/[^\p{L}\p{N} ._@()+,-]/gu, '_')
    .slice(0, MAX_NAME);
  return { debugFile: /[\p{L}\p{N}]/u.test(name) ? name : 'script.js', debugId };
}
