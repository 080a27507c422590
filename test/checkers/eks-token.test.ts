import { spawn } from 'node:child_process';
import { json } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { eksToken } from '../../pitlane/cluster/eks.ts';
import { tokenVerifier } from './programs.ts';

/** Tokens for EKS, as the API server of a cluster takes or refuses them. */
const verifier = await tokenVerifier();

const MINUTE_MS = 60_000;
const KEYS = { accessKeyId: 'ASIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
const SESSION = { ...KEYS, sessionToken: 'IQoJb3JpZ2luX2VjE==/+ w&x=y' };
const WORKER = 'role/pitlane-prod-worker-eu-west-1';

interface Asked {
  readonly token: string;
  readonly cluster?: string;
  readonly region?: string;
  readonly partition?: string;
}

type Verdict = { readonly arn: string; readonly accessKeyId: string } | { readonly error: string };

async function verify({ token, cluster = 'prod', region = 'eu-west-1', partition = 'aws' }: Asked): Promise<Verdict> {
  const arn = `arn:${partition}:sts::123456789012:assumed-${WORKER}/pitlane-prod-worker`;
  const caller = { secret: KEYS.secretAccessKey, account: '123456789012', arn };
  const child = spawn(verifier ?? '', { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(JSON.stringify({ token, cluster, partition, region, ...caller }));
  return (await json(child.stdout)) as Verdict;
}

const tokenFor = (name: string, { region = 'eu-west-1', keys = SESSION as typeof KEYS, ageMs = 0 } = {}) =>
  eksToken({ name, region }, keys, Date.now() - ageMs);

const accepted = (partition = 'aws') => ({
  arn: `arn:${partition}:iam::123456789012:${WORKER}`,
  accessKeyId: KEYS.accessKeyId,
});

describe.skipIf(verifier === undefined)('aws-iam-authenticator', () => {
  test.each([
    ['eu-west-1', 'aws'],
    ['us-east-1', 'aws'],
    ['ap-southeast-4', 'aws'],
    ['cn-north-1', 'aws-cn'],
    ['us-gov-west-1', 'aws-us-gov'],
  ])('takes a token in %s for the role that signed it', async (region, partition) => {
    const token = tokenFor('prod', { region });
    expect(await verify({ token, region, partition })).toEqual(accepted(partition));
  });

  test('takes a token of credentials without a session, and for a cluster with "_" and "-" in its name', async () => {
    const token = tokenFor('Prod_1-a', { keys: KEYS });
    expect(await verify({ token, cluster: 'Prod_1-a' })).toEqual(accepted());
  });

  // Pitlane uses a token for 10 minutes.
  test('takes a token for 14 minutes, and not for 16', async () => {
    expect(await verify({ token: tokenFor('prod', { ageMs: 14 * MINUTE_MS }) })).toEqual(accepted());
    expect(await verify({ token: tokenFor('prod', { ageMs: 16 * MINUTE_MS }) })).toEqual({
      error: expect.stringContaining('expired'),
    });
  });

  test.each([
    ['of another cluster', () => tokenFor('lab')],
    ['with another secret key', () => tokenFor('prod', { keys: { ...SESSION, secretAccessKey: 'other' } })],
  ])('refuses a token %s', async (_, token) => {
    expect(await verify({ token: token() })).toEqual({ error: expect.stringContaining('SignatureDoesNotMatch') });
  });
});
