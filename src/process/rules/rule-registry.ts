// The general rules in their order: repair, copy, then what the minidump tells, then the signature and what it tells.
import type { ProcessingRule } from '../rule.ts';
import { androidCpuInfoRule } from './android-cpu-info.ts';
import { androidOsInfoRule } from './android-os-info.ts';
import { ANNOTATION_SCHEMA } from './annotation-schema.ts';
import { breadcrumbsRule } from './breadcrumbs.ts';
import { collectorMetadataRule } from './collector-metadata.ts';
import { copyAnnotationsRule } from './copy-annotations.ts';
import { cpuInfoRule } from './cpu-info.ts';
import { crashReportKeysRule } from './crash-report-keys.ts';
import { crashingThreadInfoRule } from './crashing-thread-info.ts';
import { datesAndTimesRule } from './dates-and-times.ts';
import { deNoneRule } from './de-none.ts';
import { deNullRule } from './de-null.ts';
import { hasGuardPageAccessRule } from './guard-page-access.ts';
import { identifierRule } from './identifier.ts';
import { javaExceptionRule, javaStackTraceRule } from './java-process.ts';
import { macBootArgsRule } from './mac-boot-args.ts';
import { macCrashInfoRule } from './mac-crash-info-rule.ts';
import { majorVersionRule } from './major-version.ts';
import { missingSymbolsRule } from './missing-symbols-rule.ts';
import { moduleUrlRewriteRule } from './module-url.ts';
import { convertModuleSignatureInfoRule } from './mozilla/module-signature-info.ts';
import { MOZILLA_RULES, MOZILLA_VERSION_RULES } from './mozilla/mozilla-rules.ts';
import { modulesInStackRule } from './modules-in-stack.ts';
import { osInfoRule } from './os-info.ts';
import { osPrettyVersionRule } from './os-pretty-version.ts';
import { platformInfoRule } from './platform-info.ts';
import { possibleBitFlipsRule } from './possible-bit-flips.ts';
import { processTypeRule } from './process-type.ts';
import { reportTypeRule } from './report-type.ts';
import { shutdownHangCrashingThreadRule } from './shutdown-hang-crashing-thread.ts';
import { signatureRule, type SignatureRuleOptions } from './name-signature.ts';
import { softErrorsRule } from './soft-errors.ts';
import { threadCountRule } from './thread-count.ts';
import { topMostFilesRule } from './top-most-files.ts';
import { truncateStacksRule } from './truncate-stacks.ts';

/** What a product may set about the rules. */
export interface RulesOptions {
  /** Lists and mode of the signature. */
  readonly signature?: SignatureRuleOptions;
  /** Rules of the installation, as data; they run before the signature is made (`compileDataRule`). */
  readonly productRules?: readonly ProcessingRule[];
  /** A schema of further annotations. */
  readonly annotationSchema?: unknown;
}

/** The rules for one product. */
export function processingRules({
  signature,
  productRules = [],
  annotationSchema,
}: RulesOptions = {}): readonly ProcessingRule[] {
  return [
    deNullRule,
    deNoneRule,
    identifierRule,
    convertModuleSignatureInfoRule,
    crashReportKeysRule,
    collectorMetadataRule,
    copyAnnotationsRule(ANNOTATION_SCHEMA),
    ...(annotationSchema === undefined
      ? []
      : [copyAnnotationsRule(annotationSchema, 'ProductAnnotationsRule')]),
    processTypeRule,
    ...MOZILLA_RULES,
    ...(signature?.mode === 'socorro' ? MOZILLA_VERSION_RULES : []),
    majorVersionRule,
    datesAndTimesRule,
    breadcrumbsRule,
    javaStackTraceRule,
    javaExceptionRule,
    crashingThreadInfoRule,
    truncateStacksRule,
    moduleUrlRewriteRule,
    cpuInfoRule,
    osInfoRule,
    androidCpuInfoRule,
    androidOsInfoRule,
    platformInfoRule,
    osPrettyVersionRule,
    threadCountRule,
    hasGuardPageAccessRule,
    possibleBitFlipsRule,
    macBootArgsRule,
    macCrashInfoRule,
    softErrorsRule,
    topMostFilesRule,
    modulesInStackRule,
    missingSymbolsRule,
    ...productRules,
    signatureRule(signature),
    shutdownHangCrashingThreadRule,
    reportTypeRule,
  ];
}
