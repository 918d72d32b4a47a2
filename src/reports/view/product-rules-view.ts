// Changes of what a product decides about processing and bugs, as they come from a form or the API, checked in one place.
import type { GroupingRule, ProductRules } from '../../store/bugs.ts';
import { REOPEN_MODES } from '../../store/bugs.ts';
import { correctionsFault, MAX_CORRECTIONS, VERSION_SCHEMES } from '../../report/version-schemes.ts';
import type { VersionCorrection } from '../../report/version-schemes.ts';
import { isTracker, isWebAddress, TRACKERS } from './ticket.ts';
import { patternExpression } from '../../base/pattern.ts';
import type { Checked } from './bug-change.ts';
import { checkSourceSettings } from './source-change.ts';

export const SIGNATURE_LISTS = ['irrelevant', 'prefix', 'sentinels', 'line_numbers'] as const;
export const MESSAGE_RULES = ['public', 'protected'] as const;
export const SIGNATURE_MODES = ['mayday', 'socorro', 'crashkit'] as const;
export const MAX_GROUPING_RULES = 100;

const MAX_ENTRIES = 1000;
const MAX_ENTRY = 500;
const MAX_KEY = 1000;
const MAX_VERSION = 200;
const MAX_ANNOTATIONS = 20;
/** A section and a name, as facts keep them. */
const MAX_ANNOTATION = 201;
const WHEN_TEXTS = ['signature', 'message', 'kind', 'frame'] as const;
const FIELDS = [
  'reopenMode',
  'versionScheme',
  'versionCorrections',
  'uninterestingPackages',
  'groupingRules',
  'signatureLists',
  'frameRules',
  'learnedPackages',
  'signatureMode',
  'messages',
  'userAnnotation',
  'ticketTracker',
  'ticketUrl',
  'source',
] as const;

/** A fault of the change, found on the way; `checkProductRules` turns it into a value. */
class Fault extends Error {}

function fail(message: string): never {
  throw new Fault(message);
}

function texts(value: unknown, name: string): readonly string[] {
  if (!Array.isArray(value) || value.length > MAX_ENTRIES)
    fail(`"${name}" must be at most ${MAX_ENTRIES} texts.`);
  return value.map((one) => text(one, `every entry of "${name}"`, MAX_ENTRY));
}

function text(value: unknown, name: string, max: number): string {
  if (typeof value !== 'string' || value.length > max)
    fail(`${name} must be a text of at most ${max} characters.`);
  return value;
}

/** A text that is a plain one or an expression that works: a rule that never holds must not look like one that is saved. */
function pattern(value: unknown, name: string): string {
  const given = text(value, name, MAX_ENTRY);
  try {
    patternExpression(given);
  } catch (error) {
    fail(`${name} is no usable expression: ${(error as Error).message}.`);
  }
  return given;
}

/** Entries that are matched at the start of a frame; as everywhere in these lists, `#` begins a remark. */
function expressions(value: unknown, name: string): readonly string[] {
  const given = texts(value, name);
  for (const [at, one] of given.entries()) {
    if (one.trim().startsWith('#')) continue;
    try {
      RegExp(one.trim(), 'y');
    } catch (error) {
      fail(`Entry ${at + 1} of "${name}" is no usable expression: ${(error as Error).message}.`);
    }
  }
  return given;
}

function object(value: unknown, name: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) fail(`${name} must be an object.`);
  return value as Readonly<Record<string, unknown>>;
}

function oneOf<T extends string>(value: unknown, words: readonly T[], name: string): T {
  return words.find((word) => word === value) ?? fail(`"${name}" is none of ${words.join(', ')}.`);
}

function groupingRule(value: unknown, at: number): GroupingRule {
  const place = `Rule ${at + 1}`;
  const { name, when, key, ...strange } = object(value, place);
  const [stranger] = Object.keys(strange);
  if (stranger !== undefined) fail(`${place}: "${stranger}" is none of name, when, key.`);
  const given = object(when, `${place}: "when"`);
  const unknown = Object.keys(given).find(
    (one) => one !== 'annotation' && !WHEN_TEXTS.includes(one as 'kind'),
  );
  if (unknown !== undefined) fail(`${place}: "${unknown}" is no condition.`);
  const conditions = Object.fromEntries(
    WHEN_TEXTS.filter((one) => given[one] !== undefined).map((one) => [
      one,
      pattern(given[one], `${place}: "${one}"`),
    ]),
  );
  const annotation = given['annotation'] === undefined ? null : annotations(given['annotation'], place);
  if (Object.keys(conditions).length === 0 && annotation === null) {
    fail(`${place} has no condition: it would take every report.`);
  }
  const rule = {
    name: text(name, `${place}: "name"`, 100),
    when: { ...conditions, ...(annotation !== null && { annotation }) },
    key: text(key, `${place}: "key"`, MAX_KEY),
  };
  if (rule.name.trim() === '') fail(`${place} needs a name.`);
  if (rule.key.trim() === '') fail(`${place} needs a key.`);
  return rule;
}

function annotations(value: unknown, place: string): Readonly<Record<string, string>> {
  const pairs = Object.entries(object(value, `${place}: "annotation"`));
  if (pairs.length === 0 || pairs.length > MAX_ANNOTATIONS) {
    fail(`${place}: "annotation" must have 1 to ${MAX_ANNOTATIONS} names.`);
  }
  return Object.fromEntries(
    pairs.map(([name, one]) => [text(name, `${place}: a name`, 200), pattern(one, `${place}: "${name}"`)]),
  );
}

function groupingRules(value: unknown): readonly GroupingRule[] {
  if (!Array.isArray(value) || value.length > MAX_GROUPING_RULES) {
    fail(`"groupingRules" must be at most ${MAX_GROUPING_RULES} rules.`);
  }
  return value.map(groupingRule);
}

/** Lines that mean something: one that does not must not look like a rule that is saved. */
function frameRules(value: unknown): readonly string[] {
  const given = texts(value, 'frameRules');
  for (const [at, line] of given.entries()) {
    if (line.trim() !== '' && !/^(?:#|[+-]\s*(?:package|module|path):\s*\S)/.test(line.trim()))
      fail(`Entry ${at + 1} of "frameRules" must be +package:…, -module:… or -path:….`);
  }
  return given;
}

/** They are read with the rules and so come back with them; what is not the product's own is declared in `frameRules`. */
function learnedPackages({ learnedPackages: now }: ProductRules, given: unknown): readonly string[] {
  if (given !== undefined && JSON.stringify(given) !== JSON.stringify(now))
    fail('"learnedPackages" cannot be set: declare in "frameRules" what is own code and what is not.');
  return now;
}

function versionCorrections(value: unknown): readonly VersionCorrection[] {
  if (!Array.isArray(value) || value.length > MAX_CORRECTIONS) {
    fail(`"versionCorrections" must be at most ${MAX_CORRECTIONS} corrections.`);
  }
  const corrections = value.map((one, at): VersionCorrection => {
    const place = `Correction ${at + 1}`;
    const { version, after, ...strange } = object(one, place);
    const [stranger] = Object.keys(strange);
    if (stranger !== undefined) fail(`${place}: "${stranger}" is none of version, after.`);
    const name = text(version, `${place}: "version"`, MAX_VERSION);
    if (name === '') fail(`${place} names no version.`);
    return {
      version: name,
      after: after === null ? null : text(after, `${place}: "after" must be null, or it`, MAX_VERSION),
    };
  });
  const fault = correctionsFault(corrections);
  return fault === null ? corrections : fail(fault);
}

function ticketTracker(value: unknown): string | null {
  if (value === null || value === '') return null;
  return typeof value === 'string' && isTracker(value)
    ? value
    : fail(`"ticketTracker" is none of ${Object.keys(TRACKERS).join(', ')}.`);
}

function userAnnotation(value: unknown): string | null {
  if (value === null || value === '') return null;
  const name = text(value, '"userAnnotation"', MAX_ANNOTATION).trim();
  return name === '' ? null : name;
}

function ticketUrl(value: unknown): string | null {
  if (value === null || value === '') return null;
  const url = text(value, '"ticketUrl"', MAX_ENTRY).trim();
  return isWebAddress(url) ? url : fail('"ticketUrl" must begin with http:// or https://.');
}

function source(now: ProductRules, given: unknown): ProductRules['source'] {
  const checked = checkSourceSettings(now.source, given);
  return checked.ok ? checked.value : fail(checked.fault);
}

/** The rules after a change that may name only some fields; unknown ones are a fault, because a typo must not look like success. */
export function checkProductRules(
  now: ProductRules,
  change: Readonly<Record<string, unknown>>,
): Checked<ProductRules> {
  const has = (name: (typeof FIELDS)[number]) => change[name] !== undefined;
  try {
    const stranger = Object.keys(change).find((name) => !FIELDS.includes(name as 'ticketUrl'));
    if (stranger !== undefined) fail(`"${stranger}" is none of ${FIELDS.join(', ')}.`);
    const rules: ProductRules = {
      reopenMode: has('reopenMode')
        ? oneOf(change['reopenMode'], REOPEN_MODES, 'reopenMode')
        : now.reopenMode,
      versionScheme: has('versionScheme')
        ? oneOf(change['versionScheme'], VERSION_SCHEMES, 'versionScheme')
        : now.versionScheme,
      versionCorrections: has('versionCorrections')
        ? versionCorrections(change['versionCorrections'])
        : now.versionCorrections,
      uninterestingPackages: has('uninterestingPackages')
        ? texts(change['uninterestingPackages'], 'uninterestingPackages')
        : now.uninterestingPackages,
      groupingRules: has('groupingRules') ? groupingRules(change['groupingRules']) : now.groupingRules,
      signatureLists: has('signatureLists')
        ? { ...now.signatureLists, ...signatureLists(change['signatureLists']) }
        : now.signatureLists,
      learnedPackages: learnedPackages(now, change['learnedPackages']),
      frameRules: has('frameRules') ? frameRules(change['frameRules']) : now.frameRules,
      signatureMode: has('signatureMode')
        ? oneOf(change['signatureMode'], SIGNATURE_MODES, 'signatureMode')
        : now.signatureMode,
      messages: has('messages') ? oneOf(change['messages'], MESSAGE_RULES, 'messages') : now.messages,
      userAnnotation: has('userAnnotation') ? userAnnotation(change['userAnnotation']) : now.userAnnotation,
      ticketTracker: has('ticketTracker') ? ticketTracker(change['ticketTracker']) : now.ticketTracker,
      ticketUrl: has('ticketUrl') ? ticketUrl(change['ticketUrl']) : now.ticketUrl,
      source: has('source') ? source(now, change['source']) : now.source,
    };
    const pattern = rules.ticketUrl?.includes('%s') === true;
    if (rules.ticketTracker === 'other' && !pattern) {
      fail('"ticketUrl" must hold %s, where the ticket goes, unless the tracker is a known one.');
    }
    return { ok: true, value: rules };
  } catch (error) {
    if (error instanceof Fault) return { ok: false, fault: error.message };
    throw error;
  }
}

function signatureLists(value: unknown): Partial<ProductRules['signatureLists']> {
  const given = object(value, '"signatureLists"');
  const stranger = Object.keys(given).find((name) => !SIGNATURE_LISTS.includes(name as 'prefix'));
  if (stranger !== undefined) fail(`"${stranger}" is none of ${SIGNATURE_LISTS.join(', ')}.`);
  return Object.fromEntries(
    Object.entries(given).map(([name, one]) => [
      name,
      name === 'sentinels' ? texts(one, name) : expressions(one, name),
    ]),
  );
}
