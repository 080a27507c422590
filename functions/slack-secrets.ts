import { type CachedSecret, cachedSecret } from '../pitlane/aws/cached-secret.ts';
import { type Post, readSecret, SecretUnreadable } from '../pitlane/aws/secrets.ts';
import { post } from '../pitlane/chat/slack/post.ts';
import { parseObject } from '../pitlane/text/shape.ts';
import { required } from './environment.ts';

/** Slack's secrets. `deadline`: milliseconds since the epoch. `refused`: Slack, or a signature, does not fit it. */
export interface SlackSecrets {
  /** The first is the newest. */
  signingSecrets(deadline: number, refused?: readonly string[]): Promise<readonly string[]>;
  botToken(deadline: number, refused?: string): Promise<string>;
}

export interface SlackSecretsOptions {
  /** The secret could not be read again, so the old one stays in use. */
  readonly onStale: (error: unknown) => void;
  readonly env?: NodeJS.ProcessEnv;
  readonly now?: () => number;
  readonly send?: Post;
}

/** From the secret that SLACK_SECRETS names; without it, which is for local use, from the environment. */
export function slackSecrets(options: SlackSecretsOptions): SlackSecrets {
  const { onStale, env = process.env, now = Date.now, send = post } = options;
  let cache: CachedSecret<Stored> | undefined;
  const read = async (deadline: number) => {
    const name = required('SLACK_SECRETS', env);
    return parse(name, await readSecret(name, { env, post: send, now }, deadline));
  };

  /** One field, read again if it is missing or the refused one. */
  async function field<K extends Field>(key: K, deadline: number, refused: Stored[K] | undefined) {
    cache ??= cachedSecret({ read, now, onStale });
    const known = await cache.get(deadline);
    const value = (known[key] === refused ? await cache.renew(known, deadline) : known)[key];
    if (value === undefined) throw new SecretUnreadable(`The secret ${env.SLACK_SECRETS} has no ${key}. ${EXPECTED}`);
    return value;
  }

  return {
    async signingSecrets(deadline, refused) {
      if (env.SLACK_SECRETS) return field('signingSecret', deadline, refused);
      return refused ?? [local('SLACK_SIGNING_SECRET', env)];
    },
    async botToken(deadline, refused) {
      return env.SLACK_SECRETS ? field('botToken', deadline, refused) : local('SLACK_BOT_TOKEN', env);
    },
  };
}

function local(name: string, env: NodeJS.ProcessEnv): string {
  const value = env[name];
  if (value) return value;
  throw new Error(
    `SLACK_SECRETS is not set: it names the secret in AWS with Slack's secrets. For local use, set ${name}.`,
  );
}

/** Each field may be missing: the function slack works without the token. */
interface Stored {
  readonly signingSecret: readonly string[] | undefined;
  readonly botToken: string | undefined;
}
type Field = keyof Stored;

const EXPECTED = 'Expected JSON: {"signingSecret": "…", "botToken": "xoxb-…"}.';

/** While the signing secret is rotated, it is a list: the new one and the old one. */
function parse(name: string, text: string): Stored {
  const value = parseObject(text);
  if (value === undefined) throw new SecretUnreadable(`The secret ${name} is not a JSON object. ${EXPECTED}`);
  const { signingSecret, botToken } = value;
  const secrets = (Array.isArray(signingSecret) ? signingSecret : [signingSecret]).flatMap(filled);
  return { signingSecret: secrets.length > 0 ? secrets : undefined, botToken: filled(botToken)[0] };
}

function filled(value: unknown): readonly string[] {
  return typeof value === 'string' && value.trim() !== '' ? [value.trim()] : [];
}
