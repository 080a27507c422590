import { expect } from 'vitest';
import { configMap, fitsNoNode, labelledConfigMap, labelledQuery } from './manifests.ts';
import { isTerminating, type KubeObject, nameOf, type Pod, uidOf } from './objects.ts';
import type { Theme } from './suite.ts';

const options = (given: object) => ({ body: { apiVersion: 'v1', kind: 'DeleteOptions', ...given } });
const unknownUid = '00000000-0000-4000-8000-000000000000';

/** The effects and answers of a DELETE. */
export const deletions: Theme = (rule) => {
  rule('a DELETE removes a ConfigMap at once, and the answer has its name and uid', async (on) => {
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

  rule('a DELETE removes a pod only if its uid is that of the precondition', async (on) => {
    const pod = await on.idlePod();
    const wrong = await on.ask('DELETE', 'pods', 'web', options({ preconditions: { uid: unknownUid } }));
    expect(wrong.body).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: `Operation cannot be fulfilled on Pod "web": the UID in the precondition (${unknownUid}) does not match the UID in record (${uidOf(pod)}). The object might have been deleted and then recreated`,
      reason: 'Conflict',
      details: { name: 'web', kind: 'Pod' },
      code: 409,
    });
    const right = await on.ask<Pod>('DELETE', 'pods', 'web', options({ preconditions: { uid: uidOf(pod) } }));
    expect([right.status, nameOf(right.body)]).toEqual([200, 'web']);
  });

  rule('a DELETE removes an object only if its version is that of the precondition', async (on) => {
    const { metadata } = await on.create('configmaps', configMap());
    await on.patch('configmaps', 'settings', { data: { colour: 'green' } });
    const preconditions = { resourceVersion: metadata.resourceVersion };
    const { body } = await on.ask('DELETE', 'configmaps', 'settings', options({ preconditions }));
    expect([body.code, body.reason]).toEqual([409, 'Conflict']);
    expect(body.message).toMatch(
      /^Operation cannot be fulfilled on ConfigMap "settings": the ResourceVersion in the precondition \(\d+\) does not match the ResourceVersion in record \(\d+\)\. The object might have been modified$/,
    );
  });

  rule('a DELETE is a dry run if its body says so, or without a body its query', async (on) => {
    await on.create('configmaps', configMap());
    const query = { dryRun: 'All' };
    const trials = [{ query }, options({ dryRun: ['All'] }), { query, ...options({ dryRun: ['All'] }) }];
    for (const sent of trials) expect((await on.ask('DELETE', 'configmaps', 'settings', sent)).status).toBe(200);
    expect((await on.ask('GET', 'configmaps', 'settings')).status).toBe(200);
    await on.ask('DELETE', 'configmaps', 'settings', { query, ...options({}) });
    expect((await on.ask('GET', 'configmaps', 'settings')).status).toBe(404);
  });

  rule('a pod on a node gets its grace period, and stays until the kubelet has ended it', async (on) => {
    await on.readyPod({ spec: { terminationGracePeriodSeconds: 7 } });
    const { body } = await on.ask<Pod>('DELETE', 'pods', 'web');
    expect([isTerminating(body), body.metadata.deletionGracePeriodSeconds]).toEqual([true, 7]);
    await on.untilGone('pods', 'web');
  });

  rule('a DELETE removes a pod on no node at once', async (on) => {
    await on.pod({ spec: fitsNoNode });
    await on.delete('pods', 'web');
    expect((await on.ask('GET', 'pods', 'web')).status).toBe(404);
  });

  rule('a second DELETE may shorten the grace period, and never lengthens it', async (on) => {
    await on.idlePod({ spec: { terminationGracePeriodSeconds: 30 } });
    const grace = async (gracePeriodSeconds: number) =>
      (await on.ask<Pod>('DELETE', 'pods', 'web', options({ gracePeriodSeconds }))).body.metadata
        .deletionGracePeriodSeconds;
    expect([await grace(20), await grace(60), await grace(5)]).toEqual([20, 20, 5]);
    await on.delete('pods', 'web', { gracePeriodSeconds: 0 });
    expect((await on.ask('GET', 'pods', 'web')).status).toBe(404);
  });

  rule('an object with a finalizer stays until the finalizer is removed, and accepts no new one', async (on) => {
    await on.create('configmaps', configMap({ metadata: { finalizers: ['example.com/hold'] } }));
    const { body } = await on.ask<KubeObject>('DELETE', 'configmaps', 'settings');
    expect([body.kind, isTerminating(body)]).toEqual(['ConfigMap', true]);
    const more = await on.ask('PATCH', 'configmaps', 'settings', {
      body: { metadata: { finalizers: ['example.com/hold', 'example.com/more'] } },
    });
    expect(more.body.message).toBe(
      'ConfigMap "settings" is invalid: metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"example.com/more"}',
    );
    await on.patch('configmaps', 'settings', { metadata: { finalizers: null } });
    expect((await on.ask('GET', 'configmaps', 'settings')).status).toBe(404);
  });

  rule('a DELETE of a collection removes only what its selector matches', async (on) => {
    for (const name of ['a', 'b']) await on.create('configmaps', labelledConfigMap(name));
    await on.create('configmaps', configMap());
    expect((await on.ask('DELETE', 'configmaps', '', { query: labelledQuery })).status).toBe(200);
    const names = (await on.list('configmaps')).map(nameOf);
    expect([names.includes('a'), names.includes('b'), names.includes('settings')]).toEqual([false, false, true]);
  });

  rule('a name is free for another object, with another uid, as soon as the first is deleted', async (on) => {
    const first = await on.create('configmaps', configMap());
    await on.delete('configmaps', 'settings');
    const second = await on.create('configmaps', configMap());
    expect(uidOf(second)).not.toBe(uidOf(first));
  });
};
