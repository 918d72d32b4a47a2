// Modules as short texts, in which nothing stands that could be mistaken for a separator.
import { textAt } from '../rule.ts';

const NULL_DEBUG_ID = '0'.repeat(33);

/** `file/debug id`. */
export function moduleAndDebugId(module: unknown): string {
  return `${fileName(module)}/${hexadecimal(textAt(module, 'debug_id') ?? '')}`;
}

/** `file/version/debug id`, and the code id where there is one. */
export function moduleWithVersion(module: unknown): string {
  const version = (textAt(module, 'version') || 'None').replaceAll('/', '\\/');
  const codeId = hexadecimal(textAt(module, 'code_id') ?? '');
  const debugId = hexadecimal(textAt(module, 'debug_id') ?? NULL_DEBUG_ID);
  return [fileName(module), version, debugId, ...(codeId === '' ? [] : [codeId])].join('/');
}

function fileName(module: unknown): string {
  return (textAt(module, 'filename') ?? '').replace(/[^a-zA-Z0-9_.-]/g, '');
}

function hexadecimal(text: string): string {
  return text.replace(/[^a-f0-9]/gi, '');
}
