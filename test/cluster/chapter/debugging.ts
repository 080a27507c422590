import type { Pod } from '@pitlane/embedded-cluster/kubelet/pod';
import { expect } from 'vitest';
import type { Section } from './section.ts';
import type { Shell } from './shell.ts';

export const debugging: readonly Section[] = [
  {
    name: 'edit daemonset adds a label to the template, and every new pod gets it',
    async run(shell) {
      const before = names(await owned(shell));
      // The `labels:` of the template are indented by six spaces.
      await shell.editor('/^      labels:/a\\        enabled: "yes"\n');
      await shell.run('kubectl edit daemonset rng');
      await shell.run('kubectl rollout status daemonset rng >/dev/null');
      await shell.untilReady(3, 'app=rng');
      const after = await owned(shell);
      expect(names(after).filter((name) => before.includes(name))).toEqual([]);
      expect(after.map(({ metadata }) => metadata.labels?.enabled)).toEqual(['yes', 'yes']);
      await shell.untilListed(3);
      await shell.run('kubectl get pods -l app=rng -L enabled,pod-template-generation');
      await shell.run('kubectl rollout history ds rng');
      await shell.run('kubectl describe ds rng');
    },
  },
  {
    name: 'edit daemonset refuses another selector, and a template that does not match it',
    async run(shell) {
      await shell.editor('/^    matchLabels:/a\\      enabled: "yes"\n');
      await shell.fails('kubectl edit daemonset rng');
      await shell.complaints();
      await shell.editor('s/^        app: rng$/        app: gnr/\n');
      await shell.fails('kubectl edit daemonset rng');
      expect(await shell.complaints()).toContain('`selector` does not match template `labels`');
    },
  },
  {
    name: 'a DaemonSet creates a deleted pod again on its node',
    async run(shell) {
      await shell.set('POD', `kubectl get pod -l app=rng,!pod-template-hash -o jsonpath='{.items[0].metadata.name}'`);
      const node = await shell.look(`kubectl get pod $POD -o jsonpath='{.spec.nodeName}'`);
      await shell.run('kubectl delete pod $POD');
      await shell.fails('kubectl get pod $POD');
      const pods = await shell.untilReady(3, 'app=rng');
      expect(pods.filter(({ spec }) => spec.nodeName === node).some(isOwnedByDaemonSet)).toBe(true);
      await shell.untilListed(3);
    },
  },
  {
    name: 'a pod without its app label is replaced and stays alive for debugging',
    async run(shell) {
      await shell.set('POD', 'kubectl get pod -l app=rng,pod-template-hash -o name');
      await shell.run('kubectl label $POD app-');
      await shell.untilReady(3, 'app=rng');
      await shell.untilListed(2);
      await shell.run('kubectl get pods -l app=rng,pod-template-hash -L app,enabled');
      expect(await shell.run('kubectl get $POD -L app,enabled')).toMatch(/ 1\/1 +Running +0 +\S+ +yes$/m);
      expect(await shell.run(`kubectl get $POD -o jsonpath='{.metadata.ownerReferences}'`)).toBe('');
      expect(await shell.run('kubectl describe $POD')).not.toMatch(/^Controlled By/m);
      await shell.run('kubectl describe rs -l app=rng');
      await shell.look('kubectl logs --tail 1 $POD');
    },
  },
  {
    name: 'a DaemonSet adopts a pod that gets its label back, and keeps the older of two on a node',
    async run(shell) {
      // Not the pod of the Deployment: the DaemonSet and the ReplicaSet would both try to adopt it.
      await shell.run('kubectl delete $POD');
      await shell.set('POD', `kubectl get pod -l app=rng,!pod-template-hash -o jsonpath='{.items[0].metadata.name}'`);
      await shell.untilPods('a second old', 'app=rng', (pods) => pods.every(isOlderThanThisSecond));
      await shell.run('kubectl label pod $POD app-');
      const replaced = await shell.untilReady(3, 'app=rng');
      expect(names(replaced)).not.toContain(await shell.look('echo $POD'));
      await shell.run('kubectl label pod $POD app=rng');
      const restored = await shell.untilReady(3, 'app=rng');
      expect(names(restored)).toContain(await shell.look('echo $POD'));
      await shell.untilListed(2);
      expect(await shell.run('kubectl describe pod $POD')).toMatch(/^Controlled By: +DaemonSet\/rng$/m);
      await shell.run('kubectl label pod -l app=rng,pod-template-hash enabled=yes');
      await shell.untilListed(3);
    },
  },
  {
    name: 'a DaemonSet adopts a matching pod that is created by hand, and others serve without an owner',
    async run(shell) {
      await shell.run('kubectl run one-shot --image=dockercoins/rng:v0.1 --labels=app=rng,enabled=yes,debug=on');
      // It says nothing about a pod that is gone by then.
      await shell.look('kubectl wait --for=delete pod/one-shot --timeout=30s');
      await shell.untilReady(3, 'app=rng');
      await shell.run('kubectl run one-shot --image=dockercoins/rng:v0.1 --labels=enabled=yes,debug=on');
      await shell.run('kubectl wait --for=condition=Ready pod/one-shot');
      await shell.run('kubectl get pod one-shot --show-labels');
      await shell.run('kubectl describe pod one-shot');
      await shell.run('kubectl get pod one-shot -o yaml');
      await shell.run('kubectl delete pod one-shot --now');
    },
  },
  {
    name: 'deleting the Deployment leaves exactly one pod per node',
    async run(shell) {
      await shell.run('kubectl delete deploy/rng');
      const pods = await shell.untilReady(2, 'app=rng');
      expect(pods.map(({ spec }) => spec.nodeName).toSorted()).toEqual(['node1', 'node2']);
      await shell.untilListed(2);
      await shell.run('kubectl get ds,rs,deploy,pods -l app=rng');
    },
  },
];

async function owned(shell: Shell): Promise<Pod[]> {
  return (await shell.pods('app=rng')).filter(isOwnedByDaemonSet);
}

function isOwnedByDaemonSet({ metadata }: Pod): boolean {
  return metadata.ownerReferences?.[0]?.kind === 'DaemonSet';
}

/** Kubernetes keeps creation times in whole seconds; for pods of the same second the name decides. */
function isOlderThanThisSecond({ metadata }: Pod): boolean {
  return Date.now() - Date.parse(metadata.creationTimestamp ?? '') >= 1_000;
}

function names(pods: readonly Pod[]): string[] {
  return pods.map(({ metadata }) => metadata.name);
}
