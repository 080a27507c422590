import type { DeleteOptions, KubeObject } from '../../api/api.ts';
import { ApiError, badRequest, conflict, detailsOf, invalid, invalidOptions } from '../../api/api-error.ts';
import { copyOf, isMap, type Json } from '../../api/json.ts';
import { type Kind, kindOf } from '../../api/kinds.ts';
import { checkEscalation } from '../authorization/escalation.ts';
import { create } from '../lifecycle/create.ts';
import { remove } from '../lifecycle/delete.ts';
import { type Change, update } from '../lifecycle/update.ts';
import type { Part } from '../part.ts';
import { checkChangedStrictEvent, checkStrictEvent } from '../rules/event.ts';
import { errorsIn, type Field } from '../validation/field.ts';
import { invalidValue, notSupported } from '../validation/field-error.ts';
import type { Exchange } from './exchange.ts';
import { incomingObject } from './incoming.ts';
import { selectionOf } from './list-options.ts';
import { incomingPatch } from './patch.ts';
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
export async function answerUpdate(
  exchange: Exchange,
  { kind, namespace, name = '' }: Target,
  part: Part,
): Promise<void> {
  const isPatch = exchange.request.method === 'PATCH';
  const patch = isPatch ? await incomingPatch(exchange, kind) : undefined;
  const change = patch?.applyTo ?? (await replacementOf(exchange, kind, name, namespace));
  const mayCreate = part !== 'main' ? 'never' : patch?.mayCreate ? 'always' : isPatch ? 'never' : 'by-put';
  const options = { part, dryRun: exchange.isDryRun, mayCreate } as const;
  const checked = (old: KubeObject | undefined): Json => {
    const object = change(old);
    checkName(object, name, namespace);
    checkEscalation(exchange.cluster, exchange.user, { kind, namespace, name, object, old });
    if (old === undefined) exchange.check({ ...accessOf(exchange), verb: 'create' });
    if (kind.group === 'events.k8s.io' && old) throwIfAny(kind, object, (event) => checkChangedStrictEvent(event, old));
    return object;
  };
  const { object, isNew } = update(exchange.cluster, kindOf(kind.resource), namespace, name, checked, options);
  sendObject(exchange, isNew ? 201 : 200, kind, object);
}

async function replacementOf(
  exchange: Exchange,
  kind: Kind,
  name: string,
  namespace: string | undefined,
): Promise<Change> {
  const object = await incomingObject(exchange, kind);
  checkName(object, name, namespace);
  return (old) => {
    const uid = object.metadata?.uid;
    if (old && uid && uid !== old.metadata.uid) {
      const { uid: actual } = old.metadata;
      const key = ['/registry', kind.resource, namespace, name].filter((part) => part !== undefined).join('/');
      const why = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${actual}`;
      throw conflict(
        kind,
        name,
        `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: ${why}`,
      );
    }
    return copyOf(object);
  };
}

function checkName(object: Json, name: string, namespace: string | undefined): void {
  const named: string = object.metadata?.name ?? '';
  if (named === '') {
    throw badRequest(`the name of the object (${name} based on URL) was undeterminable: name must be provided`);
  }
  if (named !== name) {
    throw badRequest(`the name of the object (${named}) does not match the name on the URL (${name})`);
  }
  const within = object.metadata.namespace;
  if (namespace !== undefined && within && within !== namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
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
  const { preconditions = {} } = given;
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
    uid: preconditions.uid,
    resourceVersion: preconditions.resourceVersion,
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
