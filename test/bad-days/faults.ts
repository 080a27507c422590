import type { RngInSlack } from './rng-in-slack.ts';

export type Verdict = Parameters<RngInSlack['breakDown']>[1];
export type Asked = Parameters<Parameters<RngInSlack['breakDown']>[0]>[0];

export const isRead = ({ method, query }: Asked): boolean => method === 'GET' && query.get('watch') !== 'true';
export const isWatch = ({ query }: Asked): boolean => query.get('watch') === 'true';
export const isService = ({ path }: Asked): boolean => path.endsWith('/services/rng');

export const SLOW: Verdict = { delayMs: 100 };

/** How the API server treats a request, and the error that follows. `TRIED` stands for the call. */
export const FAULTS: readonly [name: string, verdict: Verdict, says: string][] = [
  ['cuts every connection', 'drop', "Can't TRIED: connection reset."],
  ['never answers', 'hang', "Can't TRIED: no answer within 0.03 s."],
  ['is too slow', SLOW, "Can't TRIED: no answer within 0.03 s."],
  ['sheds load', { status: 429, headers: { 'retry-after': '2' } }, "Can't TRIED: too many requests (429)."],
  ['fails', { status: 500 }, "Can't TRIED: HTTP 500 (intercepted with 500)."],
  ['is behind a proxy that fails', { status: 502, body: '<html>no</html>' }, "Can't TRIED: HTTP 502."],
  [
    'is behind a proxy that wants a login',
    { status: 200, body: '<html>Log in</html>' },
    "Can't TRIED: the server is not a Kubernetes API server (its answer is not JSON).",
  ],
  ['does not know us', { status: 401 }, "Can't TRIED: Pitlane's credentials are missing, invalid or expired (401)."],
];

/** What takes too long is given little time. */
export function giveUpSoonAt(verdict: Verdict, rng: RngInSlack): void {
  if (verdict === 'hang' || verdict === SLOW) rng.patienceMs = 30;
}

/** As the authorizer words it. */
export function denied(rng: RngInSlack, verb: string, resource: string, group = ''): Verdict {
  const message = `${resource} is forbidden: User "pitlane" cannot ${verb} resource "${resource}" in API group "${group}" in the namespace "${rng.namespace}"`;
  return { status: 403, body: { kind: 'Status', message } };
}

/** What a person reads of it. */
export function saysDenied(permission: string): string {
  return `User pitlane is not allowed to ${permission} in namespace ns (403).`;
}
