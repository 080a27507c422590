import { describe, expect, test } from 'vitest';
import { findings, planned } from '../../../test/builders/plan.ts';
import { enableOf, finishOf, NOW, rng, type SnapshotBuilder } from '../../../test/builders/snapshot.ts';
import { gatedMembers, podsToClear } from '../../rotation/gate.ts';
import { CANARY, STOPPING, type StoppingRecord } from '../../rotation/marks.ts';
import type { Phase, Plan } from '../../rotation/plan.ts';
import { progressOf } from '../../rotation/proof.ts';
import type { Snapshot } from '../../rotation/snapshot.ts';
import { planOf } from '../planners.ts';

const UID = '9a3f6f5e-0000-4000-8000-000000000001';
const canary = () => rng().canary('b85tm').another('x5new');

/** The canary after its labels were taken off; `heldMs`: for how long it has been out of the endpoints. */
function leaving(heldMs?: number, change: Partial<StoppingRecord> = {}): SnapshotBuilder {
  const outSince = heldMs === undefined ? {} : { outSince: new Date(NOW - heldMs).toISOString() };
  const record: StoppingRecord = {
    v: 1,
    id: 'op-earlier',
    by: 'ada',
    at: '2026-11-24T03:12:00Z',
    ...outSince,
    ...change,
  };
  return canary().pod('b85tm', { labels: { [CANARY]: 'rng' }, annotations: { [STOPPING]: JSON.stringify(record) } });
}

/** The slices lag behind the labels. */
const listed = (given: SnapshotBuilder): Snapshot => ({
  ...given.about('b85tm'),
  endpoints: canary().about('b85tm').endpoints,
});

function stop(given: SnapshotBuilder | Snapshot, { id = 'op-1', force = false } = {}): Plan {
  const snapshot = 'about' in given ? given.about('b85tm') : given;
  return planned(planOf(snapshot, { ...finishOf(snapshot, force), id }));
}

/** Each phase as `what it writes -> what it waits for`. */
const shown = ({ phases }: Pick<Plan, 'phases'>) => phases.map(shownPhase);
function shownPhase({ writes, until }: Phase): string {
  const keys = writes.map(({ key }) => key.replace(` ${UID}`, ''));
  return `${keys.join(' ') || '-'} -> ${until.map(({ condition }) => condition.kind).join(' ')}`;
}

const LEAVE = 'leave -> unlisted';
const OUT = '- -> unlisted';
const NOTE = 'note -> unlisted outLongEnough';
const HOLD = '- -> unlisted outLongEnough';
const DELETE = 'finish -> gone';

test.each<[string, SnapshotBuilder | Snapshot, readonly string[]]>([
  ['in rotation leaves the endpoints first', canary(), [LEAVE, NOTE, DELETE]],
  ['that is not ready is deleted at once', canary().notReady('b85tm'), [DELETE]],
  [
    'that is not ready leaves first where not ready pods get traffic',
    canary().notReady('b85tm').service({ publishNotReadyAddresses: true }),
    [LEAVE, NOTE, DELETE],
  ],
  ['that has ended is deleted at once', canary().pod('b85tm', {}, { phase: 'Failed' }), [DELETE]],
  ['that is drained is deleted at once', canary().drained('b85tm').desired(3), [DELETE]],
  ['whose labels are off waits for the slices', listed(leaving()), [OUT, NOTE, DELETE]],
  ['that is out gets the time', leaving(), [OUT, NOTE, DELETE]],
  ['that is out for 5.9 s waits for load balancers', leaving(5_900), [OUT, HOLD, DELETE]],
  ['that is out for 6 s is deleted', leaving(6_000), [DELETE]],
  ['that is out for 6 s but listed waits', listed(leaving(6_000)), [OUT, HOLD, DELETE]],
  ['with a time that is not past gets another one', leaving(-3_600_000), [OUT, NOTE, DELETE]],
  [
    'whose labels were put back leaves again',
    leaving(60_000).pod('b85tm', { labels: { app: 'rng', [CANARY]: 'rng' } }),
    [LEAVE, NOTE, DELETE],
  ],
  [
    'that a controller would adopt without its labels is deleted at once',
    canary().withController({
      kind: 'ReplicaSet',
      name: 'odd',
      selector: { matchExpressions: [{ key: 'app', operator: 'DoesNotExist' }] },
    }),
    [DELETE],
  ],
])('a canary %s', (_, given, want) => {
  expect(shown(stop(given))).toEqual(want);
});

test('canaries at different stages continue side by side', () => {
  const snapshot = leaving(6_000).canary('hfbrr').canary('7pt82').notReady('7pt82').about('b85tm', 'hfbrr', '7pt82');
  const { phases } = planned(planOf(snapshot, finishOf(snapshot, true)));
  const keys = phases.map(({ writes }) => writes.map(({ key }) => key.split(' ')[0]));
  expect(keys).toEqual([['finish', 'leave', 'finish'], ['note'], ['finish']]);
});

describe('the labels that are taken off', () => {
  const removed = (given: SnapshotBuilder) => {
    const [write] = stop(given, { force: true }).phases[0]?.writes ?? [];
    return write?.kind === 'patch' ? write.patch.flatMap(({ op, path }) => (op === 'remove' ? path : [])) : [];
  };

  test('are not those of the gate, which enable would put back', () => {
    expect(removed(canary().gated())).toEqual(['/metadata/labels/app']);
  });

  test('leave it to its network policies', () => {
    const given = canary()
      .service({ selector: { app: 'rng', tier: 'back' } })
      .pod('b85tm', { labels: { app: 'rng', tier: 'back', [CANARY]: 'rng' } })
      .others({
        networkPolicies: [{ name: 'allow', podSelector: { matchLabels: { app: 'rng' } }, types: ['Ingress'] }],
      });
    expect(removed(given)).toEqual(['/metadata/labels/tier']);
  });
});

describe('a canary that has left the endpoints', () => {
  test('is begun for its own operation, and planned by any other', () => {
    expect(stop(leaving(), { id: 'op-earlier' }).hasBegun).toBe(true);
    expect(stop(leaving(), { id: 'op-other' }).hasBegun).toBe(false);
    expect(stop(leaving(6_000), { id: 'op-earlier' }).hasBegun).toBe(true);
  });

  test('has waited long enough once it is gone', () => {
    const snapshot = leaving().about('b85tm');
    const until = stop(snapshot).phases[1]?.until ?? [];
    const isMet = (seen: Snapshot) => progressOf(until, seen).map((each) => each.isMet);
    expect(isMet(snapshot)).toEqual([true, false]);
    expect(isMet({ ...snapshot, pods: [], targets: [] })).toEqual([true, true]);
  });

  test('is no member of the gate any more, and enable refuses it', () => {
    const snapshot = leaving().gated().about('b85tm');
    const names = (pods: readonly { readonly uid: string }[]) =>
      pods.map(({ uid }) => uid).filter((uid) => uid === UID);
    expect(names(gatedMembers(snapshot).map(({ pod }) => pod))).toEqual([]);
    expect(names(podsToClear(snapshot, { key: 'enabled', value: 'yes' }))).toEqual([]);
    expect(findings(planOf(snapshot, enableOf(snapshot)))).toEqual(['refusal BeingStopped']);
  });
});
