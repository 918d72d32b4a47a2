// Panic logs of Go programs, as Syncthing's crash reporting uploads them, and those of other languages in the same form.
import { parseTrace } from '../../formats/trace/detect.ts';
import { parseGoPanic, type GoTrace } from '../../formats/trace/go-panic.ts';
import type { CrashDraft, OwnKey } from '../crash-draft.ts';
import { notUnderstood } from '../crash-draft.ts';
import { readFingerprint } from '../client-fingerprint.ts';
import { hashedKey } from '../grouping.ts';
import { goFingerprint } from '../signature/go/go-fingerprint.ts';
import { MAX_SIGNATURE_LENGTH } from '../signature/rules/truncate.ts';
import { collapseSpace, firstCharacters } from '../signature/signature-text.ts';
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
  return traceCrash(trace, { irrelevant: product.irrelevant, fingerprint }).draft;
}

/** The crash of a panic log; null where it holds neither a panic nor a goroutine. */
export function goCrash(trace: GoTrace, { annotations, product }: EvidenceInput): CrashDraft | null {
  if (trace.exceptions.length === 0) return null;
  const { frame, draft: crash } = traceCrash(trace, {
    irrelevant: product.irrelevant,
    fingerprint: readFingerprint(annotations['fingerprint']),
  });
  const fingerprint = goFingerprint(trace);
  if (fingerprint === null) return crash;
  const { message, parts, frames, explanation } = fingerprint;
  const ownKey: OwnKey = {
    key: hashedKey('G', parts),
    source: 'stack',
    because:
      frames.length === 0
        ? `The cleaned message "${message.slice(0, 200)}" is its key.`
        : `The cleaned message and the frames of the crashing goroutine, from "${frames[0] ?? ''}" on, are its key.`,
  };
  // Where nothing but the runtime is on the stack, the message says more than any of its frames.
  const isNamedByMessage = frame === null || frame.inApp === false || frames.length === 0;
  return {
    ...crash,
    ownKey,
    ...(isNamedByMessage && { signature: shortened(message), plainTitle: trace.kind || 'panic' }),
    reason: trace.signal ?? crash.reason,
    signatureSteps: [
      ...(isNamedByMessage
        ? ['no frame of the program names the crash, so its message does']
        : crash.signatureSteps),
      ...explanation,
    ],
  };
}

function shortened(text: string): string {
  const clean = collapseSpace(text).trim();
  return clean.length <= MAX_SIGNATURE_LENGTH
    ? clean
    : `${firstCharacters(clean, MAX_SIGNATURE_LENGTH - 3)}...`;
}
