// Documents that are one crash as a whole, and no log: asked before the text is taken apart into lines.
import { readIpsReport } from '../native-text/ips-report.ts';
import { readNodeReport } from '../native-text/node-report.ts';
import type { FoundTrace } from '../trace/trace-language.ts';

/** Longer documents are read as text. */
const MAX_DOCUMENT = 2 * 1024 * 1024;

/** Reads a document; null where the text is none of the known ones. */
export function wholeTextTrace(text: string): Pick<FoundTrace, 'trace' | 'fate'> | null {
  if (text.length > MAX_DOCUMENT || !/^\ufeff?\s*\{/.test(text)) return null;
  const trace = readIpsReport(text) ?? readNodeReport(text);
  return trace === null ? null : { trace, fate: 'ended' };
}
