// What a person may see of a report as it came in, and of its row in a list.
import { jamiFields } from '../../report/jami.ts';
import type { JamiFields } from '../../report/jami.ts';
import { tellsOfValues } from '../../report/privacy/data-notes.ts';
import type { Annotation, Attachment, Report } from '../../report/report.ts';
import type { ReportRow, ReportWithNumber } from '../../store/reports.ts';
import type { Sight } from './sight.ts';

/** An annotation with its mark. */
export interface SeenAnnotation extends Annotation {
  readonly protected: boolean;
}

/** An installation: its number within the product, and (only with the right) what the client calls it. */
export interface SeenInstallation {
  readonly number: number;
  readonly id: string | null;
}

/** A report that has passed the gate. */
export interface SeenReport extends Omit<Report, 'annotations' | 'installation' | 'token'> {
  readonly annotations: readonly SeenAnnotation[];
  /** How many annotations were left out. */
  readonly hidden: number;
  /** Pruned last. */
  readonly pinned: boolean;
  readonly installation: SeenInstallation | null;
  readonly jami: JamiFields | null;
}

/** A row of a list that has passed the gate. */
export interface SeenRow extends Omit<ReportRow, 'installation' | 'installationNumber'> {
  readonly installation: SeenInstallation | null;
}

/** How an installation is written, also in a filter: what the client calls it, or `#` and its number. */
export function installationText({ number, id }: SeenInstallation): string {
  return id ?? `#${number}`;
}

export function seenReport(report: ReportWithNumber, sight: Sight): SeenReport {
  const { annotations, installation, installationNumber, token: _token, ...rest } = report;
  const marked = annotations.map(({ key, value }) => ({ key, value, protected: !sight.names.has(key) }));
  const seen = sight.all ? marked : marked.filter((annotation) => !annotation.protected);
  const seenAs = seenInstallation(installation, installationNumber, sight);
  return {
    ...rest,
    annotations: seen,
    notes: sight.all ? report.notes : report.notes.filter((note) => !tellsOfValues(note)),
    hidden: marked.length - seen.length,
    installation: seenAs,
    jami: seenJami(jamiFields(annotations), seenAs, sight),
    // A file name that the client gave can hold a user's name (C:\Users\…), so it is as protected as the bytes.
    attachments: sight.all ? report.attachments : report.attachments.map(withoutHeader),
    userAgent: sight.all ? report.userAgent : null,
    clientHash: sight.all ? report.clientHash : null,
  };
}

export function seenRow(row: ReportRow, sight: Sight): SeenRow {
  const { installation, installationNumber, jami, ...rest } = row;
  const seenAs = seenInstallation(installation, installationNumber, sight);
  // A note may tell of protected values, so that their number does, too.
  const noteCount = sight.all ? rest.noteCount : 0;
  return { ...rest, noteCount, installation: seenAs, jami: seenJami(jami, seenAs, sight) };
}

function seenInstallation(id: string | null, number: number | null, sight: Sight): SeenInstallation | null {
  return id === null || number === null ? null : { number, id: sight.all ? id : null };
}

/** The Jami columns are annotations as well. The guid names the installation: its number stands for it. */
function seenJami(
  jami: JamiFields | null,
  installation: SeenInstallation | null,
  { all, names }: Sight,
): JamiFields | null {
  if (jami === null || all) return jami;
  const seen = (name: string, value: string | null): string | null => (names.has(name) ? value : null);
  return {
    clientSha: seen('client_sha', jami.clientSha),
    jamicoreSha: seen('jamicore_sha', jami.jamicoreSha),
    buildId: seen('build_id', jami.buildId),
    guid: jami.guid === null || installation === null ? null : installationText(installation),
    platform: seen('platform', jami.platform),
  };
}

function withoutHeader(attachment: Attachment): Attachment {
  return { ...attachment, filename: null, contentType: null };
}
