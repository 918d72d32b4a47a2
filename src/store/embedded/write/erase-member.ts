// Somebody who has an account of this server is erased: the account goes with all that hangs on it, and where their name or address stands in what
// others keep (histories of bugs, searches, messages), a number stands. What they wrote stays; the audit log has had the number all along.
import { query } from '../database/query.ts';
import { openedColumn, sealedValue } from '../database/sealed-columns.ts';
import type { Connection } from '../database/query.ts';
import { noteErasedMember } from '../journal/journal-rows.ts';
import type { WriteContext } from '../transaction/write-context.ts';
import { noteErasure } from './purge.ts';
import { isOnlyAdmin } from './write-people.ts';

interface Member {
  readonly id: number;
  readonly email: string;
  readonly name: string;
}

const memberById = query<[id: number], Member>(`SELECT id, email, name FROM users WHERE id = ?`);
/** As `nameOf` shows people in histories. */
const namesakes = query<[{ id: number; name: string }], number>(`
  SELECT count(*) FROM users WHERE id <> @id AND iif(name = '', email, name) = @name`);

/** What has a name of somebody as a whole: as it was shown, or the address. */
const NAMED = [
  `UPDATE bug_events SET by = @to WHERE by IN (@name, @email)`,
  `UPDATE bugs SET merged_by = @to WHERE merged_by IN (@name, @email)`,
  `UPDATE report_crashes SET moved_by = @to WHERE moved_by IN (@name, @email)`,
  `UPDATE bulk_acts SET by = @to WHERE by IN (@name, @email)`,
  `UPDATE bulk_acts SET undone_by = @to WHERE undone_by IN (@name, @email)`,
  `UPDATE symbols SET uploaded_by = @to WHERE uploaded_by IN (@name, @email)`,
].map((sql) => query<[{ to: string; name: string; email: string }]>(sql));

/** What belongs to somebody by the address. */
const OWNED = [
  `UPDATE bugs SET assignee = NULL WHERE assignee = @email COLLATE NOCASE`,
  `DELETE FROM saved_searches WHERE owner = @email COLLATE NOCASE AND shared = 0`,
  `UPDATE OR REPLACE saved_searches SET owner = @to WHERE owner = @email COLLATE NOCASE`,
  `DELETE FROM deliveries WHERE channel = 'mail' AND target = @email COLLATE NOCASE`,
].map((sql) => query<[{ to: string; email: string }]>(sql));

/** Where the address may stand among other words. */
const WITHIN = [
  ['bug_events', 'detail'],
  ['bulk_acts', 'change'],
  ['bulk_changes', 'outcome'],
  ['saved_searches', 'query'],
  ['alert_rules', 'fields'],
  ['ticket_messages', 'detail'],
].map(([table = '', column = '']) => {
  const text = openedColumn(table, column);
  return query<[{ to: string }]>(
    `UPDATE ${table} SET ${column} = ${sealedValue(table, column, `without_address(${text}, @to)`)}
     WHERE without_address(${text}, @to) <> ${text}`,
  );
});

const PAYLOAD = openedColumn('deliveries', 'payload');
/** Messages that were not sent yet and would tell of them. */
const unsent = query<[{ name: string }]>(`
  DELETE FROM deliveries
  WHERE ended_at IS NULL AND (instr(${PAYLOAD}, json_quote(@name)) > 0 OR without_address(${PAYLOAD}, '') <> ${PAYLOAD})`);
const noOwner = query<[id: number]>(`UPDATE alert_rules SET owner_id = NULL WHERE owner_id = ?`);
const links = query<[{ id: string; email: string }]>(`
  DELETE FROM one_time_secrets WHERE (purpose = 'reset' AND data = @id) OR instr(lower(data), lower(json_quote(@email))) > 0`);
/** Sessions, tokens, second factors, subscriptions and names of providers go with it. */
const deleteMember = query<[id: number]>(`DELETE FROM users WHERE id = ?`);

/** `last-admin`: nobody would be left to do such things; nothing was changed. */
export type MemberErased = 'erased' | 'nobody' | 'last-admin';

export async function eraseMember(
  context: WriteContext,
  id: number,
  { now, force = false }: { readonly now: number; readonly force?: boolean },
): Promise<MemberErased> {
  const { connection, ledger } = context;
  const member = memberById(connection).get(id);
  if (member === undefined) return 'nobody';
  if (!force && isOnlyAdmin(connection).pluck().get({ id }) === 1) return 'last-admin';
  await ledger.flush();
  forgetNames(connection, member);
  noOwner(connection).run(id);
  links(connection).run({ id: String(id), email: member.email });
  deleteMember(connection).run(id);
  // Bugs were changed beside what is held of them.
  ledger.clear();
  noteErasedMember(connection, member.email, now);
  noteErasure(connection, now);
  return 'erased';
}

function forgetNames(connection: Connection, { id, email, name }: Member): void {
  const shown = name === '' ? email : name;
  // Of two people of one name nobody knows which of them it was.
  const isOnly = namesakes(connection).pluck().get({ id, name: shown }) === 0;
  const to = isOnly ? `person ${id}` : 'somebody';
  addFunction(connection, email);
  for (const rename of NAMED) rename(connection).run({ to, name: shown, email });
  for (const change of OWNED) change(connection).run({ to: `person ${id}`, email });
  for (const change of WITHIN) change(connection).run({ to: `person ${id}` });
  unsent(connection).run({ name: shown });
}

/** `without_address(text, to)` in SQL: a text with `to` in the place of the address. */
function addFunction(connection: Connection, email: string): void {
  const address = addressIn(email);
  connection.function('without_address', (text: unknown, to: unknown) =>
    typeof text === 'string' ? text.replace(address, () => String(to)) : text,
  );
}

/**
 * An address as it stands among words or in a query, in any case; `sal@x.org` and `al@x.org.uk` are those of others, while a dot that ends a
 * sentence is no part of it, and neither are the digits of what is written with `%`.
 */
function addressIn(email: string): RegExp {
  const spelled = email.replace(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`).replaceAll('@', '(?:@|%40)');
  const begins = String.raw`(?:(?<![\p{L}\p{N}._%+-])|(?<=%[0-9a-f]{2}))`;
  return new RegExp(String.raw`${begins}${spelled}(?![\p{L}\p{N}_-]|\.[\p{L}\p{N}])`, 'giu');
}
