// A command on the data folder leaves its line in the audit log: whoever may read the folder is known as the user of the system, on its machine.
import os from 'node:os';
import type { AuditDetail, AuditEntry, AuditOutcome } from '../store/audit.ts';
import type { Store } from '../store/store.ts';

interface Line {
  readonly object?: string;
  readonly detail?: AuditDetail;
  readonly outcome?: AuditOutcome;
}

/** The line of a command. */
export function commandEntry(
  what: string,
  { object = '', detail = {}, outcome = 'done' }: Line = {},
): AuditEntry {
  return {
    who: { person: null, way: 'command', token: null },
    what,
    object,
    network: '',
    outcome,
    detail: { ...detail, ...systemActor() },
  };
}

/** Writes the line; before anything is given out. */
export function auditCommand(store: Pick<Store, 'audit'>, what: string, line: Line = {}): Promise<void> {
  return store.audit.record(commandEntry(what, line));
}

/** Who runs the command, as the system says it; empty: it does not know. */
export function systemActor(): { readonly user: string; readonly host: string } {
  return { user: userName(), host: os.hostname().slice(0, 100) };
}

function userName(): string {
  try {
    return os.userInfo().username.slice(0, 100);
  } catch {
    // A number without a name, as in containers.
    return String(process.getuid?.() ?? '');
  }
}
