import type { NodeSelectorTerm } from '../rotation/node-selector.ts';
import type { Claim, Pod } from '../rotation/snapshot.ts';
import type { Connection } from './connection.ts';
import type { KubeObject } from './json.ts';
import { CLAIMS, VOLUMES } from './resource.ts';
import { tolerateErrors } from './tolerate.ts';

interface JsonClaim extends KubeObject {
  readonly spec?: { readonly accessModes?: readonly string[]; readonly volumeName?: string };
}

interface JsonVolume extends KubeObject {
  readonly spec?: Readonly<Record<string, unknown>> & {
    readonly nodeAffinity?: { readonly required?: { readonly nodeSelectorTerms?: readonly NodeSelectorTerm[] } };
  };
}

/** Reads the claims that a pod mounts. `withVolumes`: and where their volumes can be used. What can't be read is left out. */
export function readClaims(
  connection: Connection,
  namespace: string,
  names: readonly string[],
  withVolumes: boolean,
): Promise<readonly Claim[]> {
  return Promise.all(
    names.map(async (name): Promise<Claim> => {
      const place = { resource: CLAIMS, namespace, name };
      const claim = await tolerateErrors(connection.send<JsonClaim>({ verb: 'get', place }));
      if (claim.kind === 'notSeen') return { name };
      const { metadata, spec } = claim.value.body;
      return {
        name,
        accessModes: spec?.accessModes,
        ...(metadata.deletionTimestamp !== undefined && { isLeaving: true }),
        ...(withVolumes && spec?.volumeName && { volume: await readVolume(connection, spec.volumeName) }),
      };
    }),
  );
}

/** A workload's pods share a few claims. Those of a StatefulSet have one each, and no other pod gets them. */
const MAX_CLAIMS = 10;

/** The pods with what is known of the claims that they mount, each read once. */
export async function withClaims(
  connection: Connection,
  namespace: string,
  pods: readonly Pod[],
): Promise<readonly Pod[]> {
  const names = [...new Set(pods.flatMap(({ detail }) => (detail?.claims ?? []).map(({ name }) => name)))];
  if (names.length === 0) return pods;
  const read = await readClaims(connection, namespace, names.slice(0, MAX_CLAIMS), true);
  const known = new Map(read.map((claim) => [claim.name, claim]));
  return pods.map((pod) =>
    pod.detail
      ? { ...pod, detail: { ...pod.detail, claims: pod.detail.claims.map((claim) => known.get(claim.name) ?? claim) } }
      : pod,
  );
}

/** Volumes that every node reaches by itself. All others are attached to a node (attach-detach controller). */
const UNATTACHED = ['local', 'hostPath', 'nfs', 'azureFile', 'cephfs', 'glusterfs'];

async function readVolume(connection: Connection, name: string): Promise<Claim['volume']> {
  const volume = await tolerateErrors(connection.send<JsonVolume>({ verb: 'get', place: { resource: VOLUMES, name } }));
  if (volume.kind === 'notSeen') return undefined;
  const { spec = {} } = volume.value.body;
  return {
    nodes: spec.nodeAffinity?.required?.nodeSelectorTerms,
    isAttached: !UNATTACHED.some((source) => spec[source] !== undefined),
  };
}
