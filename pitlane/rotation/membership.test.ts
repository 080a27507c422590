import { describe, expect, test } from 'vitest';
import { rng, type SnapshotBuilder } from '../../test/builders/snapshot.ts';
import { members } from './membership.ts';

/** `state suffix` of each member, in the order of the list. */
function listed(given: SnapshotBuilder): readonly string[] {
  return members(given.snapshot()).map(({ state, pod }) => `${state} ${pod.name.slice(-5)}`);
}

const recordOf = (label: string) => ({
  v: 1,
  label,
  via: 'template',
  newPods: 'in',
  by: 'bob',
  at: '2026-11-24T03:00:00Z',
  id: 'op-1',
});
const GATED = { app: 'rng', enabled: 'yes' };
const LABELS = { app: 'rng', 'pod-template-hash': '5f69c6b7d8' };

describe('members', () => {
  test.each<[name: string, given: SnapshotBuilder, want: readonly string[]]>([
    [
      'are sorted by name in rotation',
      rng(),
      ['in rotation 7pt82', 'in rotation b85tm', 'in rotation hfbrr', 'in rotation x2k9d'],
    ],
    [
      'are in rotation last',
      rng().notReady('x2k9d').terminating('hfbrr').drained('b85tm'),
      ['not ready x2k9d', 'terminating hfbrr', 'drained b85tm', 'in rotation 7pt82'],
    ],
    ['are sorted by restarts', rng().pods(2).pod('hfbrr', { restarts: 3 }), ['in rotation hfbrr', 'in rotation b85tm']],
    [
      'are not ready before the EndpointSlices list them',
      rng().pods(1).listed('b85tm', 'not at all'),
      ['not ready b85tm'],
    ],
    [
      'are drained while the EndpointSlices still list them',
      rng().pods(1).drained('b85tm').listed('b85tm', true),
      ['drained b85tm'],
    ],
    [
      'are terminating once a drained pod is deleted',
      rng().pods(1).drained('b85tm').terminating('b85tm'),
      ['terminating b85tm'],
    ],
    [
      'are disabled without the gate label',
      rng()
        .pods(2)
        .service({ selector: GATED })
        .pod('hfbrr', { labels: { ...LABELS, enabled: 'yes' } }),
      ['disabled b85tm', 'in rotation hfbrr'],
    ],
    [
      'follow the recorded gate instead of the configured one',
      rng()
        .pods(1)
        .service({
          selector: { app: 'rng', live: '1' },
          annotations: { 'pitlane.dev/gate': JSON.stringify(recordOf('live=1')) },
        }),
      ['disabled b85tm'],
    ],
    [
      'need every label of the selector except the gate',
      rng()
        .pods(2)
        .service({ selector: { app: 'rng', color: 'blue' } }),
      [],
    ],
    [
      'are not the pods of others',
      rng()
        .pods(1)
        .another('other', { labels: { app: 'web' } }),
      ['in rotation b85tm'],
    ],
    ['do not exist for a service without a selector', rng().withoutSelector(), []],
    [
      'are in rotation once their labels were put back by hand',
      rng()
        .pods(1)
        .pod('b85tm', { labels: { ...LABELS, 'pitlane.dev/drained-from': 'rng' } }),
      ['in rotation b85tm'],
    ],
  ])('%s', (_, given, want) => {
    expect(listed(given)).toEqual(want);
  });

  test('include the record of a drained pod, and are canaries if they are marked so', () => {
    const [canary, drained] = members(
      rng().pods(1).drained('b85tm').another('debug').canary('debug').notReady('debug').snapshot(),
    );
    expect([canary?.kind, drained?.kind, drained?.drained?.by]).toEqual(['canary', 'workload pod', 'alice']);
  });
});
