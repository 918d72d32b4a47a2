// The processor of an Android device whose report has no minidump.
import { type ProcessingRule, textAt } from '../rule.ts';

const ARCHITECTURES: Readonly<Record<string, string>> = {
  'armeabi-v7a': 'arm',
  'arm64-v8a': 'arm64',
  x86_64: 'amd64',
};

/** Sets `cpu_arch` from `Android_CPU_ABI` where nothing better is known. */
export const androidCpuInfoRule: ProcessingRule = {
  name: 'AndroidCPUInfoRule',
  applies: ({ annotations, found }) =>
    (found['cpu_arch'] ?? 'unknown') === 'unknown' && textAt(annotations, 'Android_CPU_ABI') !== null,
  act: ({ annotations }) => {
    const abi = textAt(annotations, 'Android_CPU_ABI') ?? '';
    return { found: { cpu_arch: Object.hasOwn(ARCHITECTURES, abi) ? ARCHITECTURES[abi] : abi } };
  },
};
