import { expect } from 'vitest';
import { choosePod, DAEMONS, memberStates, type Page, PLAIN, untilRequests } from './page.ts';

/** From a Deployment to one pod on each node. */
export const daemonSetPages: readonly Page[] = [
  {
    heading: 'Daemon sets',
    async both(shell) {
      await shell.look(`kubectl create namespace ${shell.namespace}`);
      await shell.look(`kubectl config set-context --current --namespace=${shell.namespace}`);
      await shell.look('kubectl create deployment redis --image=redis');
      await shell.look('kubectl expose deployment redis --port 6379');
      for (const app of ['rng', 'hasher', 'webui', 'worker'])
        await shell.look(`kubectl create deployment ${app} --image=dockercoins/${app}:v0.1`);
      for (const app of ['rng', 'hasher', 'webui']) await shell.look(`kubectl expose deployment ${app} --port 80`);
      await shell.look('kubectl wait --for=condition=Available deployment --all');
    },
    leaves: { selector: PLAIN, pods: ['ReplicaSet app=rng in rotation'] },
  },
  {
    heading: 'Daemon sets in practice',
    async byHand(shell) {
      expect(await shell.look('kubectl get nodes -o name')).toBe('node/control-plane\nnode/node1\nnode/node2');
    },
    async withPitlane(shell) {
      const plan = await shell.look('pitlane rng spread --dry-run -o json');
      expect(JSON.parse(plan)).toMatchObject({ kind: 'proposal', why: 'dryRun' });
    },
  },
  {
    heading: 'Creating a daemon set',
    async byHand(shell) {
      expect(await shell.fails('kubectl create daemonset rng --image=dockercoins/rng:v0.1')).toContain('error: ');
    },
    async withPitlane(shell) {
      expect(await shell.look('pitlane help spread')).toContain('pitlane SERVICE spread');
    },
  },
  {
    heading: 'Creating the YAML file for our daemon set',
    async byHand(shell) {
      await shell.look('kubectl get deploy/rng -o yaml >rng.yml');
    },
    async withPitlane(shell) {
      await shell.look('pitlane rng spread -o yaml >rng.yml');
    },
  },
  {
    heading: '"Casting" a resource to another',
    async byHand(shell) {
      await shell.look(`sed -i 's/^kind: Deployment/kind: DaemonSet/' rng.yml`);
      expect(await shell.fails('kubectl apply -f rng.yml')).toContain('unknown field "spec.replicas"');
    },
    async withPitlane(shell) {
      expect(await shell.look('kubectl apply -f rng.yml --dry-run=server')).toContain('daemonset.apps/rng created');
    },
  },
  {
    heading: 'Understanding the problem',
    async byHand(shell) {
      const refused = await shell.fails('kubectl apply -f rng.yml');
      for (const field of ['spec.replicas', 'spec.strategy', 'spec.progressDeadlineSeconds', 'status.replicas'])
        expect(refused).toContain(`unknown field "${field}"`);
    },
    async withPitlane(shell) {
      const plan = await shell.look('pitlane rng spread --keep --dry-run');
      for (const field of ['replicas', 'strategy', 'progressDeadlineSeconds'])
        expect(plan).toMatch(new RegExp(`^ *- +${field}`, 'm'));
    },
  },
  {
    heading: 'Use the --force, Luke',
    async byHand(shell) {
      await shell.look('kubectl apply -f rng.yml --validate=false');
      await shell.look('kubectl rollout status ds/rng');
    },
    async withPitlane(shell) {
      await shell.look('pitlane rng spread --keep --yes');
    },
    leaves: {
      selector: PLAIN,
      pods: ['DaemonSet app=rng in rotation', 'DaemonSet app=rng in rotation', 'ReplicaSet app=rng in rotation'],
    },
  },
  {
    heading: `Checking what we've done`,
    async byHand(shell) {
      const all = await shell.look('kubectl get all');
      expect(all).toMatch(/^deployment\.apps\/rng +1\/1 /m);
      expect(all).toMatch(/^daemonset\.apps\/rng +2 +2 +2 /m);
    },
    async withPitlane(shell) {
      expect(await memberStates(shell)).toEqual(['in rotation', 'in rotation', 'in rotation']);
    },
  },
  {
    heading: 'deploy/rng and ds/rng',
    async both(shell) {
      expect(await shell.look('kubectl get deploy/rng ds/rng -o name')).toBe('deployment.apps/rng\ndaemonset.apps/rng');
    },
  },
  {
    heading: 'Too many pods',
    async both(shell) {
      const nodes = (selector: string) =>
        shell.look(`kubectl get pods -l app=rng,${selector} -o jsonpath='{.items[*].spec.nodeName}'`);
      expect((await nodes('!pod-template-hash')).split(' ').toSorted()).toEqual(['node1', 'node2']);
      expect((await nodes('pod-template-hash')).split(' ')).toHaveLength(1);
    },
  },
  {
    heading: 'Is this working?',
    async byHand(shell) {
      for (const pod of (await shell.look('kubectl get pods -l app=rng -o name')).split('\n'))
        await untilRequests(shell, `kubectl logs --tail 1 --follow ${pod}`);
    },
    async withPitlane(shell) {
      await untilRequests(shell, 'pitlane rng logs -l app=rng --tail 1 --follow');
    },
  },
  {
    heading: 'Labels and selectors',
    async byHand(shell) {
      expect(await shell.look('kubectl describe service rng')).toMatch(/^Selector: +app=rng$/m);
    },
    async withPitlane(shell) {
      const { service } = JSON.parse(await shell.look('pitlane rng gate -o json'));
      expect(service.selector).toEqual({ app: 'rng' });
    },
  },
  {
    heading: 'Selector evaluation',
    async byHand(shell) {
      const short = await shell.look('kubectl get pods -l app=rng -o name');
      expect(short.split('\n')).toHaveLength(3);
      expect(await shell.look('kubectl get pods --selector app=rng -o name')).toBe(short);
    },
    async withPitlane(shell) {
      expect(await memberStates(shell, '-l pod-template-hash')).toEqual(['in rotation']);
      expect(await memberStates(shell, '-l app=rng')).toHaveLength(3);
    },
  },
  {
    heading: 'Where do labels come from?',
    async both(shell) {
      const path = `-o jsonpath='{.spec.template}'`;
      expect(await shell.look(`kubectl get ds/rng ${path}`)).toBe(await shell.look(`kubectl get deploy/rng ${path}`));
    },
  },
  {
    heading: 'Updating load balancer configuration',
    async both(shell) {
      await choosePod(shell, DAEMONS);
      await shell.look('kubectl delete pod $POD');
    },
    leaves: {
      selector: PLAIN,
      pods: ['DaemonSet app=rng in rotation', 'DaemonSet app=rng in rotation', 'ReplicaSet app=rng in rotation'],
    },
  },
];
