// The commands of `mayday`, in the order in which `mayday --help` shows them.
import type { Command } from './command.ts';
import { command as demo } from './commands/demo.ts';
import { command as doctor } from './commands/doctor.ts';
import { command as dump } from './commands/dump.ts';
import { command as prune } from './commands/prune.ts';
import { command as serve } from './commands/serve.ts';
import { command as version } from './commands/version.ts';

export const COMMANDS: readonly Command[] = [serve, demo, dump, prune, doctor, version];
