import type { V1Deployment, V1Service } from '@kubernetes/client-node';

interface Program {
  name: string;
  image: string;
  /** Undefined for a program without a Service. */
  port?: number;
  type?: 'NodePort';
}

const programs: readonly Program[] = [
  { name: 'redis', image: 'redis', port: 6379 },
  { name: 'rng', image: 'dockercoins/rng:v0.1', port: 80 },
  { name: 'hasher', image: 'dockercoins/hasher:v0.1', port: 80 },
  { name: 'webui', image: 'dockercoins/webui:v0.1', port: 80, type: 'NodePort' },
  { name: 'worker', image: 'dockercoins/worker:v0.1' },
];

/** The objects that `kubectl create deployment` and `kubectl expose` create in the training. */
export function dockerCoins(rngReplicas: number): { deployments: V1Deployment[]; services: V1Service[] } {
  return {
    deployments: programs.map(({ name, image }) => deployment(name, image, name === 'rng' ? rngReplicas : 1)),
    services: programs.flatMap(({ name, port, type }) => (port === undefined ? [] : [service(name, port, type)])),
  };
}

function deployment(name: string, image: string, replicas: number): V1Deployment {
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, labels },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name, image }] } },
    },
  };
}

function service(name: string, port: number, type?: 'NodePort'): V1Service {
  const labels = { app: name };
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, labels },
    spec: { selector: labels, ports: [{ port, protocol: 'TCP', targetPort: port }], ...(type ? { type } : {}) },
  };
}
