import { isIP } from 'node:net';
import { isEqual } from '../../api/json.ts';
import { allocateAddresses, keepAddresses } from '../admission/service.ts';
import { asGo, type Field } from '../validation/field.ts';
import { checkLabels } from '../validation/metadata.ts';
import { dnsLabelErrors, ipErrors, portNameErrors, portNumberErrors, subdomainErrors } from '../validation/text.ts';
import { fill, filled, type Rules, withSpec } from './kind-rules.ts';

/** The rules of Services, endpoints and network policies (core/validation, apis/discovery/validation). */
export const network = {
  services: {
    defaults: withSpec(({ spec }) => {
      fill(spec, { sessionAffinity: 'None', type: 'ClusterIP', ports: [{ protocol: 'TCP' }] });
      if (spec.sessionAffinity === 'None') delete spec.sessionAffinityConfig;
      if (spec.sessionAffinity === 'ClientIP') spec.sessionAffinityConfig ??= { clientIP: { timeoutSeconds: 10_800 } };
      for (const port of spec.ports ?? []) port.targetPort ||= port.port;
      const isOpenToOutside = ['NodePort', 'LoadBalancer'].includes(spec.type) || spec.externalIPs !== undefined;
      if (isOpenToOutside) spec.externalTrafficPolicy ??= 'Cluster';
      if (spec.type !== 'ExternalName') spec.internalTrafficPolicy ??= 'Cluster';
      if (spec.type === 'LoadBalancer') spec.allocateLoadBalancerNodePorts ??= true;
    }),
    prepareNew(service, cluster) {
      service.status = { loadBalancer: {} };
      allocateAddresses(service, cluster);
    },
    prepareChange(service, old, cluster) {
      keepAddresses(service, old);
      allocateAddresses(service, cluster, old);
    },
    checkNew(service) {
      service.at('metadata.name').follows(dnsLabelErrors);
      checkService(service.at('spec'));
    },
    checkChange(service, old) {
      const { type, clusterIP, clusterIPs = [clusterIP] } = service.value.spec;
      const isKept = type !== 'ExternalName' && old.spec.type !== 'ExternalName';
      if (isKept && clusterIP !== old.spec.clusterIP)
        service.as(clusterIPs, 'spec.clusterIPs[0]').invalid('may not change once set');
      checkService(service.at('spec'));
    },
  },
  endpoints: { defaults: filled({ subsets: [{ ports: [{ protocol: 'TCP' }] }] }) },
  endpointslices: {
    defaults: filled({ ports: [{ name: '', protocol: 'TCP' }], endpoints: [{ conditions: {} }] }),
    checkNew(slice) {
      checkTypeAndPorts(slice);
      checkEndpoints(slice);
    },
    checkChange(slice, old) {
      checkTypeAndPorts(slice);
      // Unchanged endpoints are not validated again.
      if (!isEqual(slice.value.endpoints, old.endpoints)) checkEndpoints(slice);
      slice.at('addressType', '').unchangedFrom(old.addressType);
    },
  },
  networkpolicies: {
    defaults: withSpec(({ spec }) => {
      const rules = [{ ports: [{ protocol: 'TCP' }] }];
      fill(spec, { podSelector: {}, ingress: rules, egress: rules });
      spec.policyTypes ??= spec.egress ? ['Ingress', 'Egress'] : ['Ingress'];
    }),
  },
} satisfies Record<string, Rules>;

function checkService(spec: Field): void {
  const { type, clusterIP, externalTrafficPolicy } = spec.value;
  const isHeadless = clusterIP === 'None';
  const [ports, healthPort] = [spec.at('ports'), spec.at('healthCheckNodePort')];
  const address = spec.as(clusterIP, 'spec.clusterIPs[0]');
  if (!isHeadless && type !== 'ExternalName') ports.given();
  if (isHeadless && (type === 'LoadBalancer' || type === 'NodePort'))
    address.invalid(`may not be set to 'None' for ${type} services`);
  if (type === 'ExternalName') {
    const name = spec.at('externalName');
    if (name.given()) name.follows((text) => subdomainErrors(text.replace(/\.$/, '')));
    if (clusterIP) spec.at('clusterIPs').forbidden('may not be set for ExternalName services');
  }
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
    const { protocol, port: number } = port.value;
    if (numbers.has(`${protocol} ${number}`))
      port.duplicate(asGo({ name: '', protocol, appProtocol: null, port: number, targetPort: 0, nodePort: 0 }));
    numbers.add(`${protocol} ${number}`);
  }
}

function checkTypeAndPorts(slice: Field): void {
  const type = slice.at('addressType');
  if (type.given()) type.oneOf(['FQDN', 'IPv4', 'IPv6']);
  const names = new Set<string>();
  for (const port of slice.at('ports').items()) {
    const name = port.at('name');
    if (name.value) name.follows(dnsLabelErrors);
    name.uniqueAmong(names);
  }
}

function checkEndpoints(slice: Field): void {
  const { addressType: type } = slice.value;
  const endpoints = slice.at('endpoints');
  if (!endpoints.maxItems(1_000)) return;
  for (const endpoint of endpoints.items()) {
    const addresses = endpoint.at('addresses', []);
    if (!addresses.given('must contain at least 1 address') || !addresses.maxItems(100)) continue;
    for (const address of addresses.items()) {
      if (!['IPv4', 'IPv6'].includes(type) || !address.follows(ipErrors)) continue;
      if (`IPv${isIP(address.value)}` !== type) addresses.invalid(`must be an ${type} address`, address.value);
      address.follows(endpointAddressErrors);
    }
  }
}

/** Addresses that cannot be endpoints. */
const unusable: readonly (readonly [RegExp, string])[] = [
  [/^127\.|^::1$/, 'in the loopback range (127.0.0.0/8, ::1/128)'],
  [/^169\.254\.|^fe[89ab]/i, 'in the link-local range (169.254.0.0/16, fe80::/10)'],
  [/^224\.0\.0\.|^ff02:/i, 'in the link-local multicast range (224.0.0.0/24, ff02::/10)'],
];

function endpointAddressErrors(address: string): string[] {
  if (address === '0.0.0.0' || address === '::') return [`may not be unspecified (${address})`];
  return unusable.filter(([addresses]) => addresses.test(address)).map(([, range]) => `may not be ${range}`);
}
