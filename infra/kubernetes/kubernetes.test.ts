import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import type { Config } from '../../pitlane/config/config.ts';
import { loadConfig } from '../../pitlane/config/file.ts';
import { slackCommandFaults } from '../../pitlane/config/slack-commands.ts';
import { rbacObjects } from '../rbac-objects.ts';
import { rbacYaml } from '../rbac-yaml.ts';

/** Without a cluster and without kubectl: test/cluster/kustomize.test.ts applies the base to a real control plane. */
const FOLDER = import.meta.dirname;
const ROOT = join(FOLDER, '../..');
const read = (name: string) => readFileSync(join(FOLDER, name), 'utf8');

interface Base {
  readonly resources: readonly string[];
  readonly configMapGenerator: readonly { readonly name: string; readonly files: readonly string[] }[];
  readonly images: readonly { readonly name: string; readonly newTag: string }[];
}
const base = parse(read('kustomization.yaml')) as Base;

function configOfBase(): Config {
  const loaded = loadConfig(join(FOLDER, 'pitlane.yaml'));
  if (loaded.kind !== 'config') throw new Error(`pitlane.yaml is ${loaded.kind}`);
  return loaded.config;
}

test('the base names every file of the folder, and no other', () => {
  const named = [...base.resources, ...base.configMapGenerator.flatMap(({ files }) => files), 'kustomization.yaml'];
  expect(named.sort()).toEqual(readdirSync(FOLDER).filter((name) => name.endsWith('.yaml')));
});

test('the configuration is about the cluster that Pitlane runs in', () => {
  const { clusters, services } = configOfBase();
  expect(Object.values(clusters)).toEqual([{ kind: 'kubeconfig' }]);
  expect(slackCommandFaults(Object.keys(services))).toEqual([]);
});

test('rbac.yaml is up to date (PITLANE_CONFIG=infra/kubernetes/pitlane.yaml npm run --silent rbac)', () => {
  expect(read('rbac.yaml')).toBe(rbacYaml(rbacObjects(configOfBase())));
});

test('objects of Pitlane are in its own namespace, and roles in those of the services', () => {
  const objects = base.resources.flatMap((name) => parseAllDocuments(read(name)).map((document) => document.toJS()));
  const namespaces = new Map(objects.map(({ kind, metadata }) => [`${kind} ${metadata.name}`, metadata.namespace]));
  expect(namespaces.get('Deployment pitlane')).toBe('pitlane');
  expect(namespaces.get('ServiceAccount pitlane')).toBe('pitlane');
  expect(namespaces.get('NetworkPolicy pitlane')).toBe('pitlane');
  expect(namespaces.get('Role pitlane-operator')).toBe('dockercoins');
});

test('one pod runs at a time, as no one in particular, on a file system that it can not write', () => {
  const { spec } = parse(read('deployment.yaml'));
  expect({ replicas: spec.replicas, strategy: spec.strategy }).toEqual({ replicas: 1, strategy: { type: 'Recreate' } });
  const pod = spec.template.spec;
  expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
  const [container] = pod.containers;
  expect(container.securityContext).toEqual({
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  });
  expect(base.images.map(({ name }) => name)).toEqual([container.image]);
  expect(container.env.map(({ name }: { name: string }) => name)).toEqual([
    'PITLANE_CONFIG',
    'PITLANE_HEALTH_DIR',
    'SLACK_APP_TOKEN',
    'SLACK_BOT_TOKEN',
  ]);
});

test('the process stops before Kubernetes kills it', () => {
  const [, patience = ''] =
    /PATIENCE_MS = ([\d_]+)/.exec(readFileSync(join(ROOT, 'functions/socket.ts'), 'utf8')) ?? [];
  const { terminationGracePeriodSeconds: grace } = parse(read('deployment.yaml')).spec.template.spec;
  expect(grace * 1000).toBeGreaterThan(Number(patience.replaceAll('_', '')));
});

test('the image is built from files that exist and are not ignored, and runs the file that is built', () => {
  const lines = read('Dockerfile').split('\n');
  const ignored = read('Dockerfile.dockerignore').split('\n');
  const sources = lines.flatMap((line) => {
    const [instruction, ...words] = line.split(' ');
    return instruction === 'COPY' && !words[0]?.startsWith('--from') ? words.slice(0, -1) : [];
  });
  expect(sources.filter((source) => !existsSync(join(ROOT, source)))).toEqual([]);
  for (const source of sources)
    expect(ignored).toContain(`!${source.replace(/\/$/, '')}${source.endsWith('/') ? '/package.json' : ''}`);
  expect(lines).toContain('RUN node infra/kubernetes/bundle.ts');
  expect(lines).toContain('COPY --from=build /build/dist/socket/pitlane.mjs /app/pitlane.mjs');
  expect(lines).toContain('ENTRYPOINT ["node", "/app/pitlane.mjs"]');
  expect(lines.filter((line) => line.startsWith('FROM ') && !line.startsWith('FROM node:24-slim'))).toEqual([]);
  expect(lines).toContain('USER 1000:1000');
});
