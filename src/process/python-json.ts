// JSON as Python's `json.dumps` writes it, with a blank after `:` and `,`: some processed fields are such texts, and
// people search for them.

/** The JSON text of a value; with `sortKeys`, objects in the order of their keys. */
export function pythonJson(
  value: unknown,
  { sortKeys = false }: { readonly sortKeys?: boolean } = {},
): string {
  if (Array.isArray(value)) return `[${value.map((item) => pythonJson(item, { sortKeys })).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined);
    if (sortKeys) entries.sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([key, item]) => `${ascii(key)}: ${pythonJson(item, { sortKeys })}`).join(', ')}}`;
  }
  return typeof value === 'string' ? ascii(value) : (JSON.stringify(value) ?? 'null');
}

function ascii(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
