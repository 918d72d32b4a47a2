// The chain of the audit log: every line carries a hash over the one before and itself, so that a line that was changed, taken out or put in
// between breaks it. It proves nothing against somebody who writes all of it anew: for that, a hash that was noted elsewhere is compared.
import { hash } from 'node:crypto';
import type { AuditLine, AuditStart, AuditStore } from '../audit.ts';

/** The hash of a line: SHA-256, hex, over the JSON array of the hash before and what the line says. */
export function auditHash(before: string, line: Omit<AuditLine, 'hash'>): string {
  const { id, at, who, what, object, network, outcome, detail } = line;
  return hash(
    'sha256',
    JSON.stringify([
      before,
      id,
      at,
      who.person,
      who.way,
      who.token,
      what,
      object,
      network,
      outcome,
      Object.entries(detail).sort(([one], [other]) => (one < other ? -1 : 1)),
    ]),
  );
}

/** A line that somebody noted elsewhere. */
export interface KnownLine {
  readonly id: number;
  readonly hash: string;
}

export interface AuditVerified {
  readonly lines: number;
  readonly start: AuditStart;
  /** The last line and its hash: worth noting elsewhere. Null: the log is empty. */
  readonly last: KnownLine | null;
  /** What is wrong first, in a sentence; null: nothing. */
  readonly fault: string | null;
}

const PAGE = 2000;

/** Follows the chain from its start to its end. `known`: a line that must be in it. */
export async function verifyAudit(
  audit: Pick<AuditStore, 'start' | 'linesAfter' | 'lastNumber'>,
  known: KnownLine | null = null,
): Promise<AuditVerified> {
  const newest = await audit.lastNumber();
  const start = await audit.start();
  let { id, hash: before } = start;
  let lines = 0;
  let sawKnown = known === null || (known.id === start.id && known.hash === start.hash);
  const result = (fault: string | null): AuditVerified => ({
    lines,
    start,
    last: lines === 0 ? null : { id, hash: before },
    fault,
  });
  for (;;) {
    const page = await audit.linesAfter(id, PAGE);
    for (const line of page) {
      if (line.id !== id + 1) return result(`line ${id + 1} is missing: line ${line.id} follows line ${id}`);
      if (auditHash(before, line) !== line.hash)
        return result(`line ${line.id} does not fit its hash: it, or a line before it, was changed`);
      ({ id, hash: before } = line);
      lines += 1;
      if (known?.id !== id) continue;
      if (known.hash !== before) return result(`line ${id} is not the one that was noted`);
      sawKnown = true;
    }
    if (page.length < PAGE) break;
  }
  if (id < newest) return result(`the log ends with line ${id}, but line ${newest} was written`);
  if (!sawKnown && known !== null)
    return result(
      known.id <= start.id
        ? `line ${known.id} is older than what is kept: the log begins with line ${start.id + 1}`
        : `line ${known.id}, which was noted, is not there`,
    );
  return result(null);
}
