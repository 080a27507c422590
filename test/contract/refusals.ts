import { expect } from 'vitest';
import type { Refusal, Sent } from './http.ts';
import * as manifests from './manifests.ts';
import type { Resource } from './objects.ts';
import type { Space } from './space.ts';
import type { Case } from './suite.ts';

/** A request that is refused. */
export interface Asked extends Sent {
  method: string;
  resource: Resource;
  /** A name, or a name and a subresource. */
  rest: string;
}

export interface Refused {
  code: number;
  reason: string | undefined;
  /** `NS` stands for the case's namespace. */
  message: string;
  details?: object;
}

/** By what is wrong with the request. */
export type Refusals = Readonly<Record<string, readonly [Asked, Refused]>>;

export const get = (resource: Resource, rest = '', sent: Sent = {}): Asked => ({
  method: 'GET',
  resource,
  rest,
  ...sent,
});
export const post = (resource: Resource, body: unknown, sent: Sent & { rest?: string } = {}): Asked => ({
  method: 'POST',
  resource,
  rest: '',
  body,
  ...sent,
});
export const put = (resource: Resource, rest: string, body: unknown): Asked => ({
  method: 'PUT',
  resource,
  rest,
  body,
});
export const patch = (resource: Resource, rest: string, body: unknown, sent: Sent = {}): Asked => ({
  method: 'PATCH',
  resource,
  rest,
  body,
  ...sent,
});
export const remove = (resource: Resource, rest: string, options?: object, sent: Sent = {}): Asked => ({
  method: 'DELETE',
  resource,
  rest,
  ...(options && { body: { apiVersion: 'v1', kind: 'DeleteOptions', ...options } }),
  ...sent,
});

export function refused(code: number, reason: string | undefined, message: string, details?: object): Refused {
  return { code, reason, message, ...(details && { details }) };
}

/** One case: each request gets exactly the answer that stands beside it. */
export function refusals(rule: Case, sentence: string, table: Refusals): void {
  rule(sentence, async (on) => {
    await makeFixtures(on);
    const got: Record<string, Refused> = {};
    for (const [what, [asked]] of Object.entries(table)) got[what] = await answerTo(on, asked);
    expect(got).toEqual(Object.fromEntries(Object.entries(table).map(([what, [, want]]) => [what, want])));
  });
}

/** The pod `bare`, which no kubelet runs, the Deployment and the Service `web`, and the ConfigMap `settings`. */
async function makeFixtures(on: Space): Promise<void> {
  await on.pod({ name: 'bare', spec: { nodeName: 'played-by-nobody', terminationGracePeriodSeconds: 0 } });
  await on.deployment({ replicas: 0 });
  await on.service();
  await on.create('configmaps', manifests.configMap());
}

async function answerTo(on: Space, { method, resource, rest, ...sent }: Asked): Promise<Refused> {
  const { status, body } = await on.ask(method, resource, rest, sent);
  if (typeof body === 'string') return refused(status, undefined, body);
  const { code = status, reason, message = '', details } = body;
  const { causes, ...others } = details ?? {};
  return JSON.parse(
    JSON.stringify(
      refused(code, reason, message, details && { ...others, ...(causes && { causes: eachOnce(causes) }) }),
    ).replaceAll(on.name, 'NS'),
  ) as Refused;
}

/** The real server repeats a cause for each time that it validates the object, which is of no use to anybody. */
function eachOnce(causes: NonNullable<NonNullable<Refusal['details']>['causes']>): object[] {
  return [...new Map(causes.map((cause) => [JSON.stringify(cause), cause])).values()];
}
