// The contract of a way to understand a report: one kind of evidence (a payload, a minidump, a trace) and what it tells.
// Adding one: one file here, one line in registry.ts.
import type { ProcessedMinidump } from '../../formats/crash/processed-minidump.ts';
import { textOfBytes } from '../../formats/logs/text-of-bytes.ts';
import type { SymbolProvider } from '../../formats/symbols/symbol-provider.ts';
import type { PackageFilter } from '../../report/crashkit/packages.ts';
import type { Report } from '../../report/report.ts';
import type { Mappings } from '../symbols/source-maps/mapping-files.ts';
import type { Understood } from '../crash-draft.ts';
import type { Values } from '../rule.ts';
import type { FramePattern } from '../signature/lists.ts';
import type { EngineOptions } from '../grouping/seen-stack.ts';
import type { SignatureMode } from '../signature/mode.ts';

/** What a way sees. */
export interface EvidenceInput {
  readonly report: Report;
  /** Attachments by name, as far as they were read. */
  readonly parts: ReadonlyMap<string, Uint8Array>;
  /** The processed minidumps by attachment name, the crashed process's first. */
  readonly minidumps: ReadonlyMap<string, ProcessedMinidump>;
  /** Annotations as the rules have left them. */
  readonly annotations: Values;
  /** What the rules found; `json_dump` is the first processed minidump, `signature` what they named the crash. */
  readonly found: Values;
  /** Where native stacks that are only addresses get their names. */
  readonly symbols?: SymbolProvider | undefined;
  /** Where minified scripts and obfuscated classes get theirs. */
  readonly mappings?: Mappings | undefined;
  /** What the product decides. */
  readonly product: {
    readonly interesting: PackageFilter;
    /** The product's own irrelevant frames. */
    readonly irrelevant: FramePattern;
    readonly signatureMode: SignatureMode;
    /** `crashkit`: CrashKit payloads are filed and named as the original server did. */
    readonly keyMode: 'default' | 'crashkit';
    readonly engine: EngineOptions;
  };
}

/** One way. Pure: the same input gives the same result. */
export interface EvidenceSource {
  readonly name: string;
  /**
   * Null: the report has no such evidence, ask the next way. It may throw, or reject: that is a processor note, and the next
   * is asked. A promise is for symbols alone.
   */
  understand(input: EvidenceInput): Understood | null | Promise<Understood | null>;
}

/** The text of an attachment, bytes that are none as U+FFFD; null where it was not read. */
export function partText({ parts }: Pick<EvidenceInput, 'parts'>, name: string): string | null {
  const bytes = parts.get(name);
  return bytes === undefined ? null : textOfBytes(bytes);
}
