// Java signatures from a structured exception (`exception.values[0].stacktrace`), as Socorro makes them.
import type { NotedSignature } from './java-signature.ts';

/** One frame: `module.function(filename)` of what is there. */
export function javaExceptionFrame(frame: unknown): string {
  const module = text(field(frame, 'module'));
  const called = text(field(frame, 'function'));
  const filename = text(field(frame, 'filename'));
  const name = module !== '' && called !== '' ? `${module}.${called}` : module || called || 'unknown';
  return filename === '' ? name : `${name}(${filename})`;
}

/** The signature of the first exception: its class, and its first frame. */
export function javaExceptionSignature(exception: unknown): NotedSignature {
  const values = field(field(exception, 'exception'), 'values');
  const stacktrace = field(Array.isArray(values) ? (values as readonly unknown[])[0] : null, 'stacktrace');
  if (typeof stacktrace !== 'object' || stacktrace === null) {
    return {
      signature: 'EMPTY: Java exception not in expected format',
      notes: ['JavaExceptionSignatureTool: value not in expected format'],
    };
  }
  const module = text(field(stacktrace, 'module'));
  const type = text(field(stacktrace, 'type')) || 'Unknown';
  const className = module === '' ? type : `${module}.${type}`;
  const frames = field(stacktrace, 'frames');
  const first: unknown = Array.isArray(frames) ? frames[0] : undefined;
  return {
    signature: first === undefined ? className : `${className}: at ${javaExceptionFrame(first)}`,
    notes: [],
  };
}

function field(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as Readonly<Record<string, unknown>>)[key];
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
