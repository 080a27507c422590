import { expect } from 'vitest';
import {
  app,
  brokenRule,
  dryRun,
  type Owner,
  ruleOf,
  setRule,
  untilNewPods,
  withObjects,
} from './gate-policy-scenes.ts';
import type { Labels } from './manifests.ts';
import { type Deployment, nameOf, namesOnlyIn, type Pod, type ReplicaSet } from './objects.ts';
import type { Space } from './space.ts';
import type { Theme } from './suite.ts';

const gateOf = ({ metadata }: Pod) => metadata.labels?.enabled;
const labelsOf = async (on: Space, part: Parameters<typeof dryRun>[1]) => (await dryRun(on, part)).metadata.labels;

/** Part of every pod of a workload that has been restarted. */
const restart = { spec: { template: { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': 'now' } } } } };

/** infra/gate-policy.yaml: new pods of a service come with the gate label, and no template changes. */
export const gatePolicies: Theme = (rule) => {
  rule('pods of a scale-up, of a replacement and of a restart come with the gate label of a rule', async (on) => {
    const templateOf = async () => (await on.get<Deployment>('deployments', 'web')).spec?.template.metadata?.labels;
    await on.deployment({ replicas: 1 });
    const [old] = await on.readyPods(1);
    await setRule(on, ruleOf(on));

    await on.patch('deployments', 'web', { spec: { replicas: 2 } });
    const scaled = await on.readyPods(2);
    const added = scaled.find((pod) => nameOf(pod) !== nameOf(old)) as Pod;
    expect([gateOf(added), gateOf(await on.getPod(nameOf(old)))]).toEqual(['yes', undefined]);

    await on.delete('pods', nameOf(old));
    await on.untilGone('pods', nameOf(old));
    const replaced = await on.readyPods(2);
    expect(namesOnlyIn(replaced, scaled)).toHaveLength(1);
    expect(replaced.map(gateOf)).toEqual(['yes', 'yes']);

    const [set] = await on.list<ReplicaSet>('replicasets');
    expect(set?.metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('1');
    expect(await templateOf()).toEqual(app);
    await on.patch('deployments', 'web', restart);
    const restarted = await on.untilPods(
      'two new pods, all ready',
      (pods) => pods.length === 2 && namesOnlyIn(pods, replaced).length === 2,
    );
    expect(restarted.map(gateOf)).toEqual(['yes', 'yes']);
    expect(await templateOf()).toEqual(app);
  });

  rule('a rule concerns the pods of ReplicaSets, DaemonSets, StatefulSets and ReplicationControllers', async (on) => {
    await setRule(on, ruleOf(on));
    await on.replicaSet({ name: 'set', replicas: 1 });
    await on.daemonSet({ name: 'daemon' });
    await on.statefulSet({ name: 'stateful', replicas: 1 });
    await on.replicationController(1);
    expect((await on.readyPods(6)).map(gateOf)).toEqual(Array.from({ length: 6 }, () => 'yes'));
  });

  rule('a rule leaves alone Jobs, pods without a controller, and controllers that it does not know', async (on) => {
    await setRule(on, ruleOf(on));
    await on.job();
    await on.pod({ name: 'bare' });
    expect((await on.readyPods(2)).map(gateOf)).toEqual([undefined, undefined]);
    const owners: (Owner | 'none')[] = [
      'none',
      { controller: false },
      { apiVersion: 'v1', kind: 'Service' },
      { apiVersion: 'apps.kruise.io/v1alpha1', kind: 'CloneSet' },
      { apiVersion: 'example.com/v1', kind: 'ReplicaSet' },
    ];
    for (const owner of owners) expect(await labelsOf(on, { labels: app, owner }), JSON.stringify(owner)).toEqual(app);
  });

  rule('two rules for the same pods add both gates', async (on) => {
    await setRule(on, ruleOf(on));
    await setRule(on, ruleOf(on, { service: 'also', gate: 'open=now' }));
    expect(await labelsOf(on, { labels: app })).toEqual({ ...app, enabled: 'yes', open: 'now' });
  });

  rule('a rule may select by the gate of another rule, in any order of the two', async (on) => {
    const first = ruleOf(on, { service: 'a', labels: { ...app, second: 'yes' }, gate: 'late=yes' });
    const last = ruleOf(on, { service: 'z', labels: { ...app, second: 'yes' }, gate: 'later=yes' });
    await setRule(on, ruleOf(on, { service: 'm', gate: 'second=yes' }));
    await setRule(on, first);
    await setRule(on, last);
    expect(await labelsOf(on, { labels: app })).toEqual({ ...app, second: 'yes', late: 'yes', later: 'yes' });
  });

  rule('a rule sees the labels that another policy adds after it', async (on) => {
    await setRule(on, ruleOf(on, { labels: { ...app, tier: 'back' } }), { ...app, tier: 'back' });
    expect(await labelsOf(on, { labels: app })).toEqual(app);
    await withObjects(on, laterPolicy(on), () =>
      untilNewPods(on, app, ({ tier, enabled }) => tier === 'back' && enabled === 'yes'),
    );
  });

  rule('a rule selects by all labels of its selector, with prefixes and empty values', async (on) => {
    const labels: Labels = { 'app.kubernetes.io/name': 'web', canary: '' };
    await setRule(on, ruleOf(on, { labels }), labels);
    const others: (Labels | undefined)[] = [
      { 'app.kubernetes.io/name': 'web' },
      { 'app.kubernetes.io/name': 'web', canary: 'no' },
      { name: 'web', canary: '' },
      {},
      undefined,
    ];
    for (const labels of others)
      expect((await labelsOf(on, { labels }))?.enabled, JSON.stringify(labels)).toBeUndefined();
  });

  rule('a gate may have a prefix in its key, and an empty value', async (on) => {
    await setRule(on, ruleOf(on, { gate: 'example.com/enabled=yes' }));
    await setRule(on, ruleOf(on, { service: 'also', gate: 'example.com/open=' }));
    const gates = { 'example.com/enabled': 'yes', 'example.com/open': '' };
    expect(await labelsOf(on, { labels: app })).toEqual({ ...app, ...gates });
  });

  rule('a pod that has the gate label keeps its value', async (on) => {
    await setRule(on, ruleOf(on));
    for (const enabled of ['no', '']) {
      expect(await labelsOf(on, { labels: { ...app, enabled } })).toEqual({ ...app, enabled });
    }
  });

  rule('a broken rule neither labels a pod nor keeps one from being created', async (on) => {
    const broken: (Record<string, string> | undefined)[] = [
      undefined,
      {},
      { gate: 'broken=yes' },
      { selector: 'app=web' },
      { selector: '', gate: 'broken=yes' },
      { selector: ',', gate: 'broken=yes' },
      { selector: '=', gate: 'broken=yes' },
      { selector: 'app', gate: 'broken=yes' },
      { selector: 'app==web', gate: 'broken=yes' },
      { selector: 'app=web,', gate: 'broken=yes' },
      { selector: 'app in (web)', gate: 'broken=yes' },
      { selector: 'app=web', gate: '' },
      { selector: 'app=web', gate: '=' },
      { selector: 'app=web', gate: 'broken' },
      { selector: 'app=web', gate: '=yes' },
      { selector: 'app=web', gate: 'broken=yes=no' },
      { selector: 'app=web', gate: 'broken label=yes' },
      { selector: 'app=web', gate: 'broken=not a value' },
      { selector: 'app=web', gate: `broken=${'x'.repeat(64)}` },
    ];
    for (const [index, data] of broken.entries()) await on.create('configmaps', brokenRule(`broken-${index}`, data));
    await setRule(on, ruleOf(on));
    expect(await labelsOf(on, { labels: app })).toEqual({ ...app, enabled: 'yes' });
    for (const labels of [{ other: 'yes' }, undefined]) expect(await labelsOf(on, { labels })).toEqual(labels);
    await on.replicaSet({ replicas: 1 });
    const [pod] = await on.readyPods(1);
    expect(pod.metadata.labels).toEqual({ ...app, enabled: 'yes' });
  });

  rule('a rule changes no pod that exists, and no released one', async (on) => {
    await on.replicaSet({ replicas: 1 });
    const [pod] = await on.readyPods(1);
    await setRule(on, ruleOf(on));
    await on.label(pod, { seen: 'yes' });
    expect(gateOf(await on.label(pod, { app: null }))).toBeUndefined();
    await on.untilReleased(pod);
    const replacements = await on.readyPods(1, 'app=web');
    expect(replacements.map(gateOf)).toEqual(['yes']);
    expect(gateOf(await on.getPod(nameOf(pod)))).toBeUndefined();
  });

  rule('a pod may lose the gate label again', async (on) => {
    await setRule(on, ruleOf(on));
    await on.replicaSet({ replicas: 1 });
    const [pod] = await on.readyPods(1);
    expect([gateOf(pod), gateOf(await on.label(pod, { enabled: null }))]).toEqual(['yes', undefined]);
  });

  rule('new pods come without the gate label once the rule is deleted', async (on) => {
    const written = ruleOf(on);
    await setRule(on, written);
    await on.delete('configmaps', written.metadata.name);
    await untilNewPods(on, app, ({ enabled }) => enabled === undefined);
    await on.replicaSet({ replicas: 1 });
    const [pod] = await on.readyPods(1);
    expect(pod.metadata.labels).toEqual(app);
  });

  rule('a dry run shows the gate label and creates nothing', async (on) => {
    await setRule(on, ruleOf(on));
    expect(gateOf(await dryRun(on, { labels: app }))).toBe('yes');
    expect(await on.pods()).toEqual([]);
  });

  rule('a rule concerns only its own namespace', async (on) => {
    const elsewhere = await on.cluster.space();
    try {
      await setRule(elsewhere, ruleOf(elsewhere));
      expect(await labelsOf(on, { labels: app })).toEqual(app);
    } finally {
      await on.cluster.remove(elsewhere);
    }
  });
};

/** A policy with a name after `pitlane-gate`, which adds the label `tier=back` to new pods of this namespace. */
function laterPolicy(on: Space) {
  const metadata = { name: `zz-${on.name}` };
  const apiVersion = 'admissionregistration.k8s.io/v1';
  const rules = [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }];
  const namespaceSelector = { matchLabels: { 'kubernetes.io/metadata.name': on.name } };
  const expression = "[JSONPatch{op: 'add', path: '/metadata/labels/tier', value: 'back'}]";
  return [
    {
      apiVersion,
      kind: 'MutatingAdmissionPolicy',
      metadata,
      spec: {
        matchConstraints: { namespaceSelector, resourceRules: rules },
        mutations: [{ patchType: 'JSONPatch', jsonPatch: { expression } }],
        reinvocationPolicy: 'Never',
      },
    },
    { apiVersion, kind: 'MutatingAdmissionPolicyBinding', metadata, spec: { policyName: metadata.name } },
  ] as const;
}
