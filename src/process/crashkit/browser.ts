// Names of browsers and systems from what the browser client sends: `user_agent`, `vendor`, `platform`, `opera`.

/** What a browser says of itself. */
export interface BrowserHints {
  readonly userAgent: string;
  readonly vendor: string;
  readonly platform: string;
  readonly opera: boolean;
}

interface BrowserRule {
  readonly name: string;
  /** The word before the version. */
  readonly versionAfter: string;
  readonly is: (hints: BrowserHints) => boolean;
}

// The first that fits wins. Edge and Opera of today call themselves Chrome too; the original server did not know them.
const BROWSERS: readonly BrowserRule[] = [
  { name: 'Microsoft Edge', versionAfter: 'Edg', is: ({ userAgent }) => userAgent.includes('Edg/') },
  { name: 'Opera', versionAfter: 'OPR', is: ({ userAgent }) => userAgent.includes('OPR/') },
  { name: 'Google Chrome', versionAfter: 'Chrome', is: ({ userAgent }) => userAgent.includes('Chrome') },
  { name: 'OmniWeb', versionAfter: 'OmniWeb', is: ({ userAgent }) => userAgent.includes('OmniWeb') },
  { name: 'Safari', versionAfter: 'Version', is: ({ vendor }) => vendor.includes('Apple') },
  { name: 'Opera', versionAfter: 'Opera', is: ({ opera }) => opera },
  { name: 'iCab', versionAfter: 'iCab', is: ({ vendor }) => vendor.includes('iCab') },
  { name: 'Konqueror', versionAfter: 'Konqueror', is: ({ vendor }) => vendor.includes('KDE') },
  {
    name: 'Firefox',
    versionAfter: 'Firefox',
    is: ({ vendor, userAgent }) => vendor.includes('Firefox') || userAgent.includes('Firefox'),
  },
  { name: 'Camino', versionAfter: 'Camino', is: ({ vendor }) => vendor.includes('Camino') },
  { name: 'Netscape', versionAfter: 'Netscape', is: ({ userAgent }) => userAgent.includes('Netscape') },
  { name: 'Internet Explorer', versionAfter: 'MSIE', is: ({ userAgent }) => userAgent.includes('MSIE') },
  { name: 'Internet Explorer', versionAfter: 'rv', is: ({ userAgent }) => userAgent.includes('Trident/') },
  { name: 'Mozilla', versionAfter: 'rv', is: ({ userAgent }) => userAgent.includes('Gecko') },
  { name: 'Netscape', versionAfter: 'Mozilla', is: ({ userAgent }) => userAgent.includes('Mozilla') },
];

/** `Google Chrome 156`; the name alone where no version is found; `unknown` for an unknown browser. */
export function browserName(hints: BrowserHints): string {
  const browser = BROWSERS.find(({ is }) => is(hints));
  if (browser === undefined) return 'unknown';
  const version =
    versionIn(hints.userAgent, browser.versionAfter) || versionIn(hints.vendor, browser.versionAfter);
  return version === '' ? browser.name : `${browser.name} ${version}`;
}

/** The system that a browser runs on. */
export function systemName({ platform, userAgent }: BrowserHints): string {
  if (platform.includes('Win')) return 'Windows';
  if (platform.includes('Mac')) return 'Mac OS X';
  if (userAgent.includes('iPhone')) return 'iPhone/iPod';
  if (userAgent.includes('Android')) return 'Android';
  if (platform.includes('Linux')) return 'Linux';
  return `Unknown (${platform})`;
}

/** The whole number after the word and one more character (`/`, a blank, a colon); empty where there is none. */
function versionIn(text: string, word: string): string {
  const at = text.indexOf(word);
  if (at < 0) return '';
  return /^[ \d]*/.exec(text.slice(at + word.length + 1, at + word.length + 40))?.[0].trim() ?? '';
}
