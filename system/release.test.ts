// What scripts/release.ts makes: a package, its bill of materials, licences, provenance, and sums that fit.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';

const ROOT = path.resolve(import.meta.dirname, '..');
const release = (...args: readonly string[]): ReturnType<typeof spawnSync> =>
  spawnSync(process.execPath, [path.join(ROOT, 'scripts/release.ts'), ...args], {
    cwd: ROOT,
    encoding: 'utf8',
  });

test('a release has a package, a bill of materials, licences, provenance and sums', () => {
  const out = mkdtempSync(path.join(tmpdir(), 'mayday-release-'));
  const read = (name: string): string => readFileSync(path.join(out, name), 'utf8');
  try {
    const { status, stderr } = release(out, '--dirty');
    assert.equal(status, 0, String(stderr));
    const { version } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
      readonly version: string;
    };
    const bom = `mayday-${version}.cdx.json`;
    const tarball = `mayday-${version}.tgz`;
    assert.deepEqual(
      readdirSync(out).sort(),
      ['SHA256SUMS', 'licences.md', bom, tarball, 'provenance.json'].sort(),
    );

    const sums = read('SHA256SUMS').trimEnd().split('\n');
    assert.equal(sums.length, 4);
    for (const line of sums) {
      const [sum, name = ''] = line.split('  ');
      assert.equal(
        createHash('sha256')
          .update(readFileSync(path.join(out, name)))
          .digest('hex'),
        sum,
        name,
      );
    }

    const { bomFormat, metadata, components } = JSON.parse(read(bom)) as {
      readonly bomFormat: string;
      readonly metadata: { readonly component: { readonly name: string } };
      readonly components: readonly { readonly name: string; readonly version: string }[];
    };
    assert.deepEqual([bomFormat, metadata.component.name], ['CycloneDX', 'mayday']);
    const { packages } = JSON.parse(readFileSync(path.join(ROOT, 'package-lock.json'), 'utf8')) as {
      readonly packages: Readonly<Record<string, { readonly dev?: boolean; readonly version: string }>>;
    };
    const shipped = Object.entries(packages).filter(([name, { dev }]) => name !== '' && dev !== true);
    assert.ok(shipped.length > 30);
    const named = new Set(components.map((each) => `${each.name}@${each.version}`));
    for (const [name, each] of shipped)
      assert.ok(named.has(`${name.replace(/^.*node_modules\//, '')}@${each.version}`), name);
    for (const each of components)
      assert.ok(read('licences.md').includes(`| ${each.name} | ${each.version} |`));

    const statement = JSON.parse(read('provenance.json')) as {
      readonly subject: readonly { readonly name: string; readonly digest: { readonly sha256: string } }[];
    };
    const subject = statement.subject.find(({ name }) => name === tarball);
    assert.ok(sums.includes(`${subject?.digest.sha256}  ${tarball}`));

    const again = release(out, '--dirty');
    assert.equal(again.status, 2);
    assert.match(String(again.stderr), /is not empty/);
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
});
