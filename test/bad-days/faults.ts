import type { RngInSlack } from './rng-in-slack.ts';

export type Verdict = Parameters<RngInSlack['failAll']>[1];
export type Asked = Parameters<Parameters<RngInSlack['failAll']>[0]>[0];

export const isRead = ({ method, query }: Asked): boolean => method === 'GET' && query.get('watch') !== 'true';
export const isWatch = ({ query }: Asked): boolean => query.get('watch') === 'true';
export const isService = ({ path }: Asked): boolean => path.endsWith('/services/rng');

export const SLOW: Verdict = { delayMs: 15_000 };

/** How the API server treats a request, and what follows "The cluster …" then. `TRIED` stands for the call. */
export const FAULTS: readonly [name: string, verdict: Verdict, says: string][] = [
  ['cuts every connection', 'drop', 'The cluster could not TRIED: the connection broke off.'],
  ['never answers', 'hang', 'The cluster could not TRIED: no answer within N s.'],
  ['is too slow', SLOW, 'The cluster could not TRIED: no answer within N s.'],
  ['sheds load', { status: 429, headers: { 'retry-after': '2' } }, 'The cluster is too busy to TRIED (429).'],
  ['fails', { status: 500 }, 'The cluster could not TRIED: it answered 500 (intercepted with 500).'],
  [
    'is behind a proxy that fails',
    { status: 502, body: '<html>no</html>' },
    'The cluster could not TRIED: it answered 502.',
  ],
  [
    'is behind a proxy that wants a login',
    { status: 200, body: '<html>Log in</html>' },
    'The cluster could not TRIED: what answered is no API server (its answer is no JSON).',
  ],
  [
    'does not know us',
    { status: 401 },
    "The cluster did not accept pitlane's credentials to TRIED (401): they are missing, wrong or expired.",
  ],
];

/** As the authorizer words it. */
export function denied(rng: RngInSlack, verb: string, resource: string, group = ''): Verdict {
  const message = `${resource} is forbidden: User "pitlane" cannot ${verb} resource "${resource}" in API group "${group}" in the namespace "${rng.namespace}"`;
  return { status: 403, body: { kind: 'Status', message } };
}

/** What a person reads of it. */
export function saysDenied(permission: string): string {
  return `The user pitlane may not ${permission} in namespace ns (403).`;
}
