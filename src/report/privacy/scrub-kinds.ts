// What is scrubbed from values by what they look like: addresses of mail, numbers of payment cards, tokens, IP addresses, names of users in
// paths of home folders. Every expression is bounded, so that hostile text costs no more than its length.
import type { ScrubKind } from './data-rules.ts';
import { CARD, FILTERED, isCardNumber, replaceTokens } from './filter-text.ts';

/** Replaces what it finds in a text. */
type Scrub = (text: string, filtered: () => string) => string;

/**
 * RFC 5321's limits without its quoted forms. `icon@2x.png` and `lodash@4.17.21` are names of files and packages: a last label that is the
 * end of a file's name is none of a domain's, however it is spelled.
 */
const MAIL =
  /(?<![A-Za-z0-9._%+-])[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,62})\.){1,8}([A-Za-z]{2,24})(?![A-Za-z0-9-])/g;
/** Mail addresses as they stand in URLs and queries. */
const ENCODED_MAIL =
  /(?<![A-Za-z0-9._+-])[A-Za-z0-9][A-Za-z0-9._+-]{0,63}%40(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,62})\.){1,8}([A-Za-z]{2,24})(?![A-Za-z0-9-])/gi;
const FILE_END = /^(?:png|jpe?g|gif|webp|svg|js|mjs|cjs|css|json|so|dll|exe|jar|whl|tgz|dylib)$/i;

/** Four numbers up to 255; not a part of a longer number, and not a version (`v1.2.3.4`, .NET's `Version=4.0.0.0`). */
const IPV4 =
  /(?<![\w.-])(?<!version.{0,3})((?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?:25[0-5]|2[0-4]\d|1?\d?\d)){3})(?![\w-]|\.\d)/gi;
/** This machine and no machine: nobody's address (RFC 1122, section 3.2.1.3). */
const NOBODYS = /^(?:127\.|0\.0\.0\.0$|255\.255\.255\.255$)/;
/**
 * Global unicast (2000::/3), unique local, link local and multicast addresses (IANA's registry of IPv6 address space): `std::dead::beef` and
 * times of day look like the others.
 */
const IPV6 =
  /(?<![\w:.])(?:[23][0-9a-f]{3}|f[cd][0-9a-f]{2}|fe[89ab][0-9a-f]|ff[0-9a-f]{2})(?::[0-9a-f]{0,4}){2,7}(?:%\w{1,16})?(?![\w:])/gi;

/** Where systems keep people's folders, with the slashes of paths, of URLs, and doubled ones of JSON inside texts. */
const HOME =
  /((?:(?<![\w.~-])(?:\/(?:var\/|usr\/|export\/)?home|\/Users)|(?<![A-Za-z0-9])[A-Za-z]:[\\/]{1,4}(?:Users|Documents and Settings))[\\/]{1,4})([^\\/:*?"'<>|\s,;()[\]{}]{1,64}(?: [^\\/:*?"'<>|\s,;()[\]{}]{1,32}){0,3}(?=[\\/])|[^\\/:*?"'<>|\s,;()[\]{}]{1,64})/g;
/** Folders beside those of people that every such system has. */
const NO_PERSON = /^(?:shared|public|default|default user|all users|guest)$/i;

const SCRUBS: Readonly<Record<ScrubKind, Scrub>> = {
  email: (text, filtered) => {
    if (!text.includes('@') && !text.includes('%40')) return text;
    const keepFiles = (all: string, end: string): string => (FILE_END.test(end) ? all : filtered());
    return text.replace(MAIL, keepFiles).replace(ENCODED_MAIL, keepFiles);
  },
  card: (text, filtered) => text.replace(CARD, (all) => (isCardNumber(all) ? filtered() : all)),
  token: replaceTokens,
  ip: (text, filtered) => {
    const out = text.includes('.')
      ? text.replace(IPV4, (all) => (NOBODYS.test(all) ? all : filtered()))
      : text;
    return out.includes(':') ? out.replace(IPV6, (all) => (isIpv6(all) ? filtered() : all)) : out;
  },
  home: (text, filtered) =>
    /[\\/](?:home|Users|Documents and Settings)[\\/]/.test(text)
      ? text.replace(HOME, (all, before: string, name: string) =>
          NO_PERSON.test(name) ? all : `${before}${filtered()}`,
        )
      : text,
};

/** The text without what these kinds find; `found` hears of each. */
export function scrubKinds(
  text: string,
  kinds: readonly ScrubKind[],
  found: (kind: ScrubKind) => void,
): string {
  let out = text;
  for (const kind of kinds) {
    out = SCRUBS[kind](out, () => {
      found(kind);
      return FILTERED;
    });
  }
  return out;
}

/** RFC 4291, section 2.2: eight groups, or fewer with one `::`. */
function isIpv6(text: string): boolean {
  const [address = ''] = text.split('%');
  const gaps = address.split('::').length - 1;
  const groups = address.split(':').filter((group) => group !== '').length;
  return gaps === 1 ? groups <= 7 && !/[^:]:$/.test(address) : gaps === 0 && groups === 8;
}
