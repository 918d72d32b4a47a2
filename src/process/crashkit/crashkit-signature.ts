// The signature of a CrashKit bug: what its key is made of, in words.
import type { DefinitiveLocation } from '../../report/crashkit/occurrence.ts';
import { firstCharacters } from '../signature/signature-text.ts';

const MAX_LENGTH = 255;

/** `NullPointerException: com.example.Main.run:17`; paths stand behind: `TypeError: inner (/app.js:3)`. */
export function crashKitSignature(location: DefinitiveLocation): string {
  const name = location.name === '' ? 'unknown' : location.name;
  const member = [location.className, location.method]
    .filter((part) => part !== null && part !== '')
    .join('.');
  const place = placeOf(location, member);
  const text = clean(place === '' ? name : `${name}: ${place}`);
  return text.length <= MAX_LENGTH ? text : `${firstCharacters(text, MAX_LENGTH - 3)}...`;
}

function placeOf({ package: container, line }: DefinitiveLocation, member: string): string {
  const at = line === 0 ? '' : `:${line}`;
  if (container === '') return member === '' ? '' : `${member}${at}`;
  // A file: a path, or a name with an extension that languages use.
  const isFile = /[\\/]|\.(?:php|inc|js|mjs|py|rb|html?)$/.test(container);
  if (!isFile) return `${[container, member].filter((part) => part !== '').join('.')}${at}`;
  return member === '' ? `${container}${at}` : `${member} (${container}${at})`;
}

function clean(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f]+/g, ' ').trim();
}
