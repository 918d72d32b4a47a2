// What an upload says of a symbol file beside its bytes, and under which key the file is stored then. Pure.
import type { SymbolFileFacts } from '../../formats/symbols/module-symbols.ts';
import type { SymbolKey } from '../../store/symbols.ts';
import { GUID_LENGTH, symbolKey } from './symbol-lookup-key.ts';
import { SymbolsRefused } from './symbols-refused.ts';

/** What the client says about a file beside its bytes; each is optional and checked. */
export type SymbolClaims = {
  readonly debugFile?: string;
  readonly debugId?: string;
  readonly codeFile?: string;
  readonly os?: string;
  readonly cpu?: string;
};

/** What a place in a symbol tree says: `<debug file>/<id>/<name>.sym`. Other places say nothing, the MODULE line does. */
export function claimsOfPath(name: string): SymbolClaims {
  const parts = name.split('/').slice(-3);
  const [debugFile, debugId] = parts;
  if (parts.length !== 3 || debugFile === undefined || debugId === undefined) return {};
  // Trees may also be laid out by code id, which says nothing about the debug id.
  return debugId.length >= GUID_LENGTH && symbolKey(debugFile, debugId) !== null
    ? { debugFile, debugId }
    : {};
}

/** Under which key to store: the claimed one, where the file does not contradict it. */
export function keyOf(facts: SymbolFileFacts, claims: SymbolClaims): SymbolKey {
  const says = facts.functions + facts.publics + facts.cfiRanges + facts.winRanges > 0;
  // Any text can be "indexed": every line of it is skipped. Without MODULE only what the form vouches for is taken.
  if (facts.os === null && !says) throw new SymbolsRefused('not_symbols');
  const claimedId = idOf(claims);
  if (claimedId !== '' && facts.debugId !== null && facts.debugId.toUpperCase() !== claimedId) {
    throw new SymbolsRefused('id_mismatch', `(${facts.debugId}, and ${claimedId.slice(0, 64)})`);
  }
  const key = symbolKey(
    emptyToNull(claims.debugFile) ?? facts.debugFile ?? '',
    claimedId || (facts.debugId ?? ''),
  );
  if (key === null) throw new SymbolsRefused('bad_id');
  return key;
}

/** The id that the upload names, as ids are stored; empty where it names none. */
export function idOf({ debugId = '' }: SymbolClaims): string {
  return debugId.replaceAll('-', '').toUpperCase();
}

export function emptyToNull(text: string | undefined): string | null {
  return text === undefined || text === '' ? null : text;
}
