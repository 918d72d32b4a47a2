// A real browser for tests: found on the machine, never downloaded.
import { existsSync } from 'node:fs';

const KNOWN = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

/** The path of a Chromium, or null: CHROMIUM_PATH first, then where systems put it. */
export function findBrowser(): string | null {
  const named = process.env['CHROMIUM_PATH'];
  if (named !== undefined && named !== '') return named;
  return KNOWN.find((path) => existsSync(path)) ?? null;
}

/** Why a test with a browser is skipped; on CI it is not. */
export const BROWSER_ABSENT = 'no Chromium on this machine; install one or set CHROMIUM_PATH';
