import { credentialsIn } from '../pitlane/aws/credentials.ts';
import { endpointOf } from '../pitlane/aws/endpoint.ts';
import { signedHeaders } from '../pitlane/aws/signature.ts';
import type { SignedJob } from '../pitlane/chat/signed-job.ts';
import { PostFailed, post } from '../pitlane/chat/slack/post.ts';
import { required } from './environment.ts';

/** Slack waits 3 s for the acknowledgement; a cold start and the read of a secret (900 ms at most) take some of it. */
const TIMEOUT_MS = 1500;

/** Resolves when the worker has the job. Rejects with a PostFailed of `wasSent` if the worker may have it. */
export type SendJob = (job: SignedJob) => Promise<void>;

/** Hands jobs over to the worker. */
export function lambdaHandOver(
  env: NodeJS.ProcessEnv = process.env,
  now: () => number = Date.now,
  timeoutMs: number = TIMEOUT_MS,
): SendJob {
  return invocationOf('WORKER_FUNCTION', env, now, timeoutMs);
}

/**
 * Sends events to the function that the variable names, by asynchronous Lambda invocation ("Invoke" in the Lambda API
 * reference, invocation type Event).
 */
export function invocationOf(
  variable: 'WORKER_FUNCTION' | 'AWS_LAMBDA_FUNCTION_NAME',
  env: NodeJS.ProcessEnv = process.env,
  now: () => number = Date.now,
  timeoutMs: number = TIMEOUT_MS,
): (event: object) => Promise<void> {
  const need = (name: string) => required(name, env);
  return async (event) => {
    const region = need('AWS_REGION');
    const invoked = need(variable);
    const path = `/2015-03-31/functions/${encodeURIComponent(invoked)}/invocations`;
    const url = new URL(path, endpointOf('lambda', region, env));
    const body = JSON.stringify(event);
    const headers = signedHeaders(
      {
        service: 'lambda',
        region,
        method: 'POST',
        url,
        headers: { 'content-type': 'application/json', 'x-amz-invocation-type': 'Event' },
        body,
      },
      credentialsIn(env),
      now(),
    );
    const answer = await post(url.href, headers, body, timeoutMs);
    if (answer.status !== 202) {
      // This header names the kind of error. The body contains the account id and the ARN.
      const kind = answer.headers['x-amzn-errortype'] ?? 'no error type';
      throw new PostFailed(`Lambda answered ${answer.status} (${kind}) to invoking ${invoked}`, answer.status >= 500);
    }
  };
}
