import type { KubeObject } from '../../api/api.ts';
import type { Cause } from '../../api/api-error.ts';
import type { Json } from '../../api/json.ts';
import { duplicate, forbiddenField, invalidValue, notSupported, required } from './field-error.ts';
import { labelErrors } from './metadata.ts';
import { dnsLabelErrors, ipErrors, portNameErrors, portNumberErrors, subdomainErrors } from './text.ts';

export function serviceErrors(service: Json): Cause[] {
  const { name } = service.metadata;
  const causes = name ? dnsLabelErrors(name).map((error) => invalidValue('metadata.name', name, error)) : [];
  return [...causes, ...specErrors(service.spec)];
}

function specErrors(spec: Json): Cause[] {
  const causes: Cause[] = [];
  const ports: Json[] = spec.ports ?? [];
  const isHeadless = spec.clusterIP === 'None';
  if (ports.length === 0 && !isHeadless && spec.type !== 'ExternalName') causes.push(required('spec.ports'));
  if (isHeadless && (spec.type === 'LoadBalancer' || spec.type === 'NodePort')) {
    causes.push(invalidValue('spec.clusterIPs[0]', 'None', `may not be set to 'None' for ${spec.type} services`));
  }
  if (spec.type === 'ExternalName') {
    if (!spec.externalName) causes.push(required('spec.externalName'));
    else {
      for (const error of subdomainErrors(spec.externalName.replace(/\.$/, ''))) {
        causes.push(invalidValue('spec.externalName', spec.externalName, error));
      }
    }
    if (spec.clusterIP) causes.push(forbiddenField('spec.clusterIPs', 'may not be set for ExternalName services'));
  }
  const addresses: readonly (readonly [string, string])[] = [
    ...(spec.clusterIP && !isHeadless ? [['spec.clusterIPs[0]', spec.clusterIP] as const] : []),
    ...((spec.externalIPs ?? []) as string[]).map((each, index) => [`spec.externalIPs[${index}]`, each] as const),
  ];
  for (const [field, address] of addresses)
    causes.push(...ipErrors(address).map((error) => invalidValue(field, address, error)));
  if (spec.healthCheckNodePort && !(spec.type === 'LoadBalancer' && spec.externalTrafficPolicy === 'Local')) {
    const why = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
    causes.push(invalidValue('spec.healthCheckNodePort', spec.healthCheckNodePort, why));
  }
  causes.push(...portsErrors(ports, spec.type));
  causes.push(...labelErrors(spec.selector, 'spec.selector'));
  const affinities = ['ClientIP', 'None'];
  if (!affinities.includes(spec.sessionAffinity)) {
    causes.push(notSupported('spec.sessionAffinity', spec.sessionAffinity, affinities));
  }
  const types = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];
  if (!types.includes(spec.type)) causes.push(notSupported('spec.type', spec.type, types));
  for (const field of ['internalTrafficPolicy', 'externalTrafficPolicy']) {
    if (spec[field] === undefined || ['Cluster', 'Local'].includes(spec[field])) continue;
    causes.push(notSupported(`spec.${field}`, spec[field], ['Cluster', 'Local']));
  }
  return causes;
}

/** A port as Go prints it in a duplicate error: internal types have no JSON names. */
function asGo({ protocol, port }: Json): Json {
  return { Name: '', Protocol: protocol, AppProtocol: null, Port: port, TargetPort: 0, NodePort: 0 };
}

function portsErrors(ports: Json[], type: string): Cause[] {
  const causes: Cause[] = [];
  const names = new Set<string>();
  const numbers = new Set<string>();
  ports.forEach((port, index) => {
    const path = `spec.ports[${index}]`;
    if (ports.length > 1 && !port.name) causes.push(required(`${path}.name`));
    if (port.name) {
      for (const error of dnsLabelErrors(port.name)) causes.push(invalidValue(`${path}.name`, port.name, error));
      if (names.has(port.name)) causes.push(duplicate(`${path}.name`, port.name));
      names.add(port.name);
    }
    for (const error of portNumberErrors(port.port)) causes.push(invalidValue(`${path}.port`, port.port ?? 0, error));
    const protocols = ['SCTP', 'TCP', 'UDP'];
    if (!protocols.includes(port.protocol)) causes.push(notSupported(`${path}.protocol`, port.protocol, protocols));
    const target = port.targetPort;
    const errors = typeof target === 'string' ? portNameErrors(target) : portNumberErrors(target);
    for (const error of errors) causes.push(invalidValue(`${path}.targetPort`, target ?? 0, error));
    if (type === 'ClusterIP' && port.nodePort) {
      causes.push(forbiddenField(`${path}.nodePort`, "may not be used when `type` is 'ClusterIP'"));
    }
    const number = `${port.protocol} ${port.port}`;
    if (numbers.has(number)) causes.push(duplicate(path, asGo(port)));
    numbers.add(number);
  });
  return causes;
}

export function changedServiceErrors(service: Json, old: KubeObject): Cause[] {
  const causes: Cause[] = [];
  const { spec } = service;
  const isKept = spec.type !== 'ExternalName' && old.spec.type !== 'ExternalName';
  if (isKept && spec.clusterIP !== old.spec.clusterIP) {
    causes.push(invalidValue('spec.clusterIPs[0]', spec.clusterIPs ?? [spec.clusterIP], 'may not change once set'));
  }
  return [...causes, ...specErrors(spec)];
}
