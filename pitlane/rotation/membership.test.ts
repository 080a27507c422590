import { describe, expect, test } from 'vitest';
import { rng, type SnapshotBuilder } from '../../test/builders/snapshot.ts';
import { members } from './membership.ts';

/** `state suffix` of each member, in the order of the list. */
function listed(given: SnapshotBuilder): readonly string[] {
  return members(given.snapshot()).map(({ state, pod }) => `${state} ${pod.name.slice(-5)}`);
}

const GATED = { app: 'rng', enabled: 'yes' };
const LABELS = { app: 'rng', 'pod-template-hash': '5f69c6b7d8' };

describe('which pods belong to the service, and how', () => {
  test.each<[name: string, given: SnapshotBuilder, want: readonly string[]]>([
    [
      'four in rotation, by name',
      rng(),
      ['in rotation 7pt82', 'in rotation b85tm', 'in rotation hfbrr', 'in rotation x2k9d'],
    ],
    [
      'what is not plainly in rotation comes first',
      rng().notReady('x2k9d').terminating('hfbrr').drained('b85tm'),
      ['not ready x2k9d', 'terminating hfbrr', 'drained b85tm', 'in rotation 7pt82'],
    ],
    [
      'more restarts come first',
      rng().pods(2).pod('hfbrr', { restarts: 3 }),
      ['in rotation hfbrr', 'in rotation b85tm'],
    ],
    [
      'labels match, but the slices do not list it yet',
      rng().pods(1).listed('b85tm', 'not at all'),
      ['not ready b85tm'],
    ],
    [
      'the label is gone, but the slices still list it',
      rng().pods(1).drained('b85tm').listed('b85tm', true),
      ['drained b85tm'],
    ],
    ['a drained pod that is being deleted', rng().pods(1).drained('b85tm').terminating('b85tm'), ['terminating b85tm']],
    [
      'a pod without the gate label is disabled',
      rng()
        .pods(2)
        .service({ selector: GATED })
        .pod('hfbrr', { labels: { ...LABELS, enabled: 'yes' } }),
      ['disabled b85tm', 'in rotation hfbrr'],
    ],
    [
      'the recorded gate counts, whatever the configuration says',
      rng()
        .pods(1)
        .service({
          selector: { app: 'rng', live: '1' },
          annotations: { 'pitlane.dev/gate': '{"v":1,"label":"live=1"}' },
        }),
      ['disabled b85tm'],
    ],
    [
      'a label of the selector that is no gate decides membership',
      rng()
        .pods(2)
        .service({ selector: { app: 'rng', color: 'blue' } }),
      [],
    ],
    [
      'pods of others are no members',
      rng()
        .pods(1)
        .another('other', { labels: { app: 'web' } }),
      ['in rotation b85tm'],
    ],
    ['a service without a selector has no members', rng().withoutSelector(), []],
    [
      'a drained pod whose labels somebody put back is in rotation',
      rng()
        .pods(1)
        .pod('b85tm', { labels: { ...LABELS, 'pitlane.dev/drained-from': 'rng' } }),
      ['in rotation b85tm'],
    ],
  ])('%s', (_, given, want) => {
    expect(listed(given)).toEqual(want);
  });

  test('a drained pod says by whom, and a canary what it is', () => {
    const [canary, drained] = members(
      rng().pods(1).drained('b85tm').another('debug').canary('debug').notReady('debug').snapshot(),
    );
    expect([canary?.kind, drained?.kind, drained?.drained?.by]).toEqual(['canary', 'workload pod', 'alice']);
  });
});
