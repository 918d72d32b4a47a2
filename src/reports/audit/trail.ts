// The line that one request leaves in the audit log: who asks is known from the request, what it does from the table, and how it ended from
// its answer. What was done is on stable storage before the answer is given; what is given out, before its first byte.
import { hash } from 'node:crypto';
import type { Context } from 'hono';
import type { AuditActor, AuditDetail, AuditEntry, AuditOutcome } from '../../store/audit.ts';
import { auditNoteOf } from '../auth/audit-note.ts';
import { clientAddress, networkOf } from '../auth/peer-network.ts';
import type { Person } from '../auth/person.ts';
import type { ReportsContext } from '../reports-context.ts';
import type { Audited } from './audited.ts';

/** Who is behind a request. */
export function actorOf(person: Person | null): AuditActor {
  if (person === null) return { person: null, way: 'nobody', token: null };
  const { user, token = null } = person;
  if (user === null) return { person: null, way: token === null ? 'operator' : 'token', token };
  return { person: user.id, way: token === null ? 'session' : 'token', token };
}

/** One request, and who made it. */
export interface Trail {
  readonly c: Context;
  readonly context: ReportsContext;
  readonly person: Person | null;
}

/** What the fields of the request are, by name: parameters of its path first. */
export type Fields = (name: string) => unknown;

/** Runs what is written down and writes its line; null: nothing is. `outcome` reads how an answer ended. */
export async function audited<T>(
  trail: Trail,
  line: Audited | null,
  {
    fields,
    run,
    outcome = () => 'done',
    refusals,
  }: {
    readonly fields: Fields;
    readonly run: () => Promise<T>;
    readonly outcome?: (answer: T) => AuditOutcome;
    /** Whether an error says that the request was refused, rather than that something broke. */
    readonly refusals: (error: unknown) => boolean;
  },
): Promise<T> {
  if (line === null) return run();
  let answer: T;
  try {
    answer = await run();
  } catch (error) {
    // What broke first is what the client hears of.
    await write(trail, entryOf(trail, line, fields, refusals(error) ? 'refused' : 'failed')).catch(
      (failure: unknown) => trail.context.log.error({ err: failure }, 'a line of the audit log was lost'),
    );
    throw error;
  }
  await write(trail, entryOf(trail, line, fields, outcome(answer)));
  return answer;
}

/** Nobody's refusals are bounded: anybody can make them. */
async function write({ context }: Trail, entry: AuditEntry): Promise<void> {
  const { audit } = context.store;
  if (entry.who.way === 'nobody' && entry.outcome !== 'done') audit.note(entry);
  else await audit.record(entry);
}

function entryOf(
  { c, context, person }: Trail,
  { what, object, fields: names }: Audited,
  fields: Fields,
  outcome: AuditOutcome,
): AuditEntry {
  const note = auditNoteOf(c);
  const who = actorOf(person);
  // Who has just signed in came as nobody.
  const way = who.way === 'nobody' && note.person !== undefined && outcome === 'done' ? 'session' : who.way;
  return {
    who: { ...who, way, person: note.person ?? who.person },
    what: filled(what, fields),
    object: note.object ?? filled(object, fields),
    network: networkOf(clientAddress(c, context)),
    outcome,
    detail: {
      ...Object.fromEntries(names.map((name) => repeated(name, fields)).filter(([, value]) => value !== '')),
      ...note.detail,
    },
  };
}

function filled(template: string, fields: Fields): string {
  return template.replaceAll(/\{(\w+)\}/g, (_, name: string) => String(plain(fields(name)) ?? ''));
}

/** A field under its name; one with `#` as the beginning of the SHA-256 of its value. */
function repeated(name: string, fields: Fields): readonly [string, AuditDetail[string]] {
  if (!name.endsWith('#')) return [name, plain(fields(name))];
  const bare = name.slice(0, -1);
  const value = String(plain(fields(bare)) ?? '');
  return [bare, value === '' ? '' : `sha256:${hash('sha256', value).slice(0, HASH_DIGITS)}`];
}

const HASH_DIGITS = 12;

/** Of a list, how long it is. */
function plain(value: unknown): AuditDetail[string] {
  if (value === undefined || value === null) return '';
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  return Array.isArray(value) ? value.length : '';
}

/** Writes down that a person looks at protected data: once for each object and minute. */
export function lookOf(trail: Trail): (object: string) => void {
  const who = actorOf(trail.person);
  return (object) =>
    trail.context.store.audit.note({
      who,
      what: 'protected.look',
      object,
      network: networkOf(clientAddress(trail.c, trail.context)),
      outcome: 'done',
      detail: {},
    });
}

/** Writes down that a token was sent that is nobody's. */
export function noteWrongToken(trail: Omit<Trail, 'person'>): void {
  trail.context.store.audit.note({
    who: actorOf(null),
    what: 'token.use',
    object: '',
    network: networkOf(clientAddress(trail.c, trail.context)),
    outcome: 'refused',
    detail: {},
  });
}

/** Writes down that symbols or what a build tool tells of a release came with a token: once a minute, since a build sends thousands of files. */
export function noteUpload(trail: Trail): void {
  trail.context.store.audit.note({
    who: actorOf(trail.person),
    what: 'symbols.upload',
    object: 'symbols',
    network: networkOf(clientAddress(trail.c, trail.context)),
    outcome: 'done',
    detail: {},
  });
}
