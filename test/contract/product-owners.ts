import { expect } from 'vitest';
import { nameOf } from './objects.ts';
import { Crew, codes, expectKind } from './pitlane.ts';
import type { Theme } from './suite.ts';

/** An owner that the cluster does not have. The garbage collector spares what belongs to a version that no API serves. */
const ownedBy = (apiVersion: string, kind: string, name: string) => ({
  ownerReferences: [
    { apiVersion, kind, name, uid: '0b0b0b0b-0000-4000-8000-000000000001', controller: true, blockOwnerDeletion: true },
  ],
});

/** What owns a pod, and what that owner does. */
export const owners: Theme = (rule) => {
  rule('drain of the only pod proposes to scale the Rollout that scales the ReplicaSet', async (on) => {
    await on.service();
    await on.replicaSet({ replicas: 1, metadata: ownedBy('argoproj.io/v0', 'Rollout', 'shop') });
    const [pod] = await on.podsInRotation(1);
    const { outcome } = await new Crew(on).drain(pod);
    expect(codes(outcome, 'warning', 'refusal')).toEqual(['RootUnknown', 'BelowMinimum']);
    expect(instead(outcome)).toEqual([`kubectl -n ${on.name} scale rollout shop --replicas=2`]);
  });

  rule('drain of the only pod proposes no line where an unknown kind scales the Deployment', async (on) => {
    await on.service();
    await on.deployment({ replicas: 1, metadata: ownedBy('example.com/v1', 'Shop', 'shop') });
    const [pod] = await on.podsInRotation(1);
    const { outcome } = await new Crew(on).drain(pod);
    expect([codes(outcome, 'refusal'), instead(outcome)]).toEqual([['BelowMinimum'], []]);
  });

  rule('drain warns once of a pod whose owner is of an unknown kind', async (on) => {
    await on.service();
    const metadata = ownedBy('apps.kruise.io/v0', 'CloneSet', 'game');
    for (const name of ['one', 'two']) await on.readyPod({ name, metadata });
    const [pod] = await on.podsInRotation(2);
    const { outcome } = await new Crew(on).drain(nameOf(pod), { confirmed: 'not yet' });
    expect(codes(outcome, 'warning')).toEqual(['NothingReplacesIt']);
  });
};

function instead(outcome: Parameters<typeof expectKind>[0]): readonly string[] {
  return expectKind(outcome, 'refusal').checks.flatMap((check) => check.instead ?? []);
}
