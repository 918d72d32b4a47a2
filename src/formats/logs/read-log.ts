// The reader of logs: any text in, the traces that it holds out, with their places and the one that is the crash. Every
// way in goes through here: annotations, attachments, bodies, messages, the output of a watched program.
import { isPlain } from './control-characters.ts';
import { cleanLines } from './clean-lines.ts';
import { chooseCrash } from './choose-crash.ts';
import { rawLines, type LogLine, type RawLine } from './log-lines.ts';
import type { LogReading, LogSegment } from './log-segment.ts';
import { joinedDeaths } from './same-death.ts';
import { logStreams } from './log-streams.ts';
import { findSegments } from './segments.ts';
import { couldSharePrefix, sharedPrefixes } from './shared-prefix.ts';
import { wholeRecord } from './log-records.ts';
import { wholeTextTrace } from './whole-text.ts';

/** Segments that are kept; of more, the last ones, where programs die. */
const MAX_SEGMENTS = 50;
/** A segment of which less was understood is none. */
const MIN_CONFIDENCE = 0.3;

/** Reads a text. Never throws; time and memory grow with the length of the text and no faster. */
export function readLog(text: string): LogReading {
  const notes: string[] = [];
  const raw = rawLines(text, notes);
  if (raw.every((line) => line.text.trim() === '')) return nothing('the text is empty', notes);
  const whole = wholeTextTrace(text);
  if (whole !== null) {
    const segment: LogSegment = {
      ...whole,
      confidence: 1,
      start: 0,
      end: text.length,
      firstLine: 1,
      lastLine: raw.length,
    };
    return { segments: [segment], crash: segment, isBare: false, problem: null, notes };
  }
  const record = wholeRecord(text);
  const plain = record === null && isPlain(text);
  const lines = record === null ? cleanLines(raw, { plain }) : [];
  let segments = record === null ? segmentsOf(raw, lines) : recordSegments(record, text, raw.length);
  // Words that stand anywhere in a line are found behind an unknown prefix, too: the reading that covers more is right.
  for (const shared of segments.length === 0 || couldSharePrefix(raw, lines) ? sharedPrefixes(raw) : []) {
    const others = segmentsOf(raw, cleanLines(raw, { shared }));
    if (covered(others) > covered(segments)) segments = others;
  }
  const sure = segments.filter(({ confidence }) => confidence >= MIN_CONFIDENCE);
  if (sure.length === 0) {
    return segments.length === 0
      ? nothing('the text holds no stack trace of a known form', notes)
      : nothing('too little of the stack trace in the text could be read', notes);
  }
  const crash = chooseCrash(sure);
  if (sure.length > MAX_SEGMENTS)
    notes.push(`only the last ${MAX_SEGMENTS} of ${sure.length} traces were kept`);
  const kept = sure.slice(-MAX_SEGMENTS);
  return {
    segments: kept.includes(crash) ? kept : [crash, ...kept.slice(1)],
    crash,
    isBare:
      plain && segments.length === 1 && isWhole(text, crash) && lines.every(({ prefix }) => prefix === ''),
    problem: null,
    notes,
  };
}

function isWhole(text: string, { start, end }: LogSegment): boolean {
  return text.slice(0, start).trim() === '' && text.slice(end).trim() === '';
}

/** A document that is one record, written over several lines: its traces stand where it stands. */
function recordSegments(record: string, text: string, lines: number): readonly LogSegment[] {
  const raw = rawLines(record, []);
  return segmentsOf(raw, cleanLines(raw)).map((segment) =>
    Object.assign({}, segment, { start: 0, end: text.length, firstLine: 1, lastLine: lines }),
  );
}

function covered(segments: readonly LogSegment[]): number {
  return segments.reduce(
    (sum, { firstLine, lastLine, confidence }) => sum + (lastLine - firstLine + 1) * confidence,
    0,
  );
}

function segmentsOf(raw: readonly RawLine[], lines: readonly LogLine[]): readonly LogSegment[] {
  const found = logStreams(lines).flatMap((stream) => findSegments(stream, raw));
  return joinedDeaths(found.toSorted((a, b) => a.start - b.start));
}

function nothing(problem: string, notes: readonly string[]): LogReading {
  return { segments: [], crash: null, isBare: false, problem, notes };
}
