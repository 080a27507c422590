/** Never logged, and never in the configuration file. */
export interface SlackSecrets {
  /** Verifies that a request comes from Slack. */
  readonly signingSecret: string;
  /** `xoxb-…` */
  readonly botToken: string;
}

/** Reads a secret from the environment. Throws an error that names a missing variable. */
export function slackSecret(name: keyof SlackSecrets, env: NodeJS.ProcessEnv = process.env): string {
  const variable = name === 'signingSecret' ? 'SLACK_SIGNING_SECRET' : 'SLACK_BOT_TOKEN';
  const value = env[variable];
  if (value === undefined || value === '') throw new Error(`the environment variable ${variable} is not set`);
  return value;
}
