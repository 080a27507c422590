import type { KubeObject } from '../../api/api.ts';
import type { Json } from '../../api/json.ts';
import type { Field } from './field.ts';
import { checkLabels } from './metadata.ts';
import { dnsLabelErrors, ipErrors, portNameErrors, portNumberErrors, subdomainErrors } from './text.ts';

export function checkService(service: Field): void {
  service.at('metadata.name').follows(dnsLabelErrors);
  checkSpec(service.at('spec'));
}

function checkSpec(spec: Field): void {
  const { type, clusterIP, externalTrafficPolicy } = spec.value;
  const isHeadless = clusterIP === 'None';
  const [ports, healthPort] = [spec.at('ports'), spec.at('healthCheckNodePort')];
  const address = spec.as(clusterIP, 'spec.clusterIPs[0]');
  if (!isHeadless && type !== 'ExternalName') ports.given();
  if (isHeadless && (type === 'LoadBalancer' || type === 'NodePort'))
    address.invalid(`may not be set to 'None' for ${type} services`);
  if (type === 'ExternalName') checkExternalName(spec);
  if (clusterIP && !isHeadless) address.follows(ipErrors);
  for (const each of spec.at('externalIPs').items()) each.follows(ipErrors);
  if (healthPort.value && !(type === 'LoadBalancer' && externalTrafficPolicy === 'Local'))
    healthPort.invalid("may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'");
  checkPorts(ports, type);
  checkLabels(spec.at('selector'));
  spec.at('sessionAffinity').oneOf(['ClientIP', 'None']);
  spec.at('type').oneOf(['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort']);
  spec.at('internalTrafficPolicy', 'Cluster').oneOf(['Cluster', 'Local']);
  spec.at('externalTrafficPolicy', 'Cluster').oneOf(['Cluster', 'Local']);
}

function checkExternalName(spec: Field): void {
  const name = spec.at('externalName');
  if (name.given()) name.follows((text) => subdomainErrors(text.replace(/\.$/, '')));
  if (spec.value.clusterIP) spec.at('clusterIPs').forbidden('may not be set for ExternalName services');
}

/** A port as Go prints it in a duplicate error: internal types have no JSON names. */
function asGo({ protocol, port }: Json): Json {
  return { Name: '', Protocol: protocol, AppProtocol: null, Port: port, TargetPort: 0, NodePort: 0 };
}

function checkPorts(ports: Field, type: string): void {
  const names = new Set<string>();
  const numbers = new Set<string>();
  for (const port of ports.items()) {
    const [name, target, nodePort] = [port.at('name'), port.at('targetPort', 0), port.at('nodePort')];
    if (ports.value.length > 1) name.given();
    name.follows(dnsLabelErrors);
    name.uniqueAmong(names);
    port.at('port', 0).follows(portNumberErrors);
    port.at('protocol').oneOf(['SCTP', 'TCP', 'UDP']);
    target.follows(typeof target.value === 'string' ? portNameErrors : portNumberErrors);
    if (type === 'ClusterIP' && nodePort.value) nodePort.forbidden("may not be used when `type` is 'ClusterIP'");
    const number = `${port.value.protocol} ${port.value.port}`;
    if (numbers.has(number)) port.duplicate(asGo(port.value));
    numbers.add(number);
  }
}

export function checkChangedService(service: Field, old: KubeObject): void {
  const { type, clusterIP, clusterIPs = [clusterIP] } = service.value.spec;
  const isKept = type !== 'ExternalName' && old.spec.type !== 'ExternalName';
  if (isKept && clusterIP !== old.spec.clusterIP)
    service.as(clusterIPs, 'spec.clusterIPs[0]').invalid('may not change once set');
  checkSpec(service.at('spec'));
}
