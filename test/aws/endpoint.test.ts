import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type AwsService, endpointOf } from '../../pitlane/aws/endpoint.ts';
import { ensureMoto } from './moto.ts';

const SERVICES: readonly AwsService[] = ['cloudformation', 'eks', 'lambda', 'secretsmanager', 'ssm', 'sts'];
/** At least one of each partition. */
const REGIONS = [
  ...['eu-west-1', 'us-east-1', 'ap-southeast-2', 'us-gov-west-1', 'us-gov-east-1', 'cn-north-1', 'cn-northwest-1'],
  ...['eusc-de-east-1', 'us-iso-east-1', 'us-isob-east-1', 'eu-isoe-west-1', 'us-isof-south-1'],
];

test('endpoints are those of an AWS SDK, in every partition', async () => {
  const python = await ensureMoto();
  const { AWS_ENDPOINT_URL: _, AWS_USE_FIPS_ENDPOINT: __, ...env } = process.env;
  const script = [join(import.meta.dirname, 'endpoints.py'), JSON.stringify([SERVICES, REGIONS])];
  const answer = execFileSync(python, script, { encoding: 'utf8', env });
  const expected = JSON.parse(answer) as [service: AwsService, region: string, fips: boolean, url: string][];
  expect(expected).toHaveLength(SERVICES.length * REGIONS.length * 2);
  const ours = expected.map(([service, region, fips]) => {
    const { origin } = endpointOf(service, region, { AWS_USE_FIPS_ENDPOINT: String(fips) });
    return [service, region, fips, origin];
  });
  expect(ours).toEqual(expected);
});
