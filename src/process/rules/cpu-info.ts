// The processor of the machine.
import { type ProcessingRule, valueAt } from '../rule.ts';

/** Sets `cpu_info`, `cpu_count`, `cpu_arch` and `cpu_microcode_version` from the minidump. */
export const cpuInfoRule: ProcessingRule = {
  name: 'CPUInfoRule',
  act: ({ annotations, found }) => {
    const system = (key: string): unknown => valueAt(found, `json_dump.system_info.${key}`);
    const microcode = system('cpu_microcode_version');
    const sent = annotations['CPUMicrocodeVersion'];
    const version = typeof microcode === 'number' ? `0x${microcode.toString(16)}` : (microcode ?? sent);
    return {
      found: {
        cpu_info: system('cpu_info') ?? 'unknown',
        cpu_count: system('cpu_count') ?? 0,
        cpu_arch: system('cpu_arch') ?? 'unknown',
        ...(version ? { cpu_microcode_version: version } : {}),
      },
    };
  },
};
