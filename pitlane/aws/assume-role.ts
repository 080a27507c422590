import { type AskOptions, askAws } from './ask.ts';
import { type AwsEnvironment, endpointOf } from './endpoint.ts';
import type { AwsCredentials } from './signature.ts';

/** The role can't be assumed. The message is a sentence. */
class RoleRefused extends Error {
  constructor(role: string, why: string, options?: ErrorOptions) {
    super(`Can't assume the role ${role}: ${why}.`, options);
    this.name = 'RoleRefused';
  }
}

export interface TemporaryCredentials extends AwsCredentials {
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** Assumes a role ("AssumeRole" in the API reference of AWS STS), for an hour. Rejects with RoleRefused. */
export async function assumeRole(
  role: string,
  region: string,
  env: AwsEnvironment,
  options: AskOptions,
): Promise<TemporaryCredentials> {
  const url = endpointOf('sts', region, env);
  const input = { Action: 'AssumeRole', Version: '2011-06-15', RoleArn: role, RoleSessionName: 'pitlane' };
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const body = new URLSearchParams(input).toString();
  const request = { service: 'sts', region, method: 'POST', url, headers, body } as const;
  const answer = await askAws(request, options).catch((cause: unknown) => {
    throw new RoleRefused(role, `no answer from STS in ${region}`, { cause });
  });
  if (answer.status !== 200) throw new RoleRefused(role, reasonFor(answer));
  return credentialsIn(answer.body, role);
}

function reasonFor({ status, errorType }: { readonly status: number; readonly errorType: string }): string {
  return errorType === 'AccessDenied'
    ? 'its trust policy has to allow the roles of the functions, and their own rights have to name it'
    : `STS answered ${errorType || status}`;
}

function credentialsIn(xml: string, role: string): TemporaryCredentials {
  const [accessKeyId, secretAccessKey, sessionToken, expiration] = [
    'AccessKeyId',
    'SecretAccessKey',
    'SessionToken',
    'Expiration',
  ].map((name) => new RegExp(`<${name}>\\s*([^<\\s]+)\\s*</${name}>`).exec(xml)?.[1]);
  const expiresAt = Date.parse(expiration ?? '');
  if (!accessKeyId || !secretAccessKey || !sessionToken || Number.isNaN(expiresAt))
    throw new RoleRefused(role, 'the answer of STS has no credentials');
  return { accessKeyId, secretAccessKey, sessionToken, expiresAt };
}
