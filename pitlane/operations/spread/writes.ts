import { SPREAD } from '../../rotation/marks.ts';
import { ANNOTATIONS, patchOf } from '../../rotation/patch.ts';
import {
  type CreateWrite,
  type DeleteWrite,
  type Operation,
  objectRefOf,
  type PatchOperation,
  type PatchWrite,
} from '../../rotation/plan.ts';
import type { Snapshot, WholeWorkload } from '../../rotation/snapshot.ts';
import type { SpreadRecord } from '../../rotation/spread.ts';
import { nameOf } from '../../rotation/workload.ts';
import { personOf, timestamp } from '../../text/words.ts';
import type { Manifest } from './manifest.ts';

export function recordOf({ at }: Snapshot, operation: Operation, replicas: number): SpreadRecord {
  return { v: 1, id: operation.id, replicas, ...personOf(operation), at: timestamp(at) };
}

export function createWrite(manifest: Manifest, record: SpreadRecord): CreateWrite {
  const { apiVersion, kind, metadata } = manifest;
  const annotations = { ...metadata.annotations, [SPREAD]: JSON.stringify(record) };
  return {
    kind: 'create',
    key: `create ${kind} ${metadata.name}`,
    title: `create ${kind} ${metadata.name}`,
    target: { kind, apiVersion, name: metadata.name, uid: '', namespace: metadata.namespace },
    object: { ...manifest, metadata: { ...metadata, annotations } },
  };
}

/** `record`: undefined takes it off. */
export function scaleWrite(
  snapshot: Snapshot,
  deployment: WholeWorkload,
  replicas: number,
  record: SpreadRecord | undefined,
): PatchWrite {
  const { controller, annotations } = deployment;
  const change = { [SPREAD]: record === undefined ? null : JSON.stringify(record) };
  const { patch, inverse } = patchOf(controller.uid, [{ root: ANNOTATIONS, before: annotations, change }]);
  const scale = (from: number, to: number): readonly PatchOperation[] => [
    { op: 'test', path: '/spec/replicas', value: from },
    { op: 'replace', path: '/spec/replicas', value: to },
  ];
  return {
    kind: 'patch',
    key: `scale ${controller.uid}`,
    title: `scale ${nameOf(controller)} from ${controller.desired} to ${replicas}`,
    target: { ...objectRefOf(controller), namespace: snapshot.service.namespace },
    patch: [...patch, ...scale(controller.desired, replicas)],
    inverse: [...inverse, ...scale(replicas, controller.desired)],
  };
}

export function deleteWrite(snapshot: Snapshot, { controller }: WholeWorkload, version?: string): DeleteWrite {
  return {
    kind: 'delete',
    key: `delete ${controller.uid}`,
    title: `delete ${nameOf(controller)}`,
    target: { ...objectRefOf(controller), namespace: snapshot.service.namespace },
    ...(version !== undefined && { version }),
  };
}
