// What a person may see of why a crash is where it is. A key that a rule of the product or the program itself made can hold the
// value of any annotation; keys of stacks and signatures are hashes.
import type { Grouping } from '../../report/processed-report.ts';
import type { Sight } from './sight.ts';

const SPOKEN_KEY = /^(rule|fingerprint):/;
/** The same key inside a sentence, as JSON writes it. */
const SPOKEN_IN_SENTENCE = /"(rule|fingerprint):(?:[^"\\]|\\.)*"/g;

export function seenKey(key: string, { all }: Pick<Sight, 'all'>): string {
  const spoken = all ? null : SPOKEN_KEY.exec(key);
  return spoken === null ? key : `${spoken[1] ?? ''}:(protected)`;
}

export function seenGrouping(grouping: Grouping, sight: Pick<Sight, 'all' | 'messages'>): Grouping {
  const { parts } = grouping;
  return {
    ...grouping,
    key: seenKey(grouping.key, sight),
    because: seenBecause(grouping, sight),
    ...(parts !== undefined && {
      parts: parts.message === null || sight.messages ? parts : { ...parts, message: '(protected)' },
    }),
  };
}

function seenBecause({ source, because, rule }: Grouping, sight: Pick<Sight, 'all' | 'messages'>): string {
  if (sight.all) return because;
  if (source === 'product_rule')
    return `The product's rule "${rule ?? ''}" gives it its key, which is protected.`;
  if (source === 'client_fingerprint') return 'The program sent a fingerprint, which is protected.';
  // The cleaned message of a panic is quoted where it is the key.
  return sight.messages || source === 'unprocessable' ? because : 'Its stack or its signature is its key.';
}

/** The sentences of "why is this report here" without keys that may quote values. */
export function seenReasons(
  sentences: readonly string[],
  groupings: readonly Grouping[],
  sight: Pick<Sight, 'all' | 'messages'>,
): readonly string[] {
  if (sight.all) return sentences;
  return sentences.map((sentence) => {
    let seen = sentence;
    for (const grouping of groupings)
      seen = seen.replaceAll(grouping.because, () => seenBecause(grouping, sight));
    return seen.replaceAll(SPOKEN_IN_SENTENCE, (_all, prefix: string) => `"${prefix}:(protected)"`);
  });
}

/** Steps by which a title came about: those that quote the trace or an annotation are for people with the right. */
export function seenSteps(steps: readonly string[], { all }: Pick<Sight, 'all'>): readonly string[] {
  return all ? steps : steps.filter((step) => OPEN_STEPS.some((form) => form.test(step)));
}

/** Steps that speak of frames, signatures and our own rules alone. A new step is hidden until it stands here. */
const OPEN_STEPS: readonly RegExp[] = [
  /^".*" names the crash: /s,
  /^its exception is /,
  /^".*" is the kind: /s,
  /^".*" (?:raises for its caller|says little alone|is named as its interface prescribes|is all that the stack holds)/s,
  /^".*" joins the key, because its frame is reached from many places\.$/s,
  /^The stack overflowed in a cycle of /,
  /^(?:An assertion is known by its expression|For this kind the message says what is missing or wrong)\.$/,
  /^(?:There is no frame, so|The frames say little, so) the message is compared/,
  /^What differs from crash to crash is left out: /,
  /^For such a message the place does not matter\.$/,
  /^the trace has no frames, so kind and message stand alone$/,
  /^no frame of the program names the crash, so its message does$/,
  /^the message was cleaned by the rule /,
  /^for such a message the place does not matter$/,
  /^the frames are those of /,
  /^the log has no goroutine, /,
  /^a failure is named by its description$/,
  /^cleaned by the rule /,
  /^the report has no stack, so the fingerprint /,
  /^".*" is the exception at the definitive location\.$/s,
  /^The location was chosen because /,
  /^SignatureGenerationRule: /,
  /^\w+: change signature: /,
];
