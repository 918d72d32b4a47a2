// The packages that scripts/build-packages.ts makes of the libraries: each is installed into a fresh project by the tool of its registry, holds the
// file of clients/ byte for byte, and reports an error from there.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { PACKAGE_FORMATS } from '../../scripts/packages/formats.ts';
import { NAMES } from '../../scripts/packages/source.ts';
import { unzip } from '../../system/unzip.ts';
import { reportIn, variablesFor } from './bench.ts';
import { firstThatWorks } from './programs.ts';
import { QueueFolder } from './queue-folder.ts';
import { startRecordingServer } from './recording-server.ts';
import type { RecordingServer } from './recording-server.ts';

const CLIENTS = path.resolve(import.meta.dirname, '..');
const ROOT = path.resolve(CLIENTS, '..');
const client = (file: string): string => readFileSync(path.join(CLIENTS, file), 'utf8');

/** Why the tools are not here, or false; an error in CI. */
function lacks(...commands: readonly (readonly string[])[]): string | false {
  const missing = commands.find((command) => firstThatWorks([command]) === null);
  return missing === undefined ? false : `${missing.join(' ')} does not work here`;
}

describe('packages of the client libraries', () => {
  const scratch = mkdtempSync(path.join(tmpdir(), 'mayday-packages-'));
  const out = path.join(scratch, 'out');
  let server: RecordingServer;
  before(async () => {
    mkdirSync(out);
    server = await startRecordingServer();
  });
  after(async () => {
    rmSync(scratch, { recursive: true, force: true });
    await server.close();
  });

  /** A fresh project with these files. */
  function project(name: string, files: Readonly<Record<string, string>>): string {
    const folder = path.join(scratch, name);
    for (const [file, content] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
      writeFileSync(path.join(folder, file), content);
    }
    return folder;
  }

  function must(
    words: readonly string[],
    cwd: string,
    variables: Readonly<Record<string, string>> = {},
  ): string {
    const [command = '', ...parameters] = words;
    const done = spawnSync(command, parameters, {
      cwd,
      encoding: 'utf8',
      timeout: 400_000,
      env: { ...process.env, ...variables },
    });
    assert.equal(
      done.status,
      0,
      `${words.join(' ')}\n${done.stdout}${done.stderr}${String(done.error ?? '')}`,
    );
    return done.stdout;
  }

  /** Runs a program that reports one error and ends; gives the message of what arrived. */
  async function reported(
    words: readonly string[],
    cwd: string,
    variables: Readonly<Record<string, string>> = {},
  ): Promise<string> {
    const from = server.requests.length;
    const [command = '', ...parameters] = words;
    const child = spawn(command, parameters, {
      cwd,
      env: { ...process.env, ...variables, ...variablesFor(server.url, new QueueFolder()) },
      timeout: 120_000,
    });
    let printed = '';
    child.stdout.on('data', (text: Buffer) => (printed += text.toString()));
    child.stderr.on('data', (text: Buffer) => (printed += text.toString()));
    await new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', resolve);
    });
    const [request] = server.requests.slice(from);
    assert.ok(request, printed);
    const { stacktrace } = reportIn(request) as { stacktrace: { message: string }[] };
    return stacktrace.at(-1)?.message ?? '';
  }

  const files = (name: keyof typeof PACKAGE_FORMATS): readonly string[] => PACKAGE_FORMATS[name]?.(out) ?? [];

  it('npm: CommonJS, ES modules and types', { skip: lacks(['npm', '--version']) }, async () => {
    const [file = ''] = files('npm');
    const folder = project('npm', {
      'package.json': '{ "name": "fresh", "private": true }',
      'a.cjs': `const mayday = require('${NAMES.npm}');\nmayday.install();\nmayday.report(new Error('from a.cjs'));\n`,
      'b.mjs': `import mayday, { install, report } from '${NAMES.npm}';\ninstall();\nreport(new Error('from b.mjs ' + typeof mayday.flush));\n`,
      'c.mts': `import { install, type Options } from '${NAMES.npm}';\nconst options: Options = { url: 'http://x' };\nexport const sends: boolean = install(options);\n`,
    });
    must(['npm', 'install', '--no-audit', '--no-fund', '--ignore-scripts', path.join(out, file)], folder);
    const installed = path.join(folder, 'node_modules', NAMES.npm);
    for (const name of ['mayday.js', 'mayday.mjs', 'mayday.cjs', 'mayday.d.mts'])
      assert.equal(readFileSync(path.join(installed, name), 'utf8'), client(`javascript/${name}`));
    assert.ok(existsSync(path.join(installed, 'LICENSE')));
    assert.equal(await reported(['node', 'a.cjs'], folder), 'from a.cjs');
    assert.equal(await reported(['node', 'b.mjs'], folder), 'from b.mjs function');
    const tsc = path.join(ROOT, 'node_modules/.bin/tsc');
    must(
      [
        tsc,
        '--noEmit',
        '--strict',
        '--module',
        'nodenext',
        '--skipLibCheck',
        'false',
        '--types',
        '',
        'c.mts',
      ],
      folder,
    );
  });

  const python = lacks(['python3', '-c', 'import venv, ensurepip']);
  it('PyPI: wheel and source, with types', { skip: python }, async (t) => {
    const [wheel = '', source = ''] = files('pypi');
    const folder = project('pypi', {
      'program.py':
        'import mayday\n\nmayday.install(ignore=[KeyError])\nmayday.report(ValueError("from a package"))\n',
    });
    for (const [name, file] of [
      ['wheel', wheel],
      ['source', source],
    ] as const) {
      must(['python3', '-m', 'venv', name], folder);
      const interpreter = path.join(folder, name, 'bin/python');
      must([interpreter, '-m', 'pip', 'install', '--quiet', '--no-deps', path.join(out, file)], folder);
      assert.equal(await reported([interpreter, 'program.py'], folder), 'from a package');
      const place = must([interpreter, '-c', 'import mayday; print(mayday.__file__)'], folder).trim();
      assert.equal(readFileSync(place, 'utf8'), client('python/mayday.py'));
      assert.ok(existsSync(path.join(path.dirname(place), 'py.typed')));
    }
    const types = lacks(['mypy', '--version']);
    if (types !== false) return t.diagnostic(types);
    const interpreter = path.join(folder, 'wheel/bin/python');
    must(['mypy', '--strict', '--python-executable', interpreter, 'program.py'], folder);
    // The library itself, for the oldest Python and for the system with the fewest calls.
    const library = path.join(CLIENTS, 'python/mayday.py');
    must(['mypy', '--strict', '--python-version', '3.8', library], folder);
    must(['mypy', '--strict', '--platform', 'win32', library], folder);
  });

  const java = lacks(['javac', '-version'], ['jar', '--version'], ['mvn', '--version']);
  it('Maven: jar with OSGi manifest, sources, javadoc', { skip: java }, async () => {
    const written = files('maven');
    assert.equal(written.length, 4);
    const { group, artifact } = NAMES.maven;
    const version = path.basename(path.dirname(written[0] ?? ''));
    const folder = project('maven', {
      'pom.xml': `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>fresh</groupId><artifactId>fresh</artifactId><version>1</version>
<properties><maven.compiler.source>8</maven.compiler.source><maven.compiler.target>8</maven.compiler.target></properties>
<repositories><repository><id>built</id><url>file://${path.join(out, 'maven')}</url></repository></repositories>
<dependencies><dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency></dependencies>
</project>`,
      'src/main/java/Program.java':
        'public class Program { public static void main(String[] a) { mayday.Mayday.start(); mayday.Mayday.report(new IllegalStateException("from a package")); mayday.Mayday.flush(); } }',
    });
    const local = path.join(scratch, 'm2');
    must(['mvn', '--quiet', '--batch-mode', `-Dmaven.repo.local=${local}`, 'compile'], folder);
    const jar = path.join(local, ...group.split('.'), artifact, version, `${artifact}-${version}.jar`);
    assert.equal(
      await reported(['java', '-cp', `target/classes:${jar}`, 'Program'], folder),
      'from a package',
    );
    const inside = await unzip(readFileSync(jar));
    // Lines of a manifest go on after 72 bytes with a blank.
    const manifest = inside.get('META-INF/MANIFEST.MF')?.toString('utf8').replaceAll('\r\n ', '') ?? '';
    assert.match(manifest, new RegExp(`^Bundle-SymbolicName: ${group}\\.${artifact}\\r$`, 'm'));
    assert.match(manifest, new RegExp(`^Export-Package: mayday;version="${version}"\\r$`, 'm'));
    assert.ok(inside.has('META-INF/LICENSE'));
    const [, sources = '', docs = ''] = written.map((file) => path.join(out, file));
    assert.equal(
      (await unzip(readFileSync(sources))).get('mayday/Mayday.java')?.toString('utf8'),
      client('java/Mayday.java'),
    );
    assert.ok((await unzip(readFileSync(docs))).has('mayday/Mayday.html'));
  });

  const ruby = lacks(['gem', '--version'], ['ruby', '-e', 'require "rbs"']);
  it('gem: with its signature', { skip: ruby }, async () => {
    const [file = ''] = files('gem');
    const folder = project('gem', {
      'program.rb': `require "${NAMES.gem}"\nMayday.install\nMayday.report(ArgumentError.new("from a package"))\n`,
    });
    must(
      [
        'gem',
        'install',
        '--local',
        '--quiet',
        '--no-document',
        '--install-dir',
        'gems',
        path.join(out, file),
      ],
      folder,
    );
    assert.equal(
      await reported(['ruby', 'program.rb'], folder, { GEM_PATH: path.join(folder, 'gems') }),
      'from a package',
    );
    const [name = ''] = readdirSync(path.join(folder, 'gems/gems'));
    const installed = path.join(folder, 'gems/gems', name);
    assert.equal(readFileSync(path.join(installed, 'lib/mayday.rb'), 'utf8'), client('ruby/mayday.rb'));
    // The signature is valid, and every method that it promises is there with as many parameters.
    const check = `require "rbs"
loader = RBS::EnvironmentLoader.new
loader.add(path: Pathname(ARGV[0]) + "sig")
environment = RBS::Environment.from_loader(loader).resolve_type_names
builder = RBS::DefinitionBuilder.new(env: environment)
require ARGV[0] + "/lib/mayday.rb"
methods = builder.build_singleton(RBS::TypeName(ENV["NAME"])).methods.select { |_, m| m.implemented_in&.to_s == ENV["NAME"] }
abort "no methods" if methods.empty?
methods.each do |name, method|
  type = method.method_types.first.type
  promised = [type.required_keywords, type.optional_keywords].flat_map(&:keys).sort
  there = Mayday.method(name).parameters
  keywords = there.select { |kind, _| kind == :key }.map(&:last).sort
  abort "#{name}: #{promised - keywords} #{keywords - promised}" unless promised == keywords
  positional = there.count { |kind, _| %i[req opt].include?(kind) }
  abort "#{name}: #{positional}" unless positional == type.required_positionals.size + type.optional_positionals.size
end`;
    must(['ruby', '-e', check, installed], folder, { NAME: '::Mayday' });
  });

  const php = lacks(['php', '-r', 'exit(extension_loaded("zip") ? 0 : 1);'], ['composer', '--version']);
  it('Composer: the class, and its name in a namespace', { skip: php }, async () => {
    files('composer');
    const folder = project('composer', {
      'composer.json': JSON.stringify({
        repositories: [{ type: 'artifact', url: out }, { 'packagist.org': false }],
        require: { [NAMES.composer]: '*' },
      }),
      'program.php':
        "<?php\nrequire 'vendor/autoload.php';\nMayday\\Client::start();\nMayday::report(new RuntimeException('from a package'));\n",
    });
    must(['composer', 'install', '--no-interaction', '--quiet'], folder, {
      COMPOSER_ALLOW_SUPERUSER: '1',
      COMPOSER_HOME: path.join(scratch, 'composer-home'),
    });
    assert.equal(
      readFileSync(path.join(folder, 'vendor', NAMES.composer, 'mayday.php'), 'utf8'),
      client('php/mayday.php'),
    );
    assert.equal(await reported(['php', 'program.php'], folder), 'from a package');
  });

  const mono = lacks(['mcs', '--version'], ['mono', '--version']);
  it('NuGet: the source for .NET Standard 2.0', { skip: mono }, async (t) => {
    const [file = ''] = files('nuget');
    const inside = await unzip(readFileSync(path.join(out, file)));
    const spec = inside.get(`${NAMES.nuget}.nuspec`)?.toString('utf8') ?? '';
    const included = /<files include="([^"]+)" buildAction="Compile"/.exec(spec)?.[1] ?? '';
    const source = inside.get(`contentFiles/${included}`)?.toString('utf8') ?? '';
    assert.equal(source, client('csharp/Mayday.cs'));
    for (const framework of ['netstandard2.1', 'netcoreapp3.0'])
      assert.equal(
        inside.get(`contentFiles/cs/${framework}/Mayday.cs`)?.toString('utf8'),
        client('csharp/nullable/Mayday.cs'),
      );
    assert.ok(inside.has('[Content_Types].xml') && inside.has('_rels/.rels') && inside.has('LICENSE'));
    const folder = project('nuget', {
      'Mayday.cs': source,
      'Program.cs':
        'class Program { static void Main() { Mayday.Start(); Mayday.Report(new System.InvalidOperationException("from a package")); } }',
    });
    must(['mcs', '-langversion:7', '-out:program.exe', 'Mayday.cs', 'Program.cs'], folder);
    assert.equal(await reported(['mono', 'program.exe'], folder), 'from a package');
    if (spawnSync('dotnet', ['--version']).status !== 0)
      t.diagnostic(
        'dotnet is not here: the package was read and its source compiled by Mono, but not restored',
      );
  });

  it('Go: from a module proxy', { skip: lacks(['go', 'version']) }, async () => {
    files('go');
    const folder = project('go', {
      'go.mod': 'module fresh\n\ngo 1.23\n',
      'main.go': `package main\n\nimport (\n\t"errors"\n\n\t"${NAMES.go}"\n)\n\nfunc main() {\n\tmayday.Install(mayday.Options{})\n\tdefer mayday.Close()\n\tmayday.Report(errors.New("from a package"), nil)\n}\n`,
    });
    const variables = {
      GOPROXY: `file://${path.join(out, 'go')}`,
      GONOSUMDB: '*',
      GOFLAGS: '-mod=mod -modcacherw',
      GOMODCACHE: path.join(scratch, 'go-cache'),
    };
    must(['go', 'get', NAMES.go], folder, variables);
    assert.equal(await reported(['go', 'run', '.'], folder, variables), 'from a package');
    const place = must(['go', 'list', '-m', '-f', '{{.Dir}}', NAMES.go], folder, variables).trim();
    assert.equal(readFileSync(path.join(place, 'mayday.go'), 'utf8'), client('go/mayday.go'));
  });

  it('every library says its licence in its first lines', () => {
    for (const file of [
      'python/mayday.py',
      'javascript/mayday.js',
      'javascript/mayday.mjs',
      'javascript/mayday.cjs',
      'java/Mayday.java',
      'csharp/Mayday.cs',
      'php/mayday.php',
      'ruby/mayday.rb',
      'go/mayday.go',
    ])
      assert.match(
        client(file).split('\n').slice(0, 40).join('\n'),
        /SPDX-License-Identifier: Apache-2\.0/,
        file,
      );
  });
});
