// Checks a JSON value against the subset of JSON Schema that the API's document uses. Unknown properties are faults, so
// that the document cannot fall behind the answers.

type Schema = Readonly<Record<string, unknown>>;

/** Every fault as `path: what`; empty when the value fits. */
export function schemaFaults(
  value: unknown,
  schema: Schema,
  all: Readonly<Record<string, Schema>>,
  path = '$',
): string[] {
  const ref = schema['$ref'];
  if (typeof ref === 'string') {
    const name = ref.split('/').at(-1) ?? '';
    const target = all[name];
    return target === undefined
      ? [`${path}: unknown schema ${name}`]
      : schemaFaults(value, target, all, path);
  }
  const anyOf = schema['anyOf'] as readonly Schema[] | undefined;
  if (anyOf !== undefined) {
    const tried = anyOf.map((option) => schemaFaults(value, option, all, path));
    return tried.some((faults) => faults.length === 0) ? [] : (tried[0] ?? []);
  }
  const words = schema['enum'] as readonly unknown[] | undefined;
  if (words !== undefined)
    return words.includes(value) ? [] : [`${path}: ${String(value)} is not one of the words`];
  const types = [schema['type']].flat();
  const type =
    value === null
      ? 'null'
      : Array.isArray(value)
        ? 'array'
        : Number.isInteger(value)
          ? 'integer'
          : typeof value;
  if (!types.includes(type)) return [`${path}: is ${type}, not ${types.join(' or ')}`];
  if (Array.isArray(value)) {
    return value.flatMap((item, at) => schemaFaults(item, schema['items'] as Schema, all, `${path}[${at}]`));
  }
  if (type !== 'object') return [];
  const object = value as Readonly<Record<string, unknown>>;
  const properties = (schema['properties'] ?? {}) as Readonly<Record<string, Schema>>;
  const more = schema['additionalProperties'];
  return [
    ...((schema['required'] ?? []) as readonly string[])
      .filter((name) => !Object.hasOwn(object, name))
      .map((name) => `${path}.${name}: is missing`),
    ...Object.entries(object).flatMap(([name, item]) => {
      const property = properties[name] ?? (typeof more === 'object' ? (more as Schema) : undefined);
      return property === undefined
        ? [`${path}.${name}: is not described`]
        : schemaFaults(item, property, all, `${path}.${name}`);
    }),
  ];
}
