// What a client of the API says of a release, checked in one place.
import type { ReleaseCommit, ReleaseDeploy, ReleaseNote } from '../../store/releases.ts';
import type { Checked } from './bug-change.ts';

const MAX_VERSION = 200;
const MAX_TEXT = 500;
const MAX_COMMITS = 500;
const MAX_PATHS = 5000;

class Fault extends Error {}

type Given = Readonly<Record<string, unknown>>;

function object(value: unknown, name: string): Given {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Fault(`${name} must be an object.`);
  return value as Given;
}

function known(given: Given, names: readonly string[], place: string): void {
  const stranger = Object.keys(given).find((name) => !names.includes(name));
  if (stranger !== undefined) throw new Fault(`${place}"${stranger}" is none of ${names.join(', ')}.`);
}

function textOrNull(value: unknown, name: string, max = MAX_TEXT): string | null {
  if (value === undefined || value === null || value === '') return null;
  if (typeof value !== 'string' || value.length > max)
    throw new Fault(`"${name}" must be a text of at most ${max} characters.`);
  return value;
}

function required(value: unknown, name: string, max = MAX_TEXT): string {
  const text = textOrNull(value, name, max)?.trim() ?? '';
  if (text === '') throw new Fault(`"${name}" is missing.`);
  return text;
}

function timeOrNull(value: unknown, name: string): number | null {
  const text = textOrNull(value, name);
  if (text === null) return null;
  const at = Date.parse(text);
  if (Number.isNaN(at) || !/^\d{4}-\d{2}-\d{2}/.test(text))
    throw new Fault(`"${name}" is neither a date (2026-11-20) nor a time (2026-11-20T14:00Z).`);
  return at;
}

/** Only pages of the web are linked to. */
function urlOrNull(value: unknown, name: string): string | null {
  const text = textOrNull(value, name);
  if (text !== null && !/^https?:\/\//i.test(text))
    throw new Fault(`"${name}" must begin with http:// or https://.`);
  return text;
}

function commit(value: unknown): ReleaseCommit {
  const given = object(value, 'Every commit');
  known(given, ['id', 'repository', 'author', 'message', 'at', 'paths'], 'A commit: ');
  return {
    id: required(given['id'], 'id of a commit'),
    repository: textOrNull(given['repository'], 'repository'),
    author: textOrNull(given['author'], 'author'),
    message: firstLine(typeof given['message'] === 'string' ? given['message'] : ''),
    at: timeOrNull(given['at'], 'at'),
    paths: changedPaths(given['paths']),
    pathsLeft: 0,
  };
}

function changedPaths(value: unknown): readonly string[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value) || value.length > MAX_PATHS || !value.every((one) => typeof one === 'string'))
    throw new Fault(`"paths" of a commit must be at most ${MAX_PATHS} texts.`);
  return value;
}

/** The first line of a commit's message, bounded. */
export function firstLine(message: string): string {
  return (
    message
      .slice(0, 10 * MAX_TEXT)
      .trimStart()
      .split(/\r?\n/)[0] ?? ''
  ).slice(0, MAX_TEXT);
}

/** The body of `POST …/releases`; `now` is when a deploy without a time was finished. */
export function checkReleaseNote(
  body: Given,
  now: number,
): Checked<{ readonly note: ReleaseNote; readonly deploy: ReleaseDeploy | null }> {
  try {
    known(body, ['version', 'releasedAt', 'url', 'ref', 'commits', 'deploy'], '');
    const { commits } = body;
    if (commits !== undefined && (!Array.isArray(commits) || commits.length > MAX_COMMITS)) {
      throw new Fault(`"commits" must be at most ${MAX_COMMITS} commits.`);
    }
    const deploy = body['deploy'] === undefined ? null : object(body['deploy'], '"deploy"');
    if (deploy !== null) known(deploy, ['environment', 'name', 'url', 'finishedAt'], '"deploy": ');
    return {
      ok: true,
      value: {
        note: {
          version: required(body['version'], 'version', MAX_VERSION),
          releasedAt: timeOrNull(body['releasedAt'], 'releasedAt'),
          url: urlOrNull(body['url'], 'url'),
          ref: textOrNull(body['ref'], 'ref'),
          commits: commits === undefined ? null : commits.map(commit),
        },
        deploy:
          deploy === null
            ? null
            : {
                environment: required(deploy['environment'], 'environment'),
                name: textOrNull(deploy['name'], 'name'),
                url: urlOrNull(deploy['url'], 'url'),
                startedAt: null,
                finishedAt: timeOrNull(deploy['finishedAt'], 'finishedAt') ?? now,
              },
      },
    };
  } catch (error) {
    if (error instanceof Fault) return { ok: false, fault: error.message };
    throw error;
  }
}
