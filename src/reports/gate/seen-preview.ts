// What a person may see of previews: how crashes are named and grouped, without keys and messages that quote what is protected.
import type { PreviewChange, RulesPreview, SignaturePreview } from '../../process/preview/previews.ts';
import type { GroupingRule, ProductRules } from '../../store/bugs.ts';
import { publicNotes } from './public-notes.ts';
import { seenGrouping, seenKey, seenSteps } from './seen-grouping.ts';
import type { Sight } from './sight.ts';

/** The preview, and a sentence for each annotation that its rules could not look into. */
export function seenRulesPreview(preview: RulesPreview, rules: ProductRules, sight: Sight): RulesPreview {
  if (sight.all) return preview;
  const closed = protectedNames(rules.groupingRules, sight).map(
    (name) =>
      `"${name}" is protected data, and you do not have the right to see it: the preview takes it as absent.`,
  );
  return {
    ...preview,
    changes: preview.changes.map((change): PreviewChange => ({
      ...change,
      was: { ...change.was, grouping: seenGrouping(change.was.grouping, sight) },
      // A rule of this preview saw what the person sees; a fingerprint is the program's own.
      becomes: {
        ...change.becomes,
        grouping:
          change.becomes.grouping.source === 'product_rule'
            ? change.becomes.grouping
            : seenGrouping(change.becomes.grouping, sight),
      },
    })),
    moves: preview.moves.map((move) => ({ ...move, key: seenKey(move.key, sight) })),
    problems: [...preview.problems, ...closed],
  };
}

export function seenSignaturePreview(preview: SignaturePreview, sight: Sight): SignaturePreview {
  if (sight.all) return preview;
  return {
    ...preview,
    crashes: preview.crashes.map((crash) => ({
      ...crash,
      message: sight.messages ? crash.message : '',
      signatureSteps: seenSteps(crash.signatureSteps, sight),
      grouping: seenGrouping(crash.grouping, sight),
    })),
    notes: publicNotes(preview.notes),
  };
}

/** Names of protected annotations that rules look at or put into keys; `message` among them where messages are protected. */
export function protectedNames(rules: readonly GroupingRule[], sight: Sight): readonly string[] {
  const names = new Set<string>();
  let looksAtMessages = false;
  for (const { when, key } of rules) {
    for (const name of Object.keys(when.annotation ?? {})) names.add(name);
    for (const [, name = ''] of key.matchAll(/\{annotation\.([^{}]{1,200})\}/g)) names.add(name);
    if (!sight.messages && (when.message !== undefined || key.includes('{message}'))) {
      looksAtMessages = true;
    }
  }
  // An annotation may be called `message` as well.
  return [...[...names].filter((name) => !sight.names.has(name)), ...(looksAtMessages ? ['message'] : [])];
}
