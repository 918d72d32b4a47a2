// Addresses from which symbols were fetched: what they tell of our own network goes.
import { urlParts } from '../../report/crashkit/url-parts.ts';
import { listAt, type ProcessingRule, textAt, type Values } from '../rule.ts';

const LOCAL = /^(?:localhost|127(?:\.\d+){3}|::1|0\.0\.0\.0)$/;
/** Query parameters by which storage services sign an address: whoever has them may read. */
const SIGNED = /[?&](?:X-Amz-|X-Goog-|Signature=|sig=|token=|AWSAccessKeyId=|GoogleAccessId=)/i;

/** Mozilla's server takes parameters that say how it was asked (`?try`), not what for. */
function isMozillas(url: string): boolean {
  return /(?:^|\.)symbols\.mozilla\.org$/.test(urlParts(url).host);
}

/** Takes away local addresses and signatures in `json_dump.modules[].symbol_url`. */
export const moduleUrlRewriteRule: ProcessingRule = {
  name: 'ModuleURLRewriteRule',
  applies: ({ found }) => listAt(found, 'json_dump.modules').length > 0,
  act: ({ found }) => {
    const notes: string[] = [];
    let changed = false;
    const modules = listAt(found, 'json_dump.modules').map((module) => {
      const url = textAt(module, 'symbol_url');
      if (url === null || url === '') return module;
      const isLocal = LOCAL.test(urlParts(url).host);
      if (!isLocal && !(isMozillas(url) && url.includes('?')) && !SIGNED.test(url)) return module;
      changed = true;
      if (isLocal) {
        const name = textAt(module, 'filename') ?? textAt(module, 'debug_file') ?? 'unknown';
        notes.push(`Redacting symbol url for module ${name}`);
      }
      return Object.assign({}, module, { symbol_url: isLocal ? null : (url.split('?', 1)[0] ?? null) });
    });
    return changed ? { found: { json_dump: { ...(found['json_dump'] as Values), modules } }, notes } : {};
  },
};
