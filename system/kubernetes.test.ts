// Every manifest for Kubernetes beside the published schema of its kind, by Python's package `kubernetes-validate`, which brings the schemas.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import type { SpawnSyncReturns } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

const FOLDER = 'deploy/kubernetes';
const VERSIONS = ['1.30', '1.34'];
const VALIDATOR = 'kubernetes-validate==1.37.0';
const files = readdirSync(FOLDER).filter((file) => file !== 'kustomization.yaml');

/** Installs the validator where npm keeps its caches; null: it cannot be had here. */
function validator(): string | null {
  const folder = path.resolve('node_modules/.cache/kubernetes-validate');
  const bin = path.join(folder, 'bin/kubernetes-validate');
  if (existsSync(bin)) return bin;
  if (spawnSync('python3', ['-m', 'venv', folder]).status !== 0) return null;
  const pip = spawnSync(path.join(folder, 'bin/pip'), ['install', '--quiet', VALIDATOR]);
  return pip.status === 0 ? bin : null;
}

test('every manifest holds against the schema of its kind', (t): void => {
  const bin = validator();
  if (bin === null) return t.skip(`Python's ${VALIDATOR} cannot be installed here`);
  for (const version of VERSIONS) {
    const all = files.map((file) => path.join(FOLDER, file));
    const checked: SpawnSyncReturns<string> = spawnSync(bin, ['--strict', '-k', version, ...all], {
      encoding: 'utf8',
    });
    assert.equal(checked.status, 0, checked.stdout + checked.stderr);
  }
});
