// An export → the store, kind by kind. It can be stopped anywhere and run again: what is here already is passed over.
import type { AlertCondition, AlertQuietHours } from '../../store/alerts.ts';
import { RECORD_KINDS, type ExportManifest, type RecordKind } from '../export/export-format.ts';
import { recordsOf } from '../export/open-export.ts';
import { BadRecord, Fields, textItem } from '../record-fields.ts';
import { FileRefused, type SourceFolder } from '../source-folder.ts';
import { PRESENT, TAKEN, refused, type Fate, type ImportTally } from './import-tally.ts';
import { pairBugs, takeBug, type BugPairs } from './take-bugs.ts';
import { nameOf, takeReport } from './take-report.ts';
import {
  takeAccount,
  takeFeedback,
  takePerson,
  takeProduct,
  takeRelease,
  takeSearch,
  takeTeam,
  type SettingsTaker,
} from './take-settings.ts';

export interface ExportTaker extends SettingsTaker {
  readonly folder: SourceFolder;
  readonly manifest: ExportManifest;
  readonly tally: ImportTally;
  /** People and teams, too, with the rights that the export says. */
  readonly people: boolean;
  readonly checkCondition: (value: unknown) => Checked<AlertCondition>;
  readonly checkQuiet: (value: unknown) => Checked<AlertQuietHours | null>;
  readonly takeSymbols: (folder: SourceFolder, value: unknown, dryRun: boolean) => Promise<Fate>;
  readonly progress: (done: number, total: number) => void;
  readonly isInterrupted: () => boolean;
}

type Checked<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly fault: string };

/** Everything but bugs. Throws `StorageError` where the store can keep no more. */
export function takeRecords(taker: ExportTaker): Promise<void> {
  const kinds = RECORD_KINDS.filter(
    (kind) => kind !== 'bug' && ((kind !== 'person' && kind !== 'team') || taker.people),
  );
  return takeKinds(taker, kinds, null);
}

/** Bugs, once the reports are processed. */
export async function takeBugs(taker: ExportTaker): Promise<void> {
  const { folder, manifest, store } = taker;
  if (!manifest.parts.some(({ kind }) => kind === 'bug')) return;
  await takeKinds(taker, ['bug'], await pairBugs(store, folder, manifest));
}

async function takeKinds(
  taker: ExportTaker,
  kinds: readonly RecordKind[],
  pairs: BugPairs | null,
): Promise<void> {
  const { folder, manifest, tally, progress, isInterrupted } = taker;
  const chosen = manifest.parts.filter(({ kind }) => kinds.includes(kind));
  const total = chosen.reduce((sum, { records }) => sum + records, 0);
  let done = 0;
  for (const kind of kinds) {
    const width = kind === 'report' ? REPORTS_AT_ONCE : 1;
    let batch: { readonly place: string; readonly value: unknown }[] = [];
    const takeBatch = async (): Promise<void> => {
      const fates = await Promise.all(batch.map(({ value }) => fateOf(taker, kind, value, pairs)));
      for (const [at, { place, value }] of batch.entries()) {
        tally.add(kind, nameOfRecord(value, place), fates[at] ?? PRESENT);
        progress((done += 1), total);
      }
      batch = [];
    };
    for await (const record of recordsOf(folder, manifest, kind)) {
      if (isInterrupted()) return;
      batch.push(record);
      if (batch.length >= width) await takeBatch();
    }
    await takeBatch();
  }
}

/** They share the durability of one commit. */
const REPORTS_AT_ONCE = 8;

async function fateOf(
  taker: ExportTaker,
  kind: RecordKind,
  value: unknown,
  pairs: BugPairs | null,
): Promise<Fate> {
  const { store, folder, limits, dryRun } = taker;
  const takers: Readonly<Record<RecordKind, () => Promise<Fate>>> = {
    account: () => takeAccount(taker, value),
    product: () => takeProduct(taker, value),
    person: () => takePerson(taker, value),
    team: () => takeTeam(taker, value),
    release: () => takeRelease(taker, value),
    symbols: () => taker.takeSymbols(folder, value, dryRun),
    report: () => takeReport(store, folder, value, { limits, dryRun }),
    feedback: () => takeFeedback(taker, value),
    bug: () => takeBug(store, value, pairs ?? new Map(), { dryRun }),
    search: () => takeSearch(taker, value),
    alert: () => takeAlert(taker, value),
  };
  try {
    if (new Fields(value, 'the line').raw('record') !== kind)
      throw new BadRecord(`the line is no record of ${kind}`);
    return await takers[kind]();
  } catch (error) {
    if (error instanceof BadRecord) return refused('bad_record', error.message);
    if (error instanceof FileRefused) return refused(error.code, error.message);
    throw error;
  }
}

/** A rule whose receivers are not here, or were webhooks alone, comes switched off. */
async function takeAlert(taker: ExportTaker, value: unknown): Promise<Fate> {
  const { store, limits, dryRun } = taker;
  const fields = new Fields(value, 'the rule');
  const name = fields.text('name', 500);
  const account = nameOf(fields, 'account', limits);
  const product = fields.raw('product') === null ? null : nameOf(fields, 'product', limits);
  const condition = taker.checkCondition(fields.raw('condition'));
  const quiet = taker.checkQuiet(fields.raw('quiet'));
  if (!condition.ok) throw new BadRecord(`"condition" cannot be: ${condition.fault}`);
  if (!quiet.ok) throw new BadRecord(`"quiet" cannot be: ${quiet.fault}`);
  const here = await store.alerts.listRules();
  if (here.some((rule) => rule.name === name && rule.account === account && rule.product === product))
    return PRESENT;
  // Numbers of bugs are others here.
  if (fields.maybeCount('bugId') !== null) throw new BadRecord('a rule of one bug stays with that bug');
  if (dryRun) return TAKEN;
  const users = new Map((await store.people.listUsers()).map(({ email, id }) => [email, id]));
  const targets = fields.list('mails', textItem, 100).flatMap((email) => {
    const userId = users.get(email);
    return userId === undefined ? [] : [{ kind: 'mail', userId } as const];
  });
  const made = await store.alerts.createRule({
    name,
    account,
    product,
    condition: condition.value,
    search: fields.text('search', 10_000),
    bugId: null,
    everyMinutes: fields.count('everyMinutes'),
    tellsEnd: fields.flag('tellsEnd'),
    quiet: quiet.value,
    targets,
    enabled: fields.flag('enabled') && targets.length > 0,
    mutedUntil: fields.maybeTime('mutedUntil'),
    ownerId: users.get(fields.maybeText('owner', 500) ?? '') ?? null,
    isProtected: fields.flag('isProtected'),
  });
  return made === null ? refused('bad_record', 'there are too many rules') : TAKEN;
}

/** What an example of a refusal is called. */
function nameOfRecord(value: unknown, place: string): string {
  if (typeof value !== 'object' || value === null) return place;
  const { crashId, email, name, id, version, debugFile } = value as Readonly<Record<string, unknown>>;
  const named = [crashId, email, name, debugFile, version, id].flatMap((one) =>
    (typeof one === 'string' && one !== '') || typeof one === 'number' ? String(one) : [],
  )[0];
  return named === undefined ? place : `${place} (${named.slice(0, 100)})`;
}
