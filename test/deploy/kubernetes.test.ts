// The manifests for Kubernetes: that what they name of each other and of Mayday is there, and that the pod is confined. The schemas of Kubernetes:
// system/kubernetes.test.ts.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { parse, parseAllDocuments } from 'yaml';
import { SETTINGS } from '../../src/app/config.ts';

const FOLDER = 'deploy/kubernetes';

interface Container {
  readonly name: string;
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string }[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly securityContext: Readonly<Record<string, unknown>>;
  readonly volumeMounts: readonly { readonly name: string }[];
}
interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly data?: Readonly<Record<string, string>>;
  readonly spec?: unknown;
}
interface PodSpec {
  readonly containers: readonly Container[];
  readonly volumes: readonly { readonly name: string }[];
  readonly securityContext: Readonly<Record<string, unknown>>;
}

const files = readdirSync(FOLDER).filter((file) => file !== 'kustomization.yaml');
const manifests = files.flatMap((file) =>
  parseAllDocuments(readFileSync(path.join(FOLDER, file), 'utf8')).map(
    (document) => document.toJS() as Manifest,
  ),
);
const one = (kind: string): Manifest => {
  const found = manifests.find((each) => each.kind === kind);
  assert.ok(found !== undefined, kind);
  return found;
};
const statefulSet = one('StatefulSet').spec as {
  readonly replicas: number;
  readonly template: { readonly spec: PodSpec };
  readonly volumeClaimTemplates: readonly { readonly metadata: { readonly name: string } }[];
};
const pod = statefulSet.template.spec;

test('the kustomization names every manifest but the example of an Ingress', () => {
  const { resources } = parse(readFileSync(path.join(FOLDER, 'kustomization.yaml'), 'utf8')) as {
    readonly resources: readonly string[];
  };
  assert.deepEqual(resources.toSorted(), files.filter((file) => file !== 'ingress.yaml').toSorted());
});

test('what the manifests set are settings, and what they name of each other is there', () => {
  const names = new Set(Object.keys(SETTINGS));
  const set = [
    ...Object.keys(one('ConfigMap').data ?? {}),
    ...pod.containers.flatMap(({ env }) => env.map(({ name }) => name)),
  ];
  assert.ok(set.length > 5);
  assert.deepEqual(
    set.filter((name) => !names.has(name)),
    [],
  );
  const volumes = new Set(
    [...pod.volumes, ...statefulSet.volumeClaimTemplates.map(({ metadata }) => metadata)].map(
      ({ name }) => name,
    ),
  );
  const ports = new Set(pod.containers.flatMap(({ ports = [] }) => ports.map(({ name }) => name)));
  for (const { volumeMounts } of pod.containers)
    for (const { name } of volumeMounts) assert.ok(volumes.has(name), name);
  for (const { kind, spec } of manifests) {
    if (kind !== 'Service') continue;
    for (const { targetPort } of (spec as { ports: readonly { targetPort: string }[] }).ports)
      assert.ok(ports.has(targetPort), targetPort);
  }
});

test('there is one pod, which may change nothing but its volumes and is nobody', () => {
  assert.equal(statefulSet.replicas, 1);
  assert.deepEqual(
    [pod.securityContext['runAsNonRoot'], pod.securityContext['seccompProfile']],
    [true, { type: 'RuntimeDefault' }],
  );
  for (const { securityContext } of pod.containers) {
    assert.deepEqual(securityContext, {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
  }
});

test('the script of the container that backs up is one that a shell reads', () => {
  const script = pod.containers.find(({ name }) => name === 'backup')?.args[0] ?? '';
  assert.match(script, /mayday\.js backup /);
  assert.equal(spawnSync('sh', ['-n'], { input: script }).status, 0);
});
