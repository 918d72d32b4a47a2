// Every instruction set that can be unwound.
import type { Cpu } from '../technique.ts';
import type { CpuKind } from '../walk.ts';
import { AMD64 } from './amd64.ts';
import { ARM } from './arm.ts';
import { ARM64 } from './arm64.ts';
import { MIPS, MIPS64 } from './mips.ts';
import { X86 } from './x86.ts';

export const CPUS: Readonly<Record<CpuKind, Cpu>> = {
  x86: X86,
  amd64: AMD64,
  arm: ARM,
  arm64: ARM64,
  mips: MIPS,
  mips64: MIPS64,
};
