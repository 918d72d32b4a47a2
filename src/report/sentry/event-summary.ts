// What an event says of itself before anybody looks at its stacks: release, environment, tags, message. Read at intake for the
// report's fields, and again in processing.
import { asObject, asText, own, type JsonObject } from '../crashkit/json-object.ts';
import { pairsOf, textOf } from './event-values.ts';

const MAX_TEXT = 1000;

/** The parts of a release `name@version+build`. */
export interface ReleaseParts {
  readonly version: string | null;
  readonly build: string | null;
}

/** Splits a release; one without `@` is a version as a whole. */
export function releaseParts(release: string | null, dist: string | null): ReleaseParts {
  if (release === null) return { version: null, build: dist };
  const at = release.lastIndexOf('@');
  const rest = at === -1 ? release : release.slice(at + 1);
  const plus = rest.indexOf('+');
  if (plus <= 0) return { version: rest === '' ? null : rest, build: dist };
  return { version: rest.slice(0, plus), build: rest.slice(plus + 1) || dist };
}

/** Levels of Python's `logging`, which its old clients send as they are. */
const NUMBERED: Readonly<Record<string, string>> = {
  '10': 'debug',
  '20': 'info',
  '30': 'warning',
  '40': 'error',
  '50': 'fatal',
};

/** The level of an event; null: it tells none. */
export function levelOf(event: JsonObject): string | null {
  const level = textOf(event, 'level');
  return level === null || !Object.hasOwn(NUMBERED, level) ? level : (NUMBERED[level] ?? level);
}

/** A message, and its template where the client sent one. */
export interface EventMessage {
  readonly text: string;
  /** With placeholders: equal for messages that differ in their values only. */
  readonly template: string | null;
}

/** The message of an event, or null. */
export function messageOf(event: JsonObject): EventMessage | null {
  const plain = own(event, 'message');
  for (const source of [asObject(own(event, 'logentry')), asObject(plain)]) {
    if (source === null) continue;
    const formatted = textOf(source, 'formatted');
    const template = textOf(source, 'message');
    if (formatted !== null) return { text: formatted, template: template === formatted ? null : template };
    if (template !== null) return { text: withParams(template, own(source, 'params')), template };
  }
  const text = typeof plain === 'string' ? textOf(event, 'message') : null;
  return text === null ? null : { text, template: null };
}

/** Whether a message says no more than the exceptions beside it, as old clients' do. */
export function repeats(
  { text }: EventMessage,
  exceptions: readonly { readonly type: string | null; readonly value: string }[],
): boolean {
  return exceptions.some(({ type, value }) => text === value || text === `${type}: ${value}`);
}

const MAX_PARAMS = 50;

/** A template of Python's or of numbered braces with its values; what does not fit stays as it is. */
function withParams(template: string, params: unknown): string {
  if (!template.includes('%') && !template.includes('{')) return template;
  const object = Array.isArray(params) ? null : asObject(params);
  const list = Array.isArray(params) ? params.slice(0, MAX_PARAMS).map((one) => asText(one) ?? '') : [];
  let next = 0;
  return template
    .slice(0, 10_000)
    .replace(/%(?:\((\w{1,50})\))?[sdrif]|\{(\w{0,50})\}/g, (all, named?: string, braced?: string) => {
      const name = named ?? braced ?? '';
      if (name !== '' && !/^\d+$/.test(name))
        return (object === null ? null : asText(own(object, name))) ?? all;
      return list[name === '' ? next++ : Number(name)] ?? all;
    });
}

/** What is stored beside the event for lists and searches. */
export interface EventSummary {
  readonly platform: string | null;
  readonly release: string | null;
  readonly version: string | null;
  readonly build: string | null;
  readonly userId: string | null;
  /** In the order in which they are shown; a name occurs once. */
  readonly annotations: readonly { readonly key: string; readonly value: string }[];
}

/** Texts of an event that become annotations under their own names. */
const PLAIN = [
  'release',
  'dist',
  'environment',
  'level',
  'platform',
  'logger',
  'transaction',
  'server_name',
] as const;

/** The summary of an event. */
export function summariseEvent(
  event: JsonObject,
  options: { readonly maxAnnotations: number; readonly maxNameLength: number },
): EventSummary {
  const values = new Map<string, string>();
  const add = (key: string, value: string | null): void => {
    if (value === null || values.size >= options.maxAnnotations || key.length > options.maxNameLength) return;
    if (!values.has(key)) values.set(key, value.slice(0, MAX_TEXT));
  };
  for (const key of PLAIN) add(key, key === 'level' ? levelOf(event) : textOf(event, key));
  if (!values.has('level')) add('level', 'error');
  const sdk = asObject(own(event, 'sdk'));
  if (sdk !== null) {
    const name = textOf(sdk, 'name');
    const version = textOf(sdk, 'version');
    add('sdk', name === null ? version : version === null ? name : `${name}/${version}`);
  }
  const trace = asObject(own(asObject(own(event, 'contexts')) ?? {}, 'trace'));
  if (trace !== null) add('trace_id', textOf(trace, 'trace_id'));
  for (const [name, value] of pairsOf(own(event, 'tags'))) add(`tags.${name}`, value);
  const release = textOf(event, 'release');
  const parts = releaseParts(release, textOf(event, 'dist'));
  const user = asObject(own(event, 'user'));
  const userId = user === null ? null : textOf(user, 'id');
  return {
    platform: textOf(event, 'platform')?.slice(0, 64) ?? null,
    release,
    version: parts.version,
    build: parts.build,
    userId,
    annotations: [...values].map(([key, value]) => ({ key, value })),
  };
}
