// Dart and Flutter. Sources: StackTrace.toString of the VM, dumpErrorToConsole and FlutterErrorDetails of Flutter.
import type { PatternHead, Patterns } from '../pattern-language.ts';

/** What was thrown, as its toString has it: errors of the core library have no name there. */
const THROWN: NonNullable<PatternHead['next']> = [
  [/^(?<kind>[A-Z_]\w{0,100}(?:Exception|Error)|Exception)(?:: (?<message>.*)| \(.*|$)/, ''],
  [/^Bad state: (?<message>.*)$/, 'StateError'],
  [/^Invalid argument[^:]{0,60}: ?(?<message>.*)$/, 'ArgumentError'],
  [/^RangeError \(\w{1,40}\): (?<message>.*)$/, 'RangeError'],
  [/^Concurrent modification[^:]{0,40}: ?(?<message>.*)$/, 'ConcurrentModificationError'],
  [/^Unsupported operation: (?<message>.*)$/, 'UnsupportedError'],
  [
    /^(?<message>Null check operator used on a null value.*|type '.{1,200}' is not a subtype of type .*)$/,
    'TypeError',
  ],
];

export const DART: Patterns = {
  format: 'dart',
  heads: [
    {
      pattern: /^Unhandled exception:$/,
      kind: 'unhandled exception',
      fate: 'ended',
      next: THROWN,
    },
    {
      pattern:
        /Unhandled [Ee]xception: ?(?:(?<kind>[A-Z_]\w{0,100}(?:Exception|Error)|Exception)(?:: | \(|$))?(?<message>.*)$/,
      kind: 'unhandled exception',
      fate: 'ended',
      next: THROWN,
    },
    {
      pattern:
        /^The following (?:(?<kind>[\w$]{1,120}(?:<[^>]{0,80}>)?) was thrown|(?<message>assertion was thrown|message was thrown))\b.*$/,
      kind: 'FlutterError',
      fate: 'thread',
    },
    {
      pattern: /^(?:\[\w{1,40}\] )?(?<kind>[A-Z_]\w{0,100}(?:Exception|Error)|Exception): (?<message>.*)$/,
      sure: false,
    },
    { pattern: /^(?<kind>[A-Z_]\w{0,100}(?:Exception|Error))\((?<message>.*)\)$/, sure: false },
    {
      pattern:
        /^(?<message>Null check operator used on a null value.*|type '.{1,200}' is not a subtype of type .*|'[^']{1,300}': Failed assertion: .*)$/,
      kind: 'TypeError',
      sure: false,
    },
    { pattern: /^(?:\*\*\* ){8,20}(?:\*\*\*)?$/, kind: 'crash', sure: false },
    {
      pattern:
        /^(?:Error|Bad state|Invalid argument\S{0,40}|RangeError \(\w{1,40}\)|Concurrent modification[^:]{0,40}): ?(?<message>.*)$/,
      kind: 'Error',
      sure: false,
    },
  ],
  frames: [
    /^#\d{1,5}\s{1,8}(?<function>new [^(]{1,300}|[^(]{1,300}?) \((?<file>[\w.+-]{1,40}:[^()]{1,500}?)(?::(?<line>\d{1,9})(?::(?<column>\d{1,9}))?)?\)$/,
    /^#\d{1,5}\s{1,8}abs (?<address>[0-9a-f]{8,16})(?: virt (?<offset>[0-9a-f]{8,16}))? (?<function>_kDart\w{1,80})/,
    /^(?<file>package:[^\s:]{1,300}|dart:[\w./-]{1,200}) (?<line>\d{1,9}):(?<column>\d{1,9})\s{1,80}(?<function>\S.{0,300})$/,
  ],
  inside:
    /^<asynchronous suspension>|^\.{3} {1,4}Normal element mounting|^\(elided \d|^={5,}|^═{5,}|^When the exception was thrown, this was the stack|^The relevant error-causing widget was|^pid: \d{1,10}, tid:|^(?:os|build_id|isolate_dso_base|vm_dso_base|isolate_instructions|vm_instructions)[:=]/,
  // Flutter's boxes have paragraphs.
  blanksInMessage: 10,
  order: 'innermost first',
  foreign:
    / (?:dart:|package:(?:flutter|flutter_test|test|test_api|stack_trace|async|bloc|flutter_bloc|provider|riverpod|flutter_riverpod|http|dio|go_router|get|firebase_\w{1,40}|cloud_firestore)\/|org-dartlang-)/,
  headless: 'error',
  trigger:
    /^#\d{1,5}\s{1,8}(?:\S.{0,300} \((?:package|dart|file|org-dartlang-\w{1,20}):|abs [0-9a-f]{8})|^(?:package:|dart:)\S{1,300} \d{1,9}:\d{1,9}\s{2,}\S/,
};
