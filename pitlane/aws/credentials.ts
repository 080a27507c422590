import type { AwsEnvironment } from './endpoint.ts';
import type { AwsCredentials } from './signature.ts';

/** The credentials in the environment, where Lambda puts those of the function's role. Throws an error that names missing ones. */
export function credentialsIn(env: AwsEnvironment): AwsCredentials {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN } = env;
  if (!accessKeyId || !secretAccessKey)
    throw new Error('no AWS credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY');
  return { accessKeyId, secretAccessKey, ...(AWS_SESSION_TOKEN && { sessionToken: AWS_SESSION_TOKEN }) };
}
