// Rules for annotations that only Mozilla's products send. Each stands by itself where its annotation is; those that rewrite versions
// run for products in the mode `socorro`, since others mean other things by the same channels.
import type { ProcessingRule } from '../../rule.ts';
import { addonsRule, themePrettyNameRule } from './addons.ts';
import { distributionIdRule } from './distribution-id.ts';
import { phcRule } from './phc.ts';
import { pluginRule } from './plugin.ts';
import { submittedFromRule } from './submitted-from.ts';
import { utilityActorsNameRule } from './utility-actors.ts';
import { betaVersionRule, esrVersionRewriteRule, fenixVersionRewriteRule } from './versions.ts';

/** In their order; what annotations are copied to stands before them. */
export const MOZILLA_RULES: readonly ProcessingRule[] = [
  addonsRule,
  themePrettyNameRule,
  submittedFromRule,
  distributionIdRule,
  utilityActorsNameRule,
  phcRule,
  pluginRule,
];

/** For products in the mode `socorro`. */
export const MOZILLA_VERSION_RULES: readonly ProcessingRule[] = [
  fenixVersionRewriteRule,
  esrVersionRewriteRule,
  betaVersionRule,
];
