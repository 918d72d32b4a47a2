// One function for each registry: writes the package of a library into a folder and returns its path there. The library in it is the file of
// clients/, byte for byte.
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { AUTHOR, LICENSE, NAMES, SUMMARY, clientFile, must, versionOf } from './source.ts';
import { zipOf } from './zip.ts';

/** Writes the package below `out`; gives its files, relative to `out`. */
export type PackageFormat = (out: string) => readonly string[];

function inScratch<Result>(work: (folder: string) => Result): Result {
  const folder = mkdtempSync(path.join(tmpdir(), 'mayday-package-'));
  try {
    return work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function put(folder: string, files: Readonly<Record<string, string | Buffer>>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), content);
  }
}

const npm: PackageFormat = (out) =>
  inScratch((folder) => {
    const {
      private: _private,
      name: _name,
      ...known
    } = JSON.parse(clientFile('javascript/package.json')) as Record<string, unknown>;
    const files = ['mayday.js', 'mayday.mjs', 'mayday.cjs', 'mayday.d.ts', 'mayday.d.mts', 'mayday.d.cts'];
    put(folder, {
      'package.json': `${JSON.stringify({ name: NAMES.npm, description: SUMMARY, ...known, files }, null, 2)}\n`,
      'README.md': clientFile('javascript/README.md'),
      LICENSE: clientFile('LICENSE'),
      ...Object.fromEntries(files.map((file) => [file, clientFile(`javascript/${file}`)])),
    });
    must('npm', ['pack', '--silent', '--pack-destination', out], folder);
    return [`${NAMES.npm}-${versionOf('javascript/package.json')}.tgz`];
  });

const pypi: PackageFormat = (out) => {
  const version = versionOf('python/mayday.py');
  const stem = `${NAMES.pypi.replaceAll('-', '_')}-${version}`;
  const metadata = [
    'Metadata-Version: 2.4',
    `Name: ${NAMES.pypi}`,
    `Version: ${version}`,
    `Summary: ${SUMMARY}`,
    `Author: ${AUTHOR}`,
    `License-Expression: ${LICENSE}`,
    'License-File: LICENSE',
    'Requires-Python: >=3.8',
    'Classifier: Typing :: Typed',
    'Description-Content-Type: text/markdown',
    '',
    clientFile('python/README.md'),
  ].join('\n');
  // A type checker looks for py.typed in a package only, so that the module is a package of one file.
  const library = {
    'mayday/__init__.py': clientFile('python/mayday.py'),
    'mayday/py.typed': '',
  };
  const wheel = new Map<string, string>([
    ...Object.entries(library),
    [`${stem}.dist-info/licenses/LICENSE`, clientFile('LICENSE')],
    [`${stem}.dist-info/METADATA`, metadata],
    [
      `${stem}.dist-info/WHEEL`,
      'Wheel-Version: 1.0\nGenerator: mayday\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
    ],
  ]);
  const records = [...wheel].map(([name, content]) => {
    const digest = createHash('sha256').update(content).digest('base64url');
    return `${name},sha256=${digest},${Buffer.byteLength(content)}`;
  });
  wheel.set(`${stem}.dist-info/RECORD`, [...records, `${stem}.dist-info/RECORD,,`, ''].join('\n'));
  put(out, { [`${stem}-py3-none-any.whl`]: zipOf(wheel) });
  inScratch((folder) => {
    put(path.join(folder, stem), {
      ...library,
      'PKG-INFO': metadata,
      'README.md': clientFile('python/README.md'),
      LICENSE: clientFile('LICENSE'),
      'pyproject.toml': `[build-system]
requires = ["setuptools>=61"]
build-backend = "setuptools.build_meta"

[project]
name = "${NAMES.pypi}"
version = "${version}"
description = "${SUMMARY}"
readme = "README.md"
requires-python = ">=3.8"
license = { text = "${LICENSE}" }
authors = [{ name = "${AUTHOR}" }]

[tool.setuptools]
packages = ["mayday"]

[tool.setuptools.package-data]
mayday = ["py.typed"]
`,
    });
    must(
      'tar',
      ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '-czf', path.join(out, `${stem}.tar.gz`), stem],
      folder,
    );
  });
  return [`${stem}-py3-none-any.whl`, `${stem}.tar.gz`];
};

const maven: PackageFormat = (out) =>
  inScratch((folder) => {
    const version = versionOf('java/Mayday.java');
    const { group, artifact } = NAMES.maven;
    const place = path.join('maven', ...group.split('.'), artifact, version);
    const target = path.join(out, place);
    mkdirSync(target, { recursive: true });
    const stem = path.join(target, `${artifact}-${version}`);
    put(folder, {
      'src/mayday/Mayday.java': clientFile('java/Mayday.java'),
      'META-INF/LICENSE': clientFile('LICENSE'),
      manifest: [
        'Automatic-Module-Name: mayday',
        'Bundle-ManifestVersion: 2',
        `Bundle-SymbolicName: ${group}.${artifact}`,
        'Bundle-Name: Mayday client',
        `Bundle-Version: ${version}`,
        `Bundle-License: ${LICENSE}`,
        `Export-Package: mayday;version="${version}"`,
        // The servlet API and what reads loggers are looked for by name, and used where they are.
        'DynamicImport-Package: *',
        'Require-Capability: osgi.ee;filter:="(&(osgi.ee=JavaSE)(version=1.8))"',
        '',
      ].join('\n'),
    });
    must(
      'javac',
      ['--release', '8', '-Xlint:-options', '-g', '-d', 'classes', 'src/mayday/Mayday.java'],
      folder,
    );
    must('javadoc', ['-quiet', '-Xdoclint:none', '-d', 'docs', 'src/mayday/Mayday.java'], folder);
    must('jar', ['cfm', `${stem}.jar`, 'manifest', '-C', 'classes', '.', 'META-INF/LICENSE'], folder);
    must('jar', ['cf', `${stem}-sources.jar`, '-C', 'src', '.', 'META-INF/LICENSE'], folder);
    must('jar', ['cf', `${stem}-javadoc.jar`, '-C', 'docs', '.', 'META-INF/LICENSE'], folder);
    writeFileSync(
      `${stem}.pom`,
      `<?xml version="1.0" encoding="UTF-8"?>
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>${group}</groupId>
  <artifactId>${artifact}</artifactId>
  <version>${version}</version>
  <packaging>jar</packaging>
  <name>Mayday client</name>
  <description>${SUMMARY}</description>
  <licenses>
    <license>
      <name>${LICENSE}</name>
      <url>https://www.apache.org/licenses/LICENSE-2.0</url>
    </license>
  </licenses>
  <developers>
    <developer>
      <name>${AUTHOR}</name>
    </developer>
  </developers>
</project>
`,
    );
    return ['.jar', '-sources.jar', '-javadoc.jar', '.pom'].map((end) =>
      path.join(place, `${artifact}-${version}${end}`),
    );
  });

const gem: PackageFormat = (out) =>
  inScratch((folder) => {
    const version = versionOf('ruby/mayday.rb');
    put(folder, {
      'lib/mayday.rb': clientFile('ruby/mayday.rb'),
      // The name that Bundler requires by itself.
      [`lib/${NAMES.gem}.rb`]: '# frozen_string_literal: true\n\nrequire "mayday"\n',
      'sig/mayday.rbs': clientFile('ruby/mayday.rbs'),
      'README.md': clientFile('ruby/README.md'),
      LICENSE: clientFile('LICENSE'),
      'mayday.gemspec': `Gem::Specification.new do |spec|
  spec.name = "${NAMES.gem}"
  spec.version = "${version}"
  spec.summary = "${SUMMARY}"
  spec.authors = ["${AUTHOR}"]
  spec.license = "${LICENSE}"
  spec.required_ruby_version = ">= 2.7"
  spec.files = Dir["lib/**/*.rb", "sig/*.rbs", "README.md", "LICENSE"]
  spec.metadata = { "rubygems_mfa_required" => "true" }
end
`,
    });
    must(
      'gem',
      ['build', '--quiet', 'mayday.gemspec', '--output', path.join(out, `${NAMES.gem}-${version}.gem`)],
      folder,
    );
    return [`${NAMES.gem}-${version}.gem`];
  });

const composer: PackageFormat = (out) => {
  const version = versionOf('php/mayday.php');
  const name = `${NAMES.composer.replace('/', '-')}-${version}.zip`;
  const manifest = {
    name: NAMES.composer,
    version,
    description: SUMMARY,
    type: 'library',
    license: LICENSE,
    authors: [{ name: AUTHOR }],
    require: { php: '>=7.4', 'ext-json': '*' },
    autoload: { classmap: ['mayday.php'], 'psr-4': { 'Mayday\\': 'src/' } },
  };
  put(out, {
    [name]: zipOf(
      new Map([
        ['composer.json', `${JSON.stringify(manifest, null, 2)}\n`],
        ['mayday.php', clientFile('php/mayday.php')],
        [
          'src/Client.php',
          `<?php
// SPDX-License-Identifier: ${LICENSE}
// \\Mayday\\Client is another name of the library's one class, \\Mayday.
namespace Mayday;

\\class_alias(\\Mayday::class, Client::class);
`,
        ],
        ['README.md', clientFile('php/README.md')],
        ['LICENSE', clientFile('LICENSE')],
      ]),
    ),
  });
  return [name];
};

/** A package of source: the one file is compiled with the project, for whatever frameworks it has from .NET Standard 2.0 on. */
const nuget: PackageFormat = (out) => {
  const version = versionOf('csharp/Mayday.cs');
  const name = `${NAMES.nuget}.${version}.nupkg`;
  // The newest that a project can use is taken. Those before .NET Standard 2.1 and .NET Core 3.0 are C# 7.3 unless they ask for more.
  const sources = [
    ['cs/netstandard2.0/Mayday.cs', 'csharp/Mayday.cs'],
    ['cs/netstandard2.1/Mayday.cs', 'csharp/nullable/Mayday.cs'],
    ['cs/netcoreapp3.0/Mayday.cs', 'csharp/nullable/Mayday.cs'],
  ] as const;
  const spec = `<?xml version="1.0" encoding="utf-8"?>
<package xmlns="http://schemas.microsoft.com/packaging/2013/05/nuspec.xsd">
  <metadata>
    <id>${NAMES.nuget}</id>
    <version>${version}</version>
    <authors>${AUTHOR}</authors>
    <description>${SUMMARY}</description>
    <license type="expression">${LICENSE}</license>
    <readme>README.md</readme>
    <developmentDependency>true</developmentDependency>
    <dependencies>
      <group targetFramework=".NETStandard2.0" />
      <group targetFramework=".NETStandard2.1" />
      <group targetFramework=".NETCoreApp3.0" />
    </dependencies>
    <contentFiles>
${sources.map(([name]) => `      <files include="${name}" buildAction="Compile" copyToOutput="false" />\n`).join('')}    </contentFiles>
  </metadata>
</package>
`;
  put(out, {
    [name]: zipOf(
      new Map([
        [
          '[Content_Types].xml',
          '<?xml version="1.0" encoding="utf-8"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml" /><Default Extension="nuspec" ContentType="application/octet" /><Default Extension="cs" ContentType="application/octet" /><Default Extension="md" ContentType="application/octet" /><Override PartName="/LICENSE" ContentType="application/octet" /></Types>',
        ],
        [
          '_rels/.rels',
          `<?xml version="1.0" encoding="utf-8"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Type="http://schemas.microsoft.com/packaging/2010/07/manifest" Target="/${NAMES.nuget}.nuspec" Id="R1" /></Relationships>`,
        ],
        [`${NAMES.nuget}.nuspec`, spec],
        ...sources.map(([name, file]) => [`contentFiles/${name}`, clientFile(file)] as const),
        ['README.md', clientFile('csharp/README.md')],
        ['LICENSE', clientFile('LICENSE')],
      ]),
    ),
  });
  return [name];
};

/** The files that a module proxy serves (https://go.dev/ref/mod#goproxy-protocol), so that `GOPROXY=file://…` can install it. */
const go: PackageFormat = (out) => {
  const version = `v${versionOf('go/mayday.go')}`;
  const place = path.join('go', NAMES.go, '@v');
  const module = clientFile('go/go.mod');
  if (!module.startsWith(`module ${NAMES.go}\n`)) throw new Error('clients/go/go.mod names another module');
  const files = {
    'go.mod': module,
    'mayday.go': clientFile('go/mayday.go'),
    'README.md': clientFile('go/README.md'),
    LICENSE: clientFile('LICENSE'),
  };
  put(path.join(out, place), {
    list: `${version}\n`,
    [`${version}.info`]: `${JSON.stringify({ Version: version })}\n`,
    [`${version}.mod`]: module,
    [`${version}.zip`]: zipOf(
      new Map(Object.entries(files).map(([name, content]) => [`${NAMES.go}@${version}/${name}`, content])),
    ),
  });
  return ['list', `${version}.info`, `${version}.mod`, `${version}.zip`].map((file) =>
    path.join(place, file),
  );
};

/** Every registry that a package is made for. */
export const PACKAGE_FORMATS: Readonly<Record<string, PackageFormat>> = {
  npm,
  pypi,
  maven,
  gem,
  composer,
  nuget,
  go,
};
