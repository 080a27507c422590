import { expect } from 'vitest';
import type { AdmissionObject } from '../../infra/gate-policy.ts';
import { admissionPath, withObjects } from './gate-policy-scenes.ts';
import type { Refusal } from './http.ts';
import { configMap, pod } from './manifests.ts';
import type { KubeObject, Pod } from './objects.ts';
import type { Space } from './space.ts';
import type { Theme } from './suite.ts';
import { until } from './until.ts';

const apiVersion = 'admissionregistration.k8s.io/v1';
const paramKind = { apiVersion: 'v1', kind: 'ConfigMap' };

function patching(expression: string) {
  return { patchType: 'JSONPatch', jsonPatch: { expression } };
}

/** Adds the annotation `seen` with the value of the expression. */
function annotating(value: string) {
  return patching(`[JSONPatch{op: "add", path: "/metadata/annotations", value: {"seen": ${value}}}]`);
}

/** A policy for new ConfigMaps of this namespace that have the label `probe` with this value, and its binding. */
function policyFor(on: Space, probe: string, spec: object, binding: object = {}, rule: object = {}): AdmissionObject[] {
  const metadata = { name: `${on.name}-${probe}` };
  const matchConstraints = {
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': on.name } },
    objectSelector: { matchExpressions: [{ key: 'probe', operator: 'In', values: [probe, 'any'] }] },
    resourceRules: [
      { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'], ...rule },
    ],
  };
  return [
    {
      apiVersion,
      kind: 'MutatingAdmissionPolicy',
      metadata,
      spec: { matchConstraints, reinvocationPolicy: 'Never', ...spec },
    },
    {
      apiVersion,
      kind: 'MutatingAdmissionPolicyBinding',
      metadata,
      spec: { policyName: metadata.name, ...binding },
    },
  ];
}

/** The server's answer to a new ConfigMap with the label `probe`: its annotations, or the refusal. */
async function answerTo(on: Space, probe: string): Promise<unknown> {
  const body = configMap({ metadata: { name: undefined, generateName: 'probe-', labels: { probe } } });
  const sent = { query: { dryRun: 'All' }, body };
  const answer = await on.ask<KubeObject & Refusal>('POST', 'configmaps', '', sent);
  if (answer.status === 201) return answer.body.metadata.annotations;
  const { code, reason, message, details } = answer.body;
  return { code, reason, message: message.replaceAll(on.name, 'NAMESPACE'), kind: details?.kind, name: details?.name };
}

function refused(probe: string, reason: string, why: string): object {
  const by = `policy 'NAMESPACE-${probe}' with binding 'NAMESPACE-${probe}'`;
  return { code: 403, reason, message: `${by} denied request: ${why}`, kind: 'configmaps', name: 'probe-' };
}

function failed(why: string): object {
  return { code: 500, reason: 'InternalError', message: `Internal error occurred: ${why}` };
}

const noKey = (expression: string) => `expression '${expression}' resulted in error: no such key: nope`;
const onNope = annotating('object.data.nope');
const byName = (parameterNotFoundAction: string) => ({ paramRef: { name: 'nope', parameterNotFoundAction } });

/** By probe: the policy, its binding, and the answer. */
const cases: Readonly<Record<string, readonly [spec: object, answer: unknown, binding?: object]>> = {
  'failed-mutation': [
    { mutations: [onNope] },
    refused('failed-mutation', 'Invalid', noKey(onNope.jsonPatch.expression)),
  ],
  'ignored-failure': [{ failurePolicy: 'Ignore', mutations: [onNope] }, undefined],
  'failed-condition': [
    { matchConditions: [{ name: 'a', expression: 'object.data.nope == "x"' }], mutations: [annotating('"x"')] },
    refused('failed-condition', 'Invalid', noKey('object.data.nope == "x"')),
  ],
  'false-condition': [
    {
      matchConditions: [
        { name: 'a', expression: 'object.data.nope == "x"' },
        { name: 'b', expression: 'false' },
      ],
      mutations: [annotating('"x"')],
    },
    undefined,
  ],
  'missing-path': [
    { mutations: [patching('[JSONPatch{op: "add", path: "/nope/x", value: "y"}]')] },
    refused(
      'missing-path',
      'Invalid',
      'JSON Patch: add operation does not apply: doc is missing path: "/nope/x": missing value',
    ),
  ],
  'failed-test': [
    {
      mutations: [
        annotating('"x"'),
        patching(
          '[JSONPatch{op: "remove", path: "/metadata/annotations"}, JSONPatch{op: "test", path: "/data/colour", value: "red"}]',
        ),
      ],
    },
    { seen: 'x' },
  ],
  'wrong-type': [
    { failurePolicy: 'Ignore', mutations: [annotating('1')] },
    failed('json: cannot unmarshal number into Go struct field ObjectMeta.metadata.annotations of type string'),
  ],
  'unknown-field': [
    { failurePolicy: 'Ignore', mutations: [patching('[JSONPatch{op: "add", path: "/nope", value: 1}]')] },
    failed('strict decoding error: unknown field "nope"'),
  ],
  'no-param': [
    { paramKind, mutations: [annotating('"x"')] },
    refused(
      'no-param',
      'Forbidden',
      'failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction',
    ),
    byName('Deny'),
  ],
  'no-param-needed': [{ paramKind, mutations: [annotating('"x"')] }, undefined, byName('Allow')],
  'null-param': [{ paramKind, mutations: [annotating('string(params == null)')] }, { seen: 'true' }],
  'unused-variable': [
    { variables: [{ name: 'bad', expression: 'object.data.nope' }], mutations: [annotating('"x"')] },
    { seen: 'x' },
  ],
  'failed-variable': [
    { variables: [{ name: 'bad', expression: 'object.data.nope' }], mutations: [annotating('variables.bad')] },
    refused(
      'failed-variable',
      'Invalid',
      `expression '${annotating('variables.bad').jsonPatch.expression}' resulted in error: composited variable "bad" fails to evaluate: no such key: nope`,
    ),
  ],
  'two-mutations': [
    {
      mutations: [
        annotating('"x"'),
        patching(
          '[JSONPatch{op: "add", path: "/metadata/annotations/seen", value: object.metadata.annotations.seen + "y"}]',
        ),
      ],
    },
    { seen: 'xy' },
  ],
  'a-request': [
    {
      mutations: [
        annotating(
          '[request.operation, request.resource.resource, request.kind.kind, string(request.dryRun), string(has(request.name)), string(oldObject == null), string(namespaceObject.metadata.name == request.namespace)].join(" ")',
        ),
      ],
    },
    { seen: 'CREATE configmaps ConfigMap true false true true' },
  ],
  'a-new-object': [
    {
      mutations: [
        annotating(
          '["name", "generateName", "uid", "creationTimestamp", "labels", "annotations", "namespace"].filter(key, key in object.metadata).join(" ")',
        ),
      ],
    },
    { seen: 'generateName labels namespace' },
  ],
};

/** How MutatingAdmissionPolicies are checked and evaluated. */
export const admissionPolicies: Theme = (rule) => {
  rule(
    'a policy changes, refuses or fails a request as its expressions, parameters and failure policy say',
    async (on) => {
      const objects = Object.entries(cases).flatMap(([probe, [spec, , binding]]) =>
        policyFor(on, probe, spec, binding),
      );
      // The server learns of it last, since it comes by the same watches.
      objects.push(...policyFor(on, 'last', { mutations: [annotating('"last"')] }));
      await withObjects(on, objects, async () => {
        await until(
          'active',
          () => answerTo(on, 'last'),
          (answer) => JSON.stringify(answer) === '{"seen":"last"}',
        );
        for (const [probe, [, answer]] of Object.entries(cases))
          expect(await answerTo(on, probe), probe).toEqual(answer);
      });
    },
  );

  rule('a policy for updates sees the old object and the new one', async (on) => {
    const patch = `[JSONPatch{op: "replace", path: "/data/colour", value: oldObject.data.colour + object.data.colour}]`;
    const objects = policyFor(on, 'an-update', { mutations: [patching(patch)] }, {}, { operations: ['UPDATE'] });
    await withObjects(on, objects, async () => {
      await on.create('configmaps', configMap({ metadata: { labels: { probe: 'an-update' } } }));
      const sent = { query: { dryRun: 'All' }, body: { data: { colour: 'red' } } };
      const colour = async () => {
        const { body } = await on.ask<KubeObject & { data: object }>('PATCH', 'configmaps', 'settings', sent);
        return body.data;
      };
      await until('active', colour, (data) => JSON.stringify(data) !== '{"colour":"red"}');
      expect(await colour()).toEqual({ colour: 'bluered' });
    });
  });

  rule('what a policy adds to a pod is completed as if the client had sent it', async (on) => {
    const patch = `[
      JSONPatch{op: "add", path: "/spec/containers/-", value: {"name": "more", "image": "example/more:v1"}},
      JSONPatch{op: "add", path: "/spec/containers/1/resources", value: {"requests": {"cpu": "2"}}}
    ]`;
    const objects = policyFor(on, 'a-container', { mutations: [patching(patch)] }, {}, { resources: ['pods'] });
    await withObjects(on, objects, async () => {
      const body = pod({ labels: { probe: 'a-container' } }, on.cluster.placement);
      const look = () => on.ask<Pod>('POST', 'pods', '', { query: { dryRun: 'All' }, body });
      const { body: seen } = await until('active', look, (answer) => answer.body.spec?.containers.length === 2);
      const [first, second] = seen.spec.containers as {
        imagePullPolicy?: string;
        volumeMounts?: { mountPath: string }[];
      }[];
      expect(second?.imagePullPolicy).toBe(first?.imagePullPolicy);
      expect(second?.volumeMounts).toEqual(first?.volumeMounts);
      expect(seen.status?.qosClass).toBe('Burstable');
    });
  });

  rule('a policy is refused if an expression does not compile or has the wrong type', async (on) => {
    const spec = { mutations: [annotating('"x"')] };
    const fieldsOf = async (part: object): Promise<unknown> => {
      const [policy] = policyFor(on, 'refused', { ...spec, ...part }) as [AdmissionObject];
      const sent = { query: { dryRun: 'All' }, body: policy };
      const { status, body } = await on.cluster.http.exchange('POST', admissionPath(policy, false), sent);
      return [status, ...(body.details?.causes ?? []).map((cause) => (cause as { field: string }).field)];
    };
    const condition = (expression: string) => ({ matchConditions: [{ name: 'a', expression }] });
    const mutation = (expression: string) => ({ mutations: [patching(expression)] });
    const ofCondition = [422, 'spec.matchConditions[0].expression'];
    const ofMutation = [422, 'spec.mutations[0].jsonPatch.expression'];
    const variables = [{ name: 'text', expression: '"x"' }];

    expect(await fieldsOf({})).toEqual([201]);
    expect(await fieldsOf(condition('object.spec.x'))).toEqual(ofCondition);
    expect(await fieldsOf(condition('1'))).toEqual(ofCondition);
    expect(await fieldsOf(condition('true &&'))).toEqual(ofCondition);
    expect(await fieldsOf(condition('params.data == {}'))).toEqual(ofCondition);
    expect(await fieldsOf({ paramKind, ...condition('params.data == {}') })).toEqual([201]);
    expect(await fieldsOf({ variables, ...condition('variables.text == "x"') })).toEqual(ofCondition);
    expect(await fieldsOf(condition('jsonpatch.escapeKey("a") == "a"'))).toEqual(ofCondition);
    for (const text of [
      '[]',
      '"x"',
      '[JSONPatch{op: 1}]',
      '[JSONPatch{nope: "x"}]',
      '[JSONPatch{op: nope}]',
      '[JSONPatch{',
    ]) {
      expect(await fieldsOf(mutation(text)), text).toEqual(ofMutation);
    }
    expect(await fieldsOf(mutation('false ? [JSONPatch{op: "add"}] : []'))).toEqual([201]);
    expect(await fieldsOf({ variables, ...mutation('[JSONPatch{op: variables.text}]') })).toEqual([201]);
    expect(await fieldsOf({ variables, ...mutation('[JSONPatch{op: variables.text + 1}]') })).toEqual(ofMutation);
    expect(await fieldsOf({ variables, ...mutation('[JSONPatch{op: variables.other}]') })).toEqual(ofMutation);
    expect(await fieldsOf({ mutations: undefined, reinvocationPolicy: undefined })).toEqual([
      422,
      'spec.mutations',
      'spec.reinvocationPolicy',
    ]);
  });
};
