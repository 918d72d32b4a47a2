// Panic logs of Go programs, as Syncthing's crash reporting uploads them, and those of other languages in the same form.
import type { LogReading } from '../../formats/logs/log-segment.ts';
import { readLog } from '../../formats/logs/read-log.ts';
import { firstVersionLine } from '../../base/go-version-line.ts';
import { notUnderstood, type Understood } from '../crash-draft.ts';
import { partText, type EvidenceSource } from './evidence-source.ts';
import { understoodLog } from './log-crash.ts';

const PAYLOAD = 'report.txt';
/** A monitor's own line between the output that it keeps and the crash. */
const PANIC_AT = /^Panic at \S+/m;

/** The text payload of the Syncthing protocol. */
export const goPanicEvidence: EvidenceSource = {
  name: 'go',
  understand: (input) => {
    if (input.report.protocol !== 'syncthing' || input.report.payloadKind !== 'text') return null;
    const text = partText(input, PAYLOAD);
    if (text === null) return notUnderstood('the payload could not be read');
    const reading = readMonitored(text);
    const facts = factsOf(text);
    const understood = understoodLog(
      reading,
      { source: 'attachment', name: PAYLOAD, text, firstFormat: 'go' },
      input,
    );
    if (understood instanceof Promise) return understood.then((late) => ({ ...late, facts }));
    return understood === null
      ? notUnderstood('the log holds no panic', reading.problem ?? '', reading.notes)
      : { ...understood, facts };
  },
};

function factsOf(text: string): Understood['facts'] {
  const line = firstVersionLine(text);
  if (line === null) return {};
  const { version, os, architecture } = line;
  return { version, platform: `${os}-${architecture}`, os, cpu: architecture };
}

/** The crash stands behind the monitor's line; what is before it is output of the program. */
function readMonitored(text: string): LogReading {
  const mark = PANIC_AT.exec(text);
  if (mark === null) return readLog(text);
  const from = mark.index + mark[0].length;
  const reading = readLog(text.slice(from));
  if (reading.crash === null) return readLog(text);
  return shifted(reading, from, text.slice(0, from).split('\n').length - 1);
}

function shifted(reading: LogReading, characters: number, lines: number): LogReading {
  const segments = reading.segments.map((segment) => ({
    ...segment,
    start: segment.start + characters,
    end: segment.end + characters,
    firstLine: segment.firstLine + lines,
    lastLine: segment.lastLine + lines,
  }));
  const at = reading.crash === null ? -1 : reading.segments.indexOf(reading.crash);
  return { ...reading, segments, crash: segments[at] ?? null };
}
