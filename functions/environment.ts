import { type SlackApi, slackApi } from '../pitlane/chat/slack/api.ts';

/** The value of an environment variable. Throws an error that names a missing one. Never logged, as it may be a secret. */
export function required(name: string, env: NodeJS.ProcessEnv = process.env): string {
  const value = env[name];
  if (value === undefined || value === '') throw new Error(`the environment variable ${name} is not set`);
  return value;
}

/** Slack with the URL and token of the environment. Gives up at the deadline (milliseconds since the epoch). */
export function slackFromEnvironment(deadline: number): SlackApi {
  return slackApi({
    token: () => required('SLACK_BOT_TOKEN'),
    apiUrl: process.env.SLACK_API_URL ?? 'https://slack.com/api/',
    deadline,
    now: Date.now,
  });
}
