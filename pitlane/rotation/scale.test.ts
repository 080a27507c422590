import { describe, expect, test } from 'vitest';
import { rng, type SnapshotBuilder } from '../../test/builders/snapshot.ts';
import { scaleAdvice, scaleToZeroLine } from './scale.ts';
import type { Bystanders, ObjectRef } from './snapshot.ts';

const K = 'kubectl -n dockercoins';
const ROLLOUT: ObjectRef = { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', name: 'shop', uid: 'uid-of-shop' };
const KAFKA: ObjectRef = { apiVersion: 'example.com/v1', kind: 'Kafka', name: 'queue', uid: 'uid-of-queue' };
const SCALED: ObjectRef = { apiVersion: 'keda.sh/v1alpha1', kind: 'ScaledObject', name: 'jobs', uid: 'uid-of-jobs' };

/** Without a Deployment: the ReplicaSet is the root of Kubernetes' own kinds. */
const below = (owner: ObjectRef) => rng().withoutController('Deployment').controller('ReplicaSet', { owner });
/** The Deployment itself belongs to the object. */
const deploymentOf = (owner: ObjectRef) => rng().controller('Deployment', { owner });
const scaledBy = (given: SnapshotBuilder, change: Partial<Bystanders['autoscalers'][number]> = {}) =>
  given.others({
    autoscalers: [{ name: 'hpa', target: { kind: 'Deployment', name: 'rng' }, min: 2, max: 8, ...change }],
  });

function advice(given: SnapshotBuilder) {
  const snapshot = given.snapshot();
  const [root] = snapshot.controllers;
  return root && scaleAdvice(snapshot, root, 1);
}

describe('the line that scales up', () => {
  test.each<[name: string, given: SnapshotBuilder, line: string | undefined, names?: string]>([
    ['is of the Deployment', rng(), `${K} scale deployment rng --replicas=5`],
    [
      'is of the Rollout that owns the ReplicaSet',
      below(ROLLOUT),
      `${K} scale rollout shop --replicas=5`,
      'Rollout shop',
    ],
    [
      'counts the ReplicaSets of a Rollout that is not seen together',
      below(ROLLOUT).withController({ kind: 'ReplicaSet', name: 'canary', desired: 2, owner: ROLLOUT }),
      `${K} scale rollout shop --replicas=7`,
    ],
    [
      'takes the number of the Rollout where it is seen',
      below(ROLLOUT).withController({ ...ROLLOUT, desired: 9 }),
      `${K} scale rollout shop --replicas=10`,
    ],
    [
      'is of the DeploymentConfig that owns the ReplicationController',
      below({ apiVersion: 'apps.openshift.io/v1', kind: 'DeploymentConfig', name: 'front', uid: 'u' }),
      `${K} scale deploymentconfig front --replicas=5`,
    ],
    [
      'names the API group of a kind that Kubernetes has too',
      below({ apiVersion: 'apps.kruise.io/v1beta1', kind: 'StatefulSet', name: 'db', uid: 'u' }),
      `${K} scale statefulsets.apps.kruise.io db --replicas=5`,
    ],
    ['is not known for an unknown kind', deploymentOf(KAFKA), undefined, 'Kafka queue'],
    [
      'is not known where an unknown kind owns the Rollout',
      below(ROLLOUT).withController({ ...ROLLOUT, owner: KAFKA }),
      undefined,
      'Kafka queue',
    ],
    [
      'is not known for Knative, which reads an annotation',
      deploymentOf({ apiVersion: 'serving.knative.dev/v1', kind: 'Revision', name: 'web-00001', uid: 'u' }),
      undefined,
      'autoscaling.knative.dev/min-scale',
    ],
    ['is of the autoscaler', scaledBy(rng()), `${K} patch hpa hpa --patch '{"spec":{"minReplicas":5}}'`],
    [
      'is of the autoscaler of a Rollout',
      scaledBy(below(ROLLOUT), { target: { kind: 'Rollout', name: 'shop' } }),
      `${K} patch hpa hpa --patch '{"spec":{"minReplicas":5}}'`,
    ],
    [
      'is of the ScaledObject that owns the autoscaler',
      scaledBy(rng(), { owner: SCALED }),
      `${K} patch scaledobject jobs --patch '{"spec":{"minReplicaCount":5}}' --type=merge`,
      'ScaledObject jobs sets the minimum: raise its minReplicaCount',
    ],
    ['is not known for an autoscaler of an unknown kind', scaledBy(rng(), { owner: KAFKA }), undefined, 'Kafka queue'],
    ['is missing above the maximum of the autoscaler', scaledBy(rng(), { max: 4 }), undefined, 'at most 4'],
    [
      'quotes the name of an owner, which the API server does not check',
      below({ ...ROLLOUT, name: 'x;y' }),
      `${K} scale rollout 'x;y' --replicas=5`,
    ],
  ])('%s', (_, given, line, names = '') => {
    expect(advice(given)?.line).toBe(line);
    expect(advice(given)?.text).toContain(names);
  });
});

describe('the line that scales down to zero', () => {
  test.each<[name: string, given: SnapshotBuilder, line: string | undefined]>([
    ['is of the Deployment', rng(), `${K} scale deployment rng --replicas=0`],
    [
      'is of the Deployment that an autoscaler scales: zero switches it off',
      scaledBy(rng()),
      `${K} scale deployment rng --replicas=0`,
    ],
    ['is of the Rollout', below(ROLLOUT), `${K} scale rollout shop --replicas=0`],
    ['is not known for an unknown kind', deploymentOf(KAFKA), undefined],
    ['is missing where KEDA would scale up again', scaledBy(rng(), { owner: SCALED }), undefined],
  ])('%s', (_, given, line) => {
    const snapshot = given.snapshot();
    const [root] = snapshot.controllers;
    expect(root && scaleToZeroLine(snapshot, root)).toBe(line);
  });
});
