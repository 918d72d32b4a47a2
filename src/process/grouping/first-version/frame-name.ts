// Names of managed frames as they stand in signatures: without what a compiler, a run-time or a bundler makes up.
import type { TraceFormat, TraceFrame } from '../../../formats/trace/trace.ts';
import { rememberLast } from '../../../base/remember-last.ts';
import { goFrameName } from './go-fingerprint.ts';
import { dotnetFrameName } from './first-dotnet-names.ts';

/** The name of a frame, or an empty text where it has none. */
export function frameName(format: TraceFormat, frame: TraceFrame): string {
  return (NAMES[format] ?? dottedFrameName)(frame).trim();
}

/** Languages that are not named here write class and function with a dot between them. */
const NAMES: Readonly<Partial<Record<TraceFormat, (frame: TraceFrame) => string>>> = {
  go: goFrameName,
  java: javaFrameName,
  javascript: javaScriptFrameName,
  python: pythonFrameName,
  php: phpFrameName,
  ruby: rubyFrameName,
  dotnet: dotnetFrameName,
  rust: nativeFrameName,
  'c++': nativeFrameName,
};

/** `_Title.build`; without a name the file. */
function dottedFrameName(frame: TraceFrame): string {
  const name = dotted(frame.package, frame.class, frame.function);
  return name === '' ? (frame.file ?? '') : name;
}

/** `com.example.Main.run`; lambdas, proxies and accessors without their generated numbers. */
function javaFrameName(frame: TraceFrame): string {
  // Most names have nothing that a compiler made up, and this runs for every frame of every trace.
  if (frame.class?.includes('$') !== true && frame.function?.includes('$') !== true)
    return dotted(frame.package, frame.class, frame.function);
  const owner = (frame.class ?? '')
    .replace(/\$\$(?:EnhancerBy|FastClassBy|SpringCGLIB|Lambda|Proxy)\w*\$*.*$/, '')
    .replace(/\$\d+(?=\$|$)/g, '$');
  const called = (frame.function ?? '')
    .replace(/^lambda\$(.*?)\$\d+$/, 'lambda$$$1')
    .replace(/^access\$\d+$/, 'access');
  return dotted(frame.package, owner.replace(/\$+$/, ''), called);
}

/** `Cart.total (cart.js)`; files without host, query and the hash that a bundler puts into their name. */
function javaScriptFrameName(frame: TraceFrame): string {
  const called = dotted(
    frame.class,
    frame.function === `new ${frame.class ?? ''}` ? 'constructor' : frame.function,
  );
  // Of Hermes the words before the file were taken for a part of it.
  const sent =
    frame.file !== null && frame.raw.includes('(address at ') && !frame.file.startsWith('address at ')
      ? `address at ${frame.file}`
      : frame.file;
  const file = sent === null ? '' : bundleName(sent);
  if (called === '') return file === '' ? '' : `(${file})`;
  return file === '' ? called : `${called} (${file})`;
}

const bundleName = rememberLast((file: string): string => {
  if (file === '<anonymous>') return '';
  if (file.startsWith('node:')) return file;
  const clean = file.split(/[?#]/, 1)[0] ?? '';
  const base = clean.slice(clean.lastIndexOf('/') + 1);
  // main.3f9a1c2b.js, index-BdK3xY9_.mjs, chunk.42.js
  return base.replace(
    /[.-](?:[0-9a-f]{6,40}|(?=[\w-]*\d)[\w-]{8,12}|\d{1,6})(?=\.(?:chunk\.|bundle\.|min\.)?(?:m?js|jsx|tsx?|css|vue)$)/i,
    '',
  );
});

/** `views.vote`: the file is the module. */
function pythonFrameName(frame: TraceFrame): string {
  const file = frame.file ?? '';
  const base = file.slice(Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\')) + 1).replace(/\.pyc?$/, '');
  const folder = /([^\\/]+)[\\/]__init__$/.exec(file.replace(/\.pyc?$/, ''))?.[1];
  return dotted(base === '__init__' && folder !== undefined ? folder : base, frame.class, frame.function);
}

/** `App\Cart::total`; closures and anonymous classes without their place. */
function phpFrameName(frame: TraceFrame): string {
  const space = frame.package === null ? '' : `${frame.package}\\`;
  const owner = (frame.class ?? '').replace(/@anonymous.*$/s, '@anonymous');
  const called = (frame.function ?? '').replace(/^[^{]*\{closure.*$/s, '{closure}');
  return owner === '' ? `${space}${called}` : `${space}${owner}::${called}`;
}

/** `Shop::Cart#total (cart.rb)`; blocks under the name of the method that they are in. */
function rubyFrameName(frame: TraceFrame): string {
  const called = (frame.function ?? '').replace(/^(?:(?:block(?: \(\d+ levels\))?|rescue|ensure) in )+/, '');
  const space = frame.package === null ? '' : `${frame.package}::`;
  const file = frame.file ?? '';
  const base = file.slice(file.lastIndexOf('/') + 1);
  const name = frame.class === null ? called : `${space}${frame.class}#${called}`;
  return base === '' ? name : `${name} (${base})`;
}

/** The function; without a name the place, which is all that a panic without a backtrace tells. */
function nativeFrameName(frame: TraceFrame): string {
  if (frame.function !== null) return frame.function;
  if (frame.file === null && frame.module !== null)
    return frame.moduleOffset === null ? frame.module : `${frame.module}@${frame.moduleOffset}`;
  return frame.file === null ? '' : `${frame.file}:${String(frame.line ?? 0)}`;
}

function dotted(...parts: readonly (string | null)[]): string {
  let name = '';
  for (const part of parts) {
    if (part !== null && part !== '') name = name === '' ? part : `${name}.${part}`;
  }
  return name;
}
