// Which language's frames are named how.
import type { GroupingFrame } from '../stacked-crash.ts';
import { dotnetName } from './dotnet-names.ts';
import { goName } from './go-names.ts';
import { javaName } from './java-names.ts';
import { javaScriptName } from './javascript-names.ts';
import { nativeName } from './native-names.ts';
import { dotted, type FrameName, type FrameNaming, plainName, type StackContext } from './frame-naming.ts';
import { phpName } from './php-names.ts';
import { pythonName } from './python-names.ts';
import { rubyName } from './ruby-names.ts';

const NAMINGS: Readonly<Record<string, FrameNaming>> = {
  java: javaName,
  javascript: javaScriptName,
  python: pythonName,
  go: goName,
  dotnet: dotnetName,
  php: phpName,
  ruby: rubyName,
  rust: nativeName,
  native: nativeName,
};

/** Languages that share run-time and notation, by the names that clients use. */
const FAMILIES: Readonly<Record<string, string>> = {
  kotlin: 'java',
  scala: 'java',
  groovy: 'java',
  clojure: 'java',
  android: 'java',
  typescript: 'javascript',
  js: 'javascript',
  node: 'javascript',
  csharp: 'dotnet',
  'c#': 'dotnet',
  '.net': 'dotnet',
  c: 'native',
  'c++': 'native',
  cpp: 'native',
  swift: 'native',
  objc: 'native',
  'objective-c': 'native',
};

/** The family of a language: the one that its names, lists and rules are kept under. */
export function languageFamily(language: string): string {
  const name = language.trim().toLowerCase();
  return Object.hasOwn(FAMILIES, name) ? (FAMILIES[name] ?? name) : name;
}

/** Names a frame of a family; of an unknown one by whatever parts it has. */
export function nameFrame(family: string, frame: GroupingFrame, context: StackContext): FrameName {
  const naming = Object.hasOwn(NAMINGS, family) ? NAMINGS[family] : undefined;
  if (naming !== undefined) return naming(frame, context);
  const shown = dotted(frame.package, frame.class, frame.function) || (frame.module ?? frame.file ?? '');
  return plainName(shown, { member: frame.function ?? shown, owner: frame.class ?? frame.package ?? '' });
}
