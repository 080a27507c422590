import type { KubeObject } from '../../api/api.ts';
import type { Cause } from '../../api/api-error.ts';
import type { Json } from '../../api/json.ts';
import { Field, firstOf } from './field.ts';
import { labelErrors } from './metadata.ts';
import { dnsLabelErrors, ipErrors, portNameErrors, portNumberErrors, subdomainErrors } from './text.ts';

export function serviceErrors({ metadata, spec }: Json): Cause[] {
  return [...new Field(metadata.name, 'metadata.name').follows(dnsLabelErrors), ...specErrors(new Field(spec, 'spec'))];
}

function specErrors(spec: Field): Cause[] {
  const { type, clusterIP, ports = [], externalTrafficPolicy, healthCheckNodePort } = spec.value;
  const isHeadless = clusterIP === 'None';
  const isExternalName = type === 'ExternalName';
  const address = new Field(clusterIP, 'spec.clusterIPs[0]');
  const isLocal = type === 'LoadBalancer' && externalTrafficPolicy === 'Local';
  return [
    ...spec.at('ports').requiredIf(ports.length === 0 && !isHeadless && !isExternalName),
    ...address.invalidIf(
      isHeadless && ['LoadBalancer', 'NodePort'].includes(type),
      `may not be set to 'None' for ${type} services`,
    ),
    ...(isExternalName ? externalNameErrors(spec) : []),
    ...(clusterIP && !isHeadless ? address.follows(ipErrors) : []),
    ...spec.at('externalIPs').each((each) => each.follows(ipErrors)),
    ...spec
      .at('healthCheckNodePort')
      .invalidIf(
        healthCheckNodePort && !isLocal,
        "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'",
      ),
    ...portsErrors(spec.at('ports'), type),
    ...labelErrors(spec.at('selector')),
    ...spec.at('sessionAffinity').oneOf(['ClientIP', 'None']),
    ...spec.at('type').oneOf(['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort']),
    ...spec.at('internalTrafficPolicy', 'Cluster').oneOf(['Cluster', 'Local']),
    ...spec.at('externalTrafficPolicy', 'Cluster').oneOf(['Cluster', 'Local']),
  ];
}

function externalNameErrors(spec: Field): Cause[] {
  const name = spec.at('externalName');
  return [
    ...firstOf(
      name.given(),
      name.follows((text) => subdomainErrors(text.replace(/\.$/, ''))),
    ),
    ...spec.at('clusterIPs').forbiddenIf(spec.value.clusterIP, 'may not be set for ExternalName services'),
  ];
}

/** A port as Go prints it in a duplicate error: internal types have no JSON names. */
function asGo({ protocol, port }: Json): Json {
  return { Name: '', Protocol: protocol, AppProtocol: null, Port: port, TargetPort: 0, NodePort: 0 };
}

function portsErrors(ports: Field, type: string): Cause[] {
  const names = new Set<string>();
  const all: Json[] = ports.value ?? [];
  return ports.each((port, index) => {
    const { protocol, port: number, nodePort } = port.value;
    const name = port.at('name');
    const target = port.at('targetPort', 0);
    const isTaken = all.slice(0, index).some((other) => other.protocol === protocol && other.port === number);
    return [
      ...name.requiredIf(all.length > 1 && !name.value),
      ...name.follows(dnsLabelErrors),
      ...name.uniqueAmong(names),
      ...port.at('port', 0).follows(portNumberErrors),
      ...port.at('protocol').oneOf(['SCTP', 'TCP', 'UDP']),
      ...target.follows(typeof target.value === 'string' ? portNameErrors : portNumberErrors),
      ...port
        .at('nodePort')
        .forbiddenIf(type === 'ClusterIP' && nodePort, "may not be used when `type` is 'ClusterIP'"),
      ...port.duplicateIf(isTaken, asGo(port.value)),
    ];
  });
}

export function changedServiceErrors(service: Json, old: KubeObject): Cause[] {
  const { type, clusterIP, clusterIPs = [clusterIP] } = service.spec;
  const isKept = type !== 'ExternalName' && old.spec.type !== 'ExternalName';
  const isOther = isKept && clusterIP !== old.spec.clusterIP;
  return [
    ...new Field(clusterIPs, 'spec.clusterIPs[0]').invalidIf(isOther, 'may not change once set'),
    ...specErrors(new Field(service.spec, 'spec')),
  ];
}
