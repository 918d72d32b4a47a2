// The report that a page's path names.
import type { SeenReport } from '../gate/seen-report.ts';
import { readCrashId } from '../view/crash-id-text.ts';
import type { MemberRequest } from './page.ts';
import { PageError } from './page.ts';

/** Throws the 404 page where the path names no report. */
export async function namedReport(request: MemberRequest): Promise<SeenReport> {
  const crashId = readCrashId(request.param('crash_id'));
  const report = crashId === null ? null : await request.seen.getReport(crashId);
  if (report === null) throw noSuchReport();
  return report;
}

export function noSuchReport(): PageError {
  return new PageError(
    404,
    'There is no report with this crash id.',
    'It may have been deleted or pruned to make room. Check the id; the inbox tells of submissions that were refused.',
  );
}
