import { describe, expect, test } from 'vitest';
import { findings, planned, readable, sections } from '../../../test/builders/plan.ts';
import { enableOf, rng, type SnapshotBuilder } from '../../../test/builders/snapshot.ts';
import { foresee } from '../../rotation/foresee.ts';
import { valueIn } from '../../rotation/labels.ts';
import { CANARY, readDisabled } from '../../rotation/marks.ts';
import { podsChanged, writesOf } from '../../rotation/plan.ts';
import type { Snapshot } from '../../rotation/snapshot.ts';
import { planOf } from '../planners.ts';

const gated = (): SnapshotBuilder => rng().gated();
const HASH = { 'pod-template-hash': '5f69c6b7d8' };

const rows: readonly (readonly [name: string, snapshot: Snapshot, want: readonly string[]])[] = [
  ['puts a disabled pod back', gated().disabled('b85tm').about('b85tm'), []],
  ['puts back a pod that came without the label', gated().disabled('b85tm', null).about('b85tm'), []],
  [
    'overwrites another value of the label',
    gated()
      .pod('b85tm', { labels: { app: 'rng', ...HASH, enabled: 'no' } })
      .about('b85tm'),
    [],
  ],
  [
    'removes the mark of a pod whose label was put back by hand',
    gated()
      .disabled('b85tm')
      .pod('b85tm', { labels: { app: 'rng', ...HASH, enabled: 'yes' } })
      .about('b85tm'),
    [],
  ],
  ['says that a pod is not ready', gated().disabled('b85tm').notReady('b85tm').about('b85tm'), []],
  [
    'warns where pods that are not ready get traffic',
    gated().disabled('b85tm').notReady('b85tm').service({ publishNotReadyAddresses: true }).about('b85tm'),
    ['warning NotReady'],
  ],
  ['says that a pod is not disabled', gated().about('b85tm'), ['refusal NotDisabled']],
  ['leaves out a pod that is not disabled', gated().disabled('b85tm').about('b85tm', 'hfbrr'), ['leftOut NotDisabled']],
  ['refuses a drained pod', gated().drained('b85tm').about('b85tm'), ['refusal AlreadyDrained']],
  [
    'refuses a pod that was disabled in another Service',
    gated().disabled('b85tm', { service: 'web' }).about('b85tm'),
    ['refusal DisabledInAnother'],
  ],
  ['refuses without a gate, once', rng().about('b85tm', 'hfbrr'), ['refusal NoGate']],
  ['refuses a terminating pod', gated().disabled('b85tm').terminating('b85tm').about('b85tm'), ['refusal Terminating']],
  [
    'refuses a canary that lacks other labels too',
    gated()
      .bare('b85tm')
      .pod('b85tm', { labels: { [CANARY]: 'rng' } })
      .about('b85tm'),
    ['refusal StaysOut'],
  ],
  [
    'refuses a pod that another controller would adopt',
    gated()
      .disabled('b85tm')
      .bare('b85tm')
      .withController({ kind: 'ReplicaSet', name: 'grabby', selector: { matchLabels: { enabled: 'yes' } } })
      .about('b85tm'),
    ['refusal WouldBeAdopted'],
  ],
  [
    'shows the average of an autoscaler with what stays disabled',
    gated()
      .disabled('b85tm')
      .disabled('hfbrr')
      .others({ autoscalers: [{ name: 'rng', target: { kind: 'Deployment', name: 'rng' }, min: 2, max: 9 }] })
      .about('b85tm'),
    [],
  ],
  ['enables a set at once', gated().disabled('b85tm').disabled('hfbrr').about('b85tm', 'hfbrr'), []],
];

describe('enable', () => {
  test.each(rows)('%s', (_, snapshot, want) => {
    const result = planOf(snapshot, enableOf(snapshot));
    expect(findings(result)).toEqual(want);
    if (result.kind === 'refusal') return;
    expect(result.phases).toHaveLength(1);
    const after = foresee(snapshot, result);
    for (const { uid } of podsChanged(result)) {
      const pod = after.pods.find((each) => each.uid === uid);
      expect([valueIn(pod?.labels, 'enabled'), pod && readDisabled(pod).kind]).toEqual(['yes', 'none']);
    }
  });

  test('has the sentences of the golden file', async () => {
    const cases = rows.map(
      ([name, snapshot]) => [name, readable(planOf(snapshot, enableOf(snapshot))).split('\n')] as const,
    );
    await expect(sections(cases)).toMatchFileSnapshot('golden/plan.txt');
  });

  test('is done with a pod that is not ready once it has the label', () => {
    const kinds = (snapshot: Snapshot) =>
      planned(planOf(snapshot, enableOf(snapshot))).phases[0]?.until.map(({ condition }) => condition.kind);
    expect(kinds(gated().disabled('b85tm').about('b85tm'))).toEqual(['inRotation']);
    const unready = () => gated().disabled('b85tm').notReady('b85tm');
    expect(kinds(unready().about('b85tm'))).toEqual(['selected']);
    // Without a node it has no address.
    const published = () => unready().service({ publishNotReadyAddresses: true });
    expect(kinds(published().about('b85tm'))).toEqual(['inRotation']);
    expect(kinds(published().pod('b85tm', { nodeName: undefined }).about('b85tm'))).toEqual(['selected']);
  });

  test('has only the proof left where an earlier process has written it', () => {
    const snapshot = gated().about('b85tm');
    const plan = planned(planOf(snapshot, { ...enableOf(snapshot), isResumed: true }));
    expect([plan.hasBegun, writesOf(plan)]).toEqual([true, []]);
  });
});
