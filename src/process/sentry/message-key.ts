// A message without what differs between two of the same kind: what a client's template leaves as placeholders.

const MAX_TEXT = 1000;
const VALUES: readonly (readonly [pattern: RegExp, placeholder: string])[] = [
  [/[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}/g, '<email>'],
  [/\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s"'<>]{1,500}/gi, '<url>'],
  [/\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b/gi, '<uuid>'],
  [/\b\d{1,3}(?:\.\d{1,3}){3}\b/g, '<ip>'],
  [/\b0x[0-9a-f]{1,16}\b/gi, '<hex>'],
  [/\b(?=[0-9a-f]{0,63}\d)[0-9a-f]{8,64}\b/gi, '<hex>'],
  [/"[^"\n]{0,200}"|'[^'\n]{0,200}'|`[^`\n]{0,200}`/g, '<text>'],
  [/(?<![\w/])(?:\/[\w.@+-]{1,100}){2,20}/g, '<path>'],
  [/[+-]?\d{1,30}(?:[.,:]\d{1,30}){0,10}/g, '<number>'],
];

/** The message with placeholders. */
export function messageKey(text: string): string {
  const line = text.slice(0, MAX_TEXT).replaceAll(/\s+/g, ' ').trim();
  return VALUES.reduce((key, [pattern, placeholder]) => key.replace(pattern, placeholder), line);
}
