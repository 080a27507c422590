import { describe, expect, test } from 'vitest';
import { pods, useCluster } from './server.fixture.ts';

const MINUTE_MS = 60_000;
let now = Date.parse('2026-03-01T03:12:07Z');
const { cluster, ask } = useCluster({ now: () => now });

const path = '/api/v1/namespaces/default/serviceaccounts/default/token';

async function token(spec: object = {}): Promise<string> {
  const { body } = await ask('POST', path, { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec });
  return body.status.token;
}

const listWith = async (bearer: string) =>
  (await ask('GET', pods, undefined, { Authorization: `Bearer ${bearer}` })).code;

describe('a token of a service account', () => {
  test('is valid until it expires', async () => {
    const issued = await token({ expirationSeconds: 600 });
    expect(await listWith(issued)).toBe(403);
    now += 11 * MINUTE_MS;
    expect(await listWith(issued)).toBe(401);
  });

  test('is invalid after a change of its claims', async () => {
    const [head, claims = '', signature] = (await token()).split('.');
    const forged = { ...JSON.parse(Buffer.from(claims, 'base64url').toString()), sub: 'kubernetes-admin' };
    const text = Buffer.from(JSON.stringify(forged)).toString('base64url');
    expect(await listWith(`${head}.${text}.${signature}`)).toBe(401);
    expect(await listWith(`${head}.e30.${signature}`)).toBe(401);
  });

  test('ends with its service account and with the pod that it is bound to', async () => {
    const { api } = cluster();
    const object = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a', namespace: 'default' } };
    api.create('pods', { ...object, spec: { containers: [{ name: 'a', image: 'a' }] } });
    const bound = await token({ boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'a' } });
    const free = await token();
    expect([await listWith(bound), await listWith(free)]).toEqual([403, 403]);
    api.delete('pods', 'default', 'a');
    expect([await listWith(bound), await listWith(free)]).toEqual([401, 403]);
    api.delete('serviceaccounts', 'default', 'default');
    expect(await listWith(free)).toBe(401);
  });
});

test.each([
  ['/api/v1', 'io.k8s.api.core.v1.PodSpec'],
  ['/apis/apps/v1', 'io.k8s.api.core.v1.PodSpec'],
  ['/apis/autoscaling/v1', 'io.k8s.api.autoscaling.v1.HorizontalPodAutoscalerSpec'],
])('OpenAPI describes the kinds of %s and all that they refer to', async (groupVersion, name) => {
  const { schemas } = (await ask('GET', `/openapi/v3${groupVersion}`)).body.components;
  expect(schemas[name]).toMatchObject({ type: 'object', description: expect.stringMatching(/./) });
  const referred = JSON.stringify(schemas).matchAll(/"#\/components\/schemas\/([^"]+)"/g);
  expect([...referred].filter(([, other]) => schemas[other as string] === undefined)).toEqual([]);
});
