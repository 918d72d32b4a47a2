// The crash itself: reason, address, what the instruction did, and what speaks for broken hardware.
import { formatAddress } from '../minidump/cpu.ts';
import { type Minidump, contextOf } from '../minidump/minidump.ts';
import { crashAddress, crashReason } from '../minidump/reason/crash-reason.ts';
import { describeAssertion } from '../minidump/streams/breakpad-info.ts';
import { type AdjustedAddress, adjustedAddress } from './adjusted-address.ts';
import { type BitFlip, possibleBitFlips } from './bit-flips.ts';
import type { CrashFacts } from './crash-facts.ts';
import { type CrashMemory, memoryMappings } from './crash-memory.ts';
import { isLikelyGuardPage } from './guard-page.ts';
import { findInconsistencies } from './inconsistencies.ts';
import { analyseInstruction } from './instruction-analysis.ts';
import type {
  AdjustedAddressJson,
  BitFlipJson,
  CrashInfoJson,
  MemoryAccessJson,
} from './processed-minidump.ts';

/** The facts of the crash, or null where the dump has no exception or nobody knows which system it is from. */
export function crashFacts(dump: Minidump, memory: CrashMemory): CrashFacts | null {
  const { exception, systemInfo } = dump;
  if (exception === null || systemInfo === null) return null;
  const context = contextOf(dump, exception.context);
  return {
    system: systemInfo,
    exception,
    reason: crashReason(exception, systemInfo),
    address: crashAddress(exception, systemInfo),
    context,
    instruction: context === null ? null : analyseInstruction(context, memory),
    mappings: memoryMappings(dump),
  };
}

/** `crash_info` of the report. */
export function renderCrashInfo(
  dump: Minidump,
  facts: CrashFacts | null,
  crashingThread: number | null,
): CrashInfoJson {
  const assertion = dump.assertion === null ? null : describeAssertion(dump.assertion);
  if (facts === null) return withoutSystem(dump, crashingThread, assertion);
  const hex = (value: bigint): string => formatAddress(value, facts.system.cpu);
  const adjusted = adjustedAddress(facts);
  const flips = possibleBitFlips(facts, adjusted);
  const { instruction } = facts;
  return {
    type: facts.reason,
    address: hex(facts.address),
    adjusted_address: adjusted === null ? null : renderAdjusted(adjusted, hex),
    instruction: instruction?.text ?? null,
    memory_accesses: instruction === null ? null : renderAccesses(facts, hex),
    instruction_pointer_update:
      instruction?.target?.kind === 'address' ? { address: hex(instruction.target.address) } : null,
    possible_bit_flips: flips.length === 0 ? null : flips.map((flip) => renderFlip(flip, hex)),
    crash_inconsistencies: findInconsistencies(facts),
    crashing_thread: crashingThread,
    assertion,
  };
}

/** An exception of which only the numbers can be shown. */
function withoutSystem(
  dump: Minidump,
  crashingThread: number | null,
  assertion: string | null,
): CrashInfoJson {
  const { exception } = dump;
  return {
    type: exception === null ? null : crashReason(exception, null),
    address: exception === null ? null : formatAddress(crashAddress(exception, null), 'unknown'),
    adjusted_address: null,
    instruction: null,
    memory_accesses: null,
    instruction_pointer_update: null,
    possible_bit_flips: null,
    crash_inconsistencies: exception === null ? null : [],
    crashing_thread: crashingThread,
    assertion,
  };
}

function renderAdjusted(adjusted: AdjustedAddress, hex: (value: bigint) => string): AdjustedAddressJson {
  return adjusted.kind === 'null-pointer'
    ? { kind: 'null-pointer', offset: hex(adjusted.offset) }
    : { kind: 'non-canonical', address: hex(adjusted.address) };
}

function renderAccesses(facts: CrashFacts, hex: (value: bigint) => string): MemoryAccessJson[] {
  const rendered: MemoryAccessJson[] = [];
  for (const { address, size, access } of facts.instruction?.accesses ?? []) {
    const isGuard = isLikelyGuardPage(address, facts.mappings);
    rendered.push({
      address: hex(address),
      size,
      access_type: access,
      ...(isGuard ? { is_likely_guard_page: true } : {}),
    });
  }
  return rendered;
}

function renderFlip(flip: BitFlip, hex: (value: bigint) => string): BitFlipJson {
  return {
    address: hex(flip.address),
    source_register: flip.sourceRegister,
    details: {
      was_non_canonical: flip.wasNonCanonical,
      is_null: flip.isNull,
      was_low: flip.wasLow,
      nearby_registers: flip.nearbyRegisters,
      poison_registers: flip.poisonRegisters,
    },
    confidence: flip.confidence,
  };
}
