// What a report is about beside its crashes: version, platform, system, installation. Annotations and rules say it, else its payload or dump.
import type { Report } from '../report/report.ts';
import type { ReportFacts } from './crash-draft.ts';
import { textAt, type Values } from './rule.ts';
import { intOrNull } from './signature/crash-data.ts';

/** What the report itself says, and what rules found. */
export function factsOf(report: Report, annotations: Values, found: Values): ReportFacts {
  const os = textAt(found, 'os_name');
  const cpu = textAt(found, 'cpu_arch');
  const text = (values: Values, key: string): string | null => textAt(values, key) || null;
  const uptime = intOrNull(found['uptime']);
  const hasProcessType = ['ProcessType', 'process_type', 'ptype'].some(
    (name) => text(annotations, name) !== null,
  );
  return {
    version: rewrittenVersion(annotations, found) ?? report.version ?? text(found, 'version'),
    platform: report.platform ?? (os === 'Unknown' ? null : os),
    os: os === 'Unknown' ? null : os,
    osVersion: text(found, 'os_version'),
    cpu: cpu === 'unknown' ? null : cpu,
    installation: report.installation,
    buildId:
      text(annotations, 'BuildID') ??
      text(annotations, 'ApplicationBuildID') ??
      text(annotations, 'build_id') ??
      text(annotations, 'build'),
    processType: hasProcessType ? text(found, 'process_type') : null,
    uptimeSeconds: uptime,
  };
}

/** The version that a rule made of the one that was sent; null where none did. */
function rewrittenVersion(annotations: Values, found: Values): string | null {
  const version = textAt(found, 'version');
  return version === null || version === textAt(annotations, 'Version') ? null : version;
}

/** What the report itself and the rules do not know, its payload or dump may. */
export function completed(facts: ReportFacts, understood: Partial<ReportFacts>): ReportFacts {
  return {
    version: facts.version ?? understood.version ?? null,
    platform: facts.platform ?? understood.platform ?? understood.os ?? null,
    os: facts.os ?? understood.os ?? null,
    osVersion: facts.osVersion ?? understood.osVersion ?? null,
    cpu: facts.cpu ?? understood.cpu ?? null,
    installation: facts.installation ?? understood.installation ?? null,
    buildId: facts.buildId ?? understood.buildId ?? null,
    processType: facts.processType ?? understood.processType ?? null,
    uptimeSeconds: facts.uptimeSeconds ?? understood.uptimeSeconds ?? null,
  };
}
