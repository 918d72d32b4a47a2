// The small part of JSON Schema that descriptions of annotations use: type, properties, required, items, enum.
import { valueAt } from '../rule.ts';

const MAX_DEPTH = 50;

/** The types that a schema allows; none means any. */
export function schemaTypes(schema: unknown): readonly string[] {
  const type = valueAt(schema, 'type');
  const types: readonly unknown[] = Array.isArray(type) ? type : [type];
  return types.filter((candidate) => typeof candidate === 'string');
}

/** True where a decoded JSON value has the shape that a schema describes. Properties that it does not name are fine. */
export function fitsSchema(value: unknown, schema: unknown, depth = 0): boolean {
  if (depth > MAX_DEPTH) return false;
  const types = schemaTypes(schema);
  if (types.length > 0 && !types.some((type) => isOfType(value, type))) return false;
  const allowed = valueAt(schema, 'enum');
  if (Array.isArray(allowed) && !allowed.includes(value)) return false;
  if (Array.isArray(value)) {
    const items = valueAt(schema, 'items');
    return items === undefined || value.every((item) => fitsSchema(item, items, depth + 1));
  }
  if (typeof value !== 'object' || value === null) return true;
  const required = valueAt(schema, 'required');
  if (Array.isArray(required) && required.some((key) => !Object.hasOwn(value, String(key)))) return false;
  const properties = valueAt(schema, 'properties');
  return Object.entries(properties ?? {}).every(
    ([key, property]) =>
      !Object.hasOwn(value, key) ||
      fitsSchema((value as Readonly<Record<string, unknown>>)[key], property, depth + 1),
  );
}

function isOfType(value: unknown, type: string): boolean {
  switch (type) {
    case 'null':
      return value === null;
    case 'array':
      return Array.isArray(value);
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value);
    case 'integer':
      return Number.isInteger(value);
    default:
      return typeof value === type;
  }
}
