// A report of an export → the store: the same report under its crash id, with its time of arrival and the bytes that came with it. It is
// processed anew, so that nothing is believed of it but what came.
import { changesData } from '../../report/privacy/data-rules.ts';
import { DataFilter } from '../../report/privacy/data-filter.ts';
import { dataNotes } from '../../report/privacy/data-notes.ts';
import { createHash } from 'node:crypto';
import { isCrashId } from '../../report/crash-id.ts';
import { PROTOCOLS, REPORT_STATES, type Annotation, type Attachment } from '../../report/report.ts';
import { movedIdentity, StorageError, type NewReport, type ReportDraft } from '../../store/intake.ts';
import type { ReportWithNumber } from '../../store/reports.ts';
import type { Store } from '../../store/store.ts';
import { isSha256 } from '../export/export-format.ts';
import { openBlob } from '../export/open-export.ts';
import { BadRecord, Fields, textItem } from '../record-fields.ts';
import { FileRefused, type SourceFolder } from '../source-folder.ts';
import { PRESENT, TAKEN, refused, type Fate } from './import-tally.ts';

/** What bounds a report, as it does at the submit server. */
export interface ReportLimits {
  readonly maxAttachmentBytes: number;
  readonly maxAttachments: number;
  readonly maxAnnotations: number;
  readonly maxNameLength: number;
}

const MAX_SHORT = 500;
const MAX_NOTES = 200;
const MAX_NOTE = 10_000;
const ACTIONS = ['accept', 'defer', 'reject', 'fake_accept'] as const;
const KINDS = ['minidump', 'file', 'payload'] as const;
const PAYLOADS = ['multipart', 'json', 'text'] as const;
/** Names that a page cannot have in its address. */
const NAMELESS = /^\s*$|^\.{1,2}$|\p{Cc}/u;

interface ReadReport {
  readonly report: NewReport;
  readonly pinned: boolean;
  readonly attachments: readonly Attachment[];
}

/** Throws `BadRecord`. */
export function readReport(value: unknown, limits: ReportLimits): ReadReport {
  const fields = new Fields(value, 'the report');
  const crashId = fields.text('crashId', 36);
  if (!isCrashId(crashId)) throw new BadRecord('"crashId" is none');
  const identity = fields.maybeText('identity', 32);
  if (identity !== null && !/^[0-9a-f]{32}$/.test(identity)) throw new BadRecord('"identity" is none');
  const throttle = fields.object('throttle');
  const attachments = fields.list('attachments', readAttachment, limits.maxAttachments);
  if (new Set(attachments.map(({ name }) => name)).size < attachments.length)
    throw new BadRecord('two attachments have one name');
  return {
    attachments,
    pinned: fields.raw('pinned') === true,
    report: {
      crashId,
      identity: identity === null ? null : movedIdentity(identity),
      protocol: fields.choice('protocol', PROTOCOLS),
      account: nameOf(fields, 'account', limits),
      product: nameOf(fields, 'product', limits),
      version: fields.maybeText('version', MAX_SHORT),
      platform: fields.maybeText('platform', MAX_SHORT),
      receivedAt: fields.time('receivedAt'),
      annotations: distinct(fields.list('annotations', readAnnotation, limits.maxAnnotations)),
      notes: fields.list('notes', textItem, MAX_NOTES).map((note) => note.slice(0, MAX_NOTE)),
      payloadKind: fields.choice('payloadKind', PAYLOADS),
      encoding: fields.text('encoding', 100),
      bodyBytes: fields.count('bodyBytes'),
      userAgent: fields.maybeText('userAgent', MAX_SHORT),
      clientHash: fields.maybeText('clientHash', 200),
      throttle: { rule: throttle.text('rule', MAX_SHORT), action: throttle.choice('action', ACTIONS) },
      installation: fields.maybeText('installation', MAX_SHORT),
      token: fields.maybeText('token', MAX_SHORT),
      state: fields.choice('state', REPORT_STATES) === 'deferred' ? 'deferred' : 'queued',
    },
  };
}

/** The name of an account or product. Throws `BadRecord` where pages could not show it. */
export function nameOf(
  fields: Fields,
  key: string,
  { maxNameLength }: Pick<ReportLimits, 'maxNameLength'>,
): string {
  const name = fields.text(key, maxNameLength);
  if (NAMELESS.test(name)) throw new BadRecord(`"${key}" is no name`);
  return name;
}

function readAnnotation(value: unknown, name: string): Annotation {
  const fields = new Fields(value, name);
  return { key: fields.text('key', MAX_SHORT), value: fields.text('value') };
}

function distinct(annotations: readonly Annotation[]): readonly Annotation[] {
  if (new Set(annotations.map(({ key }) => key)).size < annotations.length)
    throw new BadRecord('an annotation occurs twice');
  return annotations;
}

function readAttachment(value: unknown, place: string): Attachment {
  const fields = new Fields(value, place);
  const name = fields.text('name', 200);
  if (name === '' || name === '.' || name === '..' || /[/\\\0]/.test(name) || Buffer.byteLength(name) > 200)
    throw new BadRecord(`"name" of ${place} is no file name`);
  const sha256 = fields.text('sha256', 64);
  if (!isSha256(sha256)) throw new BadRecord(`"sha256" of ${place} is none`);
  return {
    name,
    kind: fields.choice('kind', KINDS),
    filename: fields.maybeText('filename', 10_000),
    contentType: fields.maybeText('contentType', 10_000),
    size: fields.count('size'),
    sha256,
  };
}

/** Throws `StorageError` where the store cannot keep it, `BadRecord` and `FileRefused` where it cannot be taken. */
export async function takeReport(
  store: Store,
  folder: SourceFolder,
  value: unknown,
  { limits, dryRun }: { readonly limits: ReportLimits; readonly dryRun: boolean },
): Promise<Fate> {
  const { report, attachments, pinned } = readReport(value, limits);
  const here = await presentAs(store, report);
  if (here !== null) {
    // It may have been taken in by a run that was killed before it pinned.
    if (pinned && !here.pinned && !dryRun) await store.reports.pinReport(here.crashId, true);
    return PRESENT;
  }
  const { crashId, account, product, receivedAt, installation, annotations } = report;
  const asked = { crashId, account, product, at: receivedAt, installation, annotations };
  if (await store.erasures.wasReportErased(asked))
    return refused('erased', `report ${crashId} was erased here`);
  const { full, reason } = store.intake.admission();
  if (full && !dryRun) throw new StorageError(reason ?? 'it is full', { reason: 'full' });
  const draft = dryRun ? null : store.intake.draft();
  try {
    const rules = (await store.intake.product(account, product))?.dataRules;
    const filter = rules === undefined || !changesData(rules) ? null : new DataFilter(rules);
    for (const attachment of attachments) {
      const fault = await takeBytes(draft, folder, attachment, limits, filter);
      if (fault !== null) return fault;
    }
    if (draft === null) return TAKEN;
    const { kind } = await draft.commit(filter === null ? report : await reportUnder(filter, report));
    if (kind === 'stored' && pinned) await store.reports.pinReport(report.crashId, true);
    return kind === 'stored' ? TAKEN : PRESENT;
  } finally {
    await draft?.discard();
  }
}

/** A report as the product here would have stored it. */
async function reportUnder(filter: DataFilter, report: NewReport): Promise<NewReport> {
  const annotations = await filter.inTurns((one) => one.annotations(report.annotations));
  const installation = filter.installation(report.installation);
  const notes = [...report.notes, ...dataNotes(filter.found)].slice(0, MAX_NOTES);
  return { ...report, annotations, installation, notes };
}

/** The report that is here already, under its crash id or as one that came by another way. */
async function presentAs(store: Store, { crashId, identity }: NewReport): Promise<ReportWithNumber | null> {
  const own = await store.reports.getReport(crashId);
  if (own !== null || identity === null) return own;
  const other = await store.intake.findByIdentity(identity);
  return other === null ? null : store.reports.getReport(other);
}

/** A payload that is filtered is held until it is whole. */
const MAX_FILTERED_BYTES = 8 * 1024 * 1024;

/** Reads the bytes of one attachment to their end and compares them; into the draft, where there is one. */
async function takeBytes(
  draft: ReportDraft | null,
  folder: SourceFolder,
  { size, sha256, ...start }: Attachment,
  { maxAttachmentBytes }: ReportLimits,
  filter: DataFilter | null,
): Promise<Fate | null> {
  const isFiltered = filter !== null && start.kind === 'payload';
  if (isFiltered && size > MAX_FILTERED_BYTES)
    return refused(
      'too_large',
      `${start.name} has ${size} bytes, and what a product scrubs may have ${MAX_FILTERED_BYTES}`,
    );
  if (size > maxAttachmentBytes)
    return refused('too_large', `${start.name} has ${size} bytes, ${maxAttachmentBytes} are taken`);
  let blob;
  try {
    blob = await openBlob(folder, sha256);
  } catch (error) {
    if (error instanceof FileRefused) return refused(error.code, error.message);
    throw error;
  }
  try {
    if (blob.bytes !== size)
      return refused('damaged_bytes', `${start.name} has ${blob.bytes} bytes and not ${size}`);
    const hash = createHash('sha256');
    const sink = draft?.attachment(start);
    const held: Buffer[] = [];
    for await (const chunk of blob.handle.createReadStream({
      autoClose: false,
      end: size,
    }) as AsyncIterable<Buffer>) {
      hash.update(chunk);
      if (isFiltered) held.push(chunk);
      else await sink?.write(chunk);
    }
    if (isFiltered) {
      const payload = Buffer.concat(held);
      await sink?.write(await filter.inTurns((one) => one.payload(payload)));
    }
    await sink?.end();
    return hash.digest('hex') === sha256
      ? null
      : refused('damaged_bytes', `${start.name} has another SHA-256`);
  } finally {
    await blob.handle.close();
  }
}
