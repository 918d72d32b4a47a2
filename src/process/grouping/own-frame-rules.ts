// Which frames are a product's own, as people declare it: lines such as `+package:org.apache.shop`, `-path:/srv/shop/vendor`. The first
// that matches decides, before what the program says and before every list.
import type { GroupingFrame } from './stacked-crash.ts';

const MAX_RULES = 500;
const RULE = /^([+-])\s*(package|module|path):\s*(\S.{0,400})$/;

/** One declared rule. */
export interface FrameRule {
  readonly isOwn: boolean;
  /** As it was written. */
  readonly text: string;
  readonly matches: (shown: string, frame: GroupingFrame) => boolean;
}

/** Reads lines; those that are no rules are named in `problems`, and `#` begins a remark. */
export function readFrameRules(lines: readonly string[]): {
  readonly rules: readonly FrameRule[];
  readonly problems: readonly string[];
} {
  const rules: FrameRule[] = [];
  const problems: string[] = [];
  for (const [at, line] of lines.entries()) {
    const text = line.trim();
    if (text === '' || text.startsWith('#')) continue;
    const rule = RULE.exec(text);
    if (rule === null || rules.length >= MAX_RULES) {
      problems.push(
        rule === null
          ? `frame rule ${at + 1} is not understood: ${text.slice(0, 80)}`
          : `only the first ${MAX_RULES} frame rules are used`,
      );
      continue;
    }
    const [, sign, what, value = ''] = rule;
    rules.push({ isOwn: sign === '+', text, matches: matcher(what ?? '', value.trim()) });
  }
  return { rules, problems };
}

function matcher(what: string, value: string): FrameRule['matches'] {
  if (what === 'package')
    return (shown, { package: name }) => begins(name ?? shown, value) || begins(shown, value);
  if (what === 'module') {
    const wanted = lastPart(value).toLowerCase();
    return (_shown, { module }) => module !== null && lastPart(module).toLowerCase() === wanted;
  }
  const path = segments(value);
  const isWhole = /^(?:[\\/]|[A-Za-z]:)/.test(value);
  return (_shown, { file }) => file !== null && holdsPath(segments(file), path, isWhole);
}

/** Whole parts: `org.shop` covers `org.shop.Cart` and not `org.shopping`. */
function begins(name: string, prefix: string): boolean {
  if (!name.startsWith(prefix)) return false;
  return name.length === prefix.length || !/\w$/.test(prefix) || !/[\w$]/.test(name.charAt(prefix.length));
}

function lastPart(path: string): string {
  return segments(path).at(-1) ?? '';
}

function segments(path: string): readonly string[] {
  return path
    .slice(-2000)
    .split(/[\\/]+/)
    .filter((part) => part !== '');
}

/** At the beginning for a path from the root, else anywhere. */
function holdsPath(file: readonly string[], path: readonly string[], isWhole: boolean): boolean {
  if (path.length === 0) return false;
  const last = isWhole ? 0 : file.length - path.length;
  for (let start = 0; start <= last; start += 1) {
    if (path.every((part, index) => file[start + index] === part)) return true;
  }
  return false;
}
