import type { Api, NewObject } from '@pitlane/embedded-cluster/api';

type Labels = Readonly<Record<string, string>>;

/** A new namespace with DockerCoins' rng and its Service. `gate`: a label of the pods that the Service also selects by. */
export function deployRng(api: Api, namespace: string, replicas?: number, gate: Labels = {}): void {
  const create = (resource: string, object: object) => api.create(resource, object as NewObject);
  create('namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  create('deployments', rngDeployment(namespace, replicas, gate));
  create('services', serviceOf('rng', namespace, gate));
}

/** A pod of rng that no controller owns. */
export function barePod(name: string, namespace: string, labels: object, annotations: object = {}): NewObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels, annotations },
    spec: { containers: [{ name: 'rng', image: 'dockercoins/rng:v0.1' }] },
  } as NewObject;
}

/** DockerCoins' rng as the training deploys it. */
export function rngDeployment(namespace: string, replicas = 4, gate: Labels = {}): object {
  const labels = { app: 'rng' };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'rng', namespace },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels: { ...labels, ...gate } },
        spec: { containers: [{ name: 'rng', image: 'dockercoins/rng:v0.1' }] },
      },
    },
  };
}

/** A second Deployment beside rng, whose pods are green. */
export function greenDeployment(namespace: string, replicas: number): object {
  const { spec, ...rest } = rngDeployment(namespace, replicas, { version: 'green' }) as { spec: object };
  const selector = { matchLabels: { app: 'rng', version: 'green' } };
  return { ...rest, metadata: { name: 'rng-green', namespace }, spec: { ...spec, selector } };
}

/** A Service that selects the pods of the app of its name. */
export function serviceOf(app: string, namespace: string, gate: Labels = {}): object {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: app, namespace },
    spec: { selector: { app, ...gate }, ports: [{ port: 80 }] },
  };
}
