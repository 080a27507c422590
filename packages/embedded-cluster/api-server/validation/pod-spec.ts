import type { Cause } from '../../api/api-error.ts';
import type { Json } from '../../api/json.ts';
import { quantity } from '../../api/quantity.ts';
import { duplicate, fieldNotFound, forbiddenField, invalidValue, notSupported, required } from './field-error.ts';
import { labelErrors } from './metadata.ts';
import { dnsLabelErrors, portNameErrors, portNumberErrors, subdomainErrors } from './text.ts';

/** The common errors of a pod spec, in pods and templates; not every rule of Kubernetes. */
export function podSpecErrors(spec: Json, path: string): Cause[] {
  const volumes: Json[] = spec.volumes ?? [];
  const containers: Json[] = spec.containers ?? [];
  const causes = volumeErrors(volumes, `${path}.volumes`);
  if (containers.length === 0) causes.push(required(`${path}.containers`));
  const names = new Set<string>();
  for (const list of ['containers', 'initContainers', 'ephemeralContainers']) {
    (spec[list] ?? []).forEach((container: Json, index: number) => {
      const at = `${path}.${list}[${index}]`;
      causes.push(...containerErrors(container, at, volumes));
      if (names.has(container.name)) causes.push(duplicate(`${at}.name`, container.name));
      names.add(container.name);
      const target = container.targetContainerName;
      if (target && !names.has(target)) causes.push(fieldNotFound(`${at}.targetContainerName`, target));
    });
  }
  const restarts = ['Always', 'OnFailure', 'Never'];
  if (!restarts.includes(spec.restartPolicy))
    causes.push(notSupported(`${path}.restartPolicy`, spec.restartPolicy, restarts));
  const policies = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'];
  if (!policies.includes(spec.dnsPolicy)) causes.push(notSupported(`${path}.dnsPolicy`, spec.dnsPolicy, policies));
  causes.push(...labelErrors(spec.nodeSelector, `${path}.nodeSelector`));
  const namesOfOthers = { serviceAccountName: subdomainErrors, nodeName: subdomainErrors, hostname: dnsLabelErrors };
  for (const [field, errorsOf] of Object.entries(namesOfOthers)) {
    for (const error of spec[field] ? errorsOf(spec[field]) : [])
      causes.push(invalidValue(`${path}.${field}`, spec[field], error));
  }
  const deadline = spec.activeDeadlineSeconds;
  if (deadline !== undefined && (deadline < 1 || deadline > 2 ** 31 - 1)) {
    causes.push(invalidValue(`${path}.activeDeadlineSeconds`, deadline, 'must be between 1 and 2147483647, inclusive'));
  }
  return [...causes, ...tolerationErrors(spec.tolerations ?? [], `${path}.tolerations`)];
}

function volumeErrors(volumes: Json[], path: string): Cause[] {
  const names = new Set<string>();
  return volumes.flatMap((volume, index) => {
    const at = `${path}[${index}].name`;
    if (!volume.name) return [required(at)];
    if (names.has(volume.name)) return [duplicate(at, volume.name)];
    names.add(volume.name);
    return dnsLabelErrors(volume.name).map((error) => invalidValue(at, volume.name, error));
  });
}

const standardResources = /^(cpu|memory|ephemeral-storage|hugepages-.+)$/;

/** core/validation, ValidateContainerResourceRequirements. */
function resourceErrors({ requests = {}, limits = {} }: Json, path: string): Cause[] {
  const causes: Cause[] = [];
  for (const [field, amounts] of Object.entries({ limits, requests })) {
    for (const [name, amount] of Object.entries(amounts as Record<string, string>)) {
      const at = `${path}.${field}[${name}]`;
      if (!standardResources.test(name) && !name.includes('/')) {
        causes.push(invalidValue(at, name, 'must be a standard resource type or fully qualified'));
        causes.push(invalidValue(at, name, 'must be a standard resource for containers'));
      }
      if (quantity(amount) < 0) causes.push(invalidValue(at, amount, 'must be greater than or equal to 0'));
      else if (name.includes('/') && !Number.isInteger(quantity(amount)))
        causes.push(invalidValue(at, amount, 'must be an integer'));
    }
  }
  for (const [name, amount] of Object.entries(requests as Record<string, string>)) {
    const { [name]: limit } = limits;
    const isExtended = name.includes('/');
    if (limit === undefined) {
      if (isExtended) causes.push(required(`${path}.limits`, 'Limit must be set for non overcommitable resources'));
    } else if (isExtended && quantity(amount) !== quantity(limit)) {
      causes.push(invalidValue(`${path}.requests`, amount, `must be equal to ${name} limit of ${limit}`));
    } else if (quantity(amount) > quantity(limit)) {
      causes.push(invalidValue(`${path}.requests`, amount, `must be less than or equal to ${name} limit of ${limit}`));
    }
  }
  return causes;
}

function containerErrors(container: Json, path: string, volumes: Json[]): Cause[] {
  const causes: Cause[] = [];
  if (!container.name) causes.push(required(`${path}.name`));
  else
    for (const error of dnsLabelErrors(container.name))
      causes.push(invalidValue(`${path}.name`, container.name, error));
  if (!container.image) causes.push(required(`${path}.image`));
  else if (container.image.trim() !== container.image)
    causes.push(invalidValue(`${path}.image`, container.image, 'must not have leading or trailing whitespace'));
  causes.push(...containerPortErrors(container.ports ?? [], `${path}.ports`));
  (container.env ?? []).forEach((variable: Json, index: number) => {
    const at = `${path}.env[${index}]`;
    if (!variable.name) causes.push(required(`${at}.name`));
    else if (!/^[ -<>-~]+$/.test(variable.name)) {
      const why = "a valid environment variable name must consist only of printable ASCII characters other than '='";
      causes.push(invalidValue(`${at}.name`, variable.name, why));
    }
    if (variable.value && variable.valueFrom) {
      causes.push(invalidValue(`${at}.valueFrom`, '', 'may not be specified when `value` is not empty'));
    }
  });
  (container.volumeMounts ?? []).forEach((mount: Json, index: number) => {
    const at = `${path}.volumeMounts[${index}]`;
    if (!mount.name) causes.push(required(`${at}.name`));
    else if (!volumes.some(({ name }) => name === mount.name)) causes.push(fieldNotFound(`${at}.name`, mount.name));
    if (!mount.mountPath) causes.push(required(`${at}.mountPath`));
  });
  causes.push(...resourceErrors(container.resources ?? {}, `${path}.resources`));
  const policies = ['Always', 'IfNotPresent', 'Never'];
  if (!policies.includes(container.imagePullPolicy)) {
    causes.push(notSupported(`${path}.imagePullPolicy`, container.imagePullPolicy, policies));
  }
  const messages = ['File', 'FallbackToLogsOnError'];
  if (!messages.includes(container.terminationMessagePolicy))
    causes.push(notSupported(`${path}.terminationMessagePolicy`, container.terminationMessagePolicy, messages));
  for (const probe of ['livenessProbe', 'readinessProbe', 'startupProbe']) {
    if (container[probe]) causes.push(...probeErrors(container[probe], probe, `${path}.${probe}`));
  }
  return causes;
}

function containerPortErrors(ports: Json[], path: string): Cause[] {
  const names = new Set<string>();
  return ports.flatMap((port, index) => {
    const at = `${path}[${index}]`;
    const causes: Cause[] = [];
    if (port.name) {
      const errors = portNameErrors(port.name);
      causes.push(...errors.map((error) => invalidValue(`${at}.name`, port.name, error)));
      if (errors.length === 0 && names.has(port.name)) causes.push(duplicate(`${at}.name`, port.name));
      names.add(port.name);
    }
    if (!port.containerPort) causes.push(required(`${at}.containerPort`));
    for (const field of ['containerPort', 'hostPort']) {
      if (!port[field]) continue;
      for (const error of portNumberErrors(port[field]))
        causes.push(invalidValue(`${at}.${field}`, port[field], error));
    }
    const protocols = ['SCTP', 'TCP', 'UDP'];
    if (!protocols.includes(port.protocol)) causes.push(notSupported(`${at}.protocol`, port.protocol, protocols));
    return causes;
  });
}

function probeErrors(probe: Json, kind: string, path: string): Cause[] {
  const handlers = ['exec', 'httpGet', 'tcpSocket', 'grpc'].filter((handler) => probe[handler]);
  const causes: Cause[] = [];
  if (handlers.length === 0) causes.push(required(path, 'must specify a handler type'));
  for (const handler of handlers.slice(1)) {
    causes.push(forbiddenField(`${path}.${handler}`, 'may not specify more than 1 handler type'));
  }
  if (kind !== 'readinessProbe' && probe.successThreshold !== 1) {
    causes.push(invalidValue(`${path}.successThreshold`, probe.successThreshold, 'must be 1'));
  }
  return causes;
}

function tolerationErrors(tolerations: Json[], path: string): Cause[] {
  return tolerations.flatMap((toleration, index) => {
    const at = `${path}[${index}]`;
    const causes: Cause[] = [];
    if (!toleration.key && toleration.operator !== 'Exists') {
      const why = 'operator must be Exists when `key` is empty, which means "match all values and all keys"';
      causes.push(invalidValue(`${at}.operator`, toleration.operator ?? '', why));
    }
    if (toleration.operator === 'Exists' && toleration.value) {
      causes.push(invalidValue(`${at}.operator`, toleration, "value must be empty when `operator` is 'Exists'"));
    }
    return causes;
  });
}
