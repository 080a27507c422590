import { expect } from 'vitest';
import { configMap } from './manifests.ts';
import { isLeaving, nameOf, type Pod, type Thing, uidOf } from './objects.ts';
import type { Theme } from './suite.ts';

const options = (given: object) => ({ body: { apiVersion: 'v1', kind: 'DeleteOptions', ...given } });
const nobody = '00000000-0000-4000-8000-000000000000';

/** What a DELETE does and answers. */
export const deletions: Theme = (rule) => {
  rule('a ConfigMap is gone at once, and the answer says which one it was', async (on) => {
    const settings = await on.create('configmaps', configMap());
    const { status, body } = await on.ask('DELETE', 'configmaps', 'settings');
    expect([status, body]).toEqual([
      200,
      {
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Success',
        details: { name: 'settings', kind: 'configmaps', uid: uidOf(settings) },
      },
    ]);
    expect((await on.ask('GET', 'configmaps', 'settings')).status).toBe(404);
  });

  rule('a pod is deleted only if it has the uid that was asked for', async (on) => {
    const pod = await on.pod({ spec: { nodeName: 'played-by-nobody', terminationGracePeriodSeconds: 0 } });
    const wrong = await on.ask('DELETE', 'pods', 'web', options({ preconditions: { uid: nobody } }));
    expect(wrong.body).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: `Operation cannot be fulfilled on Pod "web": the UID in the precondition (${nobody}) does not match the UID in record (${uidOf(pod)}). The object might have been deleted and then recreated`,
      reason: 'Conflict',
      details: { name: 'web', kind: 'Pod' },
      code: 409,
    });
    const right = await on.ask<Pod>('DELETE', 'pods', 'web', options({ preconditions: { uid: uidOf(pod) } }));
    expect([right.status, nameOf(right.body)]).toEqual([200, 'web']);
  });

  rule('an object is deleted only if it has the version that was asked for', async (on) => {
    const { metadata } = await on.create('configmaps', configMap());
    await on.patch('configmaps', 'settings', { data: { colour: 'green' } });
    const preconditions = { resourceVersion: metadata.resourceVersion };
    const { body } = await on.ask('DELETE', 'configmaps', 'settings', options({ preconditions }));
    expect([body.code, body.reason]).toEqual([409, 'Conflict']);
    expect(body.message).toMatch(
      /^Operation cannot be fulfilled on ConfigMap "settings": the ResourceVersion in the precondition \(\d+\) does not match the ResourceVersion in record \(\d+\)\. The object might have been modified$/,
    );
  });

  rule('a deletion is only tried by what its body says; without a body, by what its query says', async (on) => {
    await on.create('configmaps', configMap());
    const query = { dryRun: 'All' };
    const trials = [{ query }, options({ dryRun: ['All'] }), { query, ...options({ dryRun: ['All'] }) }];
    for (const sent of trials) expect((await on.ask('DELETE', 'configmaps', 'settings', sent)).status).toBe(200);
    expect((await on.ask('GET', 'configmaps', 'settings')).status).toBe(200);
    await on.ask('DELETE', 'configmaps', 'settings', { query, ...options({}) });
    expect((await on.ask('GET', 'configmaps', 'settings')).status).toBe(404);
  });

  rule('a pod on a node is given its grace period, and is there until the kubelet has ended it', async (on) => {
    await on.readyPod({ spec: { terminationGracePeriodSeconds: 7 } });
    const { body } = await on.ask<Pod>('DELETE', 'pods', 'web');
    expect([isLeaving(body), body.metadata.deletionGracePeriodSeconds]).toEqual([true, 7]);
    await on.untilGone('pods', 'web');
  });

  rule('a pod on no node goes at once', async (on) => {
    await on.pod({ spec: { nodeSelector: { 'example.com/nowhere': 'yes' } } });
    await on.delete('pods', 'web');
    expect((await on.ask('GET', 'pods', 'web')).status).toBe(404);
  });

  rule('a second DELETE may shorten the grace period, and never lengthens it', async (on) => {
    await on.pod({ spec: { nodeName: 'played-by-nobody', terminationGracePeriodSeconds: 30 } });
    const grace = async (gracePeriodSeconds: number) =>
      (await on.ask<Pod>('DELETE', 'pods', 'web', options({ gracePeriodSeconds }))).body.metadata
        .deletionGracePeriodSeconds;
    expect([await grace(20), await grace(60), await grace(5)]).toEqual([20, 20, 5]);
    await on.delete('pods', 'web', { gracePeriodSeconds: 0 });
    expect((await on.ask('GET', 'pods', 'web')).status).toBe(404);
  });

  rule('with a finalizer an object stays until the finalizer is off, and takes no new one', async (on) => {
    await on.create('configmaps', configMap({ metadata: { finalizers: ['example.com/hold'] } }));
    const { body } = await on.ask<Thing>('DELETE', 'configmaps', 'settings');
    expect([body.kind, body.metadata.deletionTimestamp === undefined]).toEqual(['ConfigMap', false]);
    const more = await on.ask('PATCH', 'configmaps', 'settings', {
      body: { metadata: { finalizers: ['example.com/hold', 'example.com/more'] } },
    });
    expect(more.body.message).toBe(
      'ConfigMap "settings" is invalid: metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"example.com/more"}',
    );
    await on.patch('configmaps', 'settings', { metadata: { finalizers: null } });
    expect((await on.ask('GET', 'configmaps', 'settings')).status).toBe(404);
  });

  rule('a collection is deleted by selector', async (on) => {
    for (const name of ['a', 'b'])
      await on.create('configmaps', configMap({ name, metadata: { labels: { ours: 'yes' } } }));
    await on.create('configmaps', configMap());
    const query = { labelSelector: 'ours=yes' };
    expect((await on.ask('DELETE', 'configmaps', '', { query })).status).toBe(200);
    const names = (await on.list('configmaps')).map(nameOf);
    expect([names.includes('a'), names.includes('b'), names.includes('settings')]).toEqual([false, false, true]);
  });

  rule('a name is free for another object, with another uid, as soon as the first is gone', async (on) => {
    const first = await on.create('configmaps', configMap());
    await on.delete('configmaps', 'settings');
    const second = await on.create('configmaps', configMap());
    expect(uidOf(second)).not.toBe(uidOf(first));
  });
};
