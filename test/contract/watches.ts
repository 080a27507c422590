import { expect } from 'vitest';
import { configMap, labelledConfigMap, labelledQuery } from './manifests.ts';
import { type KubeObject, nameOf } from './objects.ts';
import type { Space } from './space.ts';
import type { Theme } from './suite.ts';
import type { WatchEvent } from './watch.ts';

const shown = (events: readonly WatchEvent<KubeObject>[]) =>
  events.map(({ type, object }) => `${type} ${nameOf(object)}`);

async function versionNow(on: Space): Promise<string> {
  const { body } = await on.ask<{ metadata: { resourceVersion: string } }>('GET', 'configmaps');
  return body.metadata.resourceVersion;
}

/** The events of a watch, their order, and how it ends. */
export const watches: Theme = (rule) => {
  rule('a watch from the version of a list sends all later events, in order', async (on) => {
    await on.create('configmaps', labelledConfigMap('before'));
    const resourceVersion = await versionNow(on);
    await on.create('configmaps', labelledConfigMap('after'));
    await on.patch('configmaps', 'after', { data: { colour: 'green' } });
    await on.delete('configmaps', 'before');
    const watch = await on.watch('configmaps', { ...labelledQuery, resourceVersion });
    await watch.untilEvents('three events', ({ length }) => length === 3);
    expect(shown(watch.events)).toEqual(['ADDED after', 'MODIFIED after', 'DELETED before']);
    const versions = watch.events.map(({ object }) => Number(object.metadata.resourceVersion));
    expect(versions).toEqual([...versions].sort((a, b) => a - b));
    watch.close();
  });

  rule('a watch without a version begins with the objects that exist', async (on) => {
    await on.create('configmaps', labelledConfigMap('a'));
    const watch = await on.watch('configmaps', labelledQuery);
    await watch.event('a', ({ object }) => nameOf(object) === 'a');
    await on.create('configmaps', labelledConfigMap('b'));
    await watch.event('b', ({ object }) => nameOf(object) === 'b');
    expect(shown(watch.events)).toEqual(['ADDED a', 'ADDED b']);
    watch.close();
  });

  rule(
    'a watch sends ADDED for an object that begins to match its selector, and DELETED with the old labels when it stops',
    async (on) => {
      await on.create('configmaps', configMap({ name: 'a' }));
      const watch = await on.watch('configmaps', { ...labelledQuery, resourceVersion: await versionNow(on) });
      await on.patch('configmaps', 'a', { metadata: { labels: { ours: 'yes' } } });
      await on.patch('configmaps', 'a', { data: { colour: 'green' } });
      const gone = await on.patch('configmaps', 'a', { metadata: { labels: { ours: 'no' } } });
      await on.patch('configmaps', 'a', { data: { colour: 'red' } });
      await on.patch('configmaps', 'a', { metadata: { labels: { ours: 'yes' } } });
      await watch.untilEvents('four events', ({ length }) => length === 4);
      expect(shown(watch.events)).toEqual(['ADDED a', 'MODIFIED a', 'DELETED a', 'ADDED a']);
      const last = watch.events[2]?.object.metadata;
      expect([last?.labels, last?.resourceVersion]).toEqual([{ ours: 'yes' }, gone.metadata.resourceVersion]);
      watch.close();
    },
  );

  rule('a watch by name sends events of that object only', async (on) => {
    const resourceVersion = await versionNow(on);
    await on.create('configmaps', configMap({ name: 'other' }));
    await on.create('configmaps', configMap({ name: 'mine' }));
    const watch = await on.watch('configmaps', { fieldSelector: 'metadata.name=mine', resourceVersion });
    await watch.event('mine', ({ object }) => nameOf(object) === 'mine');
    expect(shown(watch.events)).toEqual(['ADDED mine']);
    watch.close();
  });

  rule('a watch with initial events sends all objects, then a bookmark that ends them', async (on) => {
    await on.create('configmaps', labelledConfigMap('a'));
    const watch = await on.watch('configmaps', {
      ...labelledQuery,
      sendInitialEvents: true,
      resourceVersionMatch: 'NotOlderThan',
      allowWatchBookmarks: true,
    });
    const { object } = await watch.event('bookmark', ({ type }) => type === 'BOOKMARK');
    // Another bookmark may follow at any time.
    expect(watch.events.slice(0, 2).map(({ type }) => type)).toEqual(['ADDED', 'BOOKMARK']);
    expect(object).toMatchObject({
      kind: 'ConfigMap',
      apiVersion: 'v1',
      metadata: {
        resourceVersion: expect.stringMatching(/^\d+$/),
        annotations: { 'k8s.io/initial-events-end': 'true' },
      },
    });
    await on.create('configmaps', labelledConfigMap('b'));
    await watch.event('b', ({ type, object: seen }) => type === 'ADDED' && nameOf(seen) === 'b');
    watch.close();
  });

  rule('a watch ends at its timeout without an error', async (on) => {
    const watch = await on.watch('configmaps', {
      ...labelledQuery,
      timeoutSeconds: 1,
      resourceVersion: await versionNow(on),
    });
    expect(await watch.end()).toEqual([]);
  });

  rule('a watch with bookmarks gets one before its timeout', async (on) => {
    const resourceVersion = await versionNow(on);
    await on.create('configmaps', configMap({ name: 'other' }));
    const query = { ...labelledQuery, timeoutSeconds: 3, allowWatchBookmarks: true, resourceVersion };
    const watch = await on.watch('configmaps', query);
    const events = await watch.end();
    expect([...new Set(events.map(({ type }) => type))]).toEqual(['BOOKMARK']);
    expect(Number(events[0]?.object.metadata.resourceVersion)).toBeGreaterThanOrEqual(Number(resourceVersion));
  });

  rule('a watch of metadata sends metadata only', async (on) => {
    await on.create('configmaps', labelledConfigMap('a'));
    const watch = await on.watch(
      'configmaps',
      labelledQuery,
      'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io',
    );
    const { object } = await watch.event('a', ({ type }) => type === 'ADDED');
    expect([object.kind, nameOf(object), 'data' in object]).toEqual(['PartialObjectMetadata', 'a', false]);
    watch.close();
  });

  rule('a watch from a version that the server has forgotten gets 410 Gone as its only event', async (on) => {
    const path = await on.cluster.forgottenPath(on.name);
    const watch = await on.cluster.http.watch(path, { resourceVersion: '1' });
    const events = await watch.end();
    expect(events).toEqual([
      {
        type: 'ERROR',
        object: {
          kind: 'Status',
          apiVersion: 'v1',
          metadata: {},
          status: 'Failure',
          message: expect.stringMatching(/^too old resource version: 1 \(\d+\)$/),
          reason: 'Expired',
          code: 410,
        },
      },
    ]);
  });

  rule('two watches of the same objects get the same events', async (on) => {
    const resourceVersion = await versionNow(on);
    const pair = [
      await on.watch('configmaps', { ...labelledQuery, resourceVersion }),
      await on.watch('configmaps', { ...labelledQuery, resourceVersion }),
    ];
    for (const name of ['a', 'b', 'c']) await on.create('configmaps', labelledConfigMap(name));
    for (const watch of pair) await watch.untilEvents('three events', ({ length }) => length === 3);
    expect(shown(pair[0]?.events ?? [])).toEqual(shown(pair[1]?.events ?? []));
    for (const watch of pair) watch.close();
  });
};
