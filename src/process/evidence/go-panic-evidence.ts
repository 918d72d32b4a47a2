// Panic logs of Go programs, as Syncthing's crash reporting uploads them, and those of other languages in the same form.
import { parseTrace } from '../../formats/trace/detect.ts';
import { parseGoPanic, type GoTrace } from '../../formats/trace/go-panic.ts';
import type { CrashDraft } from '../crash-draft.ts';
import { notUnderstood } from '../crash-draft.ts';
import { readFingerprint } from '../grouping/client-fingerprint.ts';
import { traceCrash } from './trace-crash.ts';
import { partText, type EvidenceSource, type EvidenceInput } from './evidence-source.ts';

const PAYLOAD = 'report.txt';

/** The text payload of the Syncthing protocol. */
export const goPanicEvidence: EvidenceSource = {
  name: 'go',
  understand: (input) => {
    if (input.report.protocol !== 'syncthing' || input.report.payloadKind !== 'text') return null;
    const text = partText(input, PAYLOAD);
    if (text === null) return notUnderstood('the payload could not be read');
    const trace = parseGoPanic(text);
    const crash = goCrash(trace, input) ?? otherCrash(text, input);
    if (crash === null) return notUnderstood('the log holds no panic', '', trace.notes);
    const { version } = trace;
    return {
      crashes: [crash],
      problem: null,
      facts:
        version === null
          ? {}
          : {
              version: version.version,
              platform: `${version.goos}-${version.goarch}`,
              os: version.goos,
              cpu: version.goarch,
            },
      notes: trace.notes,
    };
  },
};

/** The crash of a program in another language: `mayday watch` reports them in the same form. */
function otherCrash(text: string, { annotations, product }: EvidenceInput): CrashDraft | null {
  const panic = /^Panic at .*$/m.exec(text);
  const trace = parseTrace(panic === null ? text : text.slice(panic.index + panic[0].length));
  if (trace === null || trace.format === 'go' || trace.exceptions.length === 0) return null;
  const fingerprint = readFingerprint(annotations['fingerprint']);
  return traceCrash(trace, { product, fingerprint });
}

/** The crash of a panic log; null where it holds neither a panic nor a goroutine. */
export function goCrash(trace: GoTrace, { annotations, product }: EvidenceInput): CrashDraft | null {
  if (trace.exceptions.length === 0) return null;
  const crash = traceCrash(trace, { product, fingerprint: readFingerprint(annotations['fingerprint']) });
  return { ...crash, reason: trace.signal ?? crash.reason };
}
