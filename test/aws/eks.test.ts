import { afterAll, beforeAll, expect, test } from 'vitest';
import { askAws } from '../../pitlane/aws/ask.ts';
import { assumeRole } from '../../pitlane/aws/assume-role.ts';
import type { AwsCredentials } from '../../pitlane/aws/signature.ts';
import { eksConnection } from '../../pitlane/cluster/eks.ts';
import type { EksCluster } from '../../pitlane/config/config.ts';
import { type Moto, startMoto } from './moto.ts';

/** How an EKS cluster is found, with the answers of an emulator instead of prepared ones. */
const REGION = 'eu-west-1';
const ROLE = 'arn:aws:iam::210987654321:role/pitlane';
const OPTIONS = {
  credentials: { accessKeyId: 'AKIATEST', secretAccessKey: 'test' },
  now: Date.now,
  sleep: async () => {},
};

/** In the account of the credentials. */
async function createCluster(name: string, credentials: AwsCredentials): Promise<void> {
  const body = JSON.stringify({ name, roleArn: 'arn:aws:iam::123456789012:role/eks', resourcesVpcConfig: {} });
  const request = {
    service: 'eks',
    region: REGION,
    method: 'POST',
    url: new URL('/clusters', moto.url),
    body,
  } as const;
  expect(await askAws(request, { ...OPTIONS, credentials })).toMatchObject({ status: 200 });
}

let moto: Moto;
let env: Record<string, string>;
beforeAll(async () => {
  moto = await startMoto();
  env = { AWS_ENDPOINT_URL: moto.url, AWS_ACCESS_KEY_ID: 'AKIATEST', AWS_SECRET_ACCESS_KEY: 'test' };
  await createCluster('prod', OPTIONS.credentials);
  await createCluster('other', await assumeRole(ROLE, REGION, env, OPTIONS));
});
afterAll(() => moto?.stop());

test('a role is assumed for an hour', async () => {
  const assumed = await assumeRole(ROLE, REGION, env, OPTIONS);
  expect(assumed).toEqual({
    accessKeyId: expect.stringMatching(/^ASIA/),
    secretAccessKey: expect.stringMatching(/./),
    sessionToken: expect.stringMatching(/./),
    expiresAt: expect.any(Number),
  });
  const minutes = (assumed.expiresAt - Date.now()) / 60_000;
  expect(minutes).toBeGreaterThan(50);
  expect(minutes).toBeLessThan(61);
});

const open = (cluster: EksCluster) => eksConnection(cluster, { ...OPTIONS, env });

test('the address of a cluster of the own account is found', async () => {
  expect((await open({ name: 'prod', region: REGION })).name).toBe('prod');
});

test('the address of a cluster of another account is found with a role there, and only with it', async () => {
  expect((await open({ name: 'other', region: REGION, role: ROLE })).name).toBe('other');
  await expect(open({ name: 'other', region: REGION })).rejects.toThrow(/404/);
  await expect(open({ name: 'prod', region: REGION, role: ROLE })).rejects.toThrow(/404/);
});
