import type { V1Deployment, V1Pod } from '@kubernetes/client-node';
import type { KubeApi } from '@pitlane/embedded-cluster/kube-api';
import { barePod } from '../rng-objects.ts';

type Labels = Readonly<Record<string, string>>;

/** The commands of a person without Pitlane, on the Service and Deployment rng. */
export interface ByHand {
  /** kubectl label pods NAME… */
  label(pods: readonly string[], key: string, value: string | null): Promise<void>;
  /** kubectl label pods -l app=rng */
  labelAll(key: string, value: string | null): Promise<void>;
  /** kubectl edit service; null removes a key. */
  select(labels: Readonly<Record<string, string | null>>): Promise<void>;
  /** kubectl edit deployment: labels of the template; null removes a key. */
  template(labels: Readonly<Record<string, string | null>>): Promise<void>;
  /** kubectl rollout status */
  rolledOut(): Promise<void>;
  /** kubectl run, with the label app=rng; waits until they are ready. */
  run(pods: readonly string[]): Promise<void>;
  /** kubectl delete pods */
  remove(pods: readonly string[]): Promise<void>;
}

export type Recipe = (hand: ByHand) => Promise<void>;

const IMAGE = 'dockercoins/rng:v0.1';
const GATE: Labels = { enabled: 'yes' };
const NO_GATE = { enabled: null };

/** "The plan" of the training. Pods that come later have no label, so they get no traffic. */
export const inChapterOrder: Recipe = async (hand) => {
  await hand.labelAll('enabled', 'yes');
  await hand.select(GATE);
};

/** Then "Updating the daemon set": the template, so that later pods have the label. */
export const withTemplate: Recipe = async (hand) => {
  await inChapterOrder(hand);
  await hand.template(GATE);
  await hand.rolledOut();
};

/** "If we swap steps 1 and 2". */
export const inWrongOrder: Recipe = async (hand) => {
  await hand.select(GATE);
  await hand.labelAll('enabled', 'yes');
};

/** A new template makes new pods, so why label the old ones? */
export const withoutLabels: Recipe = async (hand) => {
  await hand.template(GATE);
  await hand.select(GATE);
  await hand.rolledOut();
};

export const gateOff: Recipe = async (hand) => {
  await hand.select(NO_GATE);
  await hand.labelAll('enabled', null);
};

/** The gate goes, but the labels go first. */
export const gateOffInWrongOrder: Recipe = async (hand) => {
  await hand.labelAll('enabled', null);
  await hand.select(NO_GATE);
};

/** Runs kubectl: a process for each command. */
export function byKubectl(kubectl: (...args: string[]) => Promise<string>): ByHand {
  const text = (key: string, value: string | null) => (value === null ? `${key}-` : `${key}=${value}`);
  const patch = async (what: string, body: object) => {
    await kubectl('patch', what, 'rng', '-p', JSON.stringify(body));
  };
  return {
    label: async (pods, key, value) => void (await kubectl('label', '--overwrite', 'pods', ...pods, text(key, value))),
    labelAll: async (key, value) =>
      void (await kubectl('label', '--overwrite', 'pods', '-l', 'app=rng', text(key, value))),
    select: (labels) => patch('service', { spec: { selector: labels } }),
    template: (labels) => patch('deployment', { spec: { template: { metadata: { labels } } } }),
    rolledOut: async () => void (await kubectl('rollout', 'status', 'deployment', 'rng', '--timeout=120s')),
    async run(pods) {
      for (const pod of pods) await kubectl('run', pod, `--image=${IMAGE}`, '--labels=app=rng');
      await kubectl('wait', 'pods', ...pods, '--for=condition=Ready', '--timeout=120s');
    },
    remove: async (pods) => void (await kubectl('delete', 'pods', ...pods)),
  };
}

const POLL_MS = 200;
const LONGEST_MS = 120_000;

/** Sends the same requests without kubectl. `pauseMs`: how long a person takes to type the next command. */
export function byClient(api: KubeApi, namespace: string, pauseMs = 0): ByHand {
  const pods = `/api/v1/namespaces/${namespace}/pods`;
  const deployment = `/apis/apps/v1/namespaces/${namespace}/deployments/rng`;
  const label: ByHand['label'] = async (names, key, value) => {
    for (const name of names) await api.patch(`${pods}/${name}`, { metadata: { labels: { [key]: value } } });
    await wait(pauseMs);
  };
  return {
    label,
    async labelAll(key, value) {
      const { items } = await api.get<{ items: V1Pod[] }>(pods, { labelSelector: 'app=rng' });
      await label(
        items.map(({ metadata }) => metadata?.name ?? ''),
        key,
        value,
      );
    },
    async select(labels) {
      await api.patch(`/api/v1/namespaces/${namespace}/services/rng`, { spec: { selector: labels } });
      await wait(pauseMs);
    },
    async template(labels) {
      await api.patch(deployment, { spec: { template: { metadata: { labels } } } });
      await wait(pauseMs);
    },
    rolledOut: () =>
      until('Deployment rng rolled out', async () => isRolledOut(await api.get<V1Deployment>(deployment))),
    async run(names) {
      for (const name of names) await api.create(pods, barePod(name, namespace, { app: 'rng' }));
      await until('all pods ready', async () => {
        const seen = await Promise.all(names.map((name) => api.get<V1Pod>(`${pods}/${name}`)));
        return seen.every(isReady);
      });
    },
    async remove(names) {
      for (const name of names) await api.delete(`${pods}/${name}`, {});
      await wait(pauseMs);
    },
  };
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (let waited = 0; !(await holds()); waited += POLL_MS) {
    if (waited > LONGEST_MS) throw new Error(`not ${what} after ${LONGEST_MS / 1000} s`);
    await wait(POLL_MS);
  }
}

function isReady({ status }: V1Pod): boolean {
  return status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
}

function isRolledOut({ metadata, spec, status = {} }: V1Deployment): boolean {
  const numbers = [status.replicas, status.updatedReplicas, status.availableReplicas];
  return status.observedGeneration === metadata?.generation && numbers.every((number) => number === spec?.replicas);
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
