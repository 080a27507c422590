import { credentialsIn } from './credentials.ts';
import { type AwsEnvironment, endpointOf } from './endpoint.ts';
import { signedHeaders } from './signature.ts';

/** Sends one POST. Rejects if there is no answer. */
export type Post = (
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string,
  timeoutMs: number,
) => Promise<{ readonly status: number; readonly body: string }>;

export interface SecretSources {
  readonly env: AwsEnvironment;
  readonly post: Post;
  readonly now: () => number;
}

/** Where a secret is. */
export interface SecretPlace {
  readonly store: 'secretsmanager' | 'ssm';
  /** The name, or an ARN. */
  readonly id: string;
  /** Of an ARN. Absent: the region of the environment. */
  readonly region?: string;
}

/** `pitlane/slack` is a secret of Secrets Manager, `ssm:/pitlane/slack` a parameter of SSM, and an ARN is either. */
export function placeOf(name: string): SecretPlace {
  const [, service, region] = /^arn:[^:]+:(secretsmanager|ssm):([^:]+):/.exec(name) ?? [];
  if (service !== undefined && region !== undefined)
    return { store: service as SecretPlace['store'], id: name, region };
  return name.startsWith('ssm:')
    ? { store: 'ssm', id: name.slice('ssm:'.length) }
    : { store: 'secretsmanager', id: name };
}

/** A secret can't be read. The message is a sentence that names it and never contains its value. */
export class SecretUnreadable extends Error {
  /** AWS knows the secret, but the caller may not read it. */
  readonly isDenied: boolean;
  constructor(message: string, options?: ErrorOptions & { readonly isDenied?: boolean }) {
    super(message, options);
    this.name = 'SecretUnreadable';
    this.isDenied = options?.isDenied ?? false;
  }
}

interface Store {
  readonly title: string;
  readonly target: string;
  readonly right: string;
  readonly input: (id: string) => object;
  readonly valueIn: (answer: Answer) => string | undefined;
}

interface Answer {
  readonly SecretString?: string;
  readonly SecretBinary?: string;
  readonly Parameter?: { readonly Value?: string };
  readonly __type?: string;
}

const STORES: Readonly<Record<SecretPlace['store'], Store>> = {
  secretsmanager: {
    title: 'Secrets Manager',
    target: 'secretsmanager.GetSecretValue',
    right: 'secretsmanager:GetSecretValue',
    input: (id) => ({ SecretId: id }),
    valueIn: ({ SecretString, SecretBinary }) =>
      SecretString ?? (SecretBinary && Buffer.from(SecretBinary, 'base64').toString('utf8')),
  },
  ssm: {
    title: 'SSM Parameter Store',
    target: 'AmazonSSM.GetParameter',
    right: 'ssm:GetParameter',
    input: (id) => ({ Name: id, WithDecryption: true }),
    valueIn: ({ Parameter }) => Parameter?.Value,
  },
};

const TIMEOUT_MS = 2_000;
/** Before the second attempt. It doubles for each further one. */
const BACK_OFF_MS = 100;
const TEMPORARY = /^(Throttl|TooManyRequests|RequestLimitExceeded|InternalService|InternalServer|ServiceUnavailable)/;

/** Reads a secret of AWS. Retries until the deadline (milliseconds since the epoch). Rejects with SecretUnreadable. */
export async function readSecret(name: string, sources: SecretSources, deadline: number): Promise<string> {
  const place = placeOf(name);
  const store = STORES[place.store];
  const region = place.region ?? (sources.env.AWS_REGION || sources.env.AWS_DEFAULT_REGION);
  if (!region) throw unreadable(name, 'no AWS region: set AWS_REGION');
  for (let attempt = 1; ; attempt += 1) {
    const { value, why, isTemporary, ...details } = await ask({ ...place, region }, name, sources, deadline);
    if (value !== undefined) return value;
    const pause = BACK_OFF_MS * 2 ** (attempt - 1);
    if (!isTemporary || sources.now() + pause >= deadline)
      throw unreadable(name, `${why} (${store.title}, ${region})`, details);
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

interface Asked {
  readonly value?: string;
  readonly why?: string;
  readonly isTemporary?: boolean;
  readonly isDenied?: boolean;
  readonly cause?: unknown;
}

async function ask(
  { store: service, id, region }: Required<SecretPlace>,
  name: string,
  { env, post, now }: SecretSources,
  deadline: number,
): Promise<Asked> {
  const store = STORES[service];
  const body = JSON.stringify(store.input(id));
  const url = endpointOf(service, region, env);
  const own = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': store.target };
  const headers = { ...own, ...signed({ service, region, method: 'POST', url, headers: own, body }, name, env, now()) };
  let posted: Awaited<ReturnType<Post>>;
  try {
    posted = await post(url.href, headers, body, Math.max(1, Math.min(TIMEOUT_MS, deadline - now())));
  } catch (cause) {
    return { why: 'no answer', isTemporary: true, cause };
  }
  const answer = answerIn(posted.body);
  const value = posted.status === 200 ? store.valueIn(answer) : undefined;
  if (value !== undefined) return { value };
  const type = answer.__type?.replace(/^.*#/, '') ?? `status ${posted.status}`;
  const isTemporary = posted.status === 429 || posted.status >= 500 || TEMPORARY.test(type);
  return { why: reasonFor(type, name, store), isTemporary, isDenied: type.startsWith('AccessDenied') };
}

function signed(request: Parameters<typeof signedHeaders>[0], name: string, env: AwsEnvironment, at: number) {
  try {
    return signedHeaders(request, credentialsIn(env), at);
  } catch (error) {
    throw unreadable(name, error instanceof Error ? error.message : String(error));
  }
}

function answerIn(body: string): Answer {
  try {
    return (JSON.parse(body) ?? {}) as Answer;
  } catch {
    return {};
  }
}

function reasonFor(type: string, name: string, { right }: Store): string {
  if (/^(ResourceNotFound|ParameterNotFound)/.test(type))
    return name.startsWith('/') ? `it does not exist; an SSM parameter is written as ssm:${name}` : 'it does not exist';
  if (/^AccessDenied/.test(type)) return `Pitlane's role lacks ${right} for it, or kms:Decrypt for its key`;
  if (/^(DecryptionFailure|InvalidKeyId)/.test(type))
    return 'its KMS key is missing, disabled or not allowed to decrypt it';
  if (/^InvalidRequest/.test(type)) return 'it is scheduled for deletion';
  if (/^(ExpiredToken|UnrecognizedClient|InvalidSignature|InvalidClientTokenId)/.test(type))
    return `AWS refused Pitlane's credentials: ${type}`;
  return type;
}

function unreadable(
  name: string,
  why: string,
  details?: { readonly cause?: unknown; readonly isDenied?: boolean },
): SecretUnreadable {
  return new SecretUnreadable(`Can't read the secret ${name}: ${why}.`, details);
}
