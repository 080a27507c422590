import { beforeEach, describe, expect, test } from 'vitest';
import { DRAINED_FROM } from '../../pitlane/rotation/marks.ts';
import { HOUR_MS, MINUTE_MS, RngWithTick } from './rng-with-tick.ts';

const rng = new RngWithTick();
const THREAD = 'ops, thread of "Drained rng-a"';

beforeEach(async () => {
  await rng.type('/rng drain rng-a because 5xx');
  // From the first minute of an hour on: the thorough looks come at its tenth.
  const past = rng.now() % HOUR_MS;
  rng.skipTime(HOUR_MS - past + MINUTE_MS);
  await rng.type('/rng extend rng-a 6h');
  await rng.ticked();
});

const closed = (sentence: string, left?: string) =>
  [
    `${THREAD}: rng-a is no longer looked after. ${sentence}`,
    ...(left === undefined ? [] : [`What is left: ${left}`]),
    '  drained from rng by @U0ADA00000 TIME · no more reminders',
  ].join('\n');

/** Told within so many minutes, and nothing more after that, beyond the end of its time. */
async function expectClosed(sentence: string, left?: string, withinMinutes = 1): Promise<void> {
  for (let minute = 1; minute < withinMinutes; minute += 1) expect((await rng.ticked(MINUTE_MS)).news).toEqual([]);
  expect(await rng.ticked(MINUTE_MS)).toEqual({
    news: [closed(sentence, left)],
    did: [`closed the record of rng-a: ${sentence}`],
  });
  for (const ms of [MINUTE_MS, 10 * MINUTE_MS, 10 * HOUR_MS]) expect((await rng.ticked(ms)).news).toEqual([]);
}

describe('a drained pod', () => {
  test('that somebody deletes', async () => {
    rng.delete('rng-a');
    await expectClosed('It is gone: somebody has deleted it, or its node was lost.');
    expect((await rng.type('/rng drained')).you).toBe('No pod is drained.');
    expect(rng.journal.drains).toEqual([]);
  });

  test('that takes its time to go is not told of before it is gone', async () => {
    rng.cluster.api.mergePatch('pods', rng.namespace, rng.withRealNames('rng-a'), {
      metadata: { finalizers: ['example.com/wait'] },
    } as never);
    rng.delete('rng-a');
    expect((await rng.ticked(MINUTE_MS)).news).toEqual([]);
    rng.cluster.api.mergePatch('pods', rng.namespace, rng.withRealNames('rng-a'), {
      metadata: { finalizers: null },
    } as never);
    await expectClosed('It is gone: somebody has deleted it, or its node was lost.');
  });

  test('that was evicted', async () => {
    rng.cluster.api.mergePatch(
      'pods',
      rng.namespace,
      rng.withRealNames('rng-a'),
      { status: { phase: 'Failed', reason: 'Evicted' } } as never,
      { subresource: 'status' } as never,
    );
    await expectClosed('It has ended (Evicted) and will never take traffic again.', '/rng finish rng-a');
    expect((await rng.type('/rng drained')).you).toContain('rng-a');
  });

  test('whose Deployment is deleted', async () => {
    rng.cluster.api.delete('deployments', rng.namespace, 'rng');
    await rng.untilInRotation(0);
    await expectClosed(
      'ReplicaSet rng-rs, which owned rng-a, is gone: restored, it would stay in the service with nothing to manage it.',
      '/rng finish rng-a',
      9,
    );
    expect((await rng.type('/rng list')).you).toContain('rng-a');
  });

  test('whose Service is deleted, and looked after again once the Service is back', async () => {
    const { metadata, spec } = rng.cluster.api.get('services', rng.namespace, 'rng') as never as Service;
    rng.cluster.api.delete('services', rng.namespace, 'rng');
    for (let minute = 1; minute < 9; minute += 1) await rng.ticked(MINUTE_MS);
    expect((await rng.ticked(MINUTE_MS)).news).toEqual([
      closed('Service rng, which it was drained from, is gone.', 'kubectl -n ns delete pod rng-a'),
    ]);
    expect((await rng.ticked(10 * MINUTE_MS)).news).toEqual([]);
    expect((await rng.type('/rng drained')).you).toContain('rng-a');

    const { name, namespace } = metadata;
    rng.create('services', {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace },
      spec: { selector: spec.selector, ports: spec.ports },
    });
    expect((await rng.ticked(10 * MINUTE_MS)).news).toEqual([]);
    expect((await rng.ticked(8 * HOUR_MS)).did).toEqual(['reminded of rng-a (1)']);
  });

  test('whose marks somebody takes off, as the undo lines say', async () => {
    rng.edit('rng-a', {
      labels: { app: 'rng', [DRAINED_FROM]: null },
      annotations: {
        'pitlane.dev/drain': null,
        'cluster-autoscaler.kubernetes.io/safe-to-evict': null,
        'karpenter.sh/do-not-disrupt': null,
      },
    });
    await expectClosed('Its marks were taken off by somebody else.');
    expect(rng.journal.drains).toEqual([]);
  });

  test('whose record somebody makes unreadable', async () => {
    rng.edit('rng-a', { annotations: { 'pitlane.dev/drain': 'see me' } });
    await expectClosed(
      "Its record can't be read: somebody has edited or removed the annotation pitlane.dev/drain.",
      '/rng inspect rng-a',
    );
    expect((await rng.type('/rng drained')).you).toContain("the record of it can't be read");
  });
});

describe('the buttons of its last reminder', () => {
  test('go when it is closed', async () => {
    expect((await rng.ticked(8 * HOUR_MS)).did).toEqual(['reminded of rng-a (1)']);
    rng.delete('rng-a');
    expect((await rng.ticked(MINUTE_MS)).news).toEqual([
      `${THREAD} (edited): rng-a is no longer looked after.`,
      closed('It is gone: somebody has deleted it, or its node was lost.'),
    ]);
  });

  test('also between two reminders, when its owner is deleted', async () => {
    await rng.ticked(8 * HOUR_MS);
    await rng.ticked(9 * HOUR_MS);
    rng.cluster.api.delete('deployments', rng.namespace, 'rng');
    await rng.untilInRotation(0);
    const { news } = await rng.ticked(9 * MINUTE_MS);
    expect(news[0]).toBe(`${THREAD} (edited): rng-a is no longer looked after.`);
  });
});

describe('in the same minute', () => {
  test.each([['/rng restore rng-a'], ['/rng finish rng-a']])(
    '%s by pitlane is no riddle to the tick, wherever its looks fall',
    async (line) => {
      // The tick has seen the pod with its marks, and the journal only after the note is gone; or the other way round.
      for (const late of ['configmaps', 'pods']) {
        const isLate = ({ method, path, query }: Asked) =>
          method === 'GET' &&
          path.endsWith(`/${late}`) &&
          query.get('labelSelector') !== null &&
          query.get('watch') === null;
        rng.intercept((request) => (isLate(request) && isTick ? { delayMs: 300 } : 'pass'));
        let isTick = true;
        const tick = rng.tick(MINUTE_MS);
        await new Promise((resolve) => setTimeout(resolve, 50));
        isTick = false;
        await rng.type(line);
        const { answer } = await tick;
        expect(answer).toMatchObject({ did: [], trouble: [] });
        expect(await rng.ticked(MINUTE_MS)).toEqual({ news: [], did: [] });
        if (line.includes('finish')) break;
        await rng.type('/rng drain rng-a');
      }
    },
  );

  test('drained by hand and drained again: the new drain is looked after, with its own report', async () => {
    rng.edit('rng-a', {
      labels: { app: 'rng', [DRAINED_FROM]: null },
      // Another one is the pod too many.
      annotations: { 'pitlane.dev/drain': null, 'controller.kubernetes.io/pod-deletion-cost': '2147483647' },
    });
    await rng.untilInRotation(4);
    expect((await rng.type('/rng drain rng-a because again')).ops).toContain('Drained rng-a');
    const [, second] = rng.slack.workspace.messages.filter(
      ({ thread, text }) => thread === undefined && text.startsWith('*Drained'),
    );
    expect(await rng.ticked(HOUR_MS)).toMatchObject({ did: ['reminded of rng-a (1)'] });
    expect(rng.slack.workspace.messages.at(-1)?.thread).toBe(second?.ts);
  });
});

type Asked = Parameters<Parameters<RngWithTick['intercept']>[0]>[0];

interface Service {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: { readonly selector: unknown; readonly ports: unknown };
}
