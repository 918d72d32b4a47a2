// Copies annotations to processed fields, with their types, as a schema says.
import { intOrNull } from '../signature/crash-data.ts';
import { type ProcessingRule, valueAt, type Values } from '../rule.ts';
import { fitsSchema, schemaTypes } from './json-schema.ts';

/** A processed field that is copied from an annotation. */
interface CopiedField {
  readonly key: string;
  readonly annotation: string;
  readonly type: string;
  readonly schema: Values;
  readonly fallback: unknown;
}

/**
 * A rule that fills each property of a JSON schema which names a `source_annotation`: `boolean` from `1`, `0`, `true`,
 * `false` in any case, `integer`, `number`, `string`, and `object` and `array` from JSON text. A value that does not
 * fit is left out, with a note. Without the annotation the property's `default` is set, where it has one.
 */
export function copyAnnotationsRule(schema: unknown, name = 'CopyFromRawCrashRule'): ProcessingRule {
  const fields = copiedFields(schema);
  return {
    name,
    act: ({ annotations }) => {
      const found: Record<string, unknown> = {};
      const notes: string[] = [];
      for (const field of fields) {
        if (Object.hasOwn(annotations, field.annotation)) {
          const { value, problem } = converted(annotations[field.annotation], field);
          if (problem === null) found[field.key] = value;
          else notes.push(`${field.annotation} ${problem}`);
        } else if (field.fallback !== undefined) {
          found[field.key] = field.fallback;
        }
      }
      return { found, notes };
    },
  };
}

function copiedFields(schema: unknown): readonly CopiedField[] {
  const properties = valueAt(schema, 'properties');
  if (typeof properties !== 'object' || properties === null) return [];
  return Object.entries(properties as Values).flatMap(([key, property]): CopiedField[] => {
    const annotation = valueAt(property, 'source_annotation');
    if (typeof annotation !== 'string' || annotation === '') return [];
    const type = schemaTypes(property).find((candidate) => candidate !== 'null') ?? 'string';
    return [{ key, annotation, type, schema: property as Values, fallback: valueAt(property, 'default') }];
  });
}

interface Converted {
  readonly value: unknown;
  readonly problem: string | null;
}

function converted(value: unknown, { type, schema, key }: CopiedField): Converted {
  const fine = (result: unknown): Converted => ({ value: result, problem: null });
  const wrong = (problem: string): Converted => ({ value: null, problem });
  switch (type) {
    case 'boolean': {
      const text = String(value).toLowerCase();
      if (text === '1' || text === 'true') return fine(true);
      if (text === '0' || text === 'false') return fine(false);
      return wrong(`has non-boolean value ${text.slice(0, 100)}`);
    }
    case 'integer': {
      const number = intOrNull(value) ?? bigInteger(value);
      return number === null ? wrong('has a non-int value') : fine(number);
    }
    case 'number': {
      const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
      return typeof number === 'number' && Number.isFinite(number)
        ? fine(number)
        : wrong('has a non-float value');
    }
    case 'object':
    case 'array':
      return structured(value, schema, key);
    default:
      return fine(value);
  }
}

function structured(value: unknown, schema: Values, key: string): Converted {
  let decoded = value;
  if (typeof value === 'string') {
    try {
      decoded = JSON.parse(value);
    } catch {
      return { value: null, problem: 'value is malformed json' };
    }
  }
  const fits = fitsSchema(decoded, schema);
  return fits ? { value: decoded, problem: null } : { value: null, problem: `value is malformed ${key}` };
}

/** A whole number too large to be exact stays a text. */
function bigInteger(value: unknown): string | null {
  return typeof value === 'string' && /^\s*[+-]?\d{16,40}\s*$/.test(value) ? value.trim() : null;
}
