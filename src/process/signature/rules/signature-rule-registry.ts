// The rules in their order. The order is part of what a signature is: each sees what the ones before it made.
import type { SignatureRule } from '../signature-rule.ts';
import { abort } from './abort.ts';
import { badHardware } from './bad-hardware.ts';
import { fixWhitespace } from './fix-whitespace.ts';
import { hungProcess } from './hung-process.ts';
import { ipcChannelError } from './ipc-channel-error.ts';
import { ipcMessageName } from './ipc-message-name.ts';
import { outOfMemory } from './out-of-memory.ts';
import { printableCharsOnly } from './printable-only.ts';
import { runWatchdog } from './run-watchdog.ts';
import { shutdownTimeout } from './shutdown-timeout.ts';
import { signatureGeneration } from './signature-generation.ts';
import { stackOverflow } from './stack-overflow.ts';
import { stackwalkerError } from './stackwalker-error.ts';
import { truncate } from './truncate.ts';

/** Socorro's default rule set. */
export const SIGNATURE_RULES: readonly SignatureRule[] = [
  signatureGeneration,
  stackwalkerError,
  badHardware,
  outOfMemory,
  abort,
  shutdownTimeout,
  runWatchdog,
  ipcChannelError,
  ipcMessageName,
  stackOverflow,
  hungProcess,
  printableCharsOnly,
  fixWhitespace,
  truncate,
];
