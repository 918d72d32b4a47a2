// A product's inbound filters: events that tell of no fault of the program. Judged on the event as it came.
import type { ClientRules } from '../../report/client-rules.ts';
import { asArray, asObject, own, type JsonObject } from '../../report/crashkit/json-object.ts';
import { messageOf } from '../../report/sentry/event-summary.ts';
import { pairsOf, textOf, valuesOf } from '../../report/sentry/event-values.ts';

const MAX_FRAMES = 500;
const MAX_TEXT = 2000;

/** The name of the filter that leaves an event out; null: it is kept. `userAgent` is the request's own. */
export function filteredBy(event: JsonObject, rules: ClientRules, userAgent: string | null): string | null {
  const { filters, releases, messages } = rules;
  if (filters.browserExtensions && fromExtension(event)) return 'browserExtensions';
  if (filters.crawlers || filters.oldBrowsers) {
    const agent = (agentOf(event) ?? userAgent ?? '').slice(0, MAX_TEXT);
    if (filters.crawlers && CRAWLER.test(agent)) return 'crawlers';
    if (filters.oldBrowsers && isOldBrowser(agent)) return 'oldBrowsers';
  }
  if (filters.localhost && fromLocalhost(event)) return 'localhost';
  if (releases.length > 0) {
    const release = textOf(event, 'release') ?? '';
    if (releases.some((pattern) => matchesGlob(pattern, release))) return 'releases';
  }
  if (
    messages.length > 0 &&
    textsOf(event).some((text) => messages.some((pattern) => matchesGlob(pattern, text)))
  ) {
    return 'messages';
  }
  return null;
}

const EXTENSION =
  /^(?:chrome|moz|safari|safari-web|ms-browser|opera)-extension:\/\/|^webkit-masked-url:\/\//i;

/** An exception of which a frame is a browser extension's: the page can do nothing about it. */
function fromExtension(event: JsonObject): boolean {
  return valuesOf(own(event, 'exception')).some((exception) => {
    const stack = asObject(own(exception, 'stacktrace'));
    const frames = stack === null ? [] : asArray(own(stack, 'frames'));
    return frames.slice(-MAX_FRAMES).some((frame) => {
      const object = asObject(frame);
      return (
        object !== null && EXTENSION.test(textOf(object, 'abs_path') ?? textOf(object, 'filename') ?? '')
      );
    });
  });
}

const CRAWLER =
  /bot\b|bot\/|crawler|spider|slurp|facebookexternalhit|mediapartners|ia_archiver|headlesschrome|lighthouse|preview\/|^curl\/|^wget\//i;

function agentOf(event: JsonObject): string | null {
  const request = asObject(own(event, 'request'));
  const headers = request === null ? [] : pairsOf(own(request, 'headers'));
  return headers.find(([name]) => name.toLowerCase() === 'user-agent')?.[1] ?? null;
}

/** Browsers whose makers gave them up before 2020. */
function isOldBrowser(agent: string): boolean {
  if (/\bMSIE \d|\bTrident\/\d/.test(agent)) return true;
  if (/\bOpera Mini\b|\bPresto\/\d/.test(agent)) return true;
  const oldest: readonly (readonly [RegExp, number])[] = [
    [/\bEdge\/(\d{1,4})/, 79],
    [/\bChrome\/(\d{1,4})/, 60],
    [/\bFirefox\/(\d{1,4})/, 60],
    [/\bVersion\/(\d{1,4})[\d.]{0,20} (?:Mobile\/\w{1,20} )?Safari\//, 11],
    [/\bAndroid (\d{1,3})/, 5],
  ];
  return oldest.some(([pattern, first]) => Number(pattern.exec(agent)?.[1] ?? Infinity) < first);
}

const LOCAL_HOST = /^(?:localhost|.*\.localhost|127(?:\.\d{1,3}){3}|\[::1\]|0\.0\.0\.0)$/i;

function fromLocalhost(event: JsonObject): boolean {
  const request = asObject(own(event, 'request'));
  const url = request === null ? null : textOf(request, 'url');
  if (url === null) return false;
  try {
    return LOCAL_HOST.test(new URL(url.slice(0, MAX_TEXT)).hostname);
  } catch {
    return false;
  }
}

/** What patterns for messages are held against: `type: value` of each exception, its value alone, the message. */
function textsOf(event: JsonObject): readonly string[] {
  const texts = valuesOf(own(event, 'exception')).flatMap((exception) => {
    const value = textOf(exception, 'value') ?? '';
    const type = textOf(exception, 'type');
    return type === null ? [value] : [`${type}: ${value}`, value];
  });
  const message = messageOf(event);
  return message === null ? texts : [...texts, message.text];
}

/** `*` stands for any text; upper and lower case are the same. Takes no more than length × number of stars. */
export function matchesGlob(pattern: string, text: string): boolean {
  const pieces = pattern.toLowerCase().split('*');
  const subject = text.slice(0, MAX_TEXT).toLowerCase();
  const [first = ''] = pieces;
  if (pieces.length === 1) return subject === first;
  if (!subject.startsWith(first)) return false;
  let at = first.length;
  for (const piece of pieces.slice(1, -1)) {
    const found = subject.indexOf(piece, at);
    if (found === -1) return false;
    at = found + piece.length;
  }
  const last = pieces.at(-1) ?? '';
  return subject.length - last.length >= at && subject.endsWith(last);
}
