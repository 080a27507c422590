import { readSecret } from '../pitlane/aws/secrets.ts';
import { post } from '../pitlane/chat/slack/post.ts';

/** Reads a secret of AWS by its name, with the credentials of the environment. */
export function readAwsSecret(env: NodeJS.ProcessEnv): (name: string, deadline: number) => Promise<string> {
  return (name, deadline) => readSecret(name, { env, post, now: Date.now }, deadline);
}
