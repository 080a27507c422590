import { isReady } from '@pitlane/embedded-cluster/kubelet/contract/playground';
import { expect } from 'vitest';
import type { Section } from './section.ts';
import { namespace } from './shell.ts';

/** Cordons, taints and drains, with rng as a DaemonSet and four apps as Deployments. */
export const nodes: readonly Section[] = [
  {
    name: 'a cordoned node keeps its pods and gets new ones only of DaemonSets',
    async run(shell) {
      await shell.run('kubectl cordon node2');
      await shell.run('kubectl cordon node2');
      await shell.run('kubectl get nodes');
      await shell.run('kubectl get node node2 -o jsonpath={.spec}');
      await shell.run('kubectl create deployment late --image=example/late --replicas=3');
      const pods = await shell.untilReady(3, 'app=late');
      expect([...new Set(pods.map(({ spec }) => spec.nodeName))]).toEqual(['node1']);
      await shell.run('kubectl delete pod -l app=rng');
      const daemons = await shell.untilReady(2, 'app=rng');
      expect(daemons.map(({ spec }) => spec.nodeName).toSorted()).toEqual(['node1', 'node2']);
      await shell.run('kubectl uncordon node2');
      await shell.run('kubectl delete deploy late');
      await shell.untilPods('gone', 'app=late', (pods) => pods.length === 0);
    },
  },
  {
    name: 'drain evicts pods, leaves those of DaemonSets, and stops at a disruption budget',
    async run(shell) {
      await shell.run('kubectl create deployment held --image=example/held --replicas=2');
      await shell.untilReady(2, 'app=held');
      await shell.run('kubectl create poddisruptionbudget held --selector=app=held --min-available=2');
      await shell.untilObject<{ status: { currentHealthy: number } }>(
        'the budget counts two',
        `/apis/policy/v1/namespaces/${namespace}/poddisruptionbudgets/held`,
        ({ status }) => status.currentHealthy === 2,
      );
      await shell.run('kubectl get pdb held');
      await shell.run('kubectl describe pdb held');
      const node = await shell.set('NODE', `kubectl get pods -l app=held -o jsonpath='{.items[0].spec.nodeName}'`);
      expect(await shell.fails('kubectl drain $NODE')).toContain('cannot delete DaemonSet-managed Pods');
      const refused = await shell.fails('kubectl drain $NODE --ignore-daemonsets --timeout=1s --pod-selector=app=held');
      expect(refused).toContain("Cannot evict pod as it would violate the pod's disruption budget.");
      await shell.run('kubectl delete pdb held');
      await shell.run('kubectl drain $NODE --ignore-daemonsets >/dev/null 2>&1');
      await shell.untilReady(2, 'app=held');
      await shell.untilPods('every other pod on another node', 'app,app!=rng', (pods) =>
        pods.every((pod) => isReady(pod) && pod.spec.nodeName !== node),
      );
      expect((await shell.pods('app=rng')).map(({ spec }) => spec.nodeName).toSorted()).toEqual(['node1', 'node2']);
      await shell.run('kubectl get pods');
      await shell.run('kubectl uncordon $NODE');
      await shell.run('kubectl delete deploy held');
    },
  },
  {
    name: 'a NoSchedule taint keeps new pods out, and a NoExecute taint evicts all, those of DaemonSets too',
    async run(shell) {
      await shell.run('kubectl taint node node1 lab=closed:NoSchedule');
      await shell.fails('kubectl taint node node1 lab=closed:NoSchedule');
      await shell.run('kubectl taint node node1 lab=shut:NoSchedule --overwrite');
      await shell.run('kubectl describe node node1 | grep Taints');
      // The DaemonSet still counts the node, because nothing has made its controller look again.
      expect(await shell.run('kubectl get ds rng')).toMatch(/^rng +2 +2 +2 /m);
      await shell.run('kubectl annotate ds rng look=now');
      await shell.untilObject<{ status: { desiredNumberScheduled: number } }>(
        'the DaemonSet wants one',
        `/apis/apps/v1/namespaces/${namespace}/daemonsets/rng`,
        ({ status }) => status.desiredNumberScheduled === 1,
      );
      await shell.run('kubectl get ds rng');
      await shell.run('kubectl taint node node1 lab:NoSchedule-');
      await shell.run('kubectl rollout status ds/rng >/dev/null');
      await shell.untilReady(2, 'app=rng');
      await shell.run('kubectl get ds rng');
      await shell.run('kubectl taint node node1 lab=fire:NoExecute');
      await shell.untilPods('all on other nodes', 'app', (pods) =>
        pods.every((pod) => pod.spec.nodeName !== 'node1' && isReady(pod)),
      );
      await shell.run('kubectl get ds rng');
      await shell.run('kubectl taint node node1 lab-');
      await shell.untilReady(2, 'app=rng');
      await shell.fails('kubectl taint node node1 lab=x:Nonsense');
      await shell.run('kubectl label node node1 disk=ssd');
      await shell.run('kubectl get nodes -l disk -L disk');
      await shell.run('kubectl label node node1 disk-');
    },
  },
];

export const end: readonly Section[] = [
  {
    name: 'deleting the namespace deletes everything in it',
    async run(shell) {
      // Pods in the namespace would make the real namespace controller wait for half their grace period.
      await shell.run('kubectl delete deploy --all');
      await shell.untilPods('none left', '', (pods) => pods.length === 0);
      await shell.run(`kubectl delete namespace ${namespace}`);
      await shell.run('kubectl get all');
      await shell.fails(`kubectl get namespace ${namespace}`);
      await shell.fails('kubectl create deployment late --image=example/late');
    },
  },
];
