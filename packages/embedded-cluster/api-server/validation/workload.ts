import type { KubeObject } from '../../api/api.ts';
import { isEqual, type Json } from '../../api/json.ts';
import { isEmptySelector, matchesLabels, matchesSelector } from '../../api/label-selector.ts';
import type { Field } from './field.ts';
import { checkAnnotations, checkLabelSelector, checkLabels } from './metadata.ts';
import { checkPodSpec } from './pod-spec.ts';

/** The rules of workloads (apis/apps/validation). */

export function checkDeployment(deployment: Field): void {
  const spec = deployment.at('spec');
  spec.notNegative('replicas');
  spec.at('selector').given();
  checkSelector(spec, 'deployment');
  checkTemplate(spec, 'ReplicaSet');
  checkStrategy(spec.at('strategy'));
  spec.notNegative('minReadySeconds', 'revisionHistoryLimit', 'progressDeadlineSeconds');
  const deadline = spec.at('progressDeadlineSeconds');
  if (deadline.value <= (spec.value.minReadySeconds ?? 0)) deadline.invalid('must be greater than minReadySeconds');
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
  const volumes = claims.map(({ value }) => value.metadata?.name);
  checkPodSpec(podSpec, volumes);
  podSpec.at('restartPolicy').oneOf(['Always']);
  const deadline = podSpec.at('activeDeadlineSeconds');
  if (deadline.value !== undefined) deadline.forbidden(`activeDeadlineSeconds in ${kind} is not Supported`);
}

function checkStrategy(strategy: Field): void {
  const { type } = strategy.value;
  const rolling = strategy.at('rollingUpdate');
  if (type === 'Recreate' && rolling.value)
    rolling.forbidden("may not be specified when strategy `type` is 'Recreate'");
  if (type === 'Recreate' || !isRolling(strategy, ['Recreate', 'RollingUpdate'])) return;
  const [maxUnavailable, maxSurge] = [rolling.at('maxUnavailable'), rolling.at('maxSurge')];
  checkCount(maxUnavailable);
  checkCount(maxSurge);
  if (isZero(maxUnavailable) && isZero(maxSurge)) maxUnavailable.invalid('may not be 0 when `maxSurge` is 0');
}

/** An error if it is none of the types. It shows the strategy as Go prints it: internal types have no JSON names. */
function isRolling(strategy: Field, types: readonly string[]): boolean {
  const { type, rollingUpdate = null } = strategy.value;
  return type === 'RollingUpdate' || strategy.as({ Type: type, RollingUpdate: rollingUpdate }).oneOf(types);
}

function isZero({ value }: Field): boolean {
  return value === 0 || value === '0%';
}

/** A number of pods or a percentage. */
export function checkCount(count: Field): void {
  const { value } = count;
  const isPercentage = /^\d+%$/.test(value);
  if (typeof value !== 'number' && !isPercentage)
    count.invalid(
      "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
    );
  if (typeof value === 'number' && value < 0) count.invalid('must be greater than or equal to 0');
  if (isPercentage && Number(value.slice(0, -1)) > 100) count.invalid('must not be greater than 100%');
}

export function checkReplicaSet(set: Field): void {
  checkReplicated(set.at('spec'), 'ReplicaSet', 'deployment');
}

export function checkDaemonSet(set: Field): void {
  const spec = set.at('spec');
  checkSelector(spec, 'daemonset');
  checkTemplate(spec, 'DaemonSet');
  spec.notNegative('minReadySeconds');
  checkDaemonSetStrategy(spec.at('updateStrategy'));
  spec.notNegative('revisionHistoryLimit');
}

function checkDaemonSetStrategy(strategy: Field): void {
  if (strategy.value.type === 'OnDelete' || !isRolling(strategy, ['RollingUpdate', 'OnDelete'])) return;
  const rolling = strategy.at('rollingUpdate');
  const [maxUnavailable, maxSurge] = [rolling.at('maxUnavailable'), rolling.at('maxSurge')];
  checkCount(maxUnavailable);
  checkCount(maxSurge);
  if (!isZero(maxUnavailable) && !isZero(maxSurge)) maxSurge.invalid('may not be set when maxUnavailable is non-zero');
  if (isZero(maxUnavailable) && isZero(maxSurge)) maxUnavailable.required('cannot be 0 when maxSurge is 0');
}

export function checkStatefulSet(set: Field): void {
  checkReplicated(set.at('spec'), 'StatefulSet', 'statefulset');
}

/** `named`: the kind as the message for an empty selector has it. */
function checkReplicated(spec: Field, kind: string, named: string): void {
  spec.notNegative('replicas', 'minReadySeconds');
  spec.at('selector').given();
  checkSelector(spec, named);
  checkTemplate(spec, kind);
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

export function checkChangedStatefulSet(set: Field, old: KubeObject): void {
  checkStatefulSet(set);
  const spec = set.at('spec');
  const changed = { ...spec.value };
  for (const field of changeable) changed[field] = old.spec[field];
  const named = new Intl.ListFormat('en-GB').format(changeable.map((field) => `'${field}'`));
  if (!isEqual(changed, old.spec))
    spec.forbidden(`updates to statefulset spec for fields other than ${named} are forbidden`);
}

export function checkReplicationController(controller: Field): void {
  const spec = controller.at('spec');
  spec.notNegative('replicas', 'minReadySeconds');
  if (spec.at('selector').given()) checkMatch(spec, matchesLabels);
  checkTemplate(spec, 'ReplicationController');
}
