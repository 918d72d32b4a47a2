// Changes of where a product's source lies, as they come from a form or the API, checked in one place.
import { REPOSITORY_KINDS, repositoryAddress, repositoryKind } from '../../report/source/source-settings.ts';
import type { PathRule, SourceSettings } from '../../report/source/source-settings.ts';
import type { Checked } from './bug-change.ts';

const MAX_ADDRESS = 500;
const MAX_PATHS = 100;
const MAX_PATH = 300;
const MAX_NAMES = 10;
const MAX_NAME = 100;
const MAX_OWNER_LINES = 1000;
const MAX_OWNER_LINE = 300;
const FIELDS = ['repository', 'kind', 'template', 'paths', 'commitAnnotations', 'tag', 'owners'] as const;

class Fault extends Error {}

function text(value: unknown, name: string, max: number): string {
  if (typeof value !== 'string' || value.length > max || /\p{Cc}/u.test(value))
    throw new Fault(`"${name}" must be a text of at most ${max} characters in one line.`);
  return value.trim();
}

/** Absent, null and empty are null. */
function textOrNull(value: unknown, name: string, max: number): string | null {
  if (value === null) return null;
  const given = text(value, name, max);
  return given === '' ? null : given;
}

function texts(
  value: unknown,
  name: string,
  most: { readonly of: number; readonly max: number },
): readonly string[] {
  if (!Array.isArray(value) || value.length > most.of)
    throw new Fault(`"${name}" must be at most ${most.of} texts.`);
  return value.map((one) => text(one, `every entry of "${name}"`, most.max)).filter((one) => one !== '');
}

function repository(value: unknown): string | null {
  const given = textOrNull(value, 'repository', MAX_ADDRESS);
  if (given === null) return null;
  const address = repositoryAddress(given);
  if (address === null)
    throw new Fault(
      '"repository" must be the address of its page: http:// or https://, without a password or a query.',
    );
  return address;
}

function template(value: unknown): string | null {
  const given = textOrNull(value, 'template', MAX_ADDRESS);
  if (given === null) return null;
  const sample = given.replaceAll(/\{(path|line|commit|version)\}/g, 'x');
  if (!/^https?:\/\//i.test(given) || !URL.canParse(sample) || sample.includes('{'))
    throw new Fault(
      '"template" must begin with http:// or https:// and hold no other braces than {path}, {line}, {commit}, {version}.',
    );
  // The host is the administrator's choice, never that of a report.
  if (!given.includes('{path}') || /^https?:\/\/[^/]*\{/i.test(given))
    throw new Fault('"template" must hold {path}, and nothing in braces before the first slash.');
  return given;
}

function tag(value: unknown): string | null {
  const given = textOrNull(value, 'tag', MAX_NAME);
  if (given !== null && !/^[\w.\-+/]+$/.test(given.replaceAll('{version}', '1')))
    throw new Fault('"tag" must be the name of a tag or branch, with {version} where the version goes.');
  return given;
}

function paths(value: unknown): readonly PathRule[] {
  if (!Array.isArray(value) || value.length > MAX_PATHS)
    throw new Fault(`"paths" must be at most ${MAX_PATHS} rules.`);
  return value.map((one: unknown, at): PathRule => {
    if (typeof one !== 'object' || one === null)
      throw new Fault(`Rule ${at + 1} of "paths" must be an object.`);
    const { from, to = '', ...strange } = one as Readonly<Record<string, unknown>>;
    const [stranger] = Object.keys(strange);
    if (stranger !== undefined)
      throw new Fault(`Rule ${at + 1} of "paths": "${stranger}" is none of from, to.`);
    const rule = { from: text(from, 'from', MAX_PATH), to: text(to, 'to', MAX_PATH) };
    if (/(?:^|[/\\])\.\.(?:[/\\]|$)/.test(rule.to) || /^[/\\]|:/.test(rule.to))
      throw new Fault(`Rule ${at + 1} of "paths": "to" must be a folder of the repository, such as src/.`);
    return rule;
  });
}

/** The settings after a change that may name only some fields; unknown ones are a fault, because a typo must not look like success. */
export function checkSourceSettings(now: SourceSettings, given: unknown): Checked<SourceSettings> {
  try {
    if (typeof given !== 'object' || given === null || Array.isArray(given))
      throw new Fault('"source" must be an object.');
    const change = given as Readonly<Record<string, unknown>>;
    const stranger = Object.keys(change).find((name) => !FIELDS.includes(name as 'tag'));
    if (stranger !== undefined) throw new Fault(`"${stranger}" of "source" is none of ${FIELDS.join(', ')}.`);
    const has = (name: (typeof FIELDS)[number]) => change[name] !== undefined;
    const settings: SourceSettings = {
      repository: has('repository') ? repository(change['repository']) : now.repository,
      kind: has('kind') ? kind(change['kind']) : now.kind,
      template: has('template') ? template(change['template']) : now.template,
      paths: has('paths') ? paths(change['paths']) : now.paths,
      commitAnnotations: has('commitAnnotations')
        ? texts(change['commitAnnotations'], 'commitAnnotations', { of: MAX_NAMES, max: MAX_NAME })
        : now.commitAnnotations,
      tag: has('tag') ? tag(change['tag']) : now.tag,
      owners: has('owners')
        ? texts(change['owners'], 'owners', { of: MAX_OWNER_LINES, max: MAX_OWNER_LINE })
        : now.owners,
    };
    if (settings.kind === 'template' && settings.template === null)
      throw new Fault('"template" is missing: the address of a line, with {path} in it.');
    if (settings.repository !== null && repositoryKind(settings) === null)
      throw new Fault('"kind" is missing: what runs at this host is not known.');
    return { ok: true, value: settings };
  } catch (error) {
    if (error instanceof Fault) return { ok: false, fault: error.message };
    throw error;
  }
}

function kind(value: unknown): SourceSettings['kind'] {
  if (value === null || value === '') return null;
  const known = REPOSITORY_KINDS.find((one) => one === value);
  if (known === undefined) throw new Fault(`"kind" is none of ${REPOSITORY_KINDS.join(', ')}.`);
  return known;
}
