// The signature of a report with a minidump or a Java trace, from what the rules before it found.
import { listAt, type ProcessingRule, type RuleInput, textAt, valueAt } from '../rule.ts';
import type { CrashData, CrashThread } from '../signature/crash-data.ts';
import { generateSignature, type GenerateOptions } from '../signature/generate.ts';

/** What a product may set. */
export interface SignatureRuleOptions extends GenerateOptions {
  /** False: the text of a Java trace gets no signature, because the grouping engine names it. Default: it gets one. */
  readonly namesJava?: boolean;
}

/** A rule that sets `signature`, `proto_signature` and `signature_debug`. */
export function signatureRule({ namesJava = true, ...options }: SignatureRuleOptions = {}): ProcessingRule {
  return {
    name: 'SignatureGeneratorRule',
    applies: ({ found }) => namesJava || Object.hasOwn(found, 'json_dump') || !hasJavaTrace(found),
    act: (input) => {
      const { signature, notes, steps, protoSignature } = generateSignature(crashDataOf(input), options);
      return {
        found: {
          signature,
          ...(protoSignature === null ? {} : { proto_signature: protoSignature }),
          signature_debug: steps.map(({ rule, text }) => `${rule}: ${text}`).join('\n'),
        },
        notes,
      };
    },
  };
}

function hasJavaTrace(found: RuleInput['found']): boolean {
  const trace = found['java_stack_trace'];
  return typeof trace === 'string' && trace !== 'malformed';
}

/** What the signature rules look at, out of what was found. */
export function crashDataOf({ found }: Pick<RuleInput, 'found'>): CrashData {
  const minidumps = found['additional_minidumps'];
  return {
    os: textAt(found, 'json_dump.system_info.os'),
    reason: textAt(found, 'json_dump.crash_info.type'),
    crashing_thread: valueAt(found, 'json_dump.crash_info.crashing_thread'),
    threads: listAt(found, 'json_dump.threads') as readonly CrashThread[],
    java_stack_trace: found['java_stack_trace'],
    java_exception: found['java_exception'],
    oom_allocation_size: found['oom_allocation_size'],
    js_large_allocation_failure: textAt(found, 'js_large_allocation_failure'),
    abort_message: textAt(found, 'abort_message'),
    hang: found['hang'],
    async_shutdown_timeout: textAt(found, 'async_shutdown_timeout'),
    ipc_channel_error: textAt(found, 'ipc_channel_error'),
    ipc_message_name: textAt(found, 'ipc_message_name'),
    additional_minidumps: Array.isArray(minidumps) ? minidumps.map(String) : [],
    mdsw_status_string: textAt(found, 'mdsw_status_string'),
  };
}
