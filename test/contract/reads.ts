import { expect } from 'vitest';
import { configMap, type Labels, labelledConfigMap, labelledQuery } from './manifests.ts';
import { type Deployment, type KubeObject, nameOf, namesOf } from './objects.ts';
import type { Space } from './space.ts';
import type { Theme } from './suite.ts';

interface List<T = KubeObject> {
  kind: string;
  apiVersion: string;
  metadata: { resourceVersion: string; continue?: string; remainingItemCount?: number };
  items: T[];
}

interface Table {
  kind: string;
  columnDefinitions: { name: string; priority: number }[];
  rows: { cells: unknown[]; conditions?: object[]; object: { kind: string; metadata: { name: string } } }[];
}

const table = 'application/json;as=Table;v=v1;g=meta.k8s.io';
const partial = (form: string) => `application/json;as=${form};v=v1;g=meta.k8s.io`;

const list = async (
  on: Space,
  query: Record<string, string | number>,
  resource: 'configmaps' | 'pods' = 'configmaps',
) => (await on.ask<List>('GET', resource, '', { query })).body;

/** ConfigMaps for the selector cases, named after their value of `track`. */
async function makeLabelled(on: Space): Promise<void> {
  const labelsByName: Record<string, Labels> = {
    stable: { track: 'stable' },
    canary: { track: 'canary' },
    empty: { track: '' },
    none: {},
    nine: { weight: '9' },
  };
  for (const [name, labels] of Object.entries(labelsByName))
    await on.create('configmaps', labelledConfigMap(name, labels));
}

/** Lists, selectors, pages and media types. */
export const reads: Theme = (rule) => {
  rule('a list has a kind and version, its items have none', async (on) => {
    await on.create('configmaps', configMap());
    const { kind, apiVersion, metadata, items } = await list(on, {});
    expect([kind, apiVersion, metadata.resourceVersion]).toEqual([
      'ConfigMapList',
      'v1',
      expect.stringMatching(/^\d+$/),
    ]);
    const [settings] = items.filter((item) => nameOf(item) === 'settings');
    expect([settings?.kind, settings?.apiVersion]).toEqual([undefined, undefined]);
  });

  const selected: [selector: string, want: string[]][] = [
    ['track=stable', ['stable']],
    ['track==stable', ['stable']],
    ['track!=stable', ['canary', 'empty', 'nine', 'none']],
    ['track in (stable,canary)', ['canary', 'stable']],
    ['track notin (stable,canary)', ['empty', 'nine', 'none']],
    ['track', ['canary', 'empty', 'stable']],
    ['!track', ['nine', 'none']],
    ['track=', ['empty']],
    ['track in ()', ['empty']],
    ['weight>8', ['nine']],
    ['weight<9', []],
    ['track,track!=stable', ['canary', 'empty']],
    ['', ['canary', 'empty', 'nine', 'none', 'stable']],
  ];
  rule('label selectors with != and notin also match objects without the key', async (on) => {
    await makeLabelled(on);
    const got: [string, string[]][] = [];
    for (const [labelSelector] of selected) {
      const both = labelSelector === '' ? 'ours=yes' : `ours=yes,${labelSelector}`;
      got.push([labelSelector, namesOf((await list(on, { labelSelector: both })).items)]);
    }
    expect(got).toEqual(selected);
  });

  rule('field selectors match the indexed fields of pods', async (on) => {
    const spec = (nodeName: string) => ({ spec: { nodeName, terminationGracePeriodSeconds: 0 } });
    await on.pod({ name: 'one', ...spec('node-a') });
    await on.pod({ name: 'two', ...spec('node-b') });
    await on.patch('pods', 'two/status', {
      status: { phase: 'Running', podIP: '10.1.2.3', podIPs: [{ ip: '10.1.2.3' }] },
    });
    const by = async (fieldSelector: string) => namesOf((await list(on, { fieldSelector }, 'pods')).items);
    expect(await by('metadata.name=one')).toEqual(['one']);
    expect(await by('spec.nodeName=node-b')).toEqual(['two']);
    expect(await by('spec.nodeName!=node-b')).toEqual(['one']);
    expect(await by('status.phase=Running')).toEqual(['two']);
    expect(await by('status.podIP=10.1.2.3')).toEqual(['two']);
    expect(await by('spec.restartPolicy=Always,spec.schedulerName=default-scheduler')).toEqual(['one', 'two']);
  });

  rule('the pages of a list are of one version and sorted by name, and the last has no continue token', async (on) => {
    for (const name of ['a', 'b', 'c', 'd', 'e']) await on.create('configmaps', configMap({ name }));
    const all = await list(on, {});
    const first = await list(on, { limit: 2 });
    expect(first.items).toHaveLength(2);
    expect(first.metadata.remainingItemCount).toBe(all.items.length - 2);
    await on.create('configmaps', configMap({ name: 'late' }));
    const names = namesOf(first.items);
    let next = first;
    while (next.metadata.continue !== undefined) {
      next = await list(on, { limit: 2, continue: next.metadata.continue });
      names.push(...namesOf(next.items));
      expect(next.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
    }
    expect(names).toEqual(namesOf(all.items));
    expect(next.metadata).toEqual({ resourceVersion: first.metadata.resourceVersion });
  });

  rule('the pages of a selected list do not have the number of remaining items', async (on) => {
    for (const name of ['a', 'b', 'c']) await on.create('configmaps', labelledConfigMap(name));
    const { items, metadata } = await list(on, { ...labelledQuery, limit: 2 });
    expect([items.length, metadata.remainingItemCount, typeof metadata.continue]).toEqual([2, undefined, 'string']);
  });

  rule('a list at an exact version has the objects of that version', async (on) => {
    await on.create('configmaps', configMap());
    const { metadata } = await list(on, {});
    await on.delete('configmaps', 'settings');
    const then = await list(on, { resourceVersion: metadata.resourceVersion, resourceVersionMatch: 'Exact' });
    expect(namesOf(then.items)).toContain('settings');
    const since = await list(on, { resourceVersion: metadata.resourceVersion, resourceVersionMatch: 'NotOlderThan' });
    expect(Number(since.metadata.resourceVersion)).toBeGreaterThanOrEqual(Number(metadata.resourceVersion));
  });

  rule('a list of a future version is refused with 504, and the client may retry', async (on) => {
    const answer = await on.ask('GET', 'configmaps', '', { query: { resourceVersion: '9999999999' } });
    const { code, reason, message, details } = answer.body;
    expect([code, reason, answer.headers['retry-after']]).toEqual([504, 'Timeout', '1']);
    expect(message).toMatch(/^Timeout: Too large resource version: 9999999999, current: \d+$/);
    expect(details).toEqual({
      causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
      retryAfterSeconds: 1,
    });
  });

  rule('a table of pods has the columns of kubectl', async (on) => {
    await on.readyPod();
    const { body } = await on.ask<Table>('GET', 'pods', '', { accept: table });
    expect([body.kind, body.columnDefinitions.map(({ name }) => name)]).toEqual([
      'Table',
      ['Name', 'Ready', 'Status', 'Restarts', 'Age', 'IP', 'Node', 'Nominated Node', 'Readiness Gates'],
    ]);
    const [row] = body.rows;
    expect([row?.cells.slice(0, 4), row?.object.kind, row?.object.metadata.name]).toEqual([
      ['web', '1/1', 'Running', '0'],
      'PartialObjectMetadata',
      'web',
    ]);
  });

  rule('a table row has the condition Completed if the pod has ended', async (on) => {
    await on.readyPod();
    for (const [name, phase] of Object.entries({ true: 'Succeeded', false: 'Failed' })) {
      await on.pod({ name, container: { image: 'busybox:1.36', command: [name] }, spec: { restartPolicy: 'Never' } });
      await on.untilPod(phase, name, ({ status }) => status?.phase === phase);
    }
    const { body } = await on.ask<Table>('GET', 'pods', '', { accept: table });
    expect(body.rows.map(({ conditions, object }) => [object.metadata.name, conditions])).toEqual([
      ['false', [{ type: 'Completed', status: 'True', reason: 'Failed', message: 'The pod failed.' }]],
      [
        'true',
        [
          {
            type: 'Completed',
            status: 'True',
            reason: 'Succeeded',
            message: 'The pod has completed successfully.',
          },
        ],
      ],
      ['web', undefined],
    ]);
  });

  rule('tables of Deployments and Services have the columns of kubectl', async (on) => {
    await on.deployment({ replicas: 1 });
    await on.untilObject<Deployment>('available', 'deployments', ({ status }) => status?.availableReplicas === 1);
    await on.service();
    const deployments = await on.ask<Table>('GET', 'deployments', '', { accept: table });
    expect(deployments.body.rows[0]?.cells.slice(0, 3)).toEqual(['web', '1/1', 1]);
    const services = await on.ask<Table>('GET', 'services', 'web', { accept: table });
    const [name, type, , external, ports] = services.body.rows[0]?.cells ?? [];
    expect([name, type, external, ports]).toEqual(['web', 'ClusterIP', '<none>', '80/TCP']);
  });

  rule('an object and a list can be read as metadata only', async (on) => {
    await on.deployment({ replicas: 0 });
    const one = await on.ask<KubeObject>('GET', 'deployments', 'web', { accept: partial('PartialObjectMetadata') });
    expect([one.body.kind, one.body.apiVersion, nameOf(one.body), 'spec' in one.body]).toEqual([
      'PartialObjectMetadata',
      'meta.k8s.io/v1',
      'web',
      false,
    ]);
    const many = await on.ask<List>('GET', 'deployments', '', { accept: partial('PartialObjectMetadataList') });
    expect([many.body.kind, namesOf(many.body.items)]).toEqual(['PartialObjectMetadataList', ['web']]);
  });
};
