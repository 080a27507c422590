import { getsGateLabel } from '../rotation/gate.ts';
import { gateRuleName } from '../rotation/gate-rule.ts';
import { memberLabels } from '../rotation/membership.ts';
import type { Controller, GateFacts, Labels, Probe, RuleObject, Seen, Snapshot } from '../rotation/snapshot.ts';
import type { Connection } from './connection.ts';
import { ClusterError } from './errors.ts';
import type { JsonController, KubeObject } from './json.ts';
import { get } from './list.ts';
import { tryNewPod } from './new-pod.ts';
import { CONFIG_MAPS, knownResource } from './resource.ts';
import { tolerateForbidden } from './tolerate.ts';

/** Pod annotation by which infra/gate-policy.yaml knows the dry run of Pitlane. */
const GATE_PROBE = 'pitlane.dev/gate-probe';

type PodTemplate = NonNullable<NonNullable<JsonController['spec']>['template']> & { readonly spec?: object };

/** The dry run of a new pod of the service: the template and owner that it gets. */
export interface Trial {
  readonly owner: Controller | undefined;
  readonly template: PodTemplate;
}

/** For a service without workloads. */
const NO_TEMPLATE: Trial = {
  owner: undefined,
  template: { spec: { containers: [{ name: 'probe', image: 'pitlane.invalid/probe' }] } },
};

/** `trial`: absent: what a new pod would get is not asked. */
export async function readGate(
  connection: Connection,
  snapshot: Snapshot,
  trial: Trial | undefined,
): Promise<GateFacts> {
  const [rule, probe] = await Promise.all([
    tolerateForbidden(readRule(connection, snapshot)),
    trial === undefined ? NOT_PROBED : tryPod(connection, snapshot, trial),
  ]);
  return { rule, probe };
}

const NOT_PROBED: Probe = { kind: 'unknown', why: 'It was not asked for.' };

export interface JsonRule extends KubeObject {
  readonly data?: Labels;
}

async function readRule(connection: Connection, { service }: Snapshot): Promise<RuleObject | undefined> {
  const { namespace, name } = service;
  const place = { resource: CONFIG_MAPS, namespace, name: gateRuleName(name) };
  const json = await get<JsonRule>(connection, place);
  return json && ruleOf(json);
}

export function ruleOf({ metadata, data = {} }: JsonRule): RuleObject {
  const { name, uid, resourceVersion: version, labels = {}, annotations = {} } = metadata;
  return { name, uid, version, labels, annotations, data };
}

/** The template of the workload that has most pods in the service. */
export async function readTrial(connection: Connection, snapshot: Snapshot): Promise<Seen<Trial>> {
  const byOwner = Map.groupBy(snapshot.pods, ({ owner }) => owner?.uid);
  const [owner] = snapshot.controllers
    .filter((controller) => byOwner.has(controller.uid) && getsGateLabel(controller))
    .sort((a, b) => (byOwner.get(b.uid)?.length ?? 0) - (byOwner.get(a.uid)?.length ?? 0) || (a.uid < b.uid ? -1 : 1));
  const resource = owner && knownResource(owner);
  if (owner === undefined || resource === undefined) return { kind: 'seen', value: NO_TEMPLATE };
  const place = { resource, namespace: snapshot.service.namespace, name: owner.name };
  return tolerateForbidden(
    get<JsonController>(connection, place).then((json) => {
      const template = json?.spec?.template as PodTemplate | undefined;
      return template?.spec === undefined ? NO_TEMPLATE : { owner, template };
    }),
  );
}

/**
 * Asks the API server with a dry run what a new pod of the service would get from admission. It has the owner of the
 * others, and the labels by which the service and the owner select, so that a policy treats it as one of them.
 */
async function tryPod(connection: Connection, snapshot: Snapshot, { owner, template }: Trial): Promise<Probe> {
  const { service, policy } = snapshot;
  const labels = { ...owner?.selector?.matchLabels, ...memberLabels(service, policy) };
  try {
    const pod = await tryNewPod(connection, {
      namespace: service.namespace,
      owner,
      name: service.name,
      labels,
      annotations: { ...template.metadata?.annotations, [GATE_PROBE]: 'true' },
      spec: template.spec,
    });
    const got = Object.entries(pod.metadata.labels ?? {});
    return { kind: 'answered', added: Object.fromEntries(got.filter(([key]) => !Object.hasOwn(labels, key))) };
  } catch (error) {
    if (error instanceof ClusterError) return { kind: 'unknown', why: error.message };
    throw error;
  }
}
