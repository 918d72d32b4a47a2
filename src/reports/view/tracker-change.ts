// The tracker of a product, as it comes from a form or the API, checked in one place.
import { repositoryAddress } from '../../report/source/source-settings.ts';
import type { ProductRules } from '../../store/bugs.ts';
import { TRACKER_KINDS } from '../../store/tickets.ts';
import type { TrackerKind, TrackerSettings } from '../../store/tickets.ts';
import type { Checked } from './bug-change.ts';

const MAX_TEXT = 200;
const MAX_ADDRESS = 500;
const MAX_LABELS = 20;
const MAX_TOKEN = 1000;
const FIELDS = [
  ...['kind', 'url', 'api', 'project', 'component', 'version', 'issueType', 'labels', 'signatureField'],
  ...['user', 'form', 'comments', 'closes', 'closeTransition', 'token'],
];

/** Of a product that has decided nothing. */
export const NO_TRACKER: TrackerSettings = {
  kind: 'link',
  url: '',
  api: null,
  project: null,
  component: null,
  version: null,
  issueType: null,
  labels: [],
  signatureField: 'cf_crash_signature',
  user: null,
  form: null,
  comments: true,
  closes: false,
  closeTransition: null,
};

/** What the rules of a product say already: the form of its tracker can be opened without further settings. */
export function impliedTracker({
  ticketTracker,
  ticketUrl,
}: Pick<ProductRules, 'ticketTracker' | 'ticketUrl'>): TrackerSettings | null {
  const kind = (['github', 'gitlab', 'bugzilla'] as const).find((one) => one === ticketTracker);
  const url = ticketUrl === null || ticketUrl.includes('%s') ? null : repositoryAddress(ticketUrl);
  return kind === undefined || url === null ? null : { ...NO_TRACKER, kind, url };
}

class Fault extends Error {}

type Given = Readonly<Record<string, unknown>>;

function textOrNull(value: unknown, name: string, max = MAX_TEXT): string | null {
  if (value === null) return null;
  if (typeof value !== 'string' || value.length > max || /\p{Cc}/u.test(value))
    throw new Fault(`"${name}" must be a text of at most ${max} characters in one line.`);
  return value.trim() === '' ? null : value.trim();
}

function flag(value: unknown, name: string): boolean {
  if (typeof value !== 'boolean') throw new Fault(`"${name}" must be true or false.`);
  return value;
}

function address(value: unknown, name: string): string | null {
  const text = textOrNull(value, name, MAX_ADDRESS);
  const found = text === null ? null : repositoryAddress(text);
  if (text !== null && found === null)
    throw new Fault(`"${name}" must begin with http:// or https://, without a password or a query.`);
  return found;
}

function labels(value: unknown): readonly string[] {
  if (!Array.isArray(value) || value.length > MAX_LABELS)
    throw new Fault(`"labels" must be at most ${MAX_LABELS} texts.`);
  return value.flatMap((one) => textOrNull(one, 'every entry of "labels"', 100) ?? []);
}

/** The address of a form: what stands in braces goes behind the host. */
function form(value: unknown): string | null {
  const given = textOrNull(value, 'form', MAX_ADDRESS);
  if (given === null) return null;
  const sample = given.replaceAll(/\{(title|body|signature|url)\}/g, 'x');
  if (!/^https?:\/\/[^/?#{]+[/?#]/i.test(given) || !URL.canParse(sample) || sample.includes('{'))
    throw new Fault(
      '"form" must begin with http:// or https:// and a host, and hold no other braces than {title}, {body}, {signature}, {url}.',
    );
  return given;
}

function kindOf(value: unknown): TrackerKind {
  const kind = TRACKER_KINDS.find((one) => one === value);
  if (kind === undefined) throw new Fault(`"kind" is none of ${TRACKER_KINDS.join(', ')}.`);
  return kind;
}

/** What a kind cannot do without. */
function missing(settings: TrackerSettings): string | null {
  const { kind, url, project, component } = settings;
  if (kind === 'link')
    return settings.form === null ? '"form" is missing: the address of the form for a new ticket.' : null;
  if (url === '') return '"url" is missing.';
  if ((kind === 'github' || kind === 'gitlab') && !/^https?:\/\/[^/]+\/[^/]+\/[^/]+/.test(url))
    return '"url" must be the page of the project, such as https://github.com/example/shop.';
  if (kind === 'jira' && (project === null || !/^[A-Z][A-Z0-9_]{0,50}$/.test(project)))
    return '"project" must be the key of the Jira project, such as SHOP.';
  if (kind === 'bugzilla' && (project === null || component === null))
    return '"project" and "component" must name the product and the component in Bugzilla.';
  return null;
}

export interface CheckedTracker {
  readonly settings: TrackerSettings;
  /** Undefined: it stays; null: it is taken away. */
  readonly token: string | null | undefined;
}

/**
 * The settings after a change that may name only some fields. A token goes to the address that it was given for: whoever changes the address
 * gives it anew, so that nobody has it sent to a server of theirs.
 */
export async function checkTracker(
  change: Given,
  before: { readonly settings: TrackerSettings; readonly hasToken: boolean } | null,
  addressFault: (url: URL) => Promise<string | null>,
): Promise<Checked<CheckedTracker>> {
  try {
    const stranger = Object.keys(change).find((name) => !FIELDS.includes(name));
    if (stranger !== undefined) throw new Fault(`"${stranger}" is none of ${FIELDS.join(', ')}.`);
    const now = before?.settings ?? NO_TRACKER;
    const has = (name: keyof TrackerSettings) => change[name] !== undefined;
    const text = (name: 'project' | 'component' | 'version' | 'issueType' | 'user' | 'closeTransition') =>
      has(name) ? textOrNull(change[name], name) : now[name];
    const settings: TrackerSettings = {
      kind: has('kind') ? kindOf(change['kind']) : now.kind,
      url: has('url') ? (address(change['url'], 'url') ?? '') : now.url,
      api: has('api') ? address(change['api'], 'api') : now.api,
      project: text('project'),
      component: text('component'),
      version: text('version'),
      issueType: text('issueType'),
      labels: has('labels') ? labels(change['labels']) : now.labels,
      signatureField: has('signatureField') ? signatureField(change['signatureField']) : now.signatureField,
      user: text('user'),
      form: has('form') ? form(change['form']) : now.form,
      comments: has('comments') ? flag(change['comments'], 'comments') : now.comments,
      closes: has('closes') ? flag(change['closes'], 'closes') : now.closes,
      closeTransition: text('closeTransition'),
    };
    const lack = missing(settings);
    if (lack !== null) throw new Fault(lack);
    const token = tokenOf(change['token']);
    const hasToken = token === undefined ? (before?.hasToken ?? false) : token !== null;
    if (hasToken) {
      if (settings.kind === 'link')
        throw new Fault('A token is of no use where there is only the address of a form.');
      if (token === undefined && goesElsewhere(now, settings))
        throw new Fault(
          '"token" is missing: it was given for another address, so give it again with this one.',
        );
      const fault = await addressFault(new URL(settings.api ?? settings.url));
      if (fault !== null) throw new Fault(`"${settings.api === null ? 'url' : 'api'}": ${fault}.`);
    }
    return { ok: true, value: { settings, token } };
  } catch (error) {
    if (error instanceof Fault) return { ok: false, fault: error.message };
    throw error;
  }
}

/** Its host, its kind or whose token it is. */
function goesElsewhere(before: TrackerSettings, after: TrackerSettings): boolean {
  const where = ({ kind, url, api, user }: TrackerSettings): string => {
    const base = api ?? url;
    return JSON.stringify([kind, base === '' ? '' : new URL(base).origin, user]);
  };
  return where(before) !== where(after);
}

function signatureField(value: unknown): string | null {
  const name = textOrNull(value, 'signatureField');
  if (name !== null && !/^cf_\w{1,60}$/.test(name))
    throw new Fault('"signatureField" must be the name of a field of Bugzilla that begins with cf_.');
  return name;
}

/** It goes into a header. */
function tokenOf(value: unknown): string | null | undefined {
  if (value === undefined || value === null) return value;
  if (typeof value !== 'string' || value.length > MAX_TOKEN || !/^[\x21-\x7e]*$/.test(value))
    throw new Fault(`"token" must be at most ${MAX_TOKEN} characters of ASCII without spaces.`);
  return value === '' ? null : value;
}
