// Makes what a release of the server consists of, into an empty folder: the package, its bill of materials (CycloneDX), the licences of what it
// depends on, a statement of how it was made (SLSA provenance, unsigned), and the sums of all of them. Publishes nothing.
//   node scripts/release.ts OUT            from a clean work tree
//   node scripts/release.ts OUT --dirty    also from another one, for a try
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { isLicenceAllowed } from './licence-expression.ts';

/** What may be shipped beside Apache-2.0 without asking anybody. */
const ALLOWED = new Set([
  'MIT',
  'MIT-0',
  'ISC',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  '0BSD',
]);

interface Component {
  readonly 'bom-ref': string;
  readonly name: string;
  readonly version: string;
  readonly licenses?: readonly {
    readonly license?: { readonly id?: string; readonly name?: string };
    readonly expression?: string;
  }[];
}
interface Bom {
  readonly metadata: { readonly component: { name: string; readonly 'bom-ref': string } };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn?: readonly string[] }[];
}

const ROOT = path.resolve(import.meta.dirname, '..');
const run = (command: string, ...args: readonly string[]): string =>
  execFileSync(command, args, { cwd: ROOT, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
const sha256 = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');

const args = process.argv.slice(2);
const out = args.find((argument) => !argument.startsWith('-'));
if (out === undefined) fail('Usage: node scripts/release.ts OUT [--dirty]');
const isDirty = run('git', 'status', '--porcelain') !== '';
if (isDirty && !args.includes('--dirty'))
  fail('The work tree has changes: commit them first, or say --dirty.');
mkdirSync(out, { recursive: true });
if (readdirSync(out).length > 0) fail(`${out} is not empty.`);

const { version } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
  readonly version: string;
};
const startedOn = new Date().toISOString();
run('npm', 'pack', '--pack-destination', path.resolve(out));
const bom = billOfMaterials();
write(`mayday-${version}.cdx.json`, `${JSON.stringify(bom, null, 2)}\n`);
write('licences.md', licences(bom));
write('provenance.json', `${JSON.stringify(provenance(), null, 2)}\n`);
write(
  'SHA256SUMS',
  readdirSync(out)
    .sort()
    .map((name) => `${sha256(path.join(out, name))}  ${name}\n`)
    .join(''),
);
process.stdout.write(`${readdirSync(out).sort().join('\n')}\n`);

function fail(sentence: string): never {
  process.stderr.write(`${sentence}\n`);
  process.exit(2);
}

function write(name: string, text: string): void {
  writeFileSync(path.join(out ?? '', name), text);
}

/**
 * Of everything that the package may install, on every system, from the lock file alone. npm's own way to leave out what is for development
 * also leaves out what a dependency for development shares with the package, so that it is done here.
 */
function billOfMaterials(): Bom {
  const { packages } = JSON.parse(readFileSync(path.join(ROOT, 'package-lock.json'), 'utf8')) as {
    readonly packages: Readonly<Record<string, { readonly dev?: boolean; readonly version: string }>>;
  };
  const shipped = new Set(
    Object.entries(packages)
      .filter(([, { dev }]) => dev !== true)
      .map(([name, each]) => `${name.replace(/^.*node_modules\//, '')}@${each.version}`),
  );
  const made = JSON.parse(run('npm', 'sbom', '--package-lock-only', '--sbom-format', 'cyclonedx')) as Bom;
  // npm names it after the folder.
  made.metadata.component.name = 'mayday';
  const isShipped = (ref: string): boolean => shipped.has(ref) || ref === made.metadata.component['bom-ref'];
  return {
    ...made,
    components: made.components.filter((each) => isShipped(each['bom-ref'])),
    dependencies: made.dependencies
      .filter(({ ref }) => isShipped(ref))
      .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter(isShipped) })),
  };
}

/** The licence of each; ends the release where one is not among those that are allowed. */
function licences({ components }: Bom): string {
  const rows = components.map(({ name, version: which, licenses = [] }) => {
    const all = licenses.map(({ license, expression }) => expression ?? license?.id ?? license?.name ?? '');
    const said = all.length === 1 ? (all[0] ?? '') : all.map((each) => `(${each})`).join(' AND ');
    if (!isLicenceAllowed(said, ALLOWED))
      fail(`${name} ${which} has the licence "${said}", which is not among those allowed.`);
    return `| ${name} | ${which} | ${said} |\n`;
  });
  return `# Licences of what Mayday ${version} depends on\n\n| package | version | licence |\n| --- | --- | --- |\n${rows.join('')}`;
}

/** An in-toto statement, v1, with the predicate of SLSA's provenance, v1. It is worth what the signature is worth that is put beside it. */
function provenance(): object {
  const commit = run('git', 'rev-parse', 'HEAD').trim();
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: readdirSync(out ?? '')
      .sort()
      .map((name) => ({ name, digest: { sha256: sha256(path.join(out ?? '', name)) } })),
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: {
        buildType: 'npm-pack',
        externalParameters: { version, clean: !isDirty },
        resolvedDependencies: [
          { name: 'source', digest: { gitCommit: commit } },
          { name: 'package-lock.json', digest: { sha256: sha256(path.join(ROOT, 'package-lock.json')) } },
        ],
      },
      runDetails: {
        builder: { id: 'scripts/release.ts', version: { node: process.version } },
        metadata: { startedOn, finishedOn: new Date().toISOString() },
      },
    },
  };
}
