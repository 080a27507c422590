import type { Json } from '../../api/json.ts';
import { quantity } from '../../api/quantity.ts';
import type { Field } from '../validation/field.ts';
import { checkLabels } from '../validation/metadata.ts';
import { dnsLabelErrors, portNameErrors, portNumberErrors, subdomainErrors } from '../validation/text.ts';
import { fill } from './kind-rules.ts';

/** The defaults of a pod, in the form that `fill` takes (core/v1/defaults.go). */

const fieldRef = { 'fieldRef?': { apiVersion: 'v1' } };
const handlers = { 'httpGet?': { path: '/', scheme: 'HTTP' }, 'grpc?': { service: '' } };
const counts = { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 };
const probe = { ...counts, ...handlers };

const container = {
  terminationMessagePath: '/dev/termination-log',
  terminationMessagePolicy: 'File',
  resources: {},
  ports: [{ protocol: 'TCP' }],
  env: [{ 'valueFrom?': fieldRef }],
  'livenessProbe?': probe,
  'readinessProbe?': probe,
  'startupProbe?': probe,
  'lifecycle?': { 'postStart?': handlers, 'preStop?': handlers },
};

const mode = { defaultMode: 0o644 };
const items = { items: [fieldRef] };
const volume = {
  'secret?': mode,
  'configMap?': mode,
  'downwardAPI?': { ...mode, ...items },
  'projected?': {
    ...mode,
    sources: [{ 'serviceAccountToken?': { expirationSeconds: 3_600 }, 'downwardAPI?': items }],
  },
  'hostPath?': { type: '' },
};

/** The defaults of a pod spec, in pods and templates alike. */
export function defaultPodSpec(spec: Json): void {
  for (const each of spec.volumes ?? []) if (Object.keys(each).every((key) => key === 'name')) each.emptyDir = {};
  const all: Json[] = ['containers', 'initContainers', 'ephemeralContainers'].flatMap((list) => spec[list] ?? []);
  for (const each of all) each.imagePullPolicy ??= tagOf(each.image ?? '') === 'latest' ? 'Always' : 'IfNotPresent';
  fill(spec, {
    dnsPolicy: 'ClusterFirst',
    restartPolicy: 'Always',
    securityContext: {},
    terminationGracePeriodSeconds: 30,
    schedulerName: 'default-scheduler',
    volumes: [volume],
    containers: [container],
    initContainers: [container],
    ephemeralContainers: [container],
  });
  if (spec.hostNetwork) for (const port of all.flatMap(({ ports = [] }) => ports)) port.hostPort ||= port.containerPort;
  // The deprecated field mirrors the new one.
  const account = spec.serviceAccountName ?? spec.serviceAccount;
  if (account) Object.assign(spec, { serviceAccountName: account, serviceAccount: account });
}

/** The tag after the last `/`: `latest` when it is missing. A digest counts as a fixed tag. */
function tagOf(image: string): string {
  if (image.includes('@')) return '';
  return image.split('/').at(-1)?.split(':')[1] ?? 'latest';
}

/**
 * Checks the common rules of a pod spec, in pods and templates; not every rule of Kubernetes. `claims`: the volumes of a
 * StatefulSet's claim templates.
 */
export function checkPodSpec(spec: Field, claims: readonly string[] = []): void {
  checkVolumes(spec.at('volumes'));
  spec.at('containers').given();
  checkContainers(spec, claims);
  spec.at('restartPolicy').oneOf(['Always', 'OnFailure', 'Never']);
  spec.at('dnsPolicy').oneOf(['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None']);
  checkLabels(spec.at('nodeSelector'));
  spec.at('serviceAccountName').follows(subdomainErrors);
  spec.at('nodeName').follows(subdomainErrors);
  spec.at('hostname').follows(dnsLabelErrors);
  const deadline = spec.at('activeDeadlineSeconds');
  if (deadline.value < 1 || deadline.value > 2 ** 31 - 1)
    deadline.invalid('must be between 1 and 2147483647, inclusive');
  for (const toleration of spec.at('tolerations').items()) checkToleration(toleration);
}

function checkVolumes(volumes: Field): void {
  const names = new Set<string>();
  for (const volume of volumes.items()) {
    const name = volume.at('name');
    if (name.given() && name.uniqueAmong(names)) name.follows(dnsLabelErrors);
  }
}

function checkContainers(spec: Field, claims: readonly string[]): void {
  const volumes = [...claims, ...(spec.value.volumes ?? []).map(({ name }: Json) => name)];
  const names = new Set<string>();
  for (const list of ['containers', 'initContainers', 'ephemeralContainers']) {
    for (const container of spec.at(list).items()) {
      checkContainer(container, volumes);
      container.at('name').uniqueAmong(names);
      const target = container.at('targetContainerName');
      if (target.value && !names.has(target.value)) target.notFound();
    }
  }
}

function checkContainer(container: Field, volumes: readonly string[]): void {
  const name = container.at('name');
  if (name.given()) name.follows(dnsLabelErrors);
  checkImage(container.at('image'));
  checkPorts(container.at('ports'));
  for (const variable of container.at('env').items()) checkVariable(variable);
  for (const mount of container.at('volumeMounts').items()) {
    const volume = mount.at('name');
    if (volume.given() && !volumes.includes(volume.value)) volume.notFound();
    mount.at('mountPath').given();
  }
  checkResources(container.at('resources'));
  container.at('imagePullPolicy').oneOf(['Always', 'IfNotPresent', 'Never']);
  container.at('terminationMessagePolicy').oneOf(['File', 'FallbackToLogsOnError']);
  for (const kind of ['livenessProbe', 'readinessProbe', 'startupProbe']) checkProbe(container.at(kind), kind);
}

export function checkImage(image: Field): void {
  if (image.given() && image.value.trim() !== image.value)
    image.invalid('must not have leading or trailing whitespace');
}

function checkPorts(ports: Field): void {
  const names = new Set<string>();
  for (const port of ports.items()) {
    const [name, number, hostPort] = [port.at('name'), port.at('containerPort'), port.at('hostPort')];
    if (name.follows(portNameErrors)) name.uniqueAmong(names);
    if (number.given()) number.follows(portNumberErrors);
    if (hostPort.value) hostPort.follows(portNumberErrors);
    port.at('protocol').oneOf(['SCTP', 'TCP', 'UDP']);
  }
}

function checkVariable(variable: Field): void {
  const name = variable.at('name');
  if (name.given() && !/^[ -<>-~]+$/.test(name.value))
    name.invalid("a valid environment variable name must consist only of printable ASCII characters other than '='");
  if (variable.value.value && variable.value.valueFrom)
    variable.at('valueFrom').invalid('may not be specified when `value` is not empty', '');
}

const standardResources = /^(cpu|memory|ephemeral-storage|hugepages-.+)$/;

/** core/validation, ValidateContainerResourceRequirements. */
function checkResources(resources: Field): void {
  const [limits, requests] = [resources.at('limits', {}), resources.at('requests')];
  for (const [name, amount] of [...limits.entries(), ...requests.entries()]) {
    const isExtended = name.includes('/');
    if (!isExtended && !standardResources.test(name)) {
      amount.invalid('must be a standard resource type or fully qualified', name);
      amount.invalid('must be a standard resource for containers', name);
    }
    if (quantity(amount.value) < 0) amount.invalid('must be greater than or equal to 0');
    else if (isExtended && !Number.isInteger(quantity(amount.value))) amount.invalid('must be an integer');
  }
  for (const [name, { value: amount }] of requests.entries()) {
    const { [name]: limit } = limits.value;
    const isExtended = name.includes('/');
    if (limit === undefined) {
      if (isExtended) limits.required('Limit must be set for non overcommitable resources');
    } else if (isExtended && quantity(amount) !== quantity(limit)) {
      requests.invalid(`must be equal to ${name} limit of ${limit}`, amount);
    } else if (quantity(amount) > quantity(limit)) {
      requests.invalid(`must be less than or equal to ${name} limit of ${limit}`, amount);
    }
  }
}

function checkProbe(probe: Field, kind: string): void {
  if (!probe.value) return;
  const [first, ...others] = ['exec', 'httpGet', 'tcpSocket', 'grpc'].filter((handler) => probe.value[handler]);
  if (first === undefined) probe.required('must specify a handler type');
  for (const other of others) probe.at(other).forbidden('may not specify more than 1 handler type');
  const threshold = probe.at('successThreshold');
  if (kind !== 'readinessProbe' && threshold.value !== 1) threshold.invalid('must be 1');
}

function checkToleration(toleration: Field): void {
  const { key, value } = toleration.value;
  const operator = toleration.at('operator', '');
  if (!key && operator.value !== 'Exists')
    operator.invalid('operator must be Exists when `key` is empty, which means "match all values and all keys"');
  if (operator.value === 'Exists' && value)
    operator.invalid("value must be empty when `operator` is 'Exists'", toleration.value);
}
