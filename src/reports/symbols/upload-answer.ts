// What became of an upload, as the endpoints say it.
import type { SymbolClaims } from '../../process/symbols/symbol-claims.ts';
import type { TakenSymbols } from '../../process/symbols/symbol-intake.ts';
import { wantedText } from '../../process/symbols/symbol-parts.ts';
import { SymbolsRefused } from '../../process/symbols/symbols-refused.ts';
import type { WantedFile } from '../../store/symbols.ts';
import type { ReportsContext } from '../reports-context.ts';
import type { Received, ReceivedFile } from './receive.ts';

/** Which endpoint an upload came through: the label of its metric. */
export type UploadEndpoint = 'page' | 'api' | 'tecken' | 'sym_upload_v1' | 'sym_upload_v2' | 'sentry_cli';

/** What all files of an upload have in common. */
export interface UploadTerms {
  readonly endpoint: UploadEndpoint;
  readonly product: string | null;
  /** Whose they are from now on. */
  readonly accounts: readonly string[];
  readonly by: string;
  readonly claims: SymbolClaims;
}

/** Takes every received file in. A fault of a lone file is thrown; among many it is told for that file. */
export async function takeAll(
  context: ReportsContext,
  files: readonly ReceivedFile[],
  { endpoint, product, accounts, by, claims }: UploadTerms,
): Promise<readonly TakenSymbols[]> {
  const taken: TakenSymbols[] = [];
  try {
    for (const { path, filename, part } of files) {
      const name = (filename ?? part ?? '').slice(0, 255);
      const one = context.symbols.intake.take({
        file: path,
        name,
        claims,
        product,
        accounts,
        by,
        source: 'upload',
      });
      taken.push(...(files.length === 1 ? await one : await one.catch(toldFor(name))));
    }
  } catch (error) {
    if (error instanceof SymbolsRefused) context.metrics.symbolUploads.inc({ endpoint, outcome: 'refused' });
    throw error;
  } finally {
    for (const { outcome } of taken) context.metrics.symbolUploads.inc({ endpoint, outcome });
  }
  // Any file of the upload may be the other half of an earlier one.
  return files.length === 1 ? taken : context.symbols.intake.withWanting(taken, accounts);
}

/** Of faults that are the server's the others would suffer, too. */
function toldFor(name: string): (error: unknown) => readonly TakenSymbols[] {
  return (error) => {
    if (!(error instanceof SymbolsRefused) || error.status === 503) throw error;
    return [{ outcome: 'refused', name, code: error.code, detail: error.message }];
  };
}

/** What a form says about its symbol file (sym_upload v1 names them so). */
export function claimsOf({ fields }: Received): SymbolClaims {
  const claims: Record<string, string> = {};
  const names = {
    debugFile: 'debug_file',
    debugId: 'debug_identifier',
    codeFile: 'code_file',
    os: 'os',
    cpu: 'cpu',
  };
  for (const [claim, name] of Object.entries(names)) {
    const value = fields.get(name)?.trim();
    if (value !== undefined && value !== '') claims[claim] = value;
  }
  return claims;
}

/** The answer of the API: one row for each file. */
export function uploadJson(taken: readonly TakenSymbols[]): Readonly<Record<string, unknown>> {
  const count = (outcome: TakenSymbols['outcome']) => taken.filter((file) => file.outcome === outcome).length;
  return {
    stored: count('stored'),
    duplicate: count('duplicate'),
    refused: count('refused'),
    skipped: count('skipped'),
    files: taken.map((file) => {
      if (file.outcome === 'skipped') return { name: file.name, outcome: file.outcome };
      if (file.outcome === 'refused') {
        return { name: file.name, outcome: file.outcome, code: file.code, message: file.detail };
      }
      const { debugFile, debugId, textBytes, damagedLines, format, gives } = file.symbols;
      return {
        name: file.name,
        outcome: file.outcome,
        debugFile,
        debugId,
        textBytes,
        damagedLines,
        format,
        gives,
        wanting: wantingJson(file.wanting),
        reportsToProcess: file.lacking,
      };
    }),
  };
}

/** What a build lacks, with a sentence for people. */
export function wantingJson(wanting: readonly WantedFile[]): readonly Readonly<Record<string, string>>[] {
  return wanting.map((want) => ({ ...want, text: wantedText(want) }));
}

/** Status of the answer: whether anything was taken at all. */
export function uploadStatus(taken: readonly TakenSymbols[]): 200 | 201 | 400 {
  if (taken.some(({ outcome }) => outcome === 'stored')) return 201;
  return taken.some(({ outcome }) => outcome === 'duplicate') ? 200 : 400;
}
