import { beforeEach, expect, test } from 'vitest';
import { NOW, rng } from '../../test/builders/snapshot.ts';
import type { Connection } from '../cluster/connection.ts';
import { DEFAULT_POLICY } from '../config/config.ts';
import { makePlan } from '../rotation/make-plan.ts';
import { milestone, type Plan, type Write, writesOf } from '../rotation/plan.ts';
import { type Attempt, newAttempt } from './attempt.ts';
import { operationOf } from './house.ts';
import { Stopwatch } from './operated.ts';
import { withoutTakenBack } from './plan-left.ts';

const snapshot = rng().snapshot();
const { name, uid, namespace } = snapshot.service;
const SELECTOR: Write = {
  kind: 'patch',
  key: `switch ${uid}`,
  title: 'change the selector',
  target: { kind: 'Service', name, uid, namespace },
  patch: [],
  inverse: [],
};
const created = (number: number): Write => ({
  kind: 'create',
  key: `canary ${number}`,
  title: `create canary ${number}`,
  target: { kind: 'Pod', name: `rng-canary-${number}`, uid: '', namespace },
  object: {},
});
const gated = (index: number): Write => {
  const pod = snapshot.pods[index] ?? { name: '', uid: '' };
  return { ...SELECTOR, key: `gate ${pod.uid}`, target: { kind: 'Pod', name: pod.name, uid: pod.uid, namespace } };
};

let attempt: Attempt;
/** The operation on the service plans these writes, and waits for a pod. */
function planWith(...writes: readonly Write[]): Plan {
  const [pod = { name: '', uid: '' }] = snapshot.pods;
  const until = [milestone({ kind: 'inRotation', pod }, 'In rotation', 30)];
  const operation = operationOf(attempt, { kind: 'service', service: { kind: 'Service', name, uid } }, snapshot);
  return makePlan(operation, { phases: [{ title: 'switch', writes, until, lease: 'namespace' }] });
}
beforeEach(() => {
  attempt = newAttempt({
    house: { now: () => NOW, service: () => undefined, connect: () => ({}) as Connection },
    connection: {} as Connection,
    stopwatch: new Stopwatch(() => NOW),
    service: { key: 'rng', cluster: 'test', namespace, service: name, policy: DEFAULT_POLICY },
    request: { command: 'drain', service: 'rng', dryRun: false, force: false },
    asker: { by: 'U042', role: 'admin', requestId: 'one' },
    door: { deadline: NOW + 60_000 },
  });
});

test.each<[what: string, undone: Write, others: readonly Write[]]>([
  ['the change of a service', SELECTOR, [gated(0)]],
  ['the creation of an object', created(1), [created(2)]],
])(
  'an operation whose plan repeats %s that was undone by hand fails, instead of waiting without it',
  (_, undone, others) => {
    attempt.writes.done.push(undone);
    expect(withoutTakenBack(attempt, planWith(undone, ...others))).toMatchObject({ kind: 'failed', code: 'TakenBack' });
  },
);

test('an operation on a service leaves out the pod whose change was undone by hand', () => {
  attempt.writes.done.push(gated(0));
  const plan = withoutTakenBack(attempt, planWith(SELECTOR, gated(0), gated(1)));
  expect(plan.kind === 'plan' && writesOf(plan)).toEqual([SELECTOR, gated(1)]);
});
