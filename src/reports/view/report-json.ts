// Reports as the API gives them: times as ISO 8601, protected data only for those who may see it.
import type { Attachment } from '../../report/report.ts';
import type { InboxEntry } from '../../store/intake.ts';
import type { Person } from '../auth/person.ts';
import { installationText } from '../gate/seen-report.ts';
import type { SeenInstallation, SeenReport, SeenRow } from '../gate/seen-report.ts';
import { refusalOf } from './refusal-of.ts';

/** Who reads, and the path below which they reach this server (empty: none). */
export interface JsonReader {
  readonly person: Person;
  readonly basePath: string;
}

/** A moment as the API and pages write it. */
export function isoTime(at: number): string;
export function isoTime(at: number | null): string | null;
export function isoTime(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}

/** The address of an attachment within this server, under `/api/reports` or `/reports`. */
export function attachmentPath(base: string, crashId: string, name: string): string {
  return `${base}/${crashId}/attachments/${encodeURIComponent(name)}`;
}

/** One row of `GET /api/reports`. */
export function rowJson(
  row: SeenRow,
  { basePath }: Pick<JsonReader, 'basePath'>,
): Readonly<Record<string, unknown>> {
  const { receivedAt, installation, ...rest } = row;
  return {
    ...rest,
    ...installationJson(installation),
    receivedAt: isoTime(receivedAt),
    url: `${basePath}/api/reports/${row.crashId}`,
  };
}

function installationJson(installation: SeenInstallation | null) {
  return {
    installation: installation === null ? null : installationText(installation),
    installationNumber: installation?.number ?? null,
  };
}

function attachmentJson(report: SeenReport, attachment: Attachment, { person, basePath }: JsonReader) {
  const { name, kind, filename, contentType, size, sha256 } = attachment;
  // The hash of a small file tells whoever guesses right what is in it.
  return person.seesProtected
    ? {
        name,
        kind,
        filename,
        contentType,
        size,
        sha256,
        url: attachmentPath(`${basePath}/api/reports`, report.crashId, name),
      }
    : { name, kind, size };
}

/** The body of `GET /api/reports/{crash_id}`. */
export function reportJson(report: SeenReport, reader: JsonReader): Readonly<Record<string, unknown>> {
  return {
    ...reportFacts(report),
    annotations: report.annotations,
    protectedOmitted: report.hidden,
    attachments: report.attachments.map((attachment) => attachmentJson(report, attachment, reader)),
  };
}

/** All of a report but annotations, attachments and the test token. */
export function reportFacts(report: SeenReport): Readonly<Record<string, unknown>> {
  return {
    schema: report.schema,
    crashId: report.crashId,
    protocol: report.protocol,
    account: report.account,
    product: report.product,
    version: report.version,
    platform: report.platform,
    receivedAt: isoTime(report.receivedAt),
    state: report.state,
    pinned: report.pinned,
    jami: report.jami,
    notes: report.notes,
    payloadKind: report.payloadKind,
    encoding: report.encoding,
    bodyBytes: report.bodyBytes,
    userAgent: report.userAgent,
    clientHash: report.clientHash,
    throttle: report.throttle,
    gone: goneJson(report),
    ...installationJson(report.installation),
  };
}

/** Null: all of the report is there. */
function goneJson({ gone }: SeenReport): Readonly<Record<string, unknown>> | null {
  if (gone === undefined) return null;
  const { dumps, annotations } = gone;
  return {
    dumps: dumps === undefined ? null : { ...dumps, at: isoTime(dumps.at) },
    annotations: annotations === undefined ? null : { ...annotations, at: isoTime(annotations.at) },
  };
}

/** One entry of `GET /api/inbox`; `remedy` says of a refusal what to change. */
export function inboxJson(entry: InboxEntry, person: Person): Readonly<Record<string, unknown>> {
  const { at, headers, ...rest } = entry;
  return {
    at: isoTime(at),
    ...rest,
    remedy: refusalOf(entry)?.remedy ?? null,
    ...(person.seesProtected && { headers }),
  };
}
