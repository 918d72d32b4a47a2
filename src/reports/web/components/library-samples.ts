// The set-up of each client library with a product's real values, as its README in clients/ has it.
import { libraryPath } from '../library-files.ts';
import type { LibraryFolder } from '../library-files.ts';
import type { SampleTarget } from './integration-samples.ts';

/** One library on the integration page. */
export interface LibrarySample {
  /** Also the anchor on the page. */
  readonly id: LibraryFolder;
  readonly title: string;
  /** What to know before pasting. */
  readonly words: string;
  /** The file as it is fetched, and where a project of the language keeps it. */
  readonly file: string;
  readonly target: string;
  readonly code: (target: SampleTarget) => string;
}

/** What the libraries take where no account is given. */
const DEFAULT_ACCOUNT = 'default';

/** The options that every product needs, then those that only some do, in the order of the READMEs. */
function settings({ submitUrl, account, product, uploadKey }: SampleTarget): readonly [string, string][] {
  return [
    ['url', submitUrl],
    ...(account === DEFAULT_ACCOUNT ? [] : [['account', account] as [string, string]]),
    ['product', product],
    ...(uploadKey === null ? [] : [['key', uploadKey] as [string, string]]),
    ['version', '1.0'],
  ];
}

/** JSON's string is one in Python, JavaScript, Java, C# and Go too. */
const double = (text: string): string => JSON.stringify(text);
/** In PHP and Ruby only single quotes keep `$` and `#` as they are. */
const single = (text: string): string => `'${text.replaceAll(/[\\']/g, String.raw`\$&`)}'`;
const capital = (name: string): string => `${name.charAt(0).toUpperCase()}${name.slice(1)}`;

function attribute(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
}

function lines(target: SampleTarget, line: (name: string, value: string) => string): string {
  return settings(target)
    .map(([name, value]) => line(name, value))
    .join('\n');
}

/** Every library, in the order of the page. */
export const LIBRARY_SAMPLES: readonly LibrarySample[] = [
  {
    id: 'python',
    title: 'Python',
    words: 'Python 3.8 or newer. Call it early; the README has WSGI, Flask, Django and ASGI.',
    file: 'mayday.py',
    target: 'mayday.py',
    code: (target) =>
      `import mayday\n\nmayday.install(\n${lines(target, (name, value) => `    ${name}=${double(value)},`)}\n)`,
  },
  {
    id: 'javascript',
    title: 'JavaScript',
    words: 'Browsers of the last five years, as the first of all scripts, and Node 18 or newer.',
    file: 'mayday.js',
    target: 'mayday.js',
    code: (target) => `<!-- in a page -->
<script src="/mayday.js"
${lines(target, (name, value) => `  data-${name}="${attribute(value)}"`)}></script>

// in Node
const mayday = require('./mayday.js');

mayday.install({
${lines(target, (name, value) => `  ${name}: ${double(value)},`)}
});`,
  },
  {
    id: 'java',
    title: 'Java',
    words: 'Java 8 or later; the first thing in main. The README has thread pools and servlets.',
    file: 'Mayday.java',
    target: 'src/main/java/mayday/Mayday.java',
    code: (target) =>
      `import mayday.Mayday;\n\nMayday.start(new Mayday.Options()\n${lines(target, (name, value) => `    .${name}(${double(value)})`)});`,
  },
  {
    id: 'csharp',
    title: 'C#',
    words:
      '.NET Standard 2.0 and all that runs it; the first thing in Main. The README has ASP.NET and OWIN.',
    file: 'Mayday.cs',
    target: 'Mayday.cs',
    code: (target) =>
      `Mayday.Start(new Mayday.Options\n{\n${lines(target, (name, value) => `    ${capital(name)} = ${double(value)},`)}\n});`,
  },
  {
    id: 'php',
    title: 'PHP',
    words: 'PHP 7.4 or later, before anything that may fail.',
    file: 'mayday.php',
    target: 'mayday.php',
    code: (target) =>
      `require __DIR__ . '/mayday.php';\n\nMayday::start([\n${lines(target, (name, value) => `    ${single(name)} => ${single(value)},`)}\n]);`,
  },
  {
    id: 'ruby',
    title: 'Ruby',
    words: 'Ruby 2.7 or newer. Call it early; the README has Rack and Rails.',
    file: 'mayday.rb',
    target: 'mayday.rb',
    code: (target) =>
      `require_relative "mayday"\n\nMayday.install(\n${lines(target, (name, value) => `  ${name}: ${single(value)},`).replace(/,$/, '')}\n)`,
  },
  {
    id: 'go',
    title: 'Go',
    words:
      'Go 1.23 or newer; the first thing in main. The README has HTTP handlers, goroutines and log/slog.',
    file: 'mayday.go',
    target: 'internal/mayday/mayday.go',
    code: (target) =>
      `import "example.com/my-app/internal/mayday" // the path of your own module\n\nfunc main() {\n\tmayday.Install(mayday.Options{\n${lines(target, (name, value) => `\t\t${name === 'url' ? 'URL' : capital(name)}: ${double(value)},`)}\n\t})\n\tdefer mayday.Close()\n}`,
  },
];

/** A command that puts the library where the project keeps it. */
export function fetchCommand(sample: LibrarySample, reportsUrl: string): string {
  const folders = sample.target.includes('/') ? '--create-dirs ' : '';
  return `curl -f ${folders}-o ${sample.target} '${reportsUrl}${libraryPath(sample.id, sample.file)}'`;
}
