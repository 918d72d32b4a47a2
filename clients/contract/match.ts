// Compares a report with the expected one; the placeholders are explained in README.md.

/** One difference between the expected and the actual value, at a path such as `stacktrace[0].kind`. */
export interface Difference {
  readonly path: string;
  readonly expected: string;
  readonly actual: string;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Lists what differs; an empty list means that the actual value is as expected. */
export function differences(expected: unknown, actual: unknown, path = ''): Difference[] {
  if (typeof expected === 'string' && /^<.+>$/s.test(expected)) {
    return matchesPlaceholder(expected, actual) ? [] : [difference(path, expected, actual)];
  }
  if (Array.isArray(expected)) {
    return Array.isArray(actual)
      ? listDifferences(expected, actual, path)
      : [difference(path, expected, actual)];
  }
  if (isObject(expected)) {
    return isObject(actual)
      ? objectDifferences(expected, actual, path)
      : [difference(path, expected, actual)];
  }
  return Object.is(expected, actual) ? [] : [difference(path, expected, actual)];
}

/** A text that a person can read: one paragraph for each difference, the whole report at the end. */
export function readableDifferences(expected: unknown, actual: unknown): string {
  const found = differences(expected, actual);
  if (found.length === 0) return '';
  const paragraphs = found.map(
    ({ path, expected, actual }) => `${path || '(whole)'}\n  expected ${expected}\n  actual   ${actual}`,
  );
  return `${found.length} difference(s):\n${paragraphs.join('\n')}\nThe report was:\n${JSON.stringify(actual, null, 1)}`;
}

function matchesPlaceholder(placeholder: string, actual: unknown): boolean {
  const [, name, , argument] = /^<([a-z.]+)(:(.*))?>$/s.exec(placeholder) ?? [];
  switch (name) {
    case 'any':
      return actual !== undefined;
    case 'string':
      return typeof actual === 'string';
    case 'bool':
      return typeof actual === 'boolean';
    case 'number':
      return typeof actual === 'number';
    case 'int':
      return Number.isInteger(actual);
    case 'object':
      return isObject(actual);
    case 'array':
      return Array.isArray(actual);
    case 'uuid':
      return typeof actual === 'string' && UUID.test(actual);
    case 'regex':
      return typeof actual === 'string' && new RegExp(argument ?? '', 'su').test(actual);
    case 'source':
      return isSourceAround(actual, argument ?? '');
    default:
      // A text such as "<module>" is no placeholder: it is compared as it stands.
      return placeholder === actual;
  }
}

function isSourceAround(actual: unknown, text: string): boolean {
  if (!Array.isArray(actual) || actual.length % 2 !== 1) return false;
  if (!actual.every((line) => typeof line === 'string')) return false;
  return String(actual[(actual.length - 1) / 2]).includes(text);
}

function listDifferences(
  expected: readonly unknown[],
  actual: readonly unknown[],
  path: string,
): Difference[] {
  const open = expected.at(-1) === '<...>';
  const fixed = open ? expected.slice(0, -1) : expected;
  const found = fixed.flatMap((item, index) => differences(item, actual[index], `${path}[${index}]`));
  const further = open ? [] : actual.slice(fixed.length);
  return [
    ...found,
    ...further.map((item, index) => difference(`${path}[${fixed.length + index}]`, undefined, item)),
  ];
}

function objectDifferences(
  expected: Readonly<Record<string, unknown>>,
  actual: Readonly<Record<string, unknown>>,
  path: string,
): Difference[] {
  const found: Difference[] = [];
  const known = new Set<string>();
  for (const [written, value] of Object.entries(expected)) {
    if (written === '...') continue;
    const optional = written.endsWith('?');
    const key = optional ? written.slice(0, -1) : written;
    known.add(key);
    if (optional && !Object.hasOwn(actual, key)) continue;
    found.push(...differences(value, Object.hasOwn(actual, key) ? actual[key] : undefined, join(path, key)));
  }
  for (const [key, value] of Object.entries(actual)) {
    if (known.has(key)) continue;
    if (Object.hasOwn(expected, '...')) found.push(...differences(expected['...'], value, join(path, key)));
    else found.push(difference(join(path, key), undefined, value));
  }
  return found;
}

function difference(path: string, expected: unknown, actual: unknown): Difference {
  return { path, expected: shown(expected), actual: shown(actual) };
}

function shown(value: unknown): string {
  if (value === undefined) return '(absent)';
  const text = JSON.stringify(value);
  return text.length > 400 ? `${text.slice(0, 400)}… (${text.length} characters)` : text;
}

function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
