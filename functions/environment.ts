/** The value of an environment variable. Throws an error that names a missing one. Never logged, as it may be a secret. */
export function required(name: string, env: NodeJS.ProcessEnv = process.env): string {
  const value = env[name];
  if (value === undefined || value === '') throw new Error(`the environment variable ${name} is not set`);
  return value;
}

/** Of Slack's Web API; ends with `/`. */
export function slackApiUrl(): string {
  return process.env.SLACK_API_URL ?? 'https://slack.com/api/';
}
