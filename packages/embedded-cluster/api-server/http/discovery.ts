import { groupVersionOf, type Kind, kinds } from '../../api/kinds.ts';
import type { Exchange } from './exchange.ts';

const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
const partVerbs = ['get', 'patch', 'update'];

/** The release that the cluster imitates. */
export const version = {
  major: '1',
  minor: '36',
  emulationMajor: '1',
  emulationMinor: '36',
  minCompatibilityMajor: '1',
  minCompatibilityMinor: '35',
  gitVersion: 'v1.36.2',
  gitCommit: 'unknown',
  gitTreeState: 'clean',
  buildDate: '2026-06-01T00:00:00Z',
  goVersion: 'go1.26.0',
  compiler: 'gc',
  platform: 'linux/amd64',
};

interface Subresource {
  name: string;
  kind: string;
  verbs: readonly string[];
  /** `[group, version]` of a kind from another group. */
  of?: readonly [string, string];
}

function subresourcesOf(kind: Kind): Subresource[] {
  const all: Subresource[] = [];
  if (kind.resource === 'pods') {
    all.push(
      { name: 'attach', kind: 'PodAttachOptions', verbs: ['create', 'get'] },
      { name: 'binding', kind: 'Binding', verbs: ['create'] },
      { name: 'ephemeralcontainers', kind: 'Pod', verbs: partVerbs },
      { name: 'eviction', kind: 'Eviction', verbs: ['create'], of: ['policy', 'v1'] },
      { name: 'exec', kind: 'PodExecOptions', verbs: ['create', 'get'] },
      { name: 'log', kind: 'Pod', verbs: ['get'] },
      { name: 'portforward', kind: 'PodPortForwardOptions', verbs: ['create', 'get'] },
      { name: 'resize', kind: 'Pod', verbs: partVerbs },
    );
  }
  if (kind.resource === 'namespaces') all.push({ name: 'finalize', kind: 'Namespace', verbs: ['update'] });
  if (kind.resource === 'serviceaccounts')
    all.push({ name: 'token', kind: 'TokenRequest', verbs: ['create'], of: ['authentication.k8s.io', 'v1'] });
  if (kind.scale) all.push({ name: 'scale', kind: 'Scale', verbs: partVerbs, of: ['autoscaling', 'v1'] });
  if (kind.status) all.push({ name: 'status', kind: kind.kind, verbs: partVerbs });
  return all;
}

const groups = [...new Set(kinds.map(({ group }) => group))].filter((group) => group !== '');

function versionsOf(group: string): string[] {
  return [...new Set(kinds.filter((kind) => kind.group === group).map(groupVersionOf))];
}

function groupOf(name: string) {
  const versions = versionsOf(name).map((groupVersion) => ({ groupVersion, version: groupVersion.split('/')[1] }));
  return { name, versions, preferredVersion: versions[0] };
}

function verbsOf(kind: Kind): readonly string[] {
  if (kind.review) return ['create'];
  return kind.resource === 'namespaces' ? verbs.filter((verb) => verb !== 'deletecollection') : verbs;
}

function resourceList(groupVersion: string) {
  const resources = kinds
    .filter((kind) => groupVersionOf(kind) === groupVersion)
    .flatMap((kind) => [
      {
        name: kind.resource,
        singularName: kind.singular,
        namespaced: kind.namespaced,
        kind: kind.kind,
        verbs: verbsOf(kind),
        ...(kind.shortNames.length > 0 && { shortNames: kind.shortNames }),
        ...(kind.categories.length > 0 && { categories: kind.categories }),
      },
      ...subresourcesOf(kind).map((part) => ({
        name: `${kind.resource}/${part.name}`,
        singularName: '',
        namespaced: kind.namespaced,
        ...(part.of && { group: part.of[0], version: part.of[1] }),
        kind: part.kind,
        verbs: part.verbs,
      })),
    ]);
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources };
}

/** All resources in one answer, which newer clients request first (apidiscovery.k8s.io/v2). */
function aggregated(names: readonly string[]) {
  const items = names.map((group) => ({
    metadata: { ...(group !== '' && { name: group }), creationTimestamp: null },
    versions: versionsOf(group).map((groupVersion) => ({
      version: groupVersion.split('/').at(-1),
      resources: kinds.filter((kind) => groupVersionOf(kind) === groupVersion).map(aggregatedResource),
      freshness: 'Current',
    })),
  }));
  return { kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2', metadata: {}, items };
}

function aggregatedResource(kind: Kind) {
  const subresources = subresourcesOf(kind).map((part) => ({
    subresource: part.name,
    responseKind: { group: part.of?.[0] ?? '', version: part.of?.[1] ?? '', kind: part.kind },
    verbs: part.verbs,
  }));
  return {
    resource: kind.resource,
    responseKind: { group: '', version: '', kind: kind.kind },
    scope: kind.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: kind.singular,
    verbs: verbsOf(kind),
    ...(kind.shortNames.length > 0 && { shortNames: kind.shortNames }),
    ...(kind.categories.length > 0 && { categories: kind.categories }),
    ...(subresources.length > 0 && { subresources }),
  };
}

const aggregatedType = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

/** Answers discovery requests; returns false for other paths. */
export function answerDiscovery(exchange: Exchange): boolean {
  const path = exchange.path.replace(/\/$/, '');
  const wantsAll = (exchange.request.headers.accept ?? '').replaceAll(' ', '').includes(aggregatedType);
  if (path === '/api' || path === '/apis') {
    const names = path === '/api' ? [''] : groups;
    if (wantsAll) exchange.send(200, JSON.stringify(aggregated(names)), aggregatedType);
    else if (path === '/api')
      exchange.sendJson(200, {
        kind: 'APIVersions',
        versions: ['v1'],
        serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: exchange.request.headers.host }],
      });
    else exchange.sendJson(200, { kind: 'APIGroupList', apiVersion: 'v1', groups: groups.map(groupOf) });
    return true;
  }
  const [, prefix, first = '', second] = path.split('/');
  if (prefix === 'api' && first === 'v1' && second === undefined) {
    exchange.sendJson(200, resourceList('v1'));
    return true;
  }
  if (prefix !== 'apis' || !groups.includes(first)) return false;
  if (second === undefined) {
    exchange.sendJson(200, { kind: 'APIGroup', apiVersion: 'v1', ...groupOf(first) });
    return true;
  }
  const groupVersion = `${first}/${second}`;
  if (path !== `/apis/${groupVersion}` || !versionsOf(first).includes(groupVersion)) return false;
  exchange.sendJson(200, resourceList(groupVersion));
  return true;
}
