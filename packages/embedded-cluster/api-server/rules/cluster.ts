import type { Json } from '../../api/json.ts';
import { quantity } from '../../api/quantity.ts';
import { admitPriorityClass } from '../admission/pod.ts';
import type { Field } from '../validation/field.ts';
import { fill, filled, type Rules, withSpec } from './kind-rules.ts';

const notReady = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' };
const accessModes = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'];
const highestPriority = 1_000_000_000;
const systemClasses = ['system-cluster-critical', 'system-node-critical'];

/** The rules of namespaces, nodes, volumes, priority classes and leases (validation of core, scheduling and coordination). */
export const cluster = {
  namespaces: {
    defaults(namespace) {
      const { metadata } = namespace;
      if (metadata.name) metadata.labels = { ...metadata.labels, 'kubernetes.io/metadata.name': metadata.name };
      fill(namespace, { spec: {}, status: { phase: 'Active' } });
    },
    prepareNew(namespace) {
      namespace.status = { phase: 'Active' };
      namespace.spec.finalizers = ['kubernetes'];
    },
    prepareChange(namespace, old, _cluster, part) {
      if (part !== 'finalize') namespace.spec.finalizers = old.spec.finalizers;
    },
  },
  nodes: {
    defaults(node) {
      fill(node, { spec: {}, status: {} });
      if (node.status.capacity) node.status.allocatable ??= { ...node.status.capacity };
    },
    /** Keeps pods off a new node until a controller has seen it ready (admission plugin TaintNodesByCondition). */
    prepareNew({ spec }) {
      const taints: Json[] = spec.taints ?? [];
      const isTainted = taints.some(({ key, effect }) => key === notReady.key && effect === notReady.effect);
      if (!isTainted) spec.taints = [...taints, notReady];
    },
    checkChange(node, old) {
      const { podCIDR, providerID } = old.spec ?? {};
      const fixed = (name: string) => `node updates may not change ${name} except from "" to valid`;
      if (podCIDR && node.value.spec.podCIDR !== podCIDR) node.at('spec.podCIDRs').forbidden(fixed('podCIDR'));
      if (providerID && node.value.spec.providerID !== providerID)
        node.at('spec.providerID').forbidden(fixed('providerID'));
    },
  },
  persistentvolumes: {
    defaults: filled({
      spec: { volumeMode: 'Filesystem', persistentVolumeReclaimPolicy: 'Retain' },
      status: { phase: 'Pending' },
    }),
  },
  persistentvolumeclaims: {
    defaults: filled({ spec: { volumeMode: 'Filesystem' }, status: { phase: 'Pending' } }),
    checkNew(claim) {
      const modes = claim.at('spec.accessModes', []);
      const amount = claim.at('spec.resources.requests.storage').value;
      const storage = claim.as(amount, 'spec.resources[storage]');
      modes.given('at least 1 access mode is required');
      for (const mode of modes.value) modes.as(mode).oneOf(accessModes);
      if (amount === undefined) storage.required();
      else if (quantity(amount) <= 0) storage.invalid('must be greater than zero');
    },
  },
  priorityclasses: {
    defaults: filled({ preemptionPolicy: 'PreemptLowerPriority' }),
    admitNew: admitPriorityClass,
    prepareChange: (changed, _old, cluster) => admitPriorityClass(changed, cluster),
    checkNew: checkPriorityClass,
    checkChange(priorityClass, old) {
      checkPriorityClass(priorityClass);
      const value = priorityClass.at('value');
      if (value.value !== old.value) value.forbidden('may not be changed in an update.');
      priorityClass.at('preemptionPolicy').unchangedFrom(old.preemptionPolicy);
    },
  },
  leases: {
    defaults: withSpec(() => {}),
    checkNew(lease) {
      const duration = lease.at('spec.leaseDurationSeconds');
      if (duration.value <= 0) duration.invalid('must be greater than 0');
      lease.at('spec').notNegative('leaseTransitions');
    },
  },
} satisfies Record<string, Rules>;

function checkPriorityClass(priorityClass: Field): void {
  const [name, value] = [priorityClass.at('metadata.name'), priorityClass.at('value')];
  const isOfSystem = name.value.startsWith('system-');
  const reserved = "priority class names with 'system-' prefix are reserved for system use only";
  if (isOfSystem && !systemClasses.includes(name.value))
    name.forbidden(`${reserved}. error: ${name.value} is not a known system priority class`);
  if (!isOfSystem && value.value > highestPriority)
    value.forbidden(`maximum allowed value of a user defined priority is ${highestPriority}`);
}
