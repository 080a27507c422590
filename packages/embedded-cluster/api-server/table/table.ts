import type { KubeObject } from '../../api/api.ts';
import type { Kind } from '../../api/kinds.ts';
import { selectorText } from '../select/selector-text.ts';
import { mutatingBindingCells, mutatingPolicyCells } from './admission-policy.ts';
import * as cells from './cells.ts';
import { ageOf } from './duration.ts';
import { podCells, podConditions } from './pod.ts';

/** A column of Kubernetes' Table; kubectl shows those of priority 1 only with `-o wide`. */
interface Column {
  name: string;
  type: 'string' | 'integer';
  format: string;
  description: string;
  priority: number;
}

interface Layout {
  columns: readonly Column[];
  cells(object: KubeObject, now: number): unknown[];
}

/** `+` before a name marks a column of `-o wide`, `#` a number. `cells` are those of an object without its name and age. */
function layout(names: string, cells: Layout['cells']): Layout {
  const columns = names.split(', ').map((name): Column => {
    const shown = name.replace(/^[+#]+/, '');
    return {
      name: shown,
      type: name.includes('#') ? 'integer' : 'string',
      format: shown === 'Name' ? 'name' : '',
      description: shown,
      priority: name.startsWith('+') ? 1 : 0,
    };
  });
  return {
    columns,
    cells(object, now) {
      const { name, creationTimestamp } = object.metadata;
      const known: Record<string, string> = { Name: name, Age: ageOf(creationTimestamp, now) };
      const others = cells(object, now).values();
      return columns.map((column) => known[column.name] ?? others.next().value);
    },
  };
}

const containers = '+Containers, +Images';
const subjects = '+Users, +Groups, +ServiceAccounts';
const replicaSets = `Name, #Desired, #Current, #Ready, Age, ${containers}, +Selector`;

const layouts: Record<string, Layout> = {
  pods: layout('Name, Ready, Status, Restarts, Age, +IP, +Node, +Nominated Node, +Readiness Gates', podCells),
  deployments: layout(`Name, Ready, Up-to-date, Available, Age, ${containers}, +Selector`, cells.deploymentCells),
  replicasets: layout(replicaSets, cells.replicaSetCells),
  replicationcontrollers: layout(replicaSets, cells.replicaSetCells),
  daemonsets: layout(
    `Name, #Desired, #Current, #Ready, #Up-to-date, #Available, Node Selector, Age, ${containers}, +Selector`,
    cells.daemonSetCells,
  ),
  statefulsets: layout(`Name, Ready, Age, ${containers}`, cells.statefulSetCells),
  jobs: layout(`Name, Status, Completions, Duration, Age, ${containers}, +Selector`, cells.jobCells),
  cronjobs: layout(
    `Name, Schedule, Timezone, Suspend, #Active, Last Schedule, Age, ${containers}, +Selector`,
    cells.cronJobCells,
  ),
  services: layout('Name, Type, Cluster-IP, External-IP, Port(s), Age, +Selector', cells.serviceCells),
  nodes: layout(
    'Name, Status, Roles, Age, Version, +Internal-IP, +External-IP, +OS-Image, +Kernel-Version, +Container-Runtime',
    cells.nodeCells,
  ),
  endpoints: layout('Name, Endpoints, Age', cells.endpointsCells),
  endpointslices: layout('Name, AddressType, Ports, Endpoints, Age', cells.endpointSliceCells),
  events: layout(
    'Last Seen, Type, Reason, Object, +Subobject, +Source, Message, +First Seen, +Count, +Name',
    cells.eventCells,
  ),
  namespaces: layout('Name, Status, Age', ({ status }) => [status?.phase ?? '']),
  configmaps: layout('Name, Data, Age', ({ data, binaryData }) => [Object.keys({ ...data, ...binaryData }).length]),
  rolebindings: layout(`Name, Role, Age, ${subjects}`, cells.bindingCells),
  clusterrolebindings: layout(`Name, Role, Age, ${subjects}`, cells.bindingCells),
  resourcequotas: layout('Name, Request, Limit, Age', cells.quotaCells),
  priorityclasses: layout('Name, #Value, Global-Default, Age, PreemptionPolicy', (object) => {
    return [object.value, object.globalDefault ?? false, object.preemptionPolicy];
  }),
  secrets: layout('Name, Type, Data, Age', ({ type, data }) => [type, Object.keys(data ?? {}).length]),
  leases: layout('Name, Holder, Age', ({ spec }) => [spec.holderIdentity ?? '']),
  networkpolicies: layout('Name, Pod-Selector, Age', ({ spec }) => [selectorText(spec.podSelector) || '<none>']),
  poddisruptionbudgets: layout('Name, Min Available, Max Unavailable, #Allowed Disruptions, Age', cells.budgetCells),
  horizontalpodautoscalers: layout('Name, Reference, Targets, MinPods, MaxPods, Replicas, Age', cells.autoscalerCells),
  controllerrevisions: layout('Name, Controller, Revision, Age', cells.controllerRevisionCells),
  mutatingadmissionpolicies: layout('Name, #Mutations, ParamKind, Age', mutatingPolicyCells),
  mutatingadmissionpolicybindings: layout('Name, PolicyName, ParamRef, Age', mutatingBindingCells),
  serviceaccounts: layout('Name, Age', () => []),
};

/** Other kinds show their creation time instead of an age (rest/table.go). */
const fallback = layout('Name, Created At', ({ metadata }) => [metadata.creationTimestamp]);

export function tableColumns({ resource }: Kind): readonly Column[] {
  return (layouts[resource] ?? fallback).columns;
}

/** The conditions of a row; only pods have some. */
export function rowConditions({ resource }: Kind, object: KubeObject): readonly object[] | undefined {
  return resource === 'pods' ? podConditions(object) : undefined;
}

export function rowOf({ resource }: Kind, object: KubeObject, now: number): unknown[] {
  return (layouts[resource] ?? fallback).cells(object, now);
}
