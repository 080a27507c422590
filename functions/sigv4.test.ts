import { expect, test } from 'vitest';
import { sign } from './sigv4.ts';

const EXAMPLE = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
const AT = Date.UTC(2015, 7, 30, 12, 36, 0);

test('signs the example of the AWS documentation as the documentation does', () => {
  const signed = sign(
    {
      method: 'GET',
      url: new URL('https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08'),
      headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
      body: '',
    },
    { service: 'iam', region: 'us-east-1' },
    EXAMPLE,
    AT,
  );
  expect(signed.authorization).toBe(
    'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7',
  );
});

test('signs the session token of a Lambda role, and the body', () => {
  const request = {
    method: 'POST',
    url: new URL('https://lambda.eu-west-1.amazonaws.com/2015-03-31/functions/pitlane-worker/invocations'),
    headers: { 'x-amz-invocation-type': 'Event' },
  };
  const scope = { service: 'lambda', region: 'eu-west-1' };
  const signed = sign({ ...request, body: '{}' }, scope, { ...EXAMPLE, sessionToken: 'session' }, AT);
  expect(signed['x-amz-security-token']).toBe('session');
  expect(signed.authorization).toContain(
    'SignedHeaders=host;x-amz-date;x-amz-invocation-type;x-amz-security-token, Signature=',
  );
  const other = sign({ ...request, body: '{"a":1}' }, scope, { ...EXAMPLE, sessionToken: 'session' }, AT);
  expect(other.authorization).not.toBe(signed.authorization);
});
