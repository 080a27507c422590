import { expect } from 'vitest';
import type { Labels } from './manifests.ts';
import type { Deployment, Pod } from './objects.ts';
import type { Space } from './space.ts';
import type { Theme } from './suite.ts';

/** Only the case writes this pod. */
const labelledPod = (on: Space, annotations?: Labels) =>
  on.idlePod({ labels: { app: 'web', tier: 'front' }, ...(annotations && { annotations }) });

const containers = (...names: string[]) => names.map((name) => ({ name, image: 'example/app:v1' }));

/** How the server applies the four kinds of patches. */
export const patches: Theme = (rule) => {
  rule('a JSON Patch whose tests pass removes a label and adds others in one write', async (on) => {
    const pod = await labelledPod(on, { 'example.com/note': 'keep' });
    const drained = await on.patch<Pod>('pods', 'web', [
      { op: 'test', path: '/metadata/uid', value: pod.metadata.uid },
      { op: 'test', path: '/metadata/labels/app', value: 'web' },
      { op: 'remove', path: '/metadata/labels/app' },
      { op: 'add', path: '/metadata/labels/pitlane.dev~1drained-from', value: 'web' },
      { op: 'add', path: '/metadata/annotations/pitlane.dev~1drain', value: '{}' },
    ]);
    expect(drained.metadata).toMatchObject({
      labels: { tier: 'front', 'pitlane.dev/drained-from': 'web' },
      annotations: { 'example.com/note': 'keep', 'pitlane.dev/drain': '{}' },
    });
  });

  rule('a JSON Patch whose last test fails changes nothing', async (on) => {
    const { metadata } = await labelledPod(on);
    const { status } = await on.ask('PATCH', 'pods', 'web', {
      body: [
        { op: 'remove', path: '/metadata/labels/app' },
        { op: 'test', path: '/metadata/labels/tier', value: 'back' },
      ],
    });
    expect([status, (await on.getPod('web')).metadata.resourceVersion]).toEqual([422, metadata.resourceVersion]);
  });

  rule('a JSON Patch test with null passes for a missing key', async (on) => {
    await labelledPod(on);
    const { metadata } = await on.patch<Pod>('pods', 'web', [
      { op: 'test', path: '/metadata/labels/enabled', value: null },
      { op: 'add', path: '/metadata/labels/enabled', value: 'yes' },
    ]);
    expect(metadata.labels).toEqual({ app: 'web', tier: 'front', enabled: 'yes' });
    const again = await on.ask('PATCH', 'pods', 'web', {
      body: [{ op: 'test', path: '/metadata/labels/enabled', value: null }],
    });
    expect(again.status).toBe(422);
  });

  // Each is a name that every object of JavaScript inherits.
  rule('a JSON Patch tests, adds and removes labels named constructor and toString', async (on) => {
    await labelledPod(on);
    for (const key of ['constructor', 'toString']) {
      const path = `/metadata/labels/${key}`;
      const absent = { op: 'test', path, value: null };
      const removed = await on.ask('PATCH', 'pods', 'web', { body: [{ op: 'remove', path }] });
      const added = await on.patch<Pod>('pods', 'web', [absent, { op: 'add', path, value: 'x' }]);
      const again = await on.ask('PATCH', 'pods', 'web', { body: [absent] });
      expect([removed.status, Object.entries(added.metadata.labels ?? {}), again.status]).toEqual([
        422,
        expect.arrayContaining([[key, 'x']]),
        422,
      ]);
      const gone = await on.patch<Pod>('pods', 'web', [
        { op: 'test', path, value: 'x' },
        { op: 'remove', path },
      ]);
      expect(Object.hasOwn(gone.metadata.labels ?? {}, key)).toBe(false);
    }
  });

  rule('a JSON Patch test of a whole map ignores the order of its keys', async (on) => {
    await labelledPod(on);
    const { status } = await on.ask('PATCH', 'pods', 'web', {
      body: [{ op: 'test', path: '/metadata/labels', value: { tier: 'front', app: 'web' } }],
    });
    expect(status).toBe(200);
  });

  rule('a JSON Patch adds the annotations map first, then the key', async (on) => {
    await labelledPod(on);
    const { metadata } = await on.patch<Pod>('pods', 'web', [
      { op: 'test', path: '/metadata/annotations', value: null },
      { op: 'add', path: '/metadata/annotations', value: {} },
      { op: 'add', path: '/metadata/annotations/a~1b', value: 'c' },
    ]);
    expect(metadata.annotations).toEqual({ 'a/b': 'c' });
  });

  rule('a JSON Patch that replaces a missing key adds it', async (on) => {
    await labelledPod(on);
    const { metadata } = await on.patch<Pod>('pods', 'web', [
      { op: 'replace', path: '/metadata/labels/enabled', value: 'yes' },
    ]);
    expect(metadata.labels?.enabled).toBe('yes');
  });

  rule('a JSON Patch without a version applies to the newest object, even after another write', async (on) => {
    const pod = await labelledPod(on);
    const writes = ['a', 'b', 'c', 'd', 'e'].map((key) =>
      on.patch<Pod>('pods', 'web', [
        { op: 'test', path: '/metadata/uid', value: pod.metadata.uid },
        { op: 'add', path: `/metadata/labels/${key}`, value: 'yes' },
      ]),
    );
    await Promise.all(writes);
    const { metadata } = await on.getPod('web');
    expect(Object.keys(metadata.labels ?? {}).sort()).toEqual(['a', 'app', 'b', 'c', 'd', 'e', 'tier']);
  });

  rule('exactly one of several JSON Patches applies if each tests what the others change', async (on) => {
    await labelledPod(on);
    const take = (value: string) =>
      on.ask('PATCH', 'pods', 'web', {
        body: [
          { op: 'test', path: '/metadata/labels/tier', value: 'front' },
          { op: 'replace', path: '/metadata/labels/tier', value },
        ],
      });
    const answers = await Promise.all(['a', 'b', 'c'].map(take));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 422, 422]);
  });

  rule('a merge patch removes the keys that are null and keeps the rest', async (on) => {
    await labelledPod(on);
    const { metadata } = await on.label('web', { tier: null, none: null, enabled: 'yes' });
    expect(metadata.labels).toEqual({ app: 'web', enabled: 'yes' });
  });

  rule('a merge patch replaces lists as a whole', async (on) => {
    await on.deployment({ replicas: 0, spec: { containers: containers('app', 'proxy') } });
    const spec = { template: { spec: { containers: containers('other') } } };
    const { spec: patched } = await on.patch<Deployment>('deployments', 'web', { spec });
    expect(patched?.template.spec?.containers.map(({ name }) => name)).toEqual(['other']);
  });

  rule('a strategic merge patch merges containers by name, and removes one by directive', async (on) => {
    await on.deployment({ replicas: 0, spec: { containers: containers('app', 'proxy') } });
    const changes = [
      { name: 'proxy', image: 'example/proxy:v2' },
      { name: 'logger', image: 'example/logger:v1' },
    ];
    const { spec } = await on.patchStrategic<Deployment>('deployments', 'web', {
      spec: { template: { spec: { containers: changes } } },
    });
    expect(spec?.template.spec?.containers.map(({ name, image }) => `${name} ${image}`)).toEqual([
      'app example/app:v1',
      'proxy example/proxy:v2',
      'logger example/logger:v1',
    ]);
    const { spec: less } = await on.patchStrategic<Deployment>('deployments', 'web', {
      spec: { template: { spec: { containers: [{ name: 'app', $patch: 'delete' }] } } },
    });
    expect(less?.template.spec?.containers.map(({ name }) => name)).toEqual(['proxy', 'logger']);
  });

  rule('a strategic merge patch merges a selector, and the directive replace sets it', async (on) => {
    await on.service();
    const merged = await on.patchStrategic('services', 'web', { spec: { selector: { enabled: 'yes' } } });
    expect(merged).toMatchObject({ spec: { selector: { app: 'web', enabled: 'yes' } } });
    await on.patchStrategic('services', 'web', { spec: { selector: { $patch: 'replace', colour: 'blue' } } });
    expect(await on.get('services', 'web')).toHaveProperty('spec.selector', { colour: 'blue' });
  });

  rule('a JSON Patch compares and swaps a whole selector', async (on) => {
    await on.service();
    const swap = [
      { op: 'test', path: '/spec/selector', value: { app: 'web' } },
      { op: 'replace', path: '/spec/selector', value: { app: 'web', enabled: 'yes' } },
    ];
    const statuses = [
      await on.ask('PATCH', 'services', 'web', { body: swap }),
      await on.ask('PATCH', 'services', 'web', { body: swap }),
    ];
    expect(statuses.map(({ status }) => status)).toEqual([200, 422]);
  });

  rule('a patch with a bool as label is refused with 422', async (on) => {
    await labelledPod(on);
    const body = { metadata: { labels: { enabled: true } } };
    const merge = await on.ask('PATCH', 'pods', 'web', { body });
    const json = await on.ask('PATCH', 'pods', 'web', {
      body: [{ op: 'add', path: '/metadata/labels/enabled', value: true }],
    });
    for (const { status, body: said } of [merge, json]) {
      expect([status, said.reason]).toEqual([422, 'Invalid']);
      expect(said.message).toMatch(
        /^ "" is invalid: patch: Invalid value: "\{.*\}": json: cannot unmarshal bool into Go struct field ObjectMeta.metadata.labels of type string$/,
      );
    }
  });
};
