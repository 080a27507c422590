/** What the doors need to talk with Slack. Never logged, never in the configuration file. */
export interface SlackSecrets {
  /** Proves that a request comes from Slack. */
  readonly signingSecret: string;
  /** `xoxb-…`: what the bot writes with. */
  readonly botToken: string;
}

/** The one place that knows where the secrets come from. Throws a sentence that names the missing variable. */
export function slackSecret(name: keyof SlackSecrets, env: NodeJS.ProcessEnv = process.env): string {
  const variable = name === 'signingSecret' ? 'SLACK_SIGNING_SECRET' : 'SLACK_BOT_TOKEN';
  const value = env[variable];
  if (value === undefined || value === '') throw new Error(`the environment variable ${variable} is not set`);
  return value;
}
