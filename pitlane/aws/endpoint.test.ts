import { expect, test } from 'vitest';
import { endpointOf } from './endpoint.ts';

test.each([
  ['secretsmanager', 'eu-west-1', {}, 'https://secretsmanager.eu-west-1.amazonaws.com/'],
  ['eks', 'cn-north-1', {}, 'https://eks.cn-north-1.amazonaws.com.cn/'],
  ['sts', 'eusc-de-east-1', {}, 'https://sts.eusc-de-east-1.amazonaws.eu/'],
  ['lambda', 'us-east-1', { AWS_USE_FIPS_ENDPOINT: 'true' }, 'https://lambda-fips.us-east-1.amazonaws.com/'],
  ['eks', 'us-east-1', { AWS_USE_FIPS_ENDPOINT: 'true' }, 'https://fips.eks.us-east-1.amazonaws.com/'],
  ['ssm', 'us-gov-west-1', { AWS_USE_FIPS_ENDPOINT: 'true' }, 'https://ssm.us-gov-west-1.amazonaws.com/'],
] as const)('%s in %s with %o is at %s', (service, region, env, url) => {
  expect(endpointOf(service, region, env).href).toBe(url);
});

test('the endpoint of a service has priority over the endpoint of all, and both may be ignored', () => {
  const env = { AWS_ENDPOINT_URL: 'http://127.0.0.1:1/', AWS_ENDPOINT_URL_SECRETS_MANAGER: 'http://127.0.0.1:2/' };
  expect(endpointOf('secretsmanager', 'eu-west-1', env).port).toBe('2');
  expect(endpointOf('ssm', 'eu-west-1', env).port).toBe('1');
  expect(endpointOf('ssm', 'eu-west-1', { ...env, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true' }).host).toBe(
    'ssm.eu-west-1.amazonaws.com',
  );
});
