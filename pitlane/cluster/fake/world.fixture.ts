import type { JsonPod } from '../json.ts';
import { type Handler, ok, type RecordedRequest, type Reply } from './api.fixture.ts';
import {
  jsonDeployment,
  jsonList,
  jsonPod,
  jsonReplicaSet,
  jsonService,
  jsonSlice,
  jsonTable,
  NAMESPACE,
} from './objects.fixture.ts';

export const NAMES = ['rng-5f69c6b7d8-b85tm', 'rng-5f69c6b7d8-c2xkq', 'rng-5f69c6b7d8-zz9p4'] as const;

const IN_NAMESPACE = `namespaces/${NAMESPACE}`;

/** Answers reads with the rng service of dockercoins. A test's own replies come first. */
export function dockercoins(own: Handler = () => undefined): Handler {
  const objects: Readonly<Record<string, unknown>> = {
    [`/api/v1/${IN_NAMESPACE}/services/rng`]: jsonService,
    [`/apis/apps/v1/${IN_NAMESPACE}/replicasets/${jsonReplicaSet.metadata.name}`]: jsonReplicaSet,
    [`/apis/apps/v1/${IN_NAMESPACE}/deployments/rng`]: jsonDeployment,
    [`/apis/apps/v1/${IN_NAMESPACE}/replicasets`]: jsonList([jsonReplicaSet]),
    [`/apis/discovery.k8s.io/v1/${IN_NAMESPACE}/endpointslices`]: jsonList([jsonSlice(...NAMES)]),
    ...Object.fromEntries(NAMES.map((name) => [`/api/v1/${IN_NAMESPACE}/pods/${name}`, jsonPod(name)])),
  };
  return async (request) => {
    const reply = await own(request);
    if (reply !== undefined || request.method !== 'GET') return reply;
    if (request.query.get('watch') === 'true') return { lines: [], then: 'hang' };
    const object = objects[request.path];
    if (object !== undefined) return ok(object);
    return request.path === `/api/v1/${IN_NAMESPACE}/pods` ? podsFor(request) : emptyList(request);
  };
}

function podsFor({ query, headers }: RecordedRequest): Reply {
  const selector = query.get('labelSelector') ?? '';
  const pods: readonly JsonPod[] = selector.startsWith('app=rng') ? NAMES.map((name) => jsonPod(name)) : [];
  return ok(headers.get('accept')?.includes('as=Table') ? jsonTable(pods) : jsonList(pods));
}

/** Every other collection is empty. */
function emptyList({ path }: RecordedRequest): Reply | undefined {
  return /\/(namespaces\/[^/]+\/)?[a-z]+s$|\/networkpolicies$/.test(path) ? ok(jsonList([])) : undefined;
}
