// What a product decides about frames, ready for the engine.
import { packageFilter } from '../../report/crashkit/packages.ts';
import type { FramePattern } from '../signature/lists.ts';
import type { FrameRule } from './own-frame-rules.ts';
import { packageRoot } from './package-root.ts';
import type { EngineOptions } from './seen-stack.ts';

/** What people wrote down for the product. */
export interface ProductFrameData {
  /** Packages that name no bug, and with `!` those that do: whole dot segments. */
  readonly uninteresting: readonly string[];
  /** Additions to the lists of signatures. */
  readonly irrelevant: FramePattern;
  readonly prefix: FramePattern;
  /** Own and foreign frames. */
  readonly rules: readonly FrameRule[];
  /** Packages that the product was seen to live in, `java:org.apache.shop`. */
  readonly learned: readonly string[];
}

/** The engine's options for a product. */
export function engineOptions(data: ProductFrameData): EngineOptions {
  const { rules, learned } = data;
  return {
    ...withoutOthers(data),
    unlearned: learned.length === 0 ? null : withoutOthers({ ...data, learned: [] }),
    undeclared: rules.length === 0 ? null : withoutOthers({ ...data, rules: [] }),
  };
}

function withoutOthers({
  uninteresting,
  irrelevant,
  prefix,
  rules,
  learned,
}: ProductFrameData): EngineOptions {
  const covers = uninteresting.map((entry) => {
    const text = entry.trim();
    const isOwn = text.startsWith('!');
    const covered = packageFilter(isOwn ? text.slice(1) : text);
    return { entry: text, isOwn, covers: (name: string) => !covered(name) };
  });
  const homes = new Set(learned);
  return {
    unlearned: null,
    undeclared: null,
    product: {
      declared: ({ shown }, frame) => {
        const declared = rules.find(({ matches }) => matches(shown, frame));
        if (declared !== undefined) return { isOwn: declared.isOwn, rule: declared.text };
        const { package: packageName } = frame;
        const entry = irrelevant(shown);
        if (entry !== null) return { isOwn: false, rule: entry };
        if (packageName === null) return null;
        const rule = covers.find((one) => one.covers(packageName));
        return rule === undefined ? null : { isOwn: rule.isOwn, rule: rule.entry };
      },
      learned:
        learned.length === 0
          ? () => null
          : (family, frame) => {
              const root = packageRoot(family, frame);
              return root !== null && homes.has(`${family}:${root}`) ? root : null;
            },
    },
    helpers: (name) => prefix(name),
  };
}
