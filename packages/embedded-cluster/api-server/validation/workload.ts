import type { KubeObject } from '../../api/api.ts';
import type { Cause } from '../../api/api-error.ts';
import { isEqual, type Json } from '../../api/json.ts';
import { isEmptySelector, matchesLabels, matchesSelector } from '../../api/label-selector.ts';
import { Field, firstOf } from './field.ts';
import { labelSelectorErrors } from './label-selector.ts';
import { annotationErrors, labelErrors } from './metadata.ts';
import { podSpecErrors } from './pod-spec.ts';

/** The rules of workloads (apis/apps/validation). */

export function deploymentErrors(deployment: Json): Cause[] {
  const spec = new Field(deployment.spec, 'spec');
  const { progressDeadlineSeconds, minReadySeconds = 0 } = spec.value;
  const deadline = spec.at('progressDeadlineSeconds');
  return [
    ...spec.notNegative('replicas'),
    ...spec.at('selector').given(),
    ...selectorErrors(spec, 'deployment'),
    ...templateErrors(spec, 'ReplicaSet'),
    ...strategyErrors(spec.at('strategy')),
    ...spec.notNegative('minReadySeconds', 'revisionHistoryLimit', 'progressDeadlineSeconds'),
    ...deadline.invalidIf(progressDeadlineSeconds <= minReadySeconds, 'must be greater than minReadySeconds'),
  ];
}

function selectorErrors(spec: Field, kind: string): Cause[] {
  const selector = spec.at('selector');
  const isEmpty = selector.value && isEmptySelector(selector.value);
  return [
    ...labelSelectorErrors(selector),
    ...selector.invalidIf(isEmpty, `empty selector is invalid for ${kind}`),
    ...matchErrors(spec, matchesSelector),
  ];
}

function matchErrors(spec: Field, matches: (selector: Json, labels: Json) => boolean): Cause[] {
  const labels = spec.at('template.metadata.labels');
  return labels.invalidIf(!matches(spec.value.selector, labels.value), '`selector` does not match template `labels`');
}

/** `kind`: whose pods must always restart. */
function templateErrors(spec: Field, kind: string): Cause[] {
  const deadline = spec.at('template.spec.activeDeadlineSeconds');
  return [
    ...labelErrors(spec.at('template.metadata.labels')),
    ...annotationErrors(spec.at('template.metadata.annotations')),
    ...podSpecErrors(spec.at('template.spec')),
    ...spec.at('template.spec.restartPolicy').oneOf(['Always']),
    ...deadline.forbiddenIf(deadline.value !== undefined, `activeDeadlineSeconds in ${kind} is not Supported`),
  ];
}

function strategyErrors(strategy: Field): Cause[] {
  const { type } = strategy.value;
  const rolling = strategy.at('rollingUpdate');
  if (type === 'Recreate')
    return rolling.forbiddenIf(rolling.value, "may not be specified when strategy `type` is 'Recreate'");
  if (type !== 'RollingUpdate') return asGo(strategy).oneOf(['Recreate', 'RollingUpdate']);
  const [maxUnavailable, maxSurge] = [rolling.at('maxUnavailable'), rolling.at('maxSurge')];
  return [
    ...countErrors(maxUnavailable),
    ...countErrors(maxSurge),
    ...maxUnavailable.invalidIf(isZero(maxUnavailable) && isZero(maxSurge), 'may not be 0 when `maxSurge` is 0'),
  ];
}

/** A strategy as Go prints it: internal types have no JSON names. */
function asGo({ value, path }: Field): Field {
  return new Field({ Type: value.type, RollingUpdate: value.rollingUpdate ?? null }, path);
}

function isZero({ value }: Field): boolean {
  return value === 0 || value === '0%';
}

/** A number of pods or a percentage. */
export function countErrors(count: Field): Cause[] {
  const { value } = count;
  if (typeof value === 'number') return count.invalidIf(value < 0, 'must be greater than or equal to 0');
  const isPercentage = /^\d+%$/.test(value);
  const rule =
    "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')";
  return [
    ...count.invalidIf(!isPercentage, rule),
    ...count.invalidIf(isPercentage && Number(value.slice(0, -1)) > 100, 'must not be greater than 100%'),
  ];
}

export function replicaSetErrors(set: Json): Cause[] {
  return replicatedErrors(set, 'ReplicaSet', 'deployment');
}

export function daemonSetErrors(set: Json): Cause[] {
  const spec = new Field(set.spec, 'spec');
  return [
    ...selectorErrors(spec, 'daemonset'),
    ...templateErrors(spec, 'DaemonSet'),
    ...spec.notNegative('minReadySeconds'),
    ...daemonSetStrategyErrors(spec.at('updateStrategy')),
    ...spec.notNegative('revisionHistoryLimit'),
  ];
}

function daemonSetStrategyErrors(strategy: Field): Cause[] {
  const { type } = strategy.value;
  if (type === 'OnDelete') return [];
  if (type !== 'RollingUpdate') return asGo(strategy).oneOf(['RollingUpdate', 'OnDelete']);
  const rolling = strategy.at('rollingUpdate');
  const [maxUnavailable, maxSurge] = [rolling.at('maxUnavailable'), rolling.at('maxSurge')];
  const isOneZero = isZero(maxUnavailable) || isZero(maxSurge);
  return [
    ...countErrors(maxUnavailable),
    ...countErrors(maxSurge),
    ...maxSurge.invalidIf(!isOneZero, 'may not be set when maxUnavailable is non-zero'),
    ...maxUnavailable.requiredIf(isZero(maxUnavailable) && isZero(maxSurge), 'cannot be 0 when maxSurge is 0'),
  ];
}

export function statefulSetErrors(set: Json): Cause[] {
  // Mounts may name a volume from a claim template, which is not in `volumes`.
  const claims: Json[] = set.spec.volumeClaimTemplates ?? [];
  const known = claims.map(({ metadata }) => `Not found: "${metadata?.name}"`);
  return replicatedErrors(set, 'StatefulSet', 'statefulset').filter(({ message }) => !known.includes(message));
}

/** `named`: the kind as the message for an empty selector has it. */
function replicatedErrors(set: Json, kind: string, named: string): Cause[] {
  const spec = new Field(set.spec, 'spec');
  return [
    ...spec.notNegative('replicas', 'minReadySeconds'),
    ...spec.at('selector').given(),
    ...selectorErrors(spec, named),
    ...templateErrors(spec, kind),
  ];
}

const changeable = [
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
];

export function changedStatefulSetErrors(set: Json, old: KubeObject): Cause[] {
  const changed = { ...set.spec };
  for (const field of changeable) changed[field] = old.spec[field];
  const named = new Intl.ListFormat('en-GB').format(changeable.map((field) => `'${field}'`));
  const why = `updates to statefulset spec for fields other than ${named} are forbidden`;
  return [...statefulSetErrors(set), ...new Field(set.spec, 'spec').forbiddenIf(!isEqual(changed, old.spec), why)];
}

export function controllerErrors(controller: Json): Cause[] {
  const spec = new Field(controller.spec, 'spec');
  return [
    ...spec.notNegative('replicas', 'minReadySeconds'),
    ...firstOf(spec.at('selector').given(), matchErrors(spec, matchesLabels)),
    ...templateErrors(spec, 'ReplicationController'),
  ];
}
