// Reports as the API gives them: times as ISO 8601, protected data only for those who may see it.
import { jamiFields } from '../../report/jami.ts';
import type { Attachment, Report } from '../../report/report.ts';
import type { InboxEntry } from '../../store/intake.ts';
import type { ReportRow } from '../../store/reports.ts';
import type { Person } from '../auth/person.ts';
import { seenAnnotations } from './visibility.ts';

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
export function rowJson(row: ReportRow): Readonly<Record<string, unknown>> {
  const { receivedAt, ...rest } = row;
  return { ...rest, receivedAt: isoTime(receivedAt), url: `/api/reports/${row.crashId}` };
}

function attachmentJson(report: Report, attachment: Attachment, person: Person) {
  const { name, kind, filename, contentType, size, sha256 } = attachment;
  // A file name that the client gave can hold a user's name (C:\Users\…), so it is as protected as the bytes.
  return person.seesProtected
    ? {
        name,
        kind,
        filename,
        contentType,
        size,
        sha256,
        url: attachmentPath('/api/reports', report.crashId, name),
      }
    : { name, kind, contentType, size, sha256 };
}

/** The body of `GET /api/reports/{crash_id}`. */
export function reportJson(
  report: Report,
  names: ReadonlySet<string>,
  person: Person,
): Readonly<Record<string, unknown>> {
  const { annotations, hidden } = seenAnnotations(report.annotations, names, person);
  return {
    ...reportFacts(report),
    annotations,
    protectedOmitted: hidden,
    attachments: report.attachments.map((attachment) => attachmentJson(report, attachment, person)),
  };
}

/** All of a report but annotations, attachments and the test token. */
export function reportFacts(report: Report): Readonly<Record<string, unknown>> {
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
    jami: jamiFields(report.annotations),
    notes: report.notes,
    payloadKind: report.payloadKind,
    encoding: report.encoding,
    bodyBytes: report.bodyBytes,
    userAgent: report.userAgent,
    clientHash: report.clientHash,
    throttle: report.throttle,
    installation: report.installation,
  };
}

/** One entry of `GET /api/inbox`. Headers can name people (cookies are gone, referrers are not): protected. */
export function inboxJson(entry: InboxEntry, person: Person): Readonly<Record<string, unknown>> {
  const { at, headers, path, ...rest } = entry;
  return {
    at: isoTime(at),
    ...rest,
    path: person.seesProtected ? path : (path.split('?')[0] ?? ''),
    ...(person.seesProtected && { headers }),
  };
}
