import type { DeleteOptions, KubeObject } from '../../api/api.ts';
import { ApiError, detailsOf, invalid, invalidOptions } from '../../api/api-error.ts';
import { isMap, type Json } from '../../api/json.ts';
import { type Kind, kindOf } from '../../api/kinds.ts';
import { checkEscalation } from '../authorization/escalation.ts';
import { create } from '../lifecycle/create.ts';
import { remove } from '../lifecycle/delete.ts';
import { update } from '../lifecycle/update.ts';
import type { Part } from '../part.ts';
import { checkChangedStrictEvent, checkStrictEvent } from '../rules/event.ts';
import { scaled, scaleOf } from '../scale.ts';
import { errorsIn, type Field, invalidValue, notSupported } from '../validation/field.ts';
import type { Exchange } from './exchange.ts';
import { checkName, incomingChange, incomingObject } from './incoming.ts';
import { selectionOf } from './list-options.ts';
import { storedAt } from './read.ts';
import { sendList, sendObject } from './shape.ts';
import { accessOf, type Target } from './target.ts';

export async function answerCreate(exchange: Exchange, { kind, namespace, name }: Target): Promise<void> {
  const object = await incomingObject(exchange, kind);
  checkEscalation(exchange.cluster, exchange.user, { kind, namespace, name, object, old: undefined });
  if (kind.group === 'events.k8s.io') throwIfAny(kind, object, checkStrictEvent);
  const options = { namespace, dryRun: exchange.isDryRun };
  sendObject(exchange, 201, kind, create(exchange.cluster, kindOf(kind.resource), object, options));
}

/** PUT and PATCH of an object or of the part that a subresource writes. */
export async function answerUpdate(exchange: Exchange, target: Target): Promise<void> {
  const { kind, namespace, name = '', subresource } = target;
  const { change, mayCreate } = await incomingChange(exchange, target);
  const checked = (old: KubeObject | undefined): Json => {
    const object = change(old);
    checkName(object, target);
    checkEscalation(exchange.cluster, exchange.user, { kind, namespace, name, object, old });
    if (old === undefined) exchange.check({ ...accessOf(exchange), verb: 'create' });
    if (kind.group === 'events.k8s.io' && old) throwIfAny(kind, object, (event) => checkChangedStrictEvent(event, old));
    return object;
  };
  const { object, isNew } = update(exchange.cluster, kindOf(kind.resource), namespace, name, checked, {
    part: (subresource ?? 'main') as Part,
    dryRun: exchange.isDryRun,
    mayCreate: subresource === undefined ? mayCreate : 'never',
  });
  sendObject(exchange, isNew ? 201 : 200, kind, object);
}

/** A Scale is a view of a workload and is not stored. */
const scaleKind: Kind = {
  ...kindOf('deployments'),
  group: 'autoscaling',
  version: 'v1',
  kind: 'Scale',
  resource: 'scale',
  model: 'V1Scale',
};

export async function answerScale(exchange: Exchange, target: Target): Promise<void> {
  const { kind, namespace, name = '' } = target;
  if (exchange.request.method === 'GET') return exchange.sendJson(200, scaleOf(storedAt(exchange, target)));
  const { change } = await incomingChange(exchange, target, scaleKind);
  const scale = (old: Json) => scaled(old, change(scaleOf(old)));
  const { object } = update(exchange.cluster, kind, namespace, name, scale, { dryRun: exchange.isDryRun });
  exchange.sendJson(200, scaleOf(object));
}

function throwIfAny(kind: Kind, object: Json, check: (event: Field) => void): void {
  const causes = errorsIn(object, check);
  if (causes.length > 0) throw invalid({ group: '', kind: kind.kind }, object.metadata?.name ?? '', causes);
}

/** Kinds whose DELETE answers with the object even when it is deleted at once. */
const answeredWithObject = new Set([
  'pods',
  'services',
  'namespaces',
  'persistentvolumeclaims',
  'resourcequotas',
  'serviceaccounts',
]);

export async function answerDelete(exchange: Exchange, { kind, namespace, name = '' }: Target): Promise<void> {
  const options = deleteOptionsOf(exchange, await exchange.body());
  const { object, isGone } = remove(exchange.cluster, kindOf(kind.resource), namespace, name, options);
  if (!isGone || answeredWithObject.has(kind.resource)) {
    sendObject(exchange, 200, kind, object);
    return;
  }
  const details = { ...detailsOf(kind, name), uid: object.metadata.uid };
  exchange.sendJson(200, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details });
}

/**
 * Reads the options from the body, or for a delete without a body from the query (handlers/delete.go, DeleteResource).
 * An eviction is a creation, so its query counts in addition.
 */
export function deleteOptionsOf(exchange: Exchange, body: Json): DeleteOptions & { dryRun: boolean } {
  const given = isMap(body) ? body : {};
  const isQueryRead = given !== body || exchange.request.method !== 'DELETE';
  const asked = isQueryRead ? exchange.params.get('propagationPolicy') : null;
  const orphan = given.orphanDependents === true ? 'Orphan' : undefined;
  const propagationPolicy = given.propagationPolicy ?? asked ?? orphan;
  const policies = ['Foreground', 'Background', 'Orphan'];
  if (propagationPolicy !== undefined && !policies.includes(propagationPolicy)) {
    throw invalidOptions('DeleteOptions', notSupported('propagationPolicy', propagationPolicy, [...policies, 'nil']));
  }
  if (given.propagationPolicy !== undefined && given.orphanDependents !== undefined) {
    const why = 'orphanDependents and deletionPropagation cannot be both set';
    throw invalidOptions('DeleteOptions', invalidValue('propagationPolicy', given.propagationPolicy, why));
  }
  const gracePeriodSeconds =
    given.gracePeriodSeconds ?? (isQueryRead ? exchange.number('gracePeriodSeconds') : undefined);
  return {
    ...given.preconditions,
    gracePeriodSeconds,
    propagationPolicy,
    dryRun: given.dryRun?.[0] === 'All' || (isQueryRead && exchange.isDryRun),
  };
}

/** Deletes the selected objects and answers with them. */
export async function answerDeleteCollection(exchange: Exchange, target: Target): Promise<void> {
  const options = deleteOptionsOf(exchange, await exchange.body());
  const { store } = exchange.cluster;
  const { selects } = selectionOf(exchange, target);
  const kind = kindOf(target.kind.resource);
  const deleted: KubeObject[] = [];
  for (const { metadata } of store.list(kind.resource, target.namespace).filter(selects)) {
    try {
      deleted.push(remove(exchange.cluster, kind, metadata.namespace, metadata.name, options).object);
    } catch (error) {
      // Another client may have deleted it meanwhile.
      if (!(error instanceof ApiError) || error.code !== 404) throw error;
    }
  }
  sendList(exchange, target.kind, deleted, { resourceVersion: String(store.version) });
}
