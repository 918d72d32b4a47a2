// Crashes by broken hardware: would the address, or a register that it was made from, be good with one bit flipped?
// Heuristics and weights follow those that Mozilla tuned on Firefox crashes (rust-minidump, process_state.rs).
import type { CpuContext } from '../minidump/cpu-context.ts';
import { pointerBytes } from '../minidump/cpu.ts';
import type { RangeMap } from '../minidump/range-map.ts';
import type { MemoryInfo } from '../minidump/streams/memory-info.ts';
import type { AdjustedAddress } from './adjusted-address.ts';
import { type CrashFacts, type FaultKind, allows, faultKind } from './crash-facts.ts';

/** One address that a single flipped bit separates from the crash. */
export interface BitFlip {
  readonly address: bigint;
  /** The register that would have been hit; null where it is the crash address itself. */
  readonly sourceRegister: string | null;
  readonly wasNonCanonical: boolean;
  readonly isNull: boolean;
  readonly wasLow: boolean;
  readonly nearbyRegisters: number;
  readonly poisonRegisters: boolean;
  /** 0 to 1. */
  readonly confidence: number;
}

const BASELINE = 0.25;
const NON_CANONICAL = 0.9;
const NULL = 0.5;
const NULL_FROM_LOW = 0.25;
const NEARBY = [0.5, 0.55, 0.6, 0.65];
const POISON_FACTOR = 0.5;

const NEARBY_DISTANCE = 4096n;
const LOW_ADDRESS = NEARBY_DISTANCE * 2n;

/** Bytes that allocators and runtimes fill memory with; a register full of one points at a use after free. */
const POISON_BYTES: ReadonlySet<bigint> = new Set(
  [
    0x2b, 0x2d, 0x2f, 0x49, 0x4b, 0x4d, 0x4f, 0x6b, 0x8b, 0x9b, 0x9f, 0xa5, 0xbb, 0xcc, 0xcd, 0xce, 0xdb,
    0xe5,
  ].map(BigInt),
);

/** Bits to flip, first included, end not. */
interface BitRange {
  readonly first: number;
  readonly end: number;
}

/**
 * The possible bit flips of a crash. Only on 64-bit processors, where a random address is rarely mapped, and not on
 * arm64, whose instructions are not analysed (register plus offset looks like a flipped null there).
 */
export function possibleBitFlips(facts: CrashFacts, adjusted: AdjustedAddress | null): BitFlip[] {
  const { system, context, instruction, mappings } = facts;
  if (pointerBytes(system.cpu) !== 8 || system.cpu === 'arm64' || system.cpu === 'unknown') return [];
  if (adjusted?.kind === 'null-pointer') return [];
  const nonCanonical = adjusted?.kind === 'non-canonical';
  const bits = bitRange(system.cpu, nonCanonical);
  const reported = adjusted?.kind === 'non-canonical' ? adjusted.address : facts.address;
  // The reported address may lie inside of the access; the access starts at the address that was computed.
  const access = instruction?.accesses.find(
    ({ address, size }) => facts.address >= address && facts.address < address + BigInt(size ?? 0),
  );
  const search: Search = {
    bits,
    nonCanonical,
    context,
    mappings,
    kind: faultKind(facts),
    accessSize: access?.size ?? null,
  };
  const flips = flipsOf(access?.address ?? reported, null, search);
  for (const name of context === null ? [] : (instruction?.addressRegisters ?? [])) {
    const value = context?.registers.get(name);
    if (value !== undefined) flips.push(...flipsOf(value, name, search));
  }
  return flips;
}

interface Search {
  readonly bits: BitRange;
  readonly nonCanonical: boolean;
  readonly context: CpuContext | null;
  readonly mappings: RangeMap<MemoryInfo>;
  readonly kind: FaultKind;
  readonly accessSize: number | null;
}

function bitRange(cpu: string, nonCanonical: boolean): BitRange {
  if (nonCanonical) return { first: 48, end: 64 };
  return { first: 0, end: cpu === 'amd64' ? 48 : 64 };
}

function flipsOf(original: bigint, sourceRegister: string | null, search: Search): BitFlip[] {
  const isMapped = (address: bigint): boolean => {
    const mapping = search.mappings.at(address);
    return mapping !== null && allows(mapping, search.kind);
  };
  if (isMapped(original) || isOffByOne(original, search)) return [];
  const flips: BitFlip[] = [];
  for (let bit = search.bits.first; bit < search.bits.end; bit += 1) {
    const address = original ^ (1n << BigInt(bit));
    // Null is what the program may have meant to have: then its check for null went the wrong way.
    if (address === 0n || isMapped(address)) flips.push(weigh({ address, original, sourceRegister }, search));
  }
  return flips;
}

/** An access that ends just next to a mapping has run over its edge, which needs no broken hardware. */
function isOffByOne(address: bigint, search: Search): boolean {
  if (search.accessSize === null) return false;
  const size = BigInt(search.accessSize);
  return search.mappings.byAddress().some((mapping) => {
    if (!allows(mapping, search.kind)) return false;
    const last = mapping.base + mapping.size - 1n;
    const distance = address < mapping.base ? mapping.base - address : address > last ? address - last : 0n;
    return distance < size;
  });
}

function weigh(
  flip: { readonly address: bigint; readonly original: bigint; readonly sourceRegister: string | null },
  search: Search,
): BitFlip {
  const { address, original, sourceRegister } = flip;
  const isNull = address === 0n;
  const wasLow = isNull && original <= LOW_ADDRESS;
  const values = [...(search.context?.registers.values() ?? [])];
  // Small numbers are everywhere; only an address of some height can have company.
  const nearbyRegisters =
    address > LOW_ADDRESS
      ? values.filter((value) => distanceOf(value, address) <= NEARBY_DISTANCE).length
      : 0;
  const poisonRegisters = values.some((value) => isPoison(value));
  const evidence = [BASELINE];
  if (search.nonCanonical) evidence.push(NON_CANONICAL);
  if (isNull) evidence.push(wasLow ? NULL_FROM_LOW : NULL);
  if (nearbyRegisters > 0) evidence.push(NEARBY[Math.min(nearbyRegisters, NEARBY.length) - 1] ?? 0);
  const doubt = evidence.reduce((product, value) => product * (1 - value), 1);
  const confidence = (1 - doubt) * (poisonRegisters ? POISON_FACTOR : 1);
  return {
    address,
    sourceRegister,
    wasNonCanonical: search.nonCanonical,
    isNull,
    wasLow,
    nearbyRegisters,
    poisonRegisters,
    confidence: Math.round(confidence * 1e6) / 1e6,
  };
}

function distanceOf(a: bigint, b: bigint): bigint {
  return a > b ? a - b : b - a;
}

function isPoison(value: bigint): boolean {
  const byte = value & 0xffn;
  return POISON_BYTES.has(byte) && value === byte * 0x0101_0101_0101_0101n;
}
