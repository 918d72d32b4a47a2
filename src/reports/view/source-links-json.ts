// A processed report with the addresses of its frames' lines, as the API gives it.
import type { ProcessedFrame, ProcessedReport } from '../../report/processed-report.ts';
import type { FrameLinker } from '../../report/source/source-address.ts';

/** Every frame whose source is known has a `sourceUrl`. */
export function withSourceLinks(processed: ProcessedReport, link: FrameLinker): ProcessedReport {
  const linked = (frames: readonly ProcessedFrame[]): readonly ProcessedFrame[] =>
    frames.map((frame) => {
      const sourceUrl = link(frame);
      return sourceUrl === null ? frame : { ...frame, sourceUrl };
    });
  return {
    ...processed,
    crashes: processed.crashes.map((crash) => ({
      ...crash,
      exceptions: crash.exceptions.map((one) => ({ ...one, frames: linked(one.frames) })),
      threads: crash.threads.map((one) => ({ ...one, frames: linked(one.frames) })),
    })),
  };
}
