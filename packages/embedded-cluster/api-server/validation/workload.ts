import type { KubeObject } from '../../api/api.ts';
import type { Cause } from '../../api/api-error.ts';
import { isEqual, type Json } from '../../api/json.ts';
import { matchesSelector, meets } from '../../api/label-selector.ts';
import { forbiddenField, invalidValue, notSupported, required } from './field-error.ts';
import { labelSelectorErrors } from './label-selector.ts';
import { annotationErrors, labelErrors } from './metadata.ts';
import { podSpecErrors } from './pod-spec.ts';

/** The rules of workloads (apis/apps/validation). */

const noMatch = '`selector` does not match template `labels`';

function templateErrors(template: Json, path: string): Cause[] {
  const { metadata = {}, spec } = template;
  return [
    ...labelErrors(metadata.labels, `${path}.metadata.labels`),
    ...annotationErrors(metadata.annotations, `${path}.metadata.annotations`),
    ...podSpecErrors(spec, `${path}.spec`),
  ];
}

/** The pods of a workload must always restart. */
function restartErrors({ spec }: Json, path: string, kind: string): Cause[] {
  const causes: Cause[] = [];
  if (spec.restartPolicy !== 'Always')
    causes.push(notSupported(`${path}.spec.restartPolicy`, spec.restartPolicy, ['Always']));
  if (spec.activeDeadlineSeconds !== undefined) {
    const why = `activeDeadlineSeconds in ${kind} is not Supported`;
    causes.push(forbiddenField(`${path}.spec.activeDeadlineSeconds`, why));
  }
  return causes;
}

function nonNegative(spec: Json, fields: readonly string[]): Cause[] {
  return fields
    .filter((field) => spec[field] < 0)
    .map((field) => invalidValue(`spec.${field}`, spec[field], 'must be greater than or equal to 0'));
}

function selectorErrors(spec: Json, kind: string): Cause[] {
  const path = 'spec.selector';
  if (!spec.selector) return [required(path)];
  const causes = labelSelectorErrors(spec.selector, path);
  if (isEmpty(spec.selector)) causes.push(invalidValue(path, spec.selector, `empty selector is invalid for ${kind}`));
  return causes;
}

function isEmpty(selector: Json): boolean {
  return Object.keys(selector.matchLabels ?? {}).length + (selector.matchExpressions ?? []).length === 0;
}

function matchErrors(spec: Json): Cause[] {
  // An empty selector is an error of its own; a missing one does not select the template.
  if (spec.selector && isEmpty(spec.selector)) return [];
  const { labels } = spec.template.metadata;
  return matchesSelector(spec.selector, labels)
    ? []
    : [invalidValue('spec.template.metadata.labels', labels ?? null, noMatch)];
}

export function deploymentErrors({ spec }: Json): Cause[] {
  const causes = [
    ...nonNegative(spec, ['replicas']),
    ...selectorErrors(spec, 'deployment'),
    ...matchErrors(spec),
    ...templateErrors(spec.template, 'spec.template'),
    ...restartErrors(spec.template, 'spec.template', 'ReplicaSet'),
    ...strategyErrors(spec.strategy),
    ...nonNegative(spec, ['minReadySeconds', 'revisionHistoryLimit', 'progressDeadlineSeconds']),
  ];
  if (spec.progressDeadlineSeconds <= (spec.minReadySeconds ?? 0)) {
    const why = 'must be greater than minReadySeconds';
    causes.push(invalidValue('spec.progressDeadlineSeconds', spec.progressDeadlineSeconds, why));
  }
  return causes;
}

function strategyErrors({ type, rollingUpdate }: Json): Cause[] {
  const path = 'spec.strategy';
  if (type === 'Recreate') {
    const why = "may not be specified when strategy `type` is 'Recreate'";
    return rollingUpdate ? [forbiddenField(`${path}.rollingUpdate`, why)] : [];
  }
  if (type !== 'RollingUpdate') return [notSupported(path, asGo(type, rollingUpdate), ['Recreate', 'RollingUpdate'])];
  const causes = ['maxUnavailable', 'maxSurge'].flatMap((field) =>
    countErrors(rollingUpdate[field], `${path}.rollingUpdate.${field}`),
  );
  if (isZero(rollingUpdate.maxUnavailable) && isZero(rollingUpdate.maxSurge)) {
    const why = 'may not be 0 when `maxSurge` is 0';
    causes.push(invalidValue(`${path}.rollingUpdate.maxUnavailable`, rollingUpdate.maxUnavailable, why));
  }
  return causes;
}

/** A strategy as Go prints it: internal types have no JSON names. */
function asGo(type: string, rollingUpdate: Json): Json {
  return { Type: type, RollingUpdate: rollingUpdate ?? null };
}

function isZero(count: string | number): boolean {
  return count === 0 || count === '0%';
}

/** A number of pods or a percentage. */
export function countErrors(count: string | number, path: string): Cause[] {
  if (typeof count === 'number')
    return count < 0 ? [invalidValue(path, count, 'must be greater than or equal to 0')] : [];
  if (/^\d+%$/.test(count)) {
    return Number(count.slice(0, -1)) > 100 ? [invalidValue(path, count, 'must not be greater than 100%')] : [];
  }
  const why =
    "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')";
  return [invalidValue(path, count, why)];
}

export function replicaSetErrors({ spec }: Json): Cause[] {
  return [
    ...nonNegative(spec, ['replicas', 'minReadySeconds']),
    ...selectorErrors(spec, 'deployment'),
    ...matchErrors(spec),
    ...templateErrors(spec.template, 'spec.template'),
    ...restartErrors(spec.template, 'spec.template', 'ReplicaSet'),
  ];
}

export function daemonSetErrors({ spec }: Json): Cause[] {
  const { labels } = spec.template.metadata;
  const causes = labelSelectorErrors(spec.selector, 'spec.selector');
  if (!matchesSelector(spec.selector, labels))
    causes.push(invalidValue('spec.template.metadata.labels', labels ?? null, noMatch));
  if (spec.selector && isEmpty(spec.selector)) {
    causes.push(invalidValue('spec.selector', spec.selector, 'empty selector is invalid for daemonset'));
  }
  return [
    ...causes,
    ...templateErrors(spec.template, 'spec.template'),
    ...restartErrors(spec.template, 'spec.template', 'DaemonSet'),
    ...nonNegative(spec, ['minReadySeconds']),
    ...daemonSetStrategyErrors(spec.updateStrategy),
    ...nonNegative(spec, ['revisionHistoryLimit']),
  ];
}

function daemonSetStrategyErrors({ type, rollingUpdate }: Json): Cause[] {
  const path = 'spec.updateStrategy';
  if (type === 'OnDelete') return [];
  if (type !== 'RollingUpdate') return [notSupported(path, asGo(type, rollingUpdate), ['RollingUpdate', 'OnDelete'])];
  const { maxUnavailable, maxSurge } = rollingUpdate;
  const at = `${path}.rollingUpdate`;
  const causes = [...countErrors(maxUnavailable, `${at}.maxUnavailable`), ...countErrors(maxSurge, `${at}.maxSurge`)];
  if (!isZero(maxUnavailable) && !isZero(maxSurge)) {
    causes.push(invalidValue(`${at}.maxSurge`, maxSurge, 'may not be set when maxUnavailable is non-zero'));
  }
  if (isZero(maxUnavailable) && isZero(maxSurge)) {
    causes.push(required(`${at}.maxUnavailable`, 'cannot be 0 when maxSurge is 0'));
  }
  return causes;
}

export function statefulSetErrors({ spec }: Json): Cause[] {
  return [
    ...nonNegative(spec, ['replicas', 'minReadySeconds']),
    ...selectorErrors(spec, 'statefulset'),
    ...matchErrors(spec),
    ...templateErrors(spec.template, 'spec.template').filter(({ message }) => !isClaimVolume(message, spec)),
    ...restartErrors(spec.template, 'spec.template', 'StatefulSet'),
  ];
}

/** Mounts may name a volume from a claim template, which is not in `volumes`. */
function isClaimVolume(message: string, spec: Json): boolean {
  return (spec.volumeClaimTemplates ?? []).some(({ metadata }: Json) => message === `Not found: "${metadata.name}"`);
}

const statefulSetFields = [
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
];

export function changedStatefulSetErrors(set: Json, old: KubeObject): Cause[] {
  const fields = new Set([...Object.keys(set.spec), ...Object.keys(old.spec)]);
  const isChanged = [...fields].some(
    (field) => !statefulSetFields.includes(field) && !isEqual(set.spec[field], old.spec[field]),
  );
  if (!isChanged) return statefulSetErrors(set);
  const named = statefulSetFields.map((field) => `'${field}'`);
  const list = `${named.slice(0, -1).join(', ')} and ${named.at(-1)}`;
  const why = `updates to statefulset spec for fields other than ${list} are forbidden`;
  return [...statefulSetErrors(set), forbiddenField('spec', why)];
}

export function controllerErrors({ spec }: Json): Cause[] {
  const causes = nonNegative(spec, ['replicas', 'minReadySeconds']);
  if (!spec.selector) {
    causes.push(required('spec.selector'));
  } else {
    const requirements = Object.entries(spec.selector as Record<string, string>).map(([key, value]) => ({
      key,
      operator: '=' as const,
      values: [value],
    }));
    const { labels } = spec.template.metadata;
    if (!meets(labels, requirements))
      causes.push(invalidValue('spec.template.metadata.labels', labels ?? null, noMatch));
  }
  return [
    ...causes,
    ...templateErrors(spec.template, 'spec.template'),
    ...restartErrors(spec.template, 'spec.template', 'ReplicationController'),
  ];
}
