import { describe, expect, test } from 'vitest';
import { finding, findings, planned, removedLabels } from '../../test/builders/plan.ts';
import { disableOf, drainOf, finishOf, rng, type SnapshotBuilder } from '../../test/builders/snapshot.ts';
import { messagesOf } from '../rotation/effect.ts';
import { foresee } from '../rotation/foresee.ts';
import { drainRecordOn } from '../rotation/marks.ts';
import { isSelected } from '../rotation/membership.ts';
import type { Plan, Refusal } from '../rotation/plan.ts';
import { ifSeen, type Labels, type Policy, type Snapshot } from '../rotation/snapshot.ts';
import { planOf } from './planners.ts';

/** `b85tm` has a label of its own. */
function labelled(): SnapshotBuilder {
  return rng().pod('b85tm', { labels: { app: 'rng', 'pod-template-hash': '5f69c6b7d8', tier: 'edge' } });
}

/** Adds another Service over the pods of the snapshot. */
function withService(snapshot: Snapshot, name: string, selector: Labels, policy?: Partial<Policy>): Snapshot {
  const service = { ...snapshot.service, name, selector, uid: `uid-of-${name}` };
  const endpoints = snapshot.endpoints.filter(({ pod }) =>
    snapshot.pods.some(({ uid, labels }) => uid === pod?.uid && isSelected(service, labels)),
  );
  const rotation = { service, endpoints, pods: [], ...(policy && { policy: { ...snapshot.policy, ...policy } }) };
  const seen = ifSeen(snapshot.bystanders);
  if (seen === undefined) throw new Error('no bystanders');
  const services = [...seen.services, { name, selector, rotation }];
  return { ...snapshot, bystanders: { kind: 'seen', value: { ...seen, services } } };
}

function drain(snapshot: Snapshot, change: Parameters<typeof drainOf>[1] = {}): Plan | Refusal {
  return planOf(snapshot, drainOf(snapshot, change));
}

const about = (result: Plan | Refusal) => findings(result).filter((text) => text.includes('Other'));

describe('a drain of a pod that another Service selects too', () => {
  test('asks about the last pod of a Service that is not configured', () => {
    const result = drain(withService(labelled().about('b85tm'), 'edge', { app: 'rng', tier: 'edge' }));
    expect(findings(result)).toEqual(['warning LastOfAnother']);
    expect(finding(result, 'LastOfAnother')?.message).toBe('edge would have NO pods in rotation.');
  });

  test('says how many stay', () => {
    const result = drain(withService(rng().about('b85tm'), 'rng-internal', { app: 'rng' }));
    expect([findings(result), finding(result, 'OtherKeepsPods')?.message]).toEqual([
      [],
      'rng-internal would have 3 pods in rotation.',
    ]);
  });

  test('is refused below the minimum of a Service that is configured, and may be forced', () => {
    const snapshot = withService(rng().about('b85tm'), 'rng-internal', { app: 'rng' }, { minReady: 4 });
    const refused = drain(snapshot);
    expect(refused).toMatchObject({ kind: 'refusal', isForceable: true });
    expect(about(refused)).toEqual(['refusal OtherBelowMinimum']);
    expect(finding(refused, 'OtherBelowMinimum')?.message).toBe(
      'rng-internal would have 3 pods in rotation, minimum 4.',
    );
    expect(about(drain(snapshot, { force: true }))).toEqual(['overridden OtherBelowMinimum']);
  });

  test('counts the pods of the other Service that are not of this one', () => {
    const snapshot = withService(labelled().about('b85tm'), 'edge', { tier: 'edge' });
    const elsewhere = { ...(snapshot.pods[0] as Snapshot['pods'][0]), name: 'edge-1', uid: 'uid-of-edge-1' };
    const seen = ifSeen(snapshot.bystanders);
    const [edge] = seen?.services ?? [];
    if (seen === undefined || edge?.rotation === undefined) throw new Error('no rotation');
    const endpoints = [
      ...edge.rotation.endpoints,
      { ...(edge.rotation.endpoints[0] as Snapshot['endpoints'][0]), pod: elsewhere },
    ];
    const services = [{ ...edge, rotation: { ...edge.rotation, pods: [elsewhere], endpoints } }];
    // The label that both Services and the owner need to lose is the owner's and the Service's own: `tier` stays.
    const result = drain({ ...snapshot, bystanders: { kind: 'seen', value: { ...seen, services } } });
    expect(findings(result)).toEqual([]);
  });

  test('counts a pod once that an owner selects too', () => {
    const snapshot = withService(rng().about('b85tm'), 'rng-internal', { app: 'rng' });
    const seen = ifSeen(snapshot.bystanders);
    const [other] = seen?.services ?? [];
    if (seen === undefined || other?.rotation === undefined) throw new Error('no rotation');
    const services = [{ ...other, rotation: { ...other.rotation, pods: snapshot.pods.slice(1) } }];
    const result = drain({ ...snapshot, bystanders: { kind: 'seen', value: { ...seen, services } } });
    expect(finding(result, 'OtherKeepsPods')?.message).toBe('rng-internal would have 3 pods in rotation.');
  });

  test('keeps its place in a Service whose labels stay', () => {
    const result = drain(withService(labelled().about('b85tm'), 'edge', { tier: 'edge' }));
    expect(findings(result)).toEqual([]);
    expect(messagesOf(planned(result).effects).join()).toContain('Service edge still sends traffic');
  });

  test('takes several pods in turns where the other Service allows one at a time', () => {
    const given = (minReady: number) =>
      withService(rng().policy({ minReady: 1 }).about('b85tm', 'hfbrr'), 'internal', { app: 'rng' }, { minReady });
    const turns = (minReady: number) =>
      planned(drain(given(minReady))).phases.filter(({ writes }) => writes.length > 0);
    expect([turns(2).length, turns(3).length]).toEqual([1, 2]);
  });

  test('leaves out a pod whose replacement does not help the other Service', () => {
    const edge = { app: 'rng', 'pod-template-hash': '5f69c6b7d8', tier: 'edge' };
    const given = rng().pod('b85tm', { labels: edge }).pod('hfbrr', { labels: edge }).about('b85tm', 'hfbrr');
    const result = drain(withService(given, 'edge', { app: 'rng', tier: 'edge' }, { minReady: 1 }));
    expect(about(result)).toEqual(['leftOut OtherBelowMinimum']);
  });
});

test('a disabled pod leaves other Services with the same gate', () => {
  const gated = rng().service({ selector: { app: 'rng', enabled: 'yes' } });
  const labels = { app: 'rng', 'pod-template-hash': '5f69c6b7d8', enabled: 'yes' };
  const pods = ['b85tm', 'hfbrr', '7pt82', 'x2k9d'].reduce((all, suffix) => all.pod(suffix, { labels }), gated);
  const snapshot = withService(pods.about('b85tm'), 'public', { enabled: 'yes' }, { minReady: 4 });
  expect(findings(planOf(snapshot, disableOf(snapshot)))).toContain('refusal OtherBelowMinimum');
});

test('finishing a drained pod that serves another Service asks about its last pod', () => {
  const given = rng()
    .drained('b85tm')
    .pod('b85tm', { labels: { tier: 'edge', 'pitlane.dev/drained-from': 'rng' } });
  const snapshot = given.about('b85tm');
  const [endpoint] = snapshot.endpoints;
  const target = snapshot.targets[0];
  if (endpoint === undefined || target === undefined) throw new Error('no endpoint');
  const listed = { ...snapshot, endpoints: [{ ...endpoint, pod: { name: target.name, uid: target.uid } }] };
  const edge = withService(listed, 'edge', { tier: 'edge' });
  expect(findings(planOf({ ...edge, endpoints: snapshot.endpoints }, finishOf(snapshot)))).toContain(
    'warning LastOfAnother',
  );
});

describe('a drain with --all-services', () => {
  const both = { app: 'rng', 'pod-template-hash': '5f69c6b7d8', front: 'yes' };
  const given = () => rng().pod('b85tm', { labels: both });
  /** The record that the plan's write leaves. */
  const recordAfter = (snapshot: Snapshot, plan: Plan) =>
    foresee(snapshot, plan).pods.flatMap((pod) => drainRecordOn(pod) ?? [])[0];

  test('removes a label of each Service in one patch, and records them all', () => {
    const snapshot = withService(given().about('b85tm'), 'front', { front: 'yes' });
    expect(removedLabels(planned(drain(snapshot)))).toEqual(['app']);
    const plan = planned(drain(snapshot, { allServices: true } as object));
    expect([removedLabels(plan), recordAfter(snapshot, plan)?.labels]).toEqual([
      ['app', 'front'],
      { app: 'rng', front: 'yes' },
    ]);
    expect(findings(plan)).toEqual(['warning LastOfAnother']);
  });

  test('adds to the record of a pod that is drained already', () => {
    const labels = { 'pod-template-hash': '5f69c6b7d8', front: 'yes', 'pitlane.dev/drained-from': 'rng' };
    const drained = given().drained('b85tm').pod('b85tm', { labels }).about('b85tm');
    const target = drained.targets[0];
    const [listed] = drained.endpoints;
    if (target === undefined || listed === undefined) throw new Error('no target');
    const seen = { ...drained, endpoints: [{ ...listed, pod: { name: target.name, uid: target.uid } }] };
    const snapshot = { ...withService(seen, 'front', { front: 'yes' }), endpoints: drained.endpoints };
    const plan = planned(drain(snapshot, { allServices: true } as object));
    expect(removedLabels(plan)).toEqual(['front']);
    expect(recordAfter(snapshot, plan)).toMatchObject({ labels: { app: 'rng', front: 'yes' }, by: 'alice' });
    expect(findings(plan)).toEqual(['warning LastOfAnother']);
    expect(plan.phases.flatMap(({ until }) => until.map(({ condition }) => condition.kind))).toEqual(['unlisted']);
    const after = foresee(snapshot, plan);
    expect(planned(planOf(after, drainOf(snapshot, { allServices: true } as object))).hasBegun).toBe(true);
  });

  test('is refused for a drained pod that no other Service selects', () => {
    const result = drain(rng().drained('b85tm').about('b85tm'), { allServices: true } as object);
    expect(findings(result)).toEqual(['refusal AlreadyDrained']);
  });

  test('is offered where another Service drained the pod', () => {
    const record = { service: 'front', labels: { front: 'yes' } };
    const result = drain(
      rng()
        .drained('b85tm', record)
        .pod('b85tm', { labels: { app: 'rng', 'pitlane.dev/drained-from': 'front' } })
        .about('b85tm'),
    );
    expect(finding(result, 'AlreadyDrained')?.message).toContain('drain rng-5f69c6b7d8-b85tm --all-services');
  });
});
