import type { Pod } from '@pitlane/embedded-cluster/kubelet/pod';
import { expect } from 'vitest';
import type { Section } from './section.ts';
import { namespace, type Shell } from './shell.ts';

export const daemonSet: readonly Section[] = [
  {
    name: 'create deployment and expose set up the training app',
    async run(shell) {
      await shell.run(`kubectl create namespace ${namespace}`);
      await shell.run(`kubectl config set-context --current --namespace=${namespace} >/dev/null`);
      await shell.run('kubectl create deployment redis --image=redis');
      for (const app of ['rng', 'hasher', 'webui', 'worker']) {
        await shell.run(`kubectl create deployment ${app} --image=dockercoins/${app}:v0.1`);
      }
      await shell.run('kubectl expose deployment redis --port 6379');
      await shell.run('kubectl expose deployment rng --port 80');
      await shell.run('kubectl expose deployment hasher --port 80');
      await shell.run('kubectl expose deployment webui --type=NodePort --port=80');
      await shell.run('kubectl wait --for=condition=Available deployment --all');
      await shell.untilListed(1);
      await shell.run('kubectl get all');
      await shell.run('kubectl get nodes');
    },
  },
  {
    name: 'apply refuses a Deployment that is renamed to a DaemonSet, because of unknown fields',
    async run(shell) {
      expect(await shell.fails('kubectl get deploy/rng -o yaml --export')).toMatch(/^error: unknown flag: --export$/im);
      await shell.untilObject<{ status: { conditions?: unknown[] } }>(
        'the Deployment has both its conditions',
        `/apis/apps/v1/namespaces/${namespace}/deployments/rng`,
        ({ status }) => status.conditions?.length === 2,
      );
      await shell.run('kubectl get deploy/rng -o yaml');
      await shell.look('kubectl get deploy/rng -o yaml >rng.yml');
      await shell.look(`sed -i 's/^kind: Deployment/kind: DaemonSet/' rng.yml`);
      const refused = await shell.fails('kubectl apply -f rng.yml');
      expect(refused).toContain('DaemonSet in version "v1" cannot be handled as a DaemonSet: strict decoding error');
      expect(refused).toContain('unknown field "spec.replicas"');
      expect(refused).toContain('unknown field "spec.strategy"');
      await shell.fails('kubectl apply -f rng.yml --dry-run=server');
      await shell.fails('kubectl create -f rng.yml');
    },
  },
  {
    name: 'apply accepts the YAML without those fields',
    async run(shell) {
      const yaml = await shell.read('rng.yml');
      await shell.write('fixed.yml', withoutDeploymentFields(yaml));
      await shell.run('cat fixed.yml');
      await shell.run('kubectl apply -f fixed.yml --dry-run=server');
      await shell.run('kubectl diff -f fixed.yml >diff.txt; [ $? = 1 ] && sed 1,3d diff.txt');
      await shell.run('kubectl apply -f fixed.yml');
      await shell.run('kubectl rollout status ds/rng');
      await shell.run('kubectl apply -f fixed.yml');
      await shell.run('kubectl delete ds rng');
      await shell.untilReady(1, 'app=rng');
    },
  },
  {
    name: 'apply --validate=false runs one pod on each worker node, and the Deployment one more',
    async run(shell) {
      await shell.run('kubectl apply -f rng.yml --validate=false');
      await shell.run('kubectl rollout status ds/rng');
      const pods = await shell.untilReady(3, 'app=rng');
      await shell.untilListed(3);
      // A conflict, because uid and resourceVersion are still in the file. kubectl retries for seconds.
      const again = shell.later('kubectl apply -f rng.yml --validate=false');
      const all = await shell.run('kubectl get all');
      expect(all).toMatch(/^deployment\.apps\/rng +1\/1 +1 +1 /m);
      expect(all).toMatch(/^daemonset\.apps\/rng +2 +2 +2 +2 +2 +<none> /m);
      expect(nodesOf(pods, 'DaemonSet')).toEqual(['node1', 'node2']);
      expect(nodesOf(pods, 'ReplicaSet')).toHaveLength(1);
      await shell.run('kubectl get pods');
      await shell.run('kubectl get ds,deploy,rs -o wide');
      await shell.run('kubectl get ds rng -o yaml');
      // The scheduler chooses the nodes of the other apps.
      await shell.run('kubectl get pods -l app=rng,!pod-template-hash -o wide');
      await shell.untilObject<{ items: object[] }>(
        'the node controller, which runs every 5 s, has seen the nodes',
        '/api/v1/namespaces/default/events?fieldSelector=reason%3DRegisteredNode',
        ({ items }) => items.length === 3,
      );
      expect(await shell.run('kubectl describe node control-plane')).toContain(
        'Taints:             node-role.kubernetes.io/control-plane:NoSchedule',
      );
      expect((await again()).stderr).toContain('the object has been modified');
    },
  },
  {
    name: 'the service sends traffic to all pods, because they share a label',
    async run(shell) {
      const described = await shell.run('kubectl describe service rng');
      expect(described).toMatch(/^Selector: +app=rng$/m);
      const names = await shell.run('kubectl get pods -l app=rng -o name');
      expect(await shell.run('kubectl get pods --selector app=rng -o name')).toBe(names);
      await shell.run('kubectl get pods -l app=rng');
      await shell.run('kubectl get endpointslices');
      await shell.run('kubectl get endpoints rng 2>/dev/null');
      await shell.run('kubectl describe endpointslice');
      await shell.run('kubectl get deploy,rs,pods,ds,svc -l app=rng --show-labels');
      await everyPodServes(shell, 3);
    },
  },
  {
    name: 'each controller manages only its own pods, by a selector or by ownership',
    async run(shell) {
      expect(await shell.run('kubectl describe rs -l app=rng')).toMatch(/^Selector: +app=rng,pod-template-hash=\w+$/m);
      expect(await shell.run('kubectl describe ds rng')).toMatch(/^Selector: +app=rng$/m);
      await shell.run('kubectl describe deploy rng');
      await shell.run('kubectl get controllerrevisions');
      await shell.run('kubectl get pods -l app=rng,controller-revision-hash -L controller-revision-hash,app');
      const owners = await shell.run(
        `kubectl get pods -l app=rng -o custom-columns='POD:.metadata.name,OWNER:.metadata.ownerReferences[0].kind'`,
      );
      expect(owners.match(/DaemonSet|ReplicaSet/g)?.toSorted()).toEqual(['DaemonSet', 'DaemonSet', 'ReplicaSet']);
    },
  },
];

/** The YAML after the chapter's "fix the YAML". */
function withoutDeploymentFields(yaml: string): string {
  const dropped = /^ {2}(replicas|progressDeadlineSeconds|creationTimestamp|resourceVersion|uid|generation): .*\n/gm;
  return yaml
    .replace(/^status:\n( .*\n)+/m, '')
    .replace(/^ {2}strategy:\n( {4}.*\n)+/m, '')
    .replace(/^ {2}annotations:\n( {4}.*\n)+/m, '')
    .replace(dropped, '');
}

function nodesOf(pods: readonly Pod[], kind: string): string[] {
  const owned = pods.filter(({ metadata }) => metadata.ownerReferences?.[0]?.kind === kind);
  return owned.map(({ spec }) => spec.nodeName ?? '').toSorted();
}

/** The worker of DockerCoins calls rng ten times a second, so each pod logs requests. */
async function everyPodServes(shell: Shell, count: number): Promise<void> {
  const pods = await shell.untilReady(count, 'app=rng');
  const serves = async ({ metadata }: Pod) => {
    const log = shell.start(`kubectl logs --follow --tail 1 ${metadata.name}`);
    await log.until('a request', (lines) => lines.some((line) => line.includes('"GET /32 HTTP/1.1" 200 -')));
    await log.stop();
  };
  await Promise.all(pods.map(serves));
}
