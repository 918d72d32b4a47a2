// Where things about symbols are on this server.
import { symbolFileName } from '../../process/symbols/symbol-lookup-key.ts';
import type { SymbolKey } from '../../store/symbols.ts';

/** Where a symbol file can be downloaded. */
export function symbolAddress({ debugFile, debugId }: SymbolKey): string {
  return `${symbolPagePath({ debugFile, debugId })}/${encodeURIComponent(symbolFileName({ debugFile, debugId }))}`;
}

/** Where a debug file can be downloaded as it was uploaded. */
export function originalAddress({ debugFile, debugId }: SymbolKey): string {
  return `${symbolPagePath({ debugFile, debugId })}/${encodeURIComponent(debugFile)}`;
}

/** The page of a symbol file. */
export function symbolPagePath({ debugFile, debugId }: SymbolKey): string {
  return `/symbols/${encodeURIComponent(debugFile)}/${encodeURIComponent(debugId)}`;
}
