// What data rules would have left out of the newest reports of a product. Somebody without the right to protected data is shown what they do
// to public annotations alone, and no value: else an expression would be a way to ask for one.
import type { Readable } from 'node:stream';
import { DataFilter } from '../../report/privacy/data-filter.ts';
import type { Found } from '../../report/privacy/data-notes.ts';
import type { DataRules } from '../../report/privacy/data-rules.ts';
import type { Annotation, Attachment } from '../../report/report.ts';
import type { ReportStore } from '../../store/reports.ts';
import type { Sight } from './sight.ts';

/** The most reports that a preview looks at. */
export const MAX_DATA_PREVIEWED = 500;
const MAX_EXAMPLES = 20;
const MAX_EXAMPLE = 200;
const MAX_DEPTH = 60;
/** Larger payloads are not looked into by a preview. */
const MAX_PAYLOAD = 1024 * 1024;
/** A preview goes on for so long; then it says how far it came. */
const MAX_MS = 5000;

/** One value as it is and as it would be; `after` null: it would be left out. */
export interface DataExample {
  readonly crashId: string;
  /** The name of the annotation, or of the members of the payload that lead to it. */
  readonly name: string;
  readonly before: string;
  readonly after: string | null;
}

/** What rules would do. */
export interface DataPreview {
  /** Reports that were looked at, and that would have been stored otherwise. */
  readonly looked: number;
  readonly changed: number;
  /** Values by what found them. */
  readonly found: Readonly<Record<Found, number>>;
  /** Null: examples are for people with the right to protected data. */
  readonly examples: readonly DataExample[] | null;
  /** Whether the time was up before all reports were looked at. */
  readonly isCut: boolean;
  /** What the preview could not look at, a sentence each. */
  readonly notes: readonly string[];
}

/** Looks at the newest reports of a product, at most `limit`. */
export async function previewDataRules(
  reports: Pick<ReportStore, 'listReports' | 'getReport' | 'openAttachment'>,
  {
    account,
    product,
    rules,
    limit,
    sight,
    clock = () => performance.now(),
  }: {
    readonly account: string;
    readonly product: string;
    readonly rules: DataRules;
    readonly limit: number;
    readonly sight: Sight;
    readonly clock?: () => number;
  },
): Promise<DataPreview> {
  const found: Record<Found, number> = {
    email: 0,
    card: 0,
    token: 0,
    ip: 0,
    home: 0,
    pattern: 0,
    name: 0,
    unseen: 0,
  };
  const examples: DataExample[] = [];
  const endsAt = clock() + MAX_MS;
  let looked = 0;
  let changed = 0;
  let isCut = false;
  let large = 0;
  const { rows } = await reports.listReports({ account, product }, { limit });
  for (const { crashId } of rows) {
    if (clock() > endsAt) {
      isCut = true;
      break;
    }
    const report = await reports.getReport(crashId);
    if (report === null) continue;
    looked += 1;
    const filter = new DataFilter(rules);
    const seen = sight.all
      ? report.annotations
      : report.annotations.filter(({ key }) => sight.names.has(key));
    const show = (name: string, before: string, after: string | null): void => {
      if (examples.length < MAX_EXAMPLES) examples.push({ crashId, name, ...around(before, after) });
    };
    compareAnnotations(seen, await filter.inTurns((one) => one.annotations(seen)), show);
    for (const part of sight.all ? report.attachments.filter(({ kind }) => kind === 'payload') : []) {
      if (part.size > MAX_PAYLOAD) large += 1;
      else await lookIntoPayload(await bytesOf(reports, crashId, part), filter, show);
    }
    for (const [kind, count] of filter.found) found[kind] += count;
    if (filter.count > 0) changed += 1;
  }
  return {
    looked,
    changed,
    found,
    examples: sight.all ? examples : null,
    isCut,
    notes: [
      ...(sight.all
        ? []
        : [
            'You do not have the right to see protected data: the preview looks at public annotations alone.',
          ]),
      ...(large === 0 ? [] : [`${large} payloads of more than ${MAX_PAYLOAD} bytes were not looked into.`]),
    ],
  };
}

type Show = (name: string, before: string, after: string | null) => void;

function compareAnnotations(before: readonly Annotation[], after: readonly Annotation[], show: Show): void {
  const kept = new Map(after.map(({ key, value }) => [key, value]));
  for (const { key, value } of before) {
    const then = kept.get(key);
    if (then !== value) show(key, value, then ?? null);
  }
}

async function bytesOf(
  reports: Pick<ReportStore, 'openAttachment'>,
  crashId: string,
  { name }: Attachment,
): Promise<Buffer> {
  const opened = await reports.openAttachment(crashId, name);
  return opened === null ? Buffer.alloc(0) : whole(opened.stream);
}

async function whole(stream: Readable): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream as AsyncIterable<Uint8Array>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function lookIntoPayload(bytes: Buffer, filter: DataFilter, show: Show): Promise<void> {
  // Requests of others have their turn between two payloads.
  await new Promise((resolve) => void setImmediate(resolve));
  let before: unknown;
  try {
    before = JSON.parse(bytes.toString('utf8'));
  } catch {
    const text = bytes.toString('utf8');
    const after = await filter.inTurns((one) => one.text(text));
    if (after !== text) show('the payload', text, after);
    return;
  }
  const after = await filter.inTurns((one) => one.structured(before));
  compareValues(before, after, '', show, 0);
}

/** Tells of each value that differs. What stayed the same is the same object. */
function compareValues(before: unknown, after: unknown, path: string, show: Show, depth: number): void {
  if (before === after || depth > MAX_DEPTH) return;
  if (isContainer(before) && isContainer(after) && !Array.isArray(before)) {
    for (const name of Object.keys(before)) {
      const inner = path === '' ? name : `${path}.${name}`;
      if (!Object.hasOwn(after, name)) show(inner, shown(before[name]), null);
      else compareValues(before[name], after[name], inner, show, depth + 1);
    }
  } else if (Array.isArray(before) && Array.isArray(after) && before.length === after.length) {
    for (const [index, item] of before.entries()) compareValues(item, after[index], path, show, depth + 1);
  } else show(path, shown(before), shown(after));
}

function isContainer(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Both texts from a little before the first difference on. */
function around(
  before: string,
  after: string | null,
): { readonly before: string; readonly after: string | null } {
  if (after === null) return { before: before.slice(0, MAX_EXAMPLE), after: null };
  let same = 0;
  while (same < before.length && before[same] === after[same]) same += 1;
  const from = Math.max(0, same - 40);
  return { before: before.slice(from, from + MAX_EXAMPLE), after: after.slice(from, from + MAX_EXAMPLE) };
}
