const VARIABLES = { signingSecret: 'SLACK_SIGNING_SECRET', botToken: 'SLACK_BOT_TOKEN' } as const;

/** Reads a secret from the environment. Never logged. Throws an error that names a missing variable. */
export function slackSecret(name: keyof typeof VARIABLES, env: NodeJS.ProcessEnv = process.env): string {
  const value = env[VARIABLES[name]];
  if (value === undefined || value === '') throw new Error(`the environment variable ${VARIABLES[name]} is not set`);
  return value;
}
