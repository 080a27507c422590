import { type Act, FAULT, SERVICE } from '../case.ts';
import type { Chance } from '../chance.ts';
import { quota, service } from './bystanders.ts';
import type { Workload } from './workloads.ts';

const COST = 'controller.kubernetes.io/pod-deletion-cost';

/** Faults of pods, and changes by hand, before the drain. */
export function actsBefore(chance: Chance, main: Workload, gate: boolean): Act[] {
  const acts: Act[] = [];
  const add = (share: number, ...more: Act[]): void => {
    if (chance.maybe(share)) acts.push(...more);
  };
  const pod = () => chance.int(0, 30);
  add(0.5, timePasses(chance));
  add(0.25, scale(main, chance.int(1, 6)), timePasses(chance));
  add(0.15, { act: 'annotate pod', pod: pod(), annotations: { [FAULT]: 'not-ready' } });
  add(0.03, { act: 'annotate pod', pod: pod(), annotations: { [FAULT]: 'crash-loop' } });
  add(0.15, { act: 'annotate pod', pod: pod(), annotations: { [COST]: String(chance.int(-5, 50)) } });
  if (gate) add(0.6, { act: 'label pod', pod: pod(), labels: { enabled: chance.one(['no', null]) } });
  add(0.05, { act: 'label pod', pod: pod(), labels: { tier: 'back' } });
  add(0.12, rollOut(chance, main));
  if (main.kind === 'Deployment') add(0.06, pause(main, true), rollOut(chance, main));
  if (main.kind === 'Deployment') add(0.04, rollOut(chance, main), pause(main, true));
  // A person takes a pod out with kubectl.
  add(0.08, { act: 'label pod', pod: pod(), labels: { app: chance.one(['debug', null]) } });
  // A held pod of a DaemonSet fills its node until it is gone.
  if (main.kind !== 'DaemonSet') add(0.05, { act: 'hold pod', pod: pod() });
  add(0.12, { act: 'drain pod', pod: pod() });
  add(0.04, { act: 'drain pod', pod: pod() });
  add(0.08, { act: 'delete pod', pod: pod(), isHeld: true });
  add(0.06, { act: 'delete pod', pod: pod(), isHeld: false });
  add(0.08, { act: 'patch', resource: 'nodes', name: 'node-1', patch: { spec: { unschedulable: true } } });
  add(0.05, { act: 'create', made: service('late', { app: 'web' }) });
  add(0.12, { act: 'create', made: quota(chance, main) });
  // Creation times are in whole seconds: the replacement has to be younger.
  acts.push({ act: 'time passes', seconds: 2 });
  return acts.filter(isPossible);
}

/** Changes between a drain and its restore. */
export function actsBetween(chance: Chance, main: Workload): Act[] {
  const acts: Act[] = [];
  const add = (share: number, ...more: Act[]): void => {
    if (chance.maybe(share)) acts.push(...more);
  };
  const pod = () => chance.int(0, 30);
  add(0.6, timePasses(chance));
  add(0.25, scale(main, chance.int(0, 6)), timePasses(chance));
  add(0.15, rollOut(chance, main));
  if (main.kind === 'Deployment') add(0.08, pause(main, chance.maybe(0.5)));
  if (main.kind === 'Job')
    add(0.2, { act: 'patch', resource: 'jobs', name: main.name, patch: { spec: { suspend: true } } });
  add(0.08, { act: 'annotate drained', annotations: { [FAULT]: 'not-ready' } });
  add(0.05, { act: 'annotate drained', annotations: { [COST]: String(chance.int(-5, 50)) } });
  add(0.05, { act: 'label drained', labels: { app: chance.one(['web', 'other']) } });
  add(0.05, { act: 'label drained', labels: { tier: chance.one(['back', null]) } });
  add(0.1, { act: 'delete pod', pod: pod(), isHeld: false });
  add(0.1, { act: 'annotate pod', pod: pod(), annotations: { [FAULT]: 'not-ready' } });
  add(0.1, { act: 'annotate pod', pod: pod(), annotations: { [COST]: String(chance.int(-5, 2_147_483_647)) } });
  add(0.06, { act: 'label pod', pod: pod(), labels: { tier: 'back' } });
  add(0.05, { act: 'patch', resource: 'services', name: SERVICE, patch: { spec: { selector: { zone: 'a' } } } });
  add(0.05, { act: 'patch', resource: 'nodes', name: 'node-2', patch: { spec: { unschedulable: true } } });
  add(0.04, { act: 'create', made: service('late', { app: 'web' }) });
  if (main.resource !== undefined)
    add(0.07, { act: 'delete', resource: main.resource, name: main.name, orphans: chance.maybe(0.5) });
  if (main.resource !== undefined) add(0.08, { act: 'make anew', resource: main.resource, name: main.name });
  add(0.05, { act: 'create', made: rival(main) });
  add(0.5, timePasses(chance));
  return acts.filter(isPossible);
}

/** A ReplicaSet without replicas and with a wide selector: it adopts pods and deletes them. */
function rival({ template }: Workload): Extract<Act, { act: 'create' }>['made'] {
  const { labels, spec } = template;
  return {
    resource: 'replicasets',
    object: {
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: { name: 'rival' },
      spec: {
        replicas: 0,
        selector: { matchLabels: { app: labels.app ?? 'web' } },
        template: { metadata: { labels }, spec },
      },
    },
  };
}

function timePasses(chance: Chance): Act {
  return { act: 'time passes', seconds: chance.one([1, 2, 7, 40, 300, 4_000, 90_000]) };
}

function scale({ resource, name, kind }: Workload, replicas: number): Act {
  const spec = kind === 'Job' ? { parallelism: replicas } : { replicas };
  return {
    act: 'patch',
    resource: kind === 'DaemonSet' ? 'configmaps' : (resource ?? 'configmaps'),
    name,
    patch: { spec },
  };
}

function pause({ resource, name }: Workload, paused: boolean): Act {
  return { act: 'patch', resource: resource ?? 'configmaps', name, patch: { spec: { paused } } };
}

/** A new revision. If it never gets ready, the rollout stays half done. */
function rollOut(chance: Chance, { resource, name }: Workload): Act {
  const annotations = { 'example.com/release': '2', ...(chance.maybe(0.4) && { [FAULT]: 'not-ready' }) };
  const labels = chance.maybe(0.15) ? { labels: { team: 'blue' } } : {};
  const patch = { spec: { template: { metadata: { annotations, ...labels } } } };
  return { act: 'patch', resource: resource ?? 'configmaps', name, patch };
}

/** Pods without a controller have no number and no template. */
function isPossible(act: Act): boolean {
  return act.act !== 'patch' || act.resource !== 'configmaps';
}
