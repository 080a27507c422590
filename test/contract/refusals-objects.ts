import { budget, pod, service, workload } from './manifests.ts';
import { invalid, patch, post, type Refusals, refusals, refused, undecodable } from './refusals.ts';
import type { Theme } from './suite.ts';

const newPod = (container: object, spec: object = {}) => post('pods', pod({ name: 'new', container, spec }, {}));
const newService = (spec: object) => post('services', service({ name: 'new', spec }));

const pods: Refusals = {
  'an image with a space': [
    newPod({ image: ' app' }),
    invalid(
      'Pod "new"',
      'spec.containers[0].image: Invalid value: " app": must not have leading or trailing whitespace',
    ),
  ],
  'another restart policy': [
    newPod({}, { restartPolicy: 'Foo' }),
    invalid(
      'Pod "new"',
      'spec.restartPolicy: Unsupported value: "Foo": supported values: "Always", "OnFailure", "Never"',
    ),
  ],
  'a variable with an equals sign': [
    newPod({ env: [{ name: 'A=', value: 'b' }] }),
    invalid(
      'Pod "new"',
      'spec.containers[0].env[0].name: Invalid value: "A=": a valid environment variable name must consist only of printable ASCII characters other than \'=\'',
    ),
  ],
  'no image': [newPod({ image: undefined }), invalid('Pod "new"', 'spec.containers[0].image: Required value')],
  'two containers of one name': [
    newPod(
      {},
      {
        containers: [
          { name: 'app', image: 'a' },
          { name: 'app', image: 'b' },
        ],
      },
    ),
    invalid('Pod "new"', 'spec.containers[1].name: Duplicate value: "app"'),
  ],
  'no containers': [newPod({}, { containers: [] }), invalid('Pod "new"', 'spec.containers: Required value')],
  'an invalid quantity': [
    newPod({ resources: { requests: { cpu: 'lots' } } }),
    undecodable('Pod', "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"),
  ],
  'more requested than allowed': [
    newPod({ resources: { requests: { cpu: '2' }, limits: { cpu: '1' } } }),
    invalid(
      'Pod "new"',
      'spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1',
    ),
  ],
  'a deadline of 0 s': [
    newPod({}, { activeDeadlineSeconds: 0 }),
    invalid('Pod "new"', 'spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive'),
  ],
  'a mount of no volume': [
    newPod({ volumeMounts: [{ name: 'data', mountPath: '/data' }] }),
    invalid('Pod "new"', 'spec.containers[0].volumeMounts[0].name: Not found: "data"'),
  ],
  'two volumes of one name': [
    newPod(
      {},
      {
        volumes: [
          { name: 'data', emptyDir: {} },
          { name: 'data', emptyDir: {} },
        ],
      },
    ),
    invalid('Pod "new"', 'spec.volumes[1].name: Duplicate value: "data"'),
  ],
  'a port name in capitals': [
    newPod({ ports: [{ name: 'HTTP', containerPort: 80 }] }),
    invalid(
      'Pod "new"',
      'spec.containers[0].ports[0].name: Invalid value: "HTTP": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)',
      'spec.containers[0].ports[0].name: Invalid value: "HTTP": must contain at least one letter (a-z)',
    ),
  ],
  'a probe of two kinds': [
    newPod({ readinessProbe: { httpGet: { port: 80 }, tcpSocket: { port: 80 } } }),
    invalid(
      'Pod "new"',
      'spec.containers[0].readinessProbe.tcpSocket: Forbidden: may not specify more than 1 handler type',
    ),
  ],
  'a toleration of a value without a key': [
    newPod({}, { tolerations: [{ operator: 'Equal', value: 'spot' }] }),
    invalid(
      'Pod "new"',
      'spec.tolerations[0].operator: Invalid value: "Equal": operator must be Exists when `key` is empty, which means "match all values and all keys"',
    ),
  ],
  'a second container': [
    patch('pods', 'bare', {
      spec: {
        containers: [
          { name: 'app', image: 'a' },
          { name: 'second', image: 'b' },
        ],
      },
    }),
    invalid('Pod "bare"', 'spec.containers: Forbidden: pod updates may not add or remove containers'),
  ],
  'a missing service account': [
    newPod({}, { serviceAccountName: 'missing' }),
    refused(
      403,
      'Forbidden',
      'pods "new" is forbidden: error looking up service account NS/missing: serviceaccount "missing" not found',
      { name: 'new', kind: 'pods' },
    ),
  ],
  'a Deployment whose pods do not restart': [
    post('deployments', workload('Deployment', { name: 'new', spec: { restartPolicy: 'Never' } }, {})),
    invalid(
      'Deployment.apps "new"',
      'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
    ),
  ],
};

const services: Refusals = {
  'no ports': [newService({ ports: [] }), invalid('Service "new"', 'spec.ports: Required value')],
  'port 0': [
    newService({ ports: [{ port: 0 }] }),
    invalid(
      'Service "new"',
      'spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive',
      'spec.ports[0].targetPort: Invalid value: 0: must be between 1 and 65535, inclusive',
    ),
  ],
  'one port twice': [
    newService({
      ports: [
        { name: 'a', port: 80 },
        { name: 'b', port: 80 },
      ],
    }),
    invalid(
      'Service "new"',
      'spec.ports[1]: Duplicate value: {"Name":"","Protocol":"TCP","AppProtocol":null,"Port":80,"TargetPort":0,"NodePort":0}',
    ),
  ],
  'no external name': [
    newService({ type: 'ExternalName' }),
    invalid('Service "new"', 'spec.externalName: Required value'),
  ],
  'node ports without an address': [
    newService({ type: 'NodePort', clusterIP: 'None' }),
    invalid(
      'Service "new"',
      'spec.clusterIPs[0]: Invalid value: "None": may not be set to \'None\' for NodePort services',
    ),
  ],
  'a node port of a ClusterIP': [
    newService({ type: 'ClusterIP', ports: [{ port: 80, nodePort: 31000 }] }),
    invalid('Service "new"', "spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"),
  ],
  'two ports without names': [
    newService({ ports: [{ port: 80 }, { port: 81 }] }),
    invalid('Service "new"', 'spec.ports[0].name: Required value', 'spec.ports[1].name: Required value'),
  ],
};

const newSecret = (type: string) => post('secrets', { metadata: { name: 'new' }, type });
const newClaim = (spec: object) => post('persistentvolumeclaims', { metadata: { name: 'new' }, spec });
const newLimits = (...limits: object[]) => post('limitranges', { metadata: { name: 'new' }, spec: { limits } });
const storage = (amount: string) => ({ resources: { requests: { storage: amount } } });

const others: Refusals = {
  'a Secret for TLS without keys': [
    newSecret('kubernetes.io/tls'),
    invalid('Secret "new"', 'data[tls.crt]: Required value', 'data[tls.key]: Required value'),
  ],
  'a Secret for an image registry without its key': [
    newSecret('kubernetes.io/dockerconfigjson'),
    invalid('Secret "new"', 'data[.dockerconfigjson]: Required value'),
  ],
  'a claim without access modes and size': [
    newClaim({}),
    invalid(
      'PersistentVolumeClaim "new"',
      'spec.accessModes: Required value: at least 1 access mode is required',
      'spec.resources[storage]: Required value',
    ),
  ],
  'a claim of nothing': [
    newClaim({ accessModes: ['ReadWriteOnce'], ...storage('0') }),
    invalid('PersistentVolumeClaim "new"', 'spec.resources[storage]: Invalid value: "0": must be greater than zero'),
  ],
  'two limits of a type': [
    newLimits({ type: 'Pod', max: { cpu: '1' } }, { type: 'Pod', max: { cpu: '2' } }),
    invalid('LimitRange "new"', 'spec.limits[1].type: Duplicate value: "Pod"'),
  ],
  'a limit of an unknown type': [
    newLimits({ type: 'Foo', max: { cpu: '1' } }),
    invalid(
      'LimitRange "new"',
      'spec.limits[0].type: Invalid value: "Foo": must be a standard limit type or fully qualified',
    ),
  ],
};

const newBudget = (spec: object) => post('poddisruptionbudgets', budget(spec));

const budgets: Refusals = {
  'both bounds': [
    newBudget({ minAvailable: 1, maxUnavailable: 1 }),
    invalid(
      'PodDisruptionBudget.policy "web"',
      'spec: Invalid value: {"MinAvailable":1,"Selector":{"matchLabels":{"app":"web"}},"MaxUnavailable":1,"UnhealthyPodEvictionPolicy":null}: minAvailable and maxUnavailable cannot be both set',
    ),
  ],
  'a number as text': [
    newBudget({ minAvailable: '50' }),
    invalid(
      'PodDisruptionBudget.policy "web"',
      "spec.minAvailable: Invalid value: \"50\": a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
    ),
  ],
  'more than all': [
    newBudget({ minAvailable: '101%' }),
    invalid(
      'PodDisruptionBudget.policy "web"',
      'spec.minAvailable: Invalid value: "101%": must not be greater than 100%',
    ),
  ],
};

/** How the server refuses invalid objects. */
export const refusalsOfObjects: Theme = (rule) => {
  refusals(rule, 'an invalid pod is refused', pods);
  refusals(rule, 'a Service with invalid ports is refused', services);
  refusals(rule, 'Secrets, claims and LimitRanges are refused without what they need', others);
  refusals(rule, 'a budget is refused unless it has one bound, a number or a percentage', budgets);
};
