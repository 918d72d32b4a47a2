// The source lines around a frame as a page shows them. They are stored with the frame's own line in the middle (docs/report-format.md);
// what is missing at the beginning or end of a file was filled up with empty lines, which are no lines of the file.
import type { ProcessedFrame } from '../../report/processed-report.ts';

export interface SourceLine {
  /** Its number in the file; null where the frame's is not known. */
  readonly number: number | null;
  readonly text: string;
  /** It is the frame's own. */
  readonly own: boolean;
}

/** The lines that exist, as far as anybody knows; empty where none has a text. */
export function sourceLines({
  source,
  line,
}: Pick<ProcessedFrame, 'source' | 'line'>): readonly SourceLine[] {
  if (source === null) return [];
  // Of an even number none is in the middle: the lines are shown, but nothing is said about which is which.
  const middle = source.length % 2 === 1 ? (source.length - 1) / 2 : null;
  const lines = source.map((text, at): SourceLine => ({
    number: middle === null || line === null ? null : line - middle + at,
    text,
    own: at === middle,
  }));
  const isKept = ({ number, text, own }: SourceLine): boolean =>
    (number === null || number >= 1) && (own || text.trim() !== '');
  const first = lines.findIndex(isKept);
  const last = lines.findLastIndex(isKept);
  const kept = first === -1 ? [] : lines.slice(first, last + 1);
  return kept.some(({ text }) => text.trim() !== '') ? kept : [];
}
