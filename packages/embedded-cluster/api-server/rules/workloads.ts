import { isEqual, type Json } from '../../api/json.ts';
import { isEmptySelector, matchesLabels, matchesSelector } from '../../api/label-selector.ts';
import { asGo, type Field } from '../validation/field.ts';
import { checkAnnotations, checkLabelSelector, checkLabels } from '../validation/metadata.ts';
import { fill, keep, type Rules, withSpec, withStatus } from './kind-rules.ts';
import { checkPodSpec, defaultPodSpec } from './pod-spec.ts';

const templateGeneration = 'deprecated.daemonset.template.generation';

/** Fields of a StatefulSet's spec. */
const changeable = [
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
];

/** The rules of pods' controllers, and of what guards and scales them (validation of apis/apps, policy and autoscaling). */
export const workloads = {
  deployments: {
    defaults: withTemplate(({ spec }) => {
      const strategy = { type: 'RollingUpdate' };
      fill(spec, { replicas: 1, strategy, revisionHistoryLimit: 10, progressDeadlineSeconds: 600 });
      if (spec.strategy.type === 'RollingUpdate')
        fill(spec.strategy, { rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } });
    }),
    prepareNew: withStatus({}),
    prepareStatus: ({ metadata }, old) => keep(metadata, old.metadata, 'labels'),
    checkNew(deployment) {
      const spec = deployment.at('spec');
      spec.notNegative('replicas');
      spec.at('selector').given();
      checkSelector(spec, 'deployment');
      checkTemplate(spec, 'ReplicaSet');
      const rolling = spec.at('strategy.rollingUpdate');
      if (spec.value.strategy.type === 'Recreate' && rolling.value)
        rolling.forbidden("may not be specified when strategy `type` is 'Recreate'");
      const [maxUnavailable, maxSurge] = checkStrategy(spec.at('strategy'), ['Recreate', 'RollingUpdate']);
      if (isZero(maxUnavailable) && isZero(maxSurge)) maxUnavailable?.invalid('may not be 0 when `maxSurge` is 0');
      spec.notNegative('minReadySeconds', 'revisionHistoryLimit', 'progressDeadlineSeconds');
      const deadline = spec.at('progressDeadlineSeconds');
      if (deadline.value <= (spec.value.minReadySeconds ?? 0)) deadline.invalid('must be greater than minReadySeconds');
    },
    immutable: ['selector'],
  },
  replicasets: {
    defaults: withTemplate(({ spec }) => fill(spec, { replicas: 1 })),
    prepareNew: withStatus({ replicas: 0 }),
    checkNew: (set) => checkReplicated(set, 'ReplicaSet', 'deployment'),
    immutable: ['selector'],
  },
  daemonsets: {
    defaults: withTemplate(({ spec }) => {
      fill(spec, { updateStrategy: { type: 'RollingUpdate' }, revisionHistoryLimit: 10 });
      if (spec.updateStrategy.type === 'RollingUpdate')
        fill(spec.updateStrategy, { rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } });
    }),
    prepareNew(set) {
      set.status = { currentNumberScheduled: 0, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0 };
      countTemplate(set, '1');
    },
    prepareChange(set, old) {
      const before = old.metadata.annotations?.[templateGeneration] ?? '0';
      const isChanged = !isEqual(set.spec.template, old.spec.template);
      countTemplate(set, isChanged ? String(Number(before) + 1) : before);
    },
    checkNew(set) {
      const spec = set.at('spec');
      checkSelector(spec, 'daemonset');
      checkTemplate(spec, 'DaemonSet');
      spec.notNegative('minReadySeconds');
      const [maxUnavailable, maxSurge] = checkStrategy(spec.at('updateStrategy'), ['RollingUpdate', 'OnDelete']);
      if (!isZero(maxUnavailable) && !isZero(maxSurge))
        maxSurge?.invalid('may not be set when maxUnavailable is non-zero');
      if (isZero(maxUnavailable) && isZero(maxSurge)) maxUnavailable?.required('cannot be 0 when maxSurge is 0');
      spec.notNegative('revisionHistoryLimit');
    },
    immutable: ['selector'],
  },
  statefulsets: {
    defaults: withTemplate(({ spec }) => {
      if (spec.updateStrategy?.type === undefined)
        fill(spec, { updateStrategy: { type: 'RollingUpdate', rollingUpdate: {} } });
      const { type, rollingUpdate } = spec.updateStrategy;
      if (type === 'RollingUpdate' && rollingUpdate) rollingUpdate.partition ??= 0;
      fill(spec, {
        podManagementPolicy: 'OrderedReady',
        persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
        replicas: 1,
        revisionHistoryLimit: 10,
      });
      for (const claim of spec.volumeClaimTemplates ?? []) {
        Object.assign(claim, { apiVersion: 'v1', kind: 'PersistentVolumeClaim' });
        fill(claim, { status: { phase: 'Pending' }, spec: { volumeMode: 'Filesystem' } });
      }
    }),
    prepareNew: withStatus({ replicas: 0, availableReplicas: 0 }),
    checkNew: checkStatefulSet,
    checkChange(set, old) {
      checkStatefulSet(set);
      const spec = set.at('spec');
      const changed = { ...spec.value };
      for (const field of changeable) changed[field] = old.spec[field];
      const named = new Intl.ListFormat('en-GB').format(changeable.map((field) => `'${field}'`));
      if (!isEqual(changed, old.spec))
        spec.forbidden(`updates to statefulset spec for fields other than ${named} are forbidden`);
    },
  },
  replicationcontrollers: {
    defaults: withTemplate(({ spec, metadata }) => {
      const { labels } = spec.template.metadata;
      spec.replicas ??= 1;
      if (!labels) return;
      spec.selector ??= { ...labels };
      metadata.labels ??= { ...labels };
    }),
    prepareNew: withStatus({ replicas: 0 }),
    checkNew(controller) {
      const spec = controller.at('spec');
      spec.notNegative('replicas', 'minReadySeconds');
      if (spec.at('selector').given()) checkMatch(spec, matchesLabels);
      checkTemplate(spec, 'ReplicationController');
    },
  },
  poddisruptionbudgets: {
    prepareNew(budget) {
      budget.spec ??= {};
      budget.status = { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 };
    },
    checkNew(budget) {
      const spec = budget.at('spec');
      const { minAvailable, maxUnavailable, selector = null, unhealthyPodEvictionPolicy = null } = spec.value;
      const shown = asGo({ minAvailable, selector, maxUnavailable, unhealthyPodEvictionPolicy });
      if (minAvailable !== undefined && maxUnavailable !== undefined)
        spec.invalid('minAvailable and maxUnavailable cannot be both set', shown);
      if (minAvailable !== undefined) checkCount(spec.at('minAvailable'));
      if (maxUnavailable !== undefined) checkCount(spec.at('maxUnavailable'));
      checkLabelSelector(spec.at('selector'));
    },
  },
  horizontalpodautoscalers: {
    defaults: withSpec(({ spec }) => {
      spec.minReplicas ??= 1;
      const target = { type: 'Utilization', averageUtilization: 80 };
      spec.metrics ??= [{ type: 'Resource', resource: { name: 'cpu', target } }];
    }),
    prepareNew: withStatus({ desiredReplicas: 0, currentMetrics: null }),
    checkNew(autoscaler) {
      const spec = autoscaler.at('spec');
      const [min, max] = [spec.at('minReplicas'), spec.at('maxReplicas', 0)];
      if (min.value < 1) min.invalid('must be greater than or equal to 1');
      if (max.value < 1) max.required('must be set and greater than 0');
      if (max.value < min.value) max.invalid('must be greater than or equal to `minReplicas`');
      spec.at('scaleTargetRef.kind').given();
      spec.at('scaleTargetRef.name').given();
      const version = spec.at('scaleTargetRef.apiVersion', '');
      if (!version.value) version.invalid('apiVersion must specify API group');
    },
  },
} satisfies Record<string, Rules>;

/** Defaults of a kind with a pod template: first those of the template. */
export function withTemplate(defaults: (object: Json) => void): (object: Json) => void {
  return withSpec((object) => {
    defaultTemplateOf(object.spec);
    defaults(object);
  });
}

export function defaultTemplateOf(spec: Json): void {
  fill(spec, { template: { metadata: {}, spec: {} } });
  defaultPodSpec(spec.template.spec);
}

/** Counts the template's changes and overwrites the client's value. */
function countTemplate(daemonSet: Json, generation: string): void {
  daemonSet.metadata.annotations = { ...daemonSet.metadata.annotations, [templateGeneration]: generation };
}

function checkStatefulSet(set: Field): void {
  checkReplicated(set, 'StatefulSet', 'statefulset');
}

/** `named`: the kind as the message for an empty selector has it. */
function checkReplicated(workload: Field, kind: string, named: string): void {
  const spec = workload.at('spec');
  spec.notNegative('replicas', 'minReadySeconds');
  spec.at('selector').given();
  checkSelector(spec, named);
  checkTemplate(spec, kind);
}

function checkSelector(spec: Field, kind: string): void {
  const selector = spec.at('selector');
  checkLabelSelector(selector);
  if (selector.value && isEmptySelector(selector.value)) selector.invalid(`empty selector is invalid for ${kind}`);
  checkMatch(spec, matchesSelector);
}

function checkMatch(spec: Field, matches: (selector: Json, labels: Json) => boolean): void {
  const labels = spec.at('template.metadata.labels');
  if (!matches(spec.value.selector, labels.value)) labels.invalid('`selector` does not match template `labels`');
}

/** `kind`: whose pods must always restart. */
function checkTemplate(spec: Field, kind: string): void {
  checkLabels(spec.at('template.metadata.labels'));
  checkAnnotations(spec.at('template.metadata.annotations'));
  const podSpec = spec.at('template.spec');
  const claims = spec.at('volumeClaimTemplates').items();
  checkPodSpec(
    podSpec,
    claims.map(({ value }) => value.metadata?.name),
  );
  podSpec.at('restartPolicy').oneOf(['Always']);
  const deadline = podSpec.at('activeDeadlineSeconds');
  if (deadline.value !== undefined) deadline.forbidden(`activeDeadlineSeconds in ${kind} is not Supported`);
}

/** Returns the numbers of a rolling update, `maxUnavailable` and `maxSurge`, and none of another strategy. */
function checkStrategy(strategy: Field, types: readonly string[]): Field[] {
  const { type, rollingUpdate = null } = strategy.value;
  if (type !== 'RollingUpdate') {
    if (!types.includes(type)) strategy.as(asGo({ type, rollingUpdate })).oneOf(types);
    return [];
  }
  const counts = ['maxUnavailable', 'maxSurge'].map((name) => strategy.at(`rollingUpdate.${name}`));
  for (const count of counts) checkCount(count);
  return counts;
}

function isZero(count: Field | undefined): boolean {
  return count?.value === 0 || count?.value === '0%';
}

/** A number of pods or a percentage. */
function checkCount(count: Field): void {
  const { value } = count;
  const isPercentage = /^\d+%$/.test(value);
  if (typeof value !== 'number' && !isPercentage)
    count.invalid(
      "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
    );
  if (typeof value === 'number' && value < 0) count.invalid('must be greater than or equal to 0');
  if (isPercentage && Number(value.slice(0, -1)) > 100) count.invalid('must not be greater than 100%');
}
