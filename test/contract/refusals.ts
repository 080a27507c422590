import { expect } from 'vitest';
import type { Refusal, Sent } from './http.ts';
import { configMap } from './manifests.ts';
import type { Resource } from './objects.ts';
import type { Space } from './space.ts';
import type { Case } from './suite.ts';

/** A request that the server refuses. */
export interface Asked extends Sent {
  method: string;
  resource: Resource;
  /** A name, or a name and a subresource. */
  rest: string;
}

export interface Refused {
  code: number;
  reason: string | undefined;
  /** `NS` stands for the namespace of the case. */
  message: string;
  details?: object;
}

/** Each request and its refusal, under the mistake in the request. */
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

export function badRequest(message: string): Refused {
  return refused(400, 'BadRequest', message);
}

/** The server cannot read the body as an object of that kind. */
export function undecodable(kind: string, reason: string): Refused {
  return badRequest(`${kind} in version "v1" cannot be handled as a ${kind}: ${reason}`);
}

/** `resource`: with its group, such as `deployments.apps`. */
export function notFound(resource: string, name: string): Refused {
  return refused(404, 'NotFound', `${resource} "${name}" not found`, detailsOf(resource, name));
}

export function alreadyExists(resource: string, name: string): Refused {
  return refused(409, 'AlreadyExists', `${resource} "${name}" already exists`, detailsOf(resource, name));
}

export function conflict(resource: string, name: string): Refused {
  const message = `Operation cannot be fulfilled on ${resource} "${name}": the object has been modified; please apply your changes to the latest version and try again`;
  return refused(409, 'Conflict', message, detailsOf(resource, name));
}

/** The server does not say which operation of a JSON Patch failed. */
export const rejectedPatch = refused(
  422,
  'Invalid',
  'the server rejected our request due to an error in our request',
  {},
);

const reasons: Readonly<Record<string, string>> = {
  'Duplicate value': 'FieldValueDuplicate',
  Forbidden: 'FieldValueForbidden',
  'Invalid value': 'FieldValueInvalid',
  'Not found': 'FieldValueNotFound',
  'Required value': 'FieldValueRequired',
  'Unsupported value': 'FieldValueNotSupported',
};

/** `object`: kind and name, such as `Deployment.apps "web"`. Each mistake is `field: message`. */
export function invalid(object: string, ...mistakes: string[]): Refused {
  const [, kind = '', name = ''] = /^(\S*) "(.*)"$/.exec(object) ?? [];
  const causes = mistakes.map((mistake) => {
    const [field = '', type = ''] = mistake.split(': ', 2);
    return { reason: reasons[type], message: mistake.slice(field.length + 2), field };
  });
  const list = mistakes.length === 1 ? mistakes[0] : `[${mistakes.join(', ')}]`;
  return refused(422, 'Invalid', `${object} is invalid: ${list}`, { ...detailsOf(kind, name), causes });
}

function detailsOf(type: string, name: string): object {
  const [kind = '', ...group] = type.split('.');
  return { ...(name && { name }), ...(group.length > 0 && { group: group.join('.') }), ...(kind && { kind }) };
}

/** Registers one case: each request gets exactly the refusal beside it. */
export function refusals(rule: Case, sentence: string, table: Refusals): void {
  rule(sentence, async (on) => {
    await makeFixtures(on);
    const got: Record<string, Refused> = {};
    for (const [mistake, [asked]] of Object.entries(table)) got[mistake] = await answerTo(on, asked);
    expect(got).toEqual(Object.fromEntries(Object.entries(table).map(([mistake, [, want]]) => [mistake, want])));
  });
}

/** The pod `bare` on a node without a kubelet, the Deployment and the Service `web`, and the ConfigMap `settings`. */
async function makeFixtures(on: Space): Promise<void> {
  await on.idlePod({ name: 'bare' });
  await on.deployment({ replicas: 0 });
  await on.service();
  await on.create('configmaps', configMap());
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

/** The real server validates an object more than once and repeats its causes each time. */
function eachOnce(causes: NonNullable<NonNullable<Refusal['details']>['causes']>): object[] {
  return [...new Map(causes.map((cause) => [JSON.stringify(cause), cause])).values()];
}
