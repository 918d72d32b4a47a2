// The key under which occurrences of one bug come together. Message, severity, role, context and environment are not
// part of it.
import { hash } from 'node:crypto';
import { definitiveLocation, type DefinitiveLocationOptions } from './definitive-location.ts';
import { expandDottedKeys } from './dotted-keys.ts';
import { asObject } from './json-object.ts';
import type { DefinitiveLocation } from './occurrence.ts';
import { readStack } from './read-stack.ts';

/**
 * The key of a location within its product: `L` and the SHA-1 of language, name, package, class, method and line
 * joined by `|`, with `None` for a missing class. This is the original server's formula (its tests' keys are the
 * same), so bugs brought over from there keep their identity. Names outside ASCII, on which the original failed, are
 * hashed as UTF-8.
 */
export function bugKey(language: string, location: DefinitiveLocation): string {
  const parts = [language, location.name, location.package, location.className ?? 'None', location.method];
  const salt = `${parts.join('|')}|${location.line}`;
  return `L${hash('sha1', salt, 'hex')}`;
}

/** The key of the first occurrence in a payload of either API, or null where the payload holds no exception. */
export function bugKeyOf(payload: unknown, options: DefinitiveLocationOptions = {}): string | null {
  const sent = asObject(Array.isArray(payload) ? payload[0] : payload);
  if (sent === null) return null;
  const { language, exceptions } = readStack(expandDottedKeys(sent).object);
  const location = definitiveLocation(language, exceptions, options);
  return location === null ? null : bugKey(language, location);
}
