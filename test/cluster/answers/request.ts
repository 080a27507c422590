/** One request to an API server: method, path, body, and headers besides the usual ones. */
export type Request = readonly [method: string, path: string, body?: object | string, headers?: Record<string, string>];

export const namespace = 'answers';
export const core = `/api/v1/namespaces/${namespace}`;
export const pods = `${core}/pods`;
export const apps = `/apis/apps/v1/namespaces/${namespace}`;

export const jsonPatch = { 'content-type': 'application/json-patch+json' };
export const mergePatch = { 'content-type': 'application/merge-patch+json' };
export const strategicPatch = { 'content-type': 'application/strategic-merge-patch+json' };

export function accepting(as: string): Record<string, string> {
  return { accept: `application/json;as=${as};v=v1;g=meta.k8s.io` };
}

export const jane = { 'impersonate-user': 'jane' };
