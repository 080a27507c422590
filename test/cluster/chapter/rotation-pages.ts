import { expect } from 'vitest';
import {
  choosePod,
  DAEMONS,
  EXTRA,
  expectLabels,
  GATED,
  memberStates,
  type Page,
  PLAIN,
  untilRequests,
} from './page.ts';
import type { Shell } from './shell.ts';

const DAEMON = 'DaemonSet app=rng enabled=yes in rotation';
const EXTRA_IN = 'ReplicaSet app=rng enabled=yes in rotation';
const EXTRA_OUT = 'ReplicaSet app=rng out';

/** From a label for the traffic to canaries. */
export const rotationPages: readonly Page[] = [
  {
    heading: 'Selectors for replica sets and daemon sets',
    async byHand(shell) {
      expect(await shell.look('kubectl describe ds rng')).toMatch(/^Selector: +app=rng$/m);
      await choosePod(shell, DAEMONS);
      await shell.look('kubectl label pod $POD app-');
    },
    async withPitlane(shell) {
      await choosePod(shell, DAEMONS);
      await shell.look('pitlane rng drain $POD --because "which label does its controller need?" --yes');
    },
    leaves: {
      selector: PLAIN,
      pods: [
        'DaemonSet app=rng in rotation',
        'DaemonSet app=rng in rotation',
        'ReplicaSet app=rng in rotation',
        'no owner out',
      ],
    },
  },
  {
    heading: 'Isolation of replica sets and daemon sets',
    async both(shell) {
      expect(await shell.look('kubectl describe rs -l app=rng')).toMatch(/^Selector: +app=rng,pod-template-hash=\w+$/m);
    },
  },
  {
    heading: 'Removing a pod from the load balancer',
    async byHand(shell) {
      await shell.look('kubectl delete pod $POD');
    },
    async withPitlane(shell) {
      await shell.look('pitlane rng finish $POD --yes');
    },
    leaves: {
      selector: PLAIN,
      pods: ['DaemonSet app=rng in rotation', 'DaemonSet app=rng in rotation', 'ReplicaSet app=rng in rotation'],
    },
  },
  {
    heading: 'Complex selectors',
    async both(shell) {
      const patch = `{"spec":{"selector":{"app in (rng)":"yes"}}}`;
      expect(await shell.fails(`kubectl patch service rng -p '${patch}'`)).toContain('Invalid value: "app in (rng)"');
    },
  },
  {
    heading: 'The plan',
    async byHand(shell) {
      await shell.look('kubectl label pods -l app=rng enabled=yes --dry-run=server');
    },
    async withPitlane(shell) {
      await shell.look('pitlane rng gate on enabled=yes --via template --dry-run');
    },
  },
  {
    heading: 'Adding labels to pods',
    async byHand(shell) {
      await shell.look('kubectl label pods -l app=rng enabled=yes');
    },
  },
  {
    heading: 'Updating the service selector',
    async both(shell) {
      await shell.editor('/^  selector:/a\\    enabled: yes\n');
      expect(await shell.fails('kubectl edit service rng')).toContain('error: services "rng" is invalid');
    },
  },
  {
    heading: 'When the YAML parser is being too smart',
    async both(shell) {
      expect(await shell.complaints()).toContain('map[enabled:true]');
    },
  },
  {
    heading: 'Updating the service selector, take 2',
    async byHand(shell) {
      await shell.editor('/^  selector:/a\\    enabled: "yes"\n');
      await shell.look('kubectl edit service rng');
    },
    async withPitlane(shell) {
      await shell.look('pitlane rng gate on enabled=yes --via template --yes');
    },
    leaves: { selector: GATED, pods: [DAEMON, DAEMON, EXTRA_IN] },
  },
  {
    heading: 'Updating labels',
    async byHand(shell) {
      await choosePod(shell, EXTRA);
    },
    async withPitlane(shell) {
      await choosePod(shell, EXTRA);
      expect(await memberStates(shell, '-l pod-template-hash')).toEqual(['in rotation']);
    },
  },
  {
    heading: 'Removing a pod from the load balancer',
    byHand: (shell) => untilSilent(shell, 'kubectl label pod -l app=rng,pod-template-hash enabled-'),
    withPitlane: (shell) => untilSilent(shell, 'pitlane rng disable $POD --yes'),
    leaves: { selector: GATED, pods: [DAEMON, DAEMON, EXTRA_OUT] },
  },
  {
    heading: 'Updating the daemon set',
    async byHand(shell) {
      // The labels of the template are indented by six spaces.
      await shell.editor('/^      labels:/a\\        enabled: "yes"\n');
      await shell.look('kubectl edit daemonset rng');
      await shell.look('kubectl rollout status daemonset rng');
    },
    async withPitlane(shell) {
      expect(await shell.look('pitlane rng gate')).toContain('enabled=yes');
    },
    leaves: { selector: GATED, pods: [DAEMON, DAEMON, EXTRA_OUT] },
  },
  {
    heading: `We've put resources in your resources`,
    async both(shell) {
      await expectLabels(shell, 'ds/rng', GATED);
      await choosePod(shell, DAEMONS);
      await shell.look('kubectl delete pod $POD');
    },
    leaves: { selector: GATED, pods: [DAEMON, DAEMON, EXTRA_OUT] },
  },
  {
    heading: 'Labels and debugging',
    async byHand(shell) {
      const pod = await choosePod(shell, DAEMONS);
      await shell.look('kubectl label pod $POD app-');
      await shell.untilReady(2, 'app=rng,!pod-template-hash');
      expect(await shell.look('kubectl exec $POD -- hostname')).toBe(pod);
    },
    async withPitlane(shell) {
      const pod = await choosePod(shell, DAEMONS);
      await shell.look('pitlane rng drain $POD --because 5xx --force --yes');
      expect(await shell.look('kubectl exec $POD -- hostname')).toBe(pod);
      await shell.look('pitlane rng debug $POD --yes');
    },
    leaves: { selector: GATED, pods: [DAEMON, DAEMON, EXTRA_OUT, 'no owner enabled=yes out'] },
  },
  {
    heading: 'Labels and debugging: into the rotation again',
    async byHand(shell) {
      await shell.look('kubectl label pod $POD app=rng');
      await shell.look('kubectl get pod $POD');
    },
    async withPitlane(shell) {
      await shell.look('pitlane rng restore $POD --yes');
      await shell.look('kubectl get pod $POD');
    },
    leaves: { selector: GATED, pods: [DAEMON, DAEMON, EXTRA_OUT] },
  },
  {
    heading: 'Labels and advanced rollout control',
    async byHand(shell) {
      const uid = await shell.look(`kubectl get service rng -o jsonpath='{.metadata.uid}'`);
      const owner = { apiVersion: 'v1', kind: 'Service', name: 'rng', uid, controller: true };
      const overrides = JSON.stringify({ metadata: { ownerReferences: [owner] } });
      const pod = 'kubectl run one-shot-1 --image=dockercoins/rng:v0.1 --env=DEBUG=1';
      await shell.look(`${pod} --labels=app=rng --overrides='${overrides}'`);
      await shell.look('kubectl wait --for=condition=Ready pod/one-shot-1');
      await shell.look('kubectl label pod one-shot-1 enabled=yes');
    },
    async withPitlane(shell) {
      await shell.look('pitlane rng canary start --from ds/rng --env DEBUG=1 --out --yes');
      await shell.set('CANARY', `kubectl get pods -l pitlane.dev/canary -o jsonpath='{.items[0].metadata.name}'`);
      await shell.look('pitlane rng enable $CANARY --yes');
    },
    leaves: { selector: GATED, pods: [DAEMON, DAEMON, EXTRA_OUT, 'Service app=rng enabled=yes in rotation'] },
  },
  {
    heading: 'One pod per node is left',
    async byHand(shell) {
      await shell.look('kubectl delete pod one-shot-1');
      await shell.look('kubectl delete deploy rng');
    },
    async withPitlane(shell) {
      await shell.look('pitlane rng canary stop all --yes');
      await shell.look('pitlane rng spread --yes');
      await shell.look('pitlane rng spread finish --yes');
    },
    leaves: { selector: GATED, pods: [DAEMON, DAEMON] },
  },
];

/** The stream of requests in the log of `$POD` stops once the command has taken it out of the rotation. */
async function untilSilent(shell: Shell, command: string): Promise<void> {
  const log = shell.start('kubectl logs --tail 1 --follow $POD');
  await log.until('a stream of requests', (lines) => lines.length >= 3);
  await shell.look(command);
  await shell.untilListed(2);
  const { length } = log.lines;
  await untilRequests(shell, 'kubectl logs --tail 0 --follow --prefix -l app=rng,enabled=yes');
  await log.stop();
  // One request may have been in flight.
  expect(log.lines.length - length).toBeLessThanOrEqual(1);
}
