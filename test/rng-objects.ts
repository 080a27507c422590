/** DockerCoins' rng as the training deploys it. */
export function rngDeployment(namespace: string, replicas = 4): object {
  const labels = { app: 'rng' };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'rng', namespace },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { containers: [{ name: 'rng', image: 'dockercoins/rng:v0.1' }] },
      },
    },
  };
}

/** A Service that selects the pods of the app of its name. */
export function serviceOf(app: string, namespace: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: app, namespace },
    spec: { selector: { app }, ports: [{ port: 80 }] },
  };
}
