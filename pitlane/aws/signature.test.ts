import { expect, test } from 'vitest';
import { type AwsRequest, signedHeaders } from './signature.ts';

const EXAMPLE = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
const AT = Date.UTC(2015, 7, 30, 12, 36, 0);

const INVOKE: AwsRequest = {
  service: 'lambda',
  region: 'eu-west-1',
  method: 'POST',
  url: new URL('https://lambda.eu-west-1.amazonaws.com/2015-03-31/functions/pitlane-worker/invocations'),
  headers: { 'x-amz-invocation-type': 'Event' },
  body: '{}',
};

test('signs the example in the AWS documentation with the documented signature', () => {
  const signed = signedHeaders(
    {
      service: 'iam',
      region: 'us-east-1',
      method: 'GET',
      url: new URL('https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08'),
      headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
    },
    EXAMPLE,
    AT,
  );
  expect(signed.authorization).toBe(
    'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7',
  );
});

test.each([
  ['get-vanilla', 'GET', '/', '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'],
  ['post-vanilla', 'POST', '/', '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b'],
] as const)('signs %s of the AWS test suite with the expected signature', (_, method, path, signature) => {
  const url = new URL(path, 'https://example.amazonaws.com');
  const signed = signedHeaders({ service: 'service', region: 'us-east-1', method, url }, EXAMPLE, AT);
  expect(signed.authorization).toBe(
    `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=${signature}`,
  );
});

test('signs the session token of a Lambda role and the body', () => {
  const credentials = { ...EXAMPLE, sessionToken: 'session' };
  const signed = signedHeaders(INVOKE, credentials, AT);
  expect(signed['x-amz-security-token']).toBe('session');
  expect(signed.authorization).toContain(
    'SignedHeaders=host;x-amz-date;x-amz-invocation-type;x-amz-security-token, Signature=',
  );
  const other = signedHeaders({ ...INVOKE, body: '{"a":1}' }, credentials, AT);
  expect(other.authorization).not.toBe(signed.authorization);
});
