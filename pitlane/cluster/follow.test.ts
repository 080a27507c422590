import { beforeEach, describe, expect, test } from 'vitest';
import { RngOnEmbedded } from '../../test/rng-on-embedded.ts';
import { during } from '../../test/virtual-time.ts';
import { DEFAULT_POLICY } from '../config/config.ts';
import { valueIn } from '../rotation/labels.ts';
import type { Subject } from '../rotation/plan.ts';
import { formatSelector } from '../rotation/selector.ts';
import type { Needs, PodRef, Snapshot } from '../rotation/snapshot.ts';
import { type Connection, connectionTo } from './connection.ts';
import { follow } from './follow.ts';
import { focus, type Observation, survey } from './observe.ts';

const rng = new RngOnEmbedded();
const NEEDS: Needs = { members: 'summary', owner: true, bystanders: false, adopters: false, headroom: false };

let pods: PodRef[];
/** The resource and selector of each watch. */
let watches: string[];
let connection: Connection;
beforeEach(async () => {
  pods = (await rng.list()).members.map(({ pod: { name, uid } }) => ({ name, uid }));
  watches = [];
  const plain = connectionTo(rng.cluster.kubeConfig);
  connection = {
    ...plain,
    open: (call) => {
      const { labelSelector, fieldSelector } = call.query ?? {};
      watches.push([call.place.resource.plural, labelSelector, fieldSelector].filter(Boolean).join(' '));
      return plain.open(call);
    },
  };
});

async function observe(subject: Subject): Promise<Observation> {
  const scope = { namespace: rng.namespace, service: 'rng', policy: DEFAULT_POLICY };
  return during(survey(connection, scope, NEEDS, Date.now).then((first) => focus(connection, first, subject, NEEDS)));
}

/** Makes the change and follows until the snapshot is as expected. */
async function followed(
  observation: Observation,
  subject: Subject,
  isSo: (snapshot: Snapshot) => boolean,
  change: () => void = () => {},
): Promise<Observation> {
  const patience = { now: Date.now, sleep: async () => {}, deadline: Date.now() + 30_000 };
  const work = async () => {
    let isChanged = false;
    for await (const seen of follow(connection, observation, subject, patience)) {
      if (!isChanged) change();
      isChanged = true;
      if (isSo(seen.snapshot)) return seen;
    }
    throw new Error('it was not seen in time');
  };
  return during(work());
}

const podsOf = (...these: readonly PodRef[]): Subject => ({ kind: 'pods', pods: these });
const label = (name: string, labels: Record<string, string | null>) =>
  rng.cluster.api.mergePatch('pods', rng.namespace, name, { metadata: { labels } } as never);
const select = (selector: Record<string, string>) =>
  rng.cluster.api.mergePatch('services', rng.namespace, 'rng', { spec: { selector } } as never);
const remove = (name: string) => rng.cluster.api.delete('pods', rng.namespace, name, { gracePeriodSeconds: 0 });
const names = (snapshot: Snapshot) => snapshot.pods.map(({ name }) => name);

describe('the pods of an operation', () => {
  test('are watched by name if they are few, with the slices, their owner and its pods', async () => {
    const [one] = pods as [PodRef];
    const subject = podsOf(one);
    const first = await observe(subject);
    const seen = await followed(
      first,
      subject,
      ({ targets, endpoints }) =>
        valueIn(targets[0]?.labels, 'track') === 'x' && endpoints.every(({ pod }) => pod?.uid !== one.uid),
      () => label(one.name, { track: 'x', app: null }),
    );
    expect(seen.snapshot.targets.map(({ name }) => name)).toEqual([one.name]);
    expect(watches.sort()).toEqual([
      'endpointslices kubernetes.io/service-name=rng',
      `pods ${formatSelector(first.owned[0]?.selector ?? [])}`,
      `pods metadata.name=${one.name}`,
      `replicasets metadata.name=${first.owned[0]?.owner.name}`,
    ]);
  });

  test.each([
    ['', undefined, 2],
    [', over one connection in a small namespace', 4, 1],
    [', and not with thousands of others', 5_000, 2],
  ])('are followed with their replacements%s', async (_, podsAround, count) => {
    const [one, two] = pods as [PodRef, PodRef];
    const subject = podsOf(one);
    const first = { ...(await observe(subject)), podsAround };
    const { snapshot } = await followed(
      first,
      subject,
      (seen) => seen.pods.length === 5 && !names(seen).includes(two.name),
      () => {
        rng.createPod('other', { app: 'other' });
        label(one.name, { app: null });
        remove(two.name);
      },
    );
    expect(names(snapshot)).toEqual(expect.arrayContaining([one.name]));
    expect(names(snapshot)).not.toContain('other');
    expect(snapshot.targets.map(({ uid, owner }) => [uid, owner])).toEqual([[one.uid, undefined]]);
    expect(watches.filter((watched) => watched.startsWith('pods'))).toHaveLength(count);
  });

  test('are watched over one connection if they are many', async () => {
    const subject = podsOf(...pods);
    const first = await observe(subject);
    const [one, , third] = pods as [PodRef, PodRef, PodRef];
    const { snapshot } = await followed(
      first,
      subject,
      ({ targets }) => targets.length === 3 && targets.some(({ labels }) => valueIn(labels, 'track') === 'x'),
      () => {
        label(one.name, { track: 'x' });
        remove(third.name);
      },
    );
    expect(snapshot.targets.map(({ uid }) => uid).sort()).toEqual(
      pods
        .filter(({ uid }) => uid !== third.uid)
        .map(({ uid }) => uid)
        .sort(),
    );
    expect(watches.filter((watched) => watched.startsWith('pods')).sort()).toEqual([
      'pods',
      `pods ${formatSelector(first.owned[0]?.selector ?? [])}`,
    ]);
  });

  test('do not include other pods of the namespace', async () => {
    const subject = podsOf(...pods);
    const first = await observe(subject);
    const { snapshot } = await followed(
      first,
      subject,
      ({ targets }) => targets.some(({ labels }) => valueIn(labels, 'track') === 'x'),
      () => {
        rng.create('pods', {
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: { name: 'redis', namespace: rng.namespace, labels: { app: 'redis' } },
          spec: { containers: [{ name: 'redis', image: 'redis' }] },
        });
        label((pods[0] as PodRef).name, { track: 'x' });
      },
    );
    expect(snapshot.targets).toHaveLength(4);
    expect(names(snapshot)).not.toContain('redis');
  });

  test.each([1, 2, 4])('can be followed further after a wait (%i pods)', async (count) => {
    const subject = podsOf(...pods.slice(0, count));
    const first = await observe(subject);
    const [one] = pods as [PodRef];
    const isLabelled = (value: string) => (snapshot: Snapshot) =>
      snapshot.targets.some(({ labels }) => valueIn(labels, 'track') === value);
    const second = await followed(first, subject, isLabelled('x'), () => label(one.name, { track: 'x' }));
    label(one.name, { track: 'y' });
    const third = await followed(second, subject, isLabelled('y'));
    expect(third.snapshot.targets).toHaveLength(count);
    expect(BigInt(third.podsVersion)).toBeGreaterThanOrEqual(BigInt(first.podsVersion));
  });
});

describe('a service', () => {
  let subject: Subject;
  beforeEach(async () => {
    const { uid } = (await rng.list()).service;
    subject = { kind: 'service', service: { kind: 'Service', name: 'rng', uid } };
  });

  test('is watched with its members and their workloads', async () => {
    const first = await observe(subject);
    expect(first.snapshot.controllers.map(({ kind }) => kind)).toEqual(['ReplicaSet', 'Deployment']);
    const isLabelled = ({ service }: Snapshot) => valueIn(service.selector, 'enabled') === 'yes';
    await followed(first, subject, isLabelled, () => select({ enabled: 'yes' }));
    // Its ReplicaSet selects the same pods.
    expect(watches.sort()).toEqual([
      'endpointslices kubernetes.io/service-name=rng',
      'pods app=rng',
      `replicasets metadata.name=${first.owned[0]?.owner.name}`,
      'services metadata.name=rng',
    ]);
  });

  test('is followed when its selector changes', async () => {
    const first = await observe(subject);
    const { snapshot } = await followed(
      first,
      subject,
      ({ service, endpoints }) => valueIn(service.selector, 'enabled') === 'yes' && endpoints.length === 0,
      () => select({ enabled: 'yes' }),
    );
    expect(snapshot.service.selector).toEqual({ app: 'rng', enabled: 'yes' });
  });

  test('is followed with its members, even those without an owner', async () => {
    rng.create('pods', {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'rng-bare', namespace: rng.namespace, labels: { app: 'rng' } },
      spec: { containers: [{ name: 'rng', image: 'dockercoins/rng:v0.1' }] },
    });
    await rng.untilInRotation(5);
    const first = await observe(subject);
    const labelled = [(pods[0] as PodRef).name, 'rng-bare'];
    const { snapshot } = await followed(
      first,
      subject,
      (seen) =>
        labelled.every((name) =>
          seen.pods.some((pod) => pod.name === name && valueIn(pod.labels, 'enabled') === 'yes'),
        ),
      () => {
        for (const name of labelled) label(name, { enabled: 'yes' });
      },
    );
    expect(snapshot.pods).toHaveLength(5);
  });

  test('is followed with members that come and go, and with its workload', async () => {
    const first = await observe(subject);
    const { snapshot } = await followed(
      first,
      subject,
      ({ controllers, pods: members, endpoints }) =>
        members.length === 6 &&
        endpoints.length === 6 &&
        controllers.some(({ kind, desired }) => kind === 'ReplicaSet' && desired === 6),
      () => rng.cluster.api.mergePatch('deployments', rng.namespace, 'rng', { spec: { replicas: 6 } } as never),
    );
    const gone = (pods[0] as PodRef).name;
    const later = await followed(
      { ...first, snapshot },
      subject,
      (seen) => !names(seen).includes(gone),
      () => remove(gone),
    );
    expect(names(later.snapshot)).not.toContain(gone);
  });
});
