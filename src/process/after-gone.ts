// Reports that lost parts before they went themselves (docs/retention.md) are processed again without losing what was understood: dumps that are
// gone were walked before, and a report whose annotations went stays understood as it was, without what came from them.
import type { ProcessedMinidump } from '../formats/crash/processed-minidump.ts';
import type { ProcessedCrash, ProcessedReport } from '../report/processed-report.ts';
import type { Report } from '../report/report.ts';

/** The dumps of a report that are gone, as they were walked. */
export function walkedBefore(
  { gone }: Pick<Report, 'gone'>,
  before: ProcessedReport | null,
): Readonly<Record<string, ProcessedMinidump>> {
  const names = gone?.dumps?.names ?? [];
  return Object.fromEntries(
    names.flatMap((name) => {
      const dump =
        before !== null && Object.hasOwn(before.minidumps, name) ? before.minidumps[name] : undefined;
      return isWalked(dump) ? [[name, dump] as const] : [];
    }),
  );
}

/** Written by this processor or an earlier version of it. */
function isWalked(dump: unknown): dump is ProcessedMinidump {
  return (
    typeof dump === 'object' && dump !== null && 'status' in dump && 'mayday' in dump && 'threads' in dump
  );
}

/** What is left of what was understood, where annotations went: null where nothing was, or where they are all there. */
export function understoodBefore(
  report: Pick<Report, 'gone' | 'annotations'>,
  before: ProcessedReport | null,
  { processor, now }: { readonly processor: string; readonly now: number },
): ProcessedReport | null {
  if (report.gone?.annotations === undefined || before?.status !== 'processed') return null;
  const left = new Set(report.annotations.map(({ key }) => key));
  return {
    ...before,
    processor,
    processedAt: now,
    crashes: before.crashes.map((crash) => crashWithout(crash, left)),
    crashReportKeys: before.crashReportKeys.filter(
      (key) => left.has(key) || Object.hasOwn(before.minidumps, key),
    ),
    notes: [NOTE],
    minidumps: Object.fromEntries(
      Object.entries(before.minidumps).map(([name, dump]) => [name, dumpWithout(dump)]),
    ),
  };
}

const NOTE =
  'The annotations that this report was understood from are gone: it is shown as it was understood before.';

/** Without protected sections, local variables and data of exceptions: they may come from a payload that went with the annotations. */
function crashWithout(crash: ProcessedCrash, left: ReadonlySet<string>): ProcessedCrash {
  return {
    ...crash,
    sections: crash.sections.flatMap((section) => {
      if (!section.protected) return [section];
      if (section.name !== 'annotations') return [];
      const values = section.values.filter(([name]) => left.has(name));
      return values.length === 0 ? [] : [{ ...section, values }];
    }),
    exceptions: crash.exceptions.map((exception) => ({
      ...exception,
      data: [],
      frames: exception.frames.map((frame) => ({ ...frame, locals: null })),
    })),
    threads: crash.threads.map((thread) => ({
      ...thread,
      frames: thread.frames.map((frame) => ({ ...frame, locals: null })),
    })),
  };
}

/** Annotations of Crashpad lie in the dump. */
function dumpWithout(dump: unknown): unknown {
  return isWalked(dump) ? { ...dump, mayday: { ...dump.mayday, crashpad: null } } : dump;
}
