// Call frame rules as the text of unwind rows: `.cfa: $rsp 16 + .ra: .cfa -8 + ^ $rbp: .cfa -16 + ^`.
import { frameExpression } from './frame-expression.ts';
import type { FrameRules, RegisterRule } from './frame-rules.ts';
import type { UnwindRegisters } from './unwind-registers.ts';

/** A row, and whether it holds for one program counter only. */
export type RuleText = { readonly text: string; readonly usesPc: boolean };

/** The text; null where the frame address or the return address cannot be said: a walk then needs another way. */
export function ruleText(
  rules: FrameRules,
  {
    registers,
    returnRegister,
    pc,
  }: { readonly registers: UnwindRegisters; readonly returnRegister: number; readonly pc: number },
): RuleText | null {
  const writer = new RuleWriter(registers, pc);
  const cfa = writer.cfa(rules.cfa);
  const returnAddress = writer.returnAddress(rules.registers.get(returnRegister), returnRegister);
  if (cfa === null || returnAddress === null) return null;
  const parts = [`.cfa: ${cfa}`, `.ra: ${returnAddress}`];
  const saved = [...rules.registers].filter(([register]) => register !== returnRegister);
  for (const [register, rule] of saved.sort(([one], [other]) => one - other)) {
    const name = registers.names.get(register);
    if (name === undefined) continue;
    const text = rule.kind === 'same_value' ? name : writer.rule(rule);
    // What cannot be said of one register is that it is lost; the row stands.
    parts.push(`${name}: ${text ?? '.undef'}`);
  }
  return { text: parts.join(' '), usesPc: writer.usesPc };
}

class RuleWriter {
  usesPc = false;
  private readonly registers: UnwindRegisters;
  private readonly pc: number;

  constructor(registers: UnwindRegisters, pc: number) {
    this.registers = registers;
    this.pc = pc;
  }

  cfa(rule: FrameRules['cfa']): string | null {
    if (rule === null) return null;
    if (rule.kind === 'expression') return this.expression(rule.expression, null);
    const name = this.registers.names.get(rule.register);
    return name === undefined ? null : `${name} ${rule.offset} +`;
  }

  /** A return address that nothing was said about is still where the call put it, where that is a register. */
  returnAddress(rule: RegisterRule | undefined, register: number): string | null {
    if (rule === undefined || rule.kind === 'same_value') {
      return register === this.registers.link ? (this.registers.names.get(register) ?? null) : null;
    }
    return this.rule(rule);
  }

  rule(rule: RegisterRule): string | null {
    switch (rule.kind) {
      case 'offset':
        return `.cfa ${rule.offset} + ^`;
      case 'val_offset':
        return `.cfa ${rule.offset} +`;
      case 'register':
        return this.registers.names.get(rule.register) ?? null;
      case 'expression': {
        const address = this.expression(rule.expression, '.cfa');
        return address === null ? null : `${address} ^`;
      }
      case 'val_expression':
        return this.expression(rule.expression, '.cfa');
      case 'undefined':
        return '.undef';
      default:
        return null;
    }
  }

  private expression(bytes: Uint8Array, start: string | null): string | null {
    const found = frameExpression(bytes, this.registers, { pc: this.pc, start });
    if (found === null) return null;
    this.usesPc ||= found.usesPc;
    return found.text;
  }
}
