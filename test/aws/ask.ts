import { type AwsCredentials, signedHeaders } from '../../pitlane/aws/signature.ts';
import type { Moto } from './moto.ts';

/** moto takes any credentials. */
const CREDENTIALS: AwsCredentials = { accessKeyId: 'AKIATEST', secretAccessKey: 'test' };
const REGION = 'eu-west-1';

/** One request to a service with a JSON protocol. `target`: such as `secretsmanager.GetSecretValue`. */
export async function askMoto(
  moto: Pick<Moto, 'url'>,
  service: string,
  target: string,
  input: object,
): Promise<{ readonly status: number; readonly answer: Record<string, unknown> }> {
  const body = JSON.stringify(input);
  const url = new URL(moto.url);
  const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target };
  const request = { service, region: REGION, method: 'POST', url, headers, body } as const;
  const signed = { ...headers, ...signedHeaders(request, CREDENTIALS, Date.now()) };
  const response = await fetch(url, { method: 'POST', headers: signed, body });
  return { status: response.status, answer: (await response.json()) as Record<string, unknown> };
}
