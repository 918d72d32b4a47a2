// Bugs of an export → what people did with them, put onto the bugs that stand here for the same reports. Bugs themselves are made by
// filing alone, so this comes when the reports are processed.
import { BUG_STATES, type BugEvent, type MovedBug } from '../../store/bugs.ts';
import { movedIdentity } from '../../store/intake.ts';
import type { Store } from '../../store/store.ts';
import type { ExportManifest } from '../export/export-format.ts';
import { recordsOf } from '../export/open-export.ts';
import { BadRecord, Fields } from '../record-fields.ts';
import type { SourceFolder } from '../source-folder.ts';
import { PRESENT, TAKEN, refused, type Fate } from './import-tally.ts';

const MAX_SHORT = 500;
const MAX_DETAIL = 10_000;
const MAX_EVENTS = 10_000;
/** Lines that speak of bugs by the numbers of the store that they come from, or that are written here anyway. */
const LEFT_OUT: ReadonlySet<string> = new Set(['created', 'merged', 'unmerged', 'split', 'moved']);

/** Bug of the export → bugs here, with how many of its reports each has. */
export type BugPairs = ReadonlyMap<number, ReadonlyMap<number, number>>;

/** Finds out which bugs of an export are which ones here, by the reports that both have. */
export async function pairBugs(
  store: Store,
  folder: SourceFolder,
  manifest: ExportManifest,
): Promise<BugPairs> {
  const pairs = new Map<number, Map<number, number>>();
  for await (const { value } of recordsOf(folder, manifest, 'report')) {
    // A damaged line was refused as a report.
    if (typeof value !== 'object' || value === null) continue;
    const { crashId, identity, bugs } = value as Readonly<Record<string, unknown>>;
    if (typeof crashId !== 'string' || !Array.isArray(bugs) || bugs.length === 0) continue;
    const here = (await bugsHere(store, crashId, identity)) ?? [];
    // A report of several crashes says which is which only where both stores found as many.
    if (here.length !== bugs.length) continue;
    for (const [at, bugId] of here.entries()) {
      const theirs: unknown = bugs[at];
      if (typeof theirs !== 'number') continue;
      const counts = pairs.get(theirs) ?? new Map<number, number>();
      pairs.set(theirs, counts);
      counts.set(bugId, (counts.get(bugId) ?? 0) + 1);
    }
  }
  return pairs;
}

/** Bugs of a report, which may be here under another crash id: it came by another way, too. */
async function bugsHere(
  store: Store,
  crashId: string,
  identity: unknown,
): Promise<readonly number[] | undefined> {
  const own = await store.queue.getProcessed(crashId);
  if (own !== null || typeof identity !== 'string' || !/^[0-9a-f]{32}$/.test(identity)) return own?.bugIds;
  const other = await store.intake.findByIdentity(movedIdentity(identity));
  return other === null ? undefined : (await store.queue.getProcessed(other))?.bugIds;
}

/** Throws `BadRecord`. */
export async function takeBug(
  store: Store,
  value: unknown,
  pairs: BugPairs,
  { dryRun }: { readonly dryRun: boolean },
): Promise<Fate> {
  const fields = new Fields(value, 'the bug');
  const id = fields.count('id');
  const moved = readMoved(fields);
  const merges = fields.list('mergedFrom', (item, name) => new Fields(item, name).maybeText('by', MAX_SHORT));
  const found = [...(pairs.get(id) ?? [])].sort(([, a], [, b]) => b - a).map(([bugId]) => bugId);
  const [first] = found;
  if (first === undefined) return isUntouched(moved) ? PRESENT : refused('nothing_to_join', '');
  let changed = false;
  const into = (await store.bugs.resolveBug(first)) ?? first;
  // Only what people had merged: where this version tells bugs apart that an older one did not, it is right.
  const merger = merges.find((by) => by !== null) ?? undefined;
  for (const other of merger === undefined ? [] : found.slice(1)) {
    const from = await store.bugs.resolveBug(other);
    if (from === null || from === into) continue;
    if (!dryRun && merger !== undefined) await store.bugs.mergeBugs(from, into, merger);
    changed = true;
  }
  const events = await newEvents(store, into, moved.events);
  const isTouched = await wasTouchedHere(store, into, moved.events);
  const bug = await store.bugs.getBug(into);
  if (bug === null) return refused('nothing_to_join', '');
  const { events: _events, ...state } = moved;
  const now = isTouched ? stateOf(bug) : state;
  if (events.length > 0 || JSON.stringify(now) !== JSON.stringify(stateOf(bug))) {
    if (!dryRun) await store.bugs.takeOverBug(into, { ...now, events });
    changed = true;
  }
  return changed ? TAKEN : PRESENT;
}

/** Nobody has done anything with it, so there is nothing to put onto another one. */
function isUntouched({ state, assignee, ticket, events }: MovedBug): boolean {
  return state === 'open' && assignee === null && ticket === null && events.length === 0;
}

function stateOf({
  state,
  closedAt,
  closedInVersion,
  ignoredUntil,
  ignoredUntilCount,
  assignee,
  ticket,
}: Omit<MovedBug, 'events'>): Omit<MovedBug, 'events'> {
  return { state, closedAt, closedInVersion, ignoredUntil, ignoredUntilCount, assignee, ticket };
}

function readMoved(fields: Fields): MovedBug {
  return {
    ...stateOf({
      state: fields.choice('state', BUG_STATES),
      closedAt: fields.maybeTime('closedAt'),
      closedInVersion: fields.maybeText('closedInVersion', MAX_SHORT),
      ignoredUntil: fields.maybeTime('ignoredUntil'),
      ignoredUntilCount: fields.maybeCount('ignoredUntilCount'),
      assignee: fields.maybeText('assignee', MAX_SHORT),
      ticket: ticketOf(fields),
    }),
    events: fields.list('events', readEvent, MAX_EVENTS).filter(({ what }) => !LEFT_OUT.has(what)),
  };
}

function ticketOf(fields: Fields): string | null {
  const ticket = fields.maybeText('ticket', 2000);
  // It becomes a link on pages.
  if (ticket !== null && /^\s*[a-z][a-z0-9+.-]*:/i.test(ticket) && !/^\s*https?:/i.test(ticket))
    throw new BadRecord('"ticket" is no address of a page');
  return ticket;
}

function readEvent(value: unknown, name: string): BugEvent {
  const fields = new Fields(value, name);
  return {
    at: fields.time('at'),
    by: fields.maybeText('by', MAX_SHORT),
    what: fields.text('what', 50),
    detail: fields.text('detail', MAX_DETAIL),
  };
}

/** Lines that the bug has not got. */
async function newEvents(
  store: Store,
  id: number,
  events: readonly BugEvent[],
): Promise<readonly BugEvent[]> {
  const here = new Set((await store.bugs.eventsOf(id, 2 * MAX_EVENTS)).map(keyOf));
  return events.filter((event) => !here.has(keyOf(event)));
}

/** Whether somebody did something with the bug here: then its state is theirs. */
async function wasTouchedHere(store: Store, id: number, events: readonly BugEvent[]): Promise<boolean> {
  const theirs = new Set(events.map(keyOf));
  const here = await store.bugs.eventsOf(id, 2 * MAX_EVENTS);
  return here.some((event) => event.by !== null && event.what !== 'merged' && !theirs.has(keyOf(event)));
}

function keyOf({ at, by, what, detail }: BugEvent): string {
  return JSON.stringify([at, by, what, detail]);
}
