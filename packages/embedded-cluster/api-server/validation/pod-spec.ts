import type { Cause } from '../../api/api-error.ts';
import type { Json } from '../../api/json.ts';
import { quantity } from '../../api/quantity.ts';
import { type Field, firstOf } from './field.ts';
import { labelErrors } from './metadata.ts';
import { dnsLabelErrors, portNameErrors, portNumberErrors, subdomainErrors } from './text.ts';

/** The common errors of a pod spec, in pods and templates; not every rule of Kubernetes. */
export function podSpecErrors(spec: Field): Cause[] {
  const deadline = spec.at('activeDeadlineSeconds');
  const isDeadlineWrong = deadline.value < 1 || deadline.value > 2 ** 31 - 1;
  return [
    ...volumeErrors(spec.at('volumes')),
    ...spec.at('containers').requiredIf(!spec.value.containers?.length),
    ...containersErrors(spec),
    ...spec.at('restartPolicy').oneOf(['Always', 'OnFailure', 'Never']),
    ...spec.at('dnsPolicy').oneOf(['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None']),
    ...labelErrors(spec.at('nodeSelector')),
    ...spec.at('serviceAccountName').follows(subdomainErrors),
    ...spec.at('nodeName').follows(subdomainErrors),
    ...spec.at('hostname').follows(dnsLabelErrors),
    ...deadline.invalidIf(isDeadlineWrong, 'must be between 1 and 2147483647, inclusive'),
    ...spec.at('tolerations').each(tolerationErrors),
  ];
}

function volumeErrors(volumes: Field): Cause[] {
  const names = new Set<string>();
  return volumes.each((volume) => {
    const name = volume.at('name');
    return firstOf(name.given(), name.uniqueAmong(names), name.follows(dnsLabelErrors));
  });
}

function containersErrors(spec: Field): Cause[] {
  const volumes: Json[] = spec.value.volumes ?? [];
  const names = new Set<string>();
  return ['containers', 'initContainers', 'ephemeralContainers'].flatMap((list) =>
    spec.at(list).each((container) => {
      const target = container.at('targetContainerName');
      return [
        ...containerErrors(container, volumes),
        ...container.at('name').uniqueAmong(names),
        ...target.notFoundIf(target.value && !names.has(target.value)),
      ];
    }),
  );
}

function containerErrors(container: Field, volumes: readonly Json[]): Cause[] {
  const name = container.at('name');
  return [
    ...firstOf(name.given(), name.follows(dnsLabelErrors)),
    ...imageErrors(container.at('image')),
    ...containerPortErrors(container.at('ports')),
    ...container.at('env').each(variableErrors),
    ...container.at('volumeMounts').each((mount) => mountErrors(mount, volumes)),
    ...resourceErrors(container.at('resources')),
    ...container.at('imagePullPolicy').oneOf(['Always', 'IfNotPresent', 'Never']),
    ...container.at('terminationMessagePolicy').oneOf(['File', 'FallbackToLogsOnError']),
    ...['livenessProbe', 'readinessProbe', 'startupProbe'].flatMap((kind) => probeErrors(container.at(kind), kind)),
  ];
}

export function imageErrors(image: Field): Cause[] {
  const isPadded = image.value?.trim() !== image.value;
  return [...image.given(), ...image.invalidIf(isPadded, 'must not have leading or trailing whitespace')];
}

function containerPortErrors(ports: Field): Cause[] {
  const names = new Set<string>();
  return ports.each((port) => {
    const [name, number, hostPort] = [port.at('name'), port.at('containerPort'), port.at('hostPort')];
    return [
      ...firstOf(name.follows(portNameErrors), name.uniqueAmong(names)),
      ...firstOf(number.given(), number.follows(portNumberErrors)),
      ...(hostPort.value ? hostPort.follows(portNumberErrors) : []),
      ...port.at('protocol').oneOf(['SCTP', 'TCP', 'UDP']),
    ];
  });
}

function variableErrors(variable: Field): Cause[] {
  const name = variable.at('name');
  const { value, valueFrom } = variable.value;
  const rule = "a valid environment variable name must consist only of printable ASCII characters other than '='";
  return [
    ...firstOf(name.given(), name.invalidIf(!/^[ -<>-~]+$/.test(name.value), rule)),
    ...variable.at('valueFrom').invalidIf(value && valueFrom, 'may not be specified when `value` is not empty', ''),
  ];
}

function mountErrors(mount: Field, volumes: readonly Json[]): Cause[] {
  const name = mount.at('name');
  const isMissing = !volumes.some((volume) => volume.name === name.value);
  return [...firstOf(name.given(), name.notFoundIf(isMissing)), ...mount.at('mountPath').given()];
}

const standardResources = /^(cpu|memory|ephemeral-storage|hugepages-.+)$/;

/** core/validation, ValidateContainerResourceRequirements. */
function resourceErrors(resources: Field): Cause[] {
  const limits: Record<string, string> = resources.value?.limits ?? {};
  const requests = resources.at('requests');
  return [
    ...resources.at('limits').eachValue(amountErrors),
    ...requests.eachValue(amountErrors),
    ...requests.eachValue(({ value: amount }, name) => {
      const { [name]: limit } = limits;
      const isExtended = name.includes('/');
      if (limit === undefined)
        return resources.at('limits').requiredIf(isExtended, 'Limit must be set for non overcommitable resources');
      const isWrong = isExtended ? quantity(amount) !== quantity(limit) : quantity(amount) > quantity(limit);
      const rule = isExtended ? 'equal to' : 'less than or equal to';
      return requests.invalidIf(isWrong, `must be ${rule} ${name} limit of ${limit}`, amount);
    }),
  ];
}

function amountErrors(amount: Field, name: string): Cause[] {
  const isExtended = name.includes('/');
  const isUnknown = !isExtended && !standardResources.test(name);
  return [
    ...amount.invalidIf(isUnknown, 'must be a standard resource type or fully qualified', name),
    ...amount.invalidIf(isUnknown, 'must be a standard resource for containers', name),
    ...firstOf(
      amount.invalidIf(quantity(amount.value) < 0, 'must be greater than or equal to 0'),
      amount.invalidIf(isExtended && !Number.isInteger(quantity(amount.value)), 'must be an integer'),
    ),
  ];
}

function probeErrors(probe: Field, kind: string): Cause[] {
  if (!probe.value) return [];
  const [first, ...others] = ['exec', 'httpGet', 'tcpSocket', 'grpc'].filter((handler) => probe.value[handler]);
  const threshold = probe.at('successThreshold');
  return [
    ...probe.requiredIf(first === undefined, 'must specify a handler type'),
    ...others.flatMap((other) => probe.at(other).forbiddenIf(true, 'may not specify more than 1 handler type')),
    ...threshold.invalidIf(kind !== 'readinessProbe' && threshold.value !== 1, 'must be 1'),
  ];
}

function tolerationErrors(toleration: Field): Cause[] {
  const { key, operator, value } = toleration.value;
  const at = toleration.at('operator', '');
  const matchesAll = 'operator must be Exists when `key` is empty, which means "match all values and all keys"';
  const noValue = "value must be empty when `operator` is 'Exists'";
  return [
    ...at.invalidIf(!key && operator !== 'Exists', matchesAll),
    ...at.invalidIf(operator === 'Exists' && value, noValue, toleration.value),
  ];
}
