// From an unchecked CrashKit occurrence of either API to its stack. Never throws: what cannot be read becomes a note.
import { asArray, asInteger, asObject, asText, type JsonObject, own, shownText } from './json-object.ts';
import type { CrashKitException, CrashKitLocation, CrashKitStack } from './occurrence.ts';
import { decidingRule, type OwnershipRule, pathBelow, readOwnership } from './ownership.ts';
import { urlParts } from './url-parts.ts';

const MAX_EXCEPTIONS = 100;
const MAX_LOCATIONS = 5000;
const MAX_SOURCE_LINES = 101;
const MAX_LOCALS = 500;
const MAX_VALUE_LENGTH = 32_768;

/** Reads the stack of one occurrence whose dotted keys are already nested (`expandDottedKeys`). */
export function readStack(occurrence: JsonObject): CrashKitStack {
  const language = asText(own(occurrence, 'language')) ?? 'unknown';
  const notes: string[] = [];
  if (own(occurrence, 'stacktrace') !== undefined) {
    const rules = readOwnership(own(occurrence, 'ownership'));
    const exceptions = readExceptions(own(occurrence, 'stacktrace'), notes, 'stacktrace', (item, budget) =>
      newException(item, rules, budget),
    );
    return { api: '1.0', language, exceptions, notes };
  }
  const javaScript = asObject(own(occurrence, 'exception'));
  if (javaScript !== null && own(occurrence, 'exceptions') === undefined) {
    const exceptions = readExceptions([javaScript], notes, 'exception', javaScriptException);
    return { api: 'current', language, exceptions, notes };
  }
  const isScript = language === 'javascript';
  const exceptions = readExceptions(own(occurrence, 'exceptions'), notes, 'exceptions', (item, budget) =>
    currentException(item, budget, isScript),
  );
  return { api: 'current', language, exceptions, notes };
}

type ReadOne = (item: JsonObject, budget: Budget) => CrashKitException;

/** How many more locations may be read. */
interface Budget {
  locations: number;
}

function readExceptions(
  value: unknown,
  notes: string[],
  at: string,
  read: ReadOne,
): readonly CrashKitException[] {
  if (!Array.isArray(value)) notes.push(`${at}: no exceptions were sent`);
  const items = asArray(value);
  if (items.length > MAX_EXCEPTIONS)
    notes.push(`${at}: only the first ${MAX_EXCEPTIONS} exceptions were read`);
  const budget: Budget = { locations: MAX_LOCATIONS };
  const exceptions: CrashKitException[] = [];
  for (const [index, item] of items.slice(0, MAX_EXCEPTIONS).entries()) {
    const object = asObject(item);
    if (object === null) notes.push(`${at}[${index}]: is not an object`);
    else exceptions.push(read(object, budget));
  }
  if (budget.locations < 0) notes.push(`${at}: only the first ${MAX_LOCATIONS} locations were read`);
  return exceptions;
}

/** The locations that may still be read; a stack beyond the limit is cut and the budget says so. */
function within(value: unknown, budget: Budget): readonly JsonObject[] {
  const items = asArray(value)
    .map((item) => asObject(item))
    .filter((item) => item !== null);
  const kept = items.slice(0, Math.max(0, budget.locations));
  budget.locations -= items.length;
  return kept;
}

function currentException(item: JsonObject, budget: Budget, isScript: boolean): CrashKitException {
  return {
    name: asText(own(item, 'name')) ?? '',
    message: asText(own(item, 'message')) ?? '',
    locations: within(own(item, 'locations'), budget).map((location) => currentLocation(location, isScript)),
    data: {},
  };
}

function currentLocation(item: JsonObject, isScript: boolean): CrashKitLocation {
  const file = text(item, 'file');
  // The browser client of 2009 sent ready-made locations, with the URL of a script as their file.
  const container = isScript ? urlParts(file).path || file : file;
  const claimed = own(item, 'claimed') === true;
  return location({
    package: text(item, 'package') || container,
    file,
    className: own(item, 'class'),
    method:
      own(item, 'method') === undefined || own(item, 'method') === ''
        ? own(item, 'function')
        : own(item, 'method'),
    line: own(item, 'line'),
    claimed,
    claimedBy: typeof own(item, 'claimed') === 'boolean' ? 'client' : null,
    source: own(item, 'context'),
  });
}

/** The browser client sends one exception; the path of a script's URL is the package, so hosts and queries do not count. */
function javaScriptException(item: JsonObject, budget: Budget): CrashKitException {
  return {
    name: asText(own(item, 'name')) || 'User Exception',
    message: asText(own(item, 'message')) ?? '',
    locations: within(own(item, 'stack'), budget).map((frame) => {
      const url = text(frame, 'url');
      return location({
        package: urlParts(url).path || url,
        file: url,
        className: null,
        method: own(frame, 'func'),
        line: own(frame, 'line'),
        claimed: false,
        claimedBy: null,
        source: own(frame, 'context'),
      });
    }),
    data: {},
  };
}

function newException(
  item: JsonObject,
  rules: readonly OwnershipRule[] | null,
  budget: Budget,
): CrashKitException {
  return {
    name: asText(own(item, 'kind')) ?? asText(own(item, 'name')) ?? '',
    message: asText(own(item, 'message')) ?? '',
    locations: within(own(item, 'locations'), budget).map((sent) => newLocation(sent, rules)),
    data: texts(own(item, 'data')),
  };
}

function newLocation(item: JsonObject, rules: readonly OwnershipRule[] | null): CrashKitLocation {
  const url = text(item, 'absolute_url');
  const file = text(item, 'absolute_file') || url || text(item, 'file');
  const module = text(item, 'module');
  const packageName = text(item, 'package');
  const rule = decidingRule(rules ?? [], { path: file, package: packageName, module });
  const sentClaim = own(item, 'claimed');
  // Ownership, where it was sent, decides alone; a client without it may still claim single locations.
  const claimed = rules === null ? sentClaim === true : rule?.application === true;
  const claimedBy =
    rules === null && typeof sentClaim === 'boolean' ? 'client' : (rule?.name ?? unmatched(rules));
  return location({
    package: packageName || module || stablePath(file, url, rule),
    module,
    file,
    className: own(item, 'class'),
    method: own(item, 'method') ?? own(item, 'function'),
    line: own(item, 'line'),
    column: own(item, 'column'),
    claimed,
    claimedBy,
    source: own(item, 'source'),
    locals: own(item, 'locals'),
  });
}

/** What no rule matches is not the application's, and `ownership` is who says so; without any rule it says nothing. */
function unmatched(rules: readonly OwnershipRule[] | null): string | null {
  return rules === null || rules.length === 0 ? null : 'ownership';
}

/** A name for a file that is the same on every installation, as far as the report allows one. */
function stablePath(file: string, url: string, rule: OwnershipRule | null): string {
  if (rule?.list === 'paths') return pathBelow(rule.pattern, file) || file;
  return file !== '' && file === url ? urlParts(url).path || url : file;
}

interface SentLocation {
  readonly package: string;
  readonly module?: string;
  readonly file: string;
  readonly className: unknown;
  readonly method: unknown;
  readonly line: unknown;
  readonly column?: unknown;
  readonly claimed: boolean;
  readonly claimedBy: string | null;
  readonly source?: unknown;
  readonly locals?: unknown;
}

/** Applies the defaults of the original server: no class means that the method takes its place; no line is 0. */
function location(sent: SentLocation): CrashKitLocation {
  const sentMethod = asText(sent.method);
  const sentClass = asText(sent.className) ?? '';
  return {
    package: sent.package,
    module: sent.module ?? '',
    file: sent.file,
    className: sentClass === '' ? sentMethod : sentClass,
    method: sentClass === '' ? '' : (sentMethod ?? ''),
    line: Math.max(0, asInteger(sent.line) ?? 0),
    column: asInteger(sent.column),
    claimed: sent.claimed,
    claimedBy: sent.claimedBy,
    source: asArray(sent.source)
      .slice(0, MAX_SOURCE_LINES)
      .map((line) => cut(asText(line) ?? '')),
    locals: texts(sent.locals),
  };
}

function text(item: JsonObject, key: string): string {
  return asText(own(item, key)) ?? '';
}

const NO_TEXTS: Readonly<Record<string, string>> = Object.freeze({});
const OWN = (value: string): PropertyDescriptor => ({
  value,
  writable: true,
  enumerable: true,
  configurable: true,
});

/** An object's values as bounded texts; anything else is no values. */
export function texts(value: unknown): Readonly<Record<string, string>> {
  const object = asObject(value);
  if (object === null) return NO_TEXTS;
  const found: Record<string, string> = {};
  let count = 0;
  for (const key of Object.keys(object)) {
    if (count >= MAX_LOCALS) break;
    count += 1;
    const shown = cut(shownText(object[key]));
    // An own property also where its name is one that objects inherit with a setter.
    if (key === '__proto__') Object.defineProperty(found, key, OWN(shown));
    else found[key] = shown;
  }
  return found;
}

function cut(value: string): string {
  return value.length > MAX_VALUE_LENGTH ? `${value.slice(0, MAX_VALUE_LENGTH)}…` : value;
}
