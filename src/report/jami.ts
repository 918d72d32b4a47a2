// The five metadata fields of Jami's crash report servers, found among a report's annotations
// (spec "Crash Report Metadata"; docs/protocols/crashpad.md: shown first in the report list).
import type { Annotation } from './report.ts';

/** The Jami fields of one report; each is null where the report lacks it. */
export interface JamiFields {
  readonly clientSha: string | null;
  readonly jamicoreSha: string | null;
  readonly buildId: string | null;
  readonly guid: string | null;
  readonly platform: string | null;
}

/**
 * The Jami fields, or null where neither SHA is there: `platform`, `guid` and `build_id` alone are names that other
 * clients use too.
 */
export function jamiFields(annotations: readonly Annotation[]): JamiFields | null {
  const value = (key: string) => annotations.find((annotation) => annotation.key === key)?.value ?? null;
  const clientSha = value('client_sha');
  const jamicoreSha = value('jamicore_sha');
  if (clientSha === null && jamicoreSha === null) return null;
  return {
    clientSha,
    jamicoreSha,
    buildId: value('build_id'),
    guid: value('guid'),
    platform: value('platform'),
  };
}
