// What a product decides about processing, made ready for use once and kept while it stays the same.
import { LRUCache } from 'lru-cache';
import {
  DEFAULT_UNINTERESTING_PACKAGES,
  packageFilter,
  type PackageFilter,
} from '../report/crashkit/packages.ts';
import { NO_SOURCE } from '../report/source/source-settings.ts';
import type { ProductRules } from '../store/bugs.ts';
import type { EngineOptions } from './grouping/seen-stack.ts';
import { readFrameRules } from './grouping/own-frame-rules.ts';
import { engineOptions } from './grouping/product-frames.ts';
import { compileGroupingRules, type CompiledGroupingRule } from './grouping/grouping-rules.ts';
import type { ProcessingRule } from './rule.ts';
import { processingRules } from './rules/rule-registry.ts';
import { productLists } from './signature/default-lists.ts';
import { compileLists, type FramePattern } from './signature/lists.ts';
import type { SignatureMode } from './signature/mode.ts';

/** A product's settings ready for use. */
export interface ProductSettings {
  readonly interesting: PackageFilter;
  /** Titles are made without the message of the crash. */
  readonly protectsMessages: boolean;
  /** Irrelevant frames of the product, for managed traces. */
  readonly irrelevant: FramePattern;
  readonly signatureMode: SignatureMode;
  readonly keyMode: 'default' | 'crashkit';
  readonly engine: EngineOptions;
  readonly groupingRules: readonly CompiledGroupingRule[];
  /** The rules for reports that came as a form. */
  readonly rules: readonly ProcessingRule[];
  /** What cannot be used of the product's data, one sentence each. */
  readonly problems: readonly string[];
}

/** Rules of a product that has decided nothing. */
export const NO_RULES: ProductRules = {
  reopenMode: 'not_older',
  versionScheme: 'automatic',
  versionCorrections: [],
  uninterestingPackages: [],
  groupingRules: [],
  signatureLists: { irrelevant: [], prefix: [], sentinels: [], line_numbers: [] },
  frameRules: [],
  learnedPackages: [],
  signatureMode: 'mayday',
  messages: 'public',
  userAnnotation: null,
  ticketTracker: null,
  ticketUrl: null,
  source: NO_SOURCE,
};

/** The part of the rules whose expressions were written by people, taken away: what a report is processed with when they are too slow. */
export function withoutPatterns(rules: ProductRules): ProductRules {
  return { ...rules, groupingRules: [], signatureLists: NO_RULES.signatureLists };
}

const MAX_KEPT = 100;
const NO_DATA_RULES: readonly ProcessingRule[] = [];
/** By the installation's rules, which are the same for all jobs of a thread, and what the product decided. */
const keptFor = new WeakMap<readonly ProcessingRule[], LRUCache<string, ProductSettings>>();

/** Compiles rules, or gives those compiled before. */
export function productSettings(
  rules: ProductRules,
  dataRules: readonly ProcessingRule[] = NO_DATA_RULES,
): ProductSettings {
  const {
    uninterestingPackages,
    groupingRules,
    signatureLists,
    signatureMode,
    messages,
    frameRules,
    learnedPackages,
  } = rules;
  const key = JSON.stringify([
    uninterestingPackages,
    groupingRules,
    signatureLists,
    signatureMode,
    messages,
    frameRules,
    learnedPackages,
  ]);
  const kept = keptFor.get(dataRules) ?? new LRUCache<string, ProductSettings>({ max: MAX_KEPT });
  keptFor.set(dataRules, kept);
  const known = kept.get(key);
  if (known !== undefined) return known;
  const settings = compile(rules, dataRules);
  kept.set(key, settings);
  return settings;
}

function compile(rules: ProductRules, dataRules: readonly ProcessingRule[]): ProductSettings {
  const { uninterestingPackages, signatureLists } = rules;
  const lists = productLists({
    irrelevant: signatureLists.irrelevant.join('\n'),
    prefix: signatureLists.prefix.join('\n'),
    sentinels: signatureLists.sentinels.join('\n'),
    lineNumbers: signatureLists.line_numbers.join('\n'),
  });
  const own = compileLists([
    { irrelevant: signatureLists.irrelevant.join('\n'), prefix: signatureLists.prefix.join('\n') },
  ]);
  const frames = readFrameRules(rules.frameRules);
  const grouping = compileGroupingRules(rules.groupingRules);
  const signatureMode = rules.signatureMode === 'socorro' ? 'socorro' : 'default';
  return {
    interesting:
      uninterestingPackages.length === 0
        ? packageFilter(DEFAULT_UNINTERESTING_PACKAGES)
        : packageFilter(uninterestingPackages.join(',')),
    irrelevant: own.irrelevant,
    signatureMode,
    protectsMessages: rules.messages === 'protected',
    keyMode: rules.signatureMode === 'crashkit' ? 'crashkit' : 'default',
    engine: engineOptions({
      uninteresting: uninterestingPackages,
      irrelevant: own.irrelevant,
      prefix: own.prefix,
      rules: frames.rules,
      learned: rules.learnedPackages,
    }),
    groupingRules: grouping.rules,
    rules: processingRules({
      signature: {
        mode: signatureMode,
        lists,
        messages: rules.messages === 'public',
        namesJava: signatureMode === 'socorro',
      },
      productRules: dataRules,
    }),
    problems: [...lists.problems, ...grouping.problems, ...frames.problems],
  };
}
