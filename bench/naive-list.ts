import { CoreV1Api, KubeConfig } from '@kubernetes/client-node';

// Most bots list pods like this: one request, with all pods in memory at once.
const [namespace = 'default', labelSelector = ''] = process.argv.slice(2);
const kubeConfig = new KubeConfig();
kubeConfig.loadFromDefault();
const { items } = await kubeConfig.makeApiClient(CoreV1Api).listNamespacedPod({ namespace, labelSelector });
const pods = items.map(({ metadata, status }) => ({ name: metadata?.name, phase: status?.phase }));
process.stdout.write(JSON.stringify(pods), () => process.exit());
