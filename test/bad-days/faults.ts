import type { RngInSlack } from './rng-in-slack.ts';

export type Verdict = Parameters<RngInSlack['failAll']>[1];
export type Asked = Parameters<Parameters<RngInSlack['failAll']>[0]>[0];

export const isRead = ({ method, query }: Asked): boolean => method === 'GET' && query.get('watch') !== 'true';
export const isWatch = ({ query }: Asked): boolean => query.get('watch') === 'true';
export const isService = ({ path }: Asked): boolean => /\/services(\/rng)?$/.test(path);

/** How an API server may treat a request. */
export const FAULTS: readonly [name: string, verdict: Verdict][] = [
  ['cuts every connection', 'drop'],
  ['never answers', 'hang'],
  ['answers after the timeout', { delayMs: 15_000 }],
  ['sheds load', { status: 429, headers: { 'retry-after': '2' } }],
  ['fails', { status: 500 }],
  ['is behind a proxy that fails', { status: 502, body: '<html>no</html>' }],
  ['is behind a proxy that wants a login', { status: 200, body: '<html>Log in</html>' }],
  ['rejects our credentials', { status: 401 }],
];

/** As the authorizer words it. */
export function denied(rng: RngInSlack, verb: string, resource: string, group = ''): Verdict {
  const message = `${resource} is forbidden: User "pitlane" cannot ${verb} resource "${resource}" in API group "${group}" in the namespace "${rng.namespace}"`;
  return { status: 403, body: { kind: 'Status', message } };
}
