// The message of a Go panic without what differs from one crash to the next.
import { GO_MESSAGE_RULES, type MessageRule } from './go-message-rules.ts';

/** Messages are cut to this: panics print whole data structures. */
const MAX_MESSAGE_LENGTH = 2000;

/** A message without what varies, and which rules acted on it. */
export interface CleanedMessage {
  readonly text: string;
  readonly rules: readonly string[];
  /** True where the place must not be part of the fingerprint. */
  readonly placeDoesNotMatter: boolean;
}

/**
 * Cleans the first line of the runtime's output. Once a rule has acted for which the place does not matter, the
 * remaining rules are not asked, as Syncthing does: those messages group by exactly that text.
 */
export function cleanGoMessage(
  message: string,
  rules: readonly MessageRule[] = GO_MESSAGE_RULES,
): CleanedMessage {
  let text = message.slice(0, MAX_MESSAGE_LENGTH);
  const acted: string[] = [];
  const apply = (subset: readonly MessageRule[]): void => {
    for (const { name, pattern, replacement } of subset) {
      const cleaned = text.replace(pattern, replacement);
      if (cleaned !== text) acted.push(name);
      text = cleaned;
    }
  };
  // What differs from crash to crash is a number or stands in quotes or in an address.
  if (!/[\d"[]/.test(text)) return { text, rules: acted, placeDoesNotMatter: false };
  const [placeless, placed] = rules === GO_MESSAGE_RULES ? OWN_RULES : parted(rules);
  if (rules !== GO_MESSAGE_RULES || PLACELESS.test(text)) apply(placeless);
  const placeDoesNotMatter = acted.length > 0;
  if (!placeDoesNotMatter) apply(placed);
  return { text, rules: acted, placeDoesNotMatter };
}

/** What the rules of which the place does not matter look for. */
const PLACELESS = /\(pos=|\[file=|want=0x|internal key|[\\/]index/;

/** What a message says alone, where the place does not matter; null: it does. */
export function placelessMessage(message: string): string | null {
  if (!PLACELESS.test(message)) return null;
  const { text, placeDoesNotMatter } = cleanGoMessage(message);
  return placeDoesNotMatter ? text : null;
}

type Parted = readonly [placeless: readonly MessageRule[], placed: readonly MessageRule[]];

function parted(rules: readonly MessageRule[]): Parted {
  return [rules.filter((rule) => rule.placeDoesNotMatter), rules.filter((rule) => !rule.placeDoesNotMatter)];
}

const OWN_RULES: Parted = parted(GO_MESSAGE_RULES);
