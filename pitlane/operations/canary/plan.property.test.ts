import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NOW, rng } from '../../../test/builders/snapshot.ts';
import { valueIn, withoutKeys } from '../../rotation/labels.ts';
import { CANARY } from '../../rotation/marks.ts';
import { type Operation, type Plan, type Refusal, type Write, writesOf } from '../../rotation/plan.ts';
import { matches, selectorOf, selectorOfLabelSelector } from '../../rotation/selector.ts';
import type { Budget, Controller, LabelSelector, Labels, Pod, Snapshot } from '../../rotation/snapshot.ts';
import { planOf } from '../planners.ts';
import type { CanaryRequest } from './canary.ts';

const KEYS = ['app', 'enabled', 'tier', 'team', 'track'];
const value = fc.constantFrom('rng', 'yes', 'blue');
const labels = fc.dictionary(fc.constantFrom(...KEYS), value, { minKeys: 1 });
const expression = fc.record({
  key: fc.constantFrom(...KEYS, 'pod-template-hash', CANARY),
  operator: fc.constantFrom('In', 'NotIn', 'Exists', 'DoesNotExist'),
  values: fc.array(value, { minLength: 1, maxLength: 2 }),
});
const selector: fc.Arbitrary<LabelSelector> = fc.record({
  matchLabels: fc.dictionary(fc.constantFrom(...KEYS), value, { maxKeys: 2 }),
  matchExpressions: fc.array(expression, { maxLength: 2 }),
});
const controller = fc.record({
  kind: fc.constantFrom('ReplicaSet', 'DaemonSet', 'ReplicationController'),
  selector,
});
const budget = fc.record({
  selector,
  rule: fc.constantFrom({ minAvailable: 2 }, { minAvailable: '50%' }, { maxUnavailable: 1 }),
});

/** A service that selects some labels of a Deployment's template, beside any controllers and budgets. */
const world = fc
  .record({
    template: labels,
    mask: fc.nat(31),
    isOut: fc.boolean(),
    controllers: fc.array(controller, { maxLength: 3 }),
    budgets: fc.array(budget, { maxLength: 2 }),
  })
  .map(({ template, mask, isOut, controllers, budgets }) => {
    const some = Object.fromEntries(Object.entries(template).filter((_, index) => index === 0 || mask & (1 << index)));
    const given = rng()
      .service({ selector: some })
      .controller('Deployment', { templateLabels: template })
      .controller('ReplicaSet', { selector: { matchLabels: { ...template, 'pod-template-hash': '5f69c6b7d8' } } })
      .pod('', { labels: { ...template, 'pod-template-hash': '5f69c6b7d8' } });
    for (const [index, each] of controllers.entries())
      given.withController({ name: `c${index}`, template: undefined, ...each });
    for (const [index, { selector: of, rule }] of budgets.entries())
      given.budget(`b${index}`, { selector: of, ...rule });
    return { snapshot: given.snapshot(), isOut };
  });

function plan(snapshot: Snapshot, isOut: boolean, count = 1): Plan | Refusal {
  const { name, uid } = snapshot.service;
  const operation: Operation<CanaryRequest> = {
    id: 'op-now',
    request: { command: 'canary start', service: 'rng', dryRun: false, force: false, count, out: isOut },
    subject: { kind: 'service', service: { kind: 'Service', name, uid } },
    by: 'bob',
    at: NOW,
  };
  return planOf(snapshot, operation);
}

/** The pod that the write creates. */
function podOf({ pods: [like] }: Snapshot): (write: Write) => Pod {
  return (write) => {
    if (write.kind !== 'create' || like === undefined) throw new Error('nothing is created');
    const { owner: _, ...rest } = like;
    const { name } = write.target;
    const { metadata } = write.object as { metadata: { labels: Labels; annotations: Labels } };
    return { ...rest, name, uid: `uid-of-${name}`, labels: metadata.labels, annotations: metadata.annotations };
  };
}

/** The metadata of the canary; undefined: it is refused. */
function created(result: Plan | Refusal) {
  const [write] = result.kind === 'plan' ? writesOf(result) : [];
  if (write?.kind !== 'create') return undefined;
  const { metadata } = write.object as {
    metadata: { labels: Labels; ownerReferences: readonly { controller?: boolean }[] };
  };
  return { labels: metadata.labels, isGuarded: metadata.ownerReferences.some((owner) => owner.controller === true) };
}

/** The labels now, and after the gate is switched. */
function states({ service, policy }: Snapshot, own: Labels): readonly Labels[] {
  const outside = withoutKeys(own, [policy.gate.key]);
  const isGated = valueIn(service.selector, policy.gate.key) !== undefined;
  return isGated ? [outside, { ...outside, ...service.selector }] : [own];
}

const selects = (by: Controller | Budget, of: Labels) => matches(selectorOfLabelSelector(by.selector ?? {}), of);

test('a canary has the labels of the service, and no controller can adopt it', () => {
  fc.assert(
    fc.property(world, ({ snapshot, isOut }) => {
      const canary = created(plan(snapshot, isOut));
      fc.pre(canary !== undefined);
      const gate = snapshot.policy.gate.key;
      const needed = Object.entries(snapshot.service.selector ?? {}).filter(([key]) => !isOut || key !== gate);
      expect(matches(selectorOf(Object.fromEntries(needed)), canary.labels)).toBe(true);
      if (isOut) expect(canary.labels).not.toHaveProperty([gate]);
      const adopters = snapshot.controllers.filter(({ kind }) => kind !== 'Deployment');
      const isWanted = states(snapshot, canary.labels).some((own) => adopters.some((each) => selects(each, own)));
      expect(canary.isGuarded || !isWanted).toBe(true);
    }),
    { numRuns: 500 },
  );
});

test('canaries that exist are not planned again, however many of them do', () => {
  fc.assert(
    fc.property(world, fc.integer({ min: 1, max: 4 }), fc.nat(4), ({ snapshot, isOut }, count, most) => {
      const first = plan(snapshot, isOut, count);
      fc.pre(first.kind === 'plan');
      const created = writesOf(first).slice(0, most);
      const left = plan({ ...snapshot, pods: [...snapshot.pods, ...created.map(podOf(snapshot))] }, isOut, count);
      const keys = (of: Plan | Refusal) => (of.kind === 'plan' ? writesOf(of).map(({ key }) => key) : undefined);
      expect(keys(left)).toEqual(keys(first)?.slice(created.length));
    }),
  );
});

test('a canary that the Service controls is selected by no budget that would stop counting', () => {
  fc.assert(
    fc.property(world, ({ snapshot, isOut }) => {
      const canary = created(plan(snapshot, isOut));
      fc.pre(canary?.isGuarded === true);
      const { bystanders } = snapshot;
      const budgets = bystanders.kind === 'seen' ? bystanders.value.budgets : [];
      const fragile = budgets.filter(({ minAvailable }) => typeof minAvailable !== 'number');
      const counted = states(snapshot, canary.labels).flatMap((own) => fragile.filter((each) => selects(each, own)));
      expect(counted.map(({ name }) => name)).toEqual([]);
    }),
    { numRuns: 300 },
  );
});

test('a canary is refused only where the labels that the service needs would break a budget, or without a gate', () => {
  fc.assert(
    fc.property(world, ({ snapshot, isOut }) => {
      const result = plan(snapshot, isOut);
      fc.pre(result.kind === 'refusal');
      const codes = new Set(result.checks.filter(({ level }) => level === 'refusal').map(({ code }) => code));
      for (const code of codes) expect(['NoGate', 'BudgetWouldBreak']).toContain(code);
    }),
  );
});
