import { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import { type AskOptions, askAws } from '../aws/ask.ts';
import { assumeRole, type TemporaryCredentials } from '../aws/assume-role.ts';
import { credentialsIn } from '../aws/credentials.ts';
import { endpointOf } from '../aws/endpoint.ts';
import { type AwsCredentials, presignedUrl } from '../aws/signature.ts';
import type { EksCluster } from '../config/config.ts';
import { type Connection, connectionTo } from './connection.ts';
import { CannotConnect } from './errors.ts';
import { renewedConnection } from './renewed-connection.ts';
import type { Sleep } from './retry.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

interface EksSources {
  readonly env: Environment;
  readonly now: () => number;
  readonly sleep: Sleep;
}

/** A token is valid for 15 minutes; it is renewed well before. */
const TOKEN_LIFETIME_MS = 10 * 60_000;
/** Credentials of a role are replaced before they expire: a token is valid as long as those that signed it. */
const SPARE_MS = TOKEN_LIFETIME_MS + 5 * 60_000;

/**
 * Connects to an EKS cluster. The role signs its own tokens, so no long-lived token is stored. EKS is asked again for the
 * address at times; while it does not answer, the last one stays in use. Throws CannotConnect.
 */
export async function eksConnection(cluster: EksCluster, sources: EksSources): Promise<Connection> {
  const credentials = credentialsFor(cluster, sources);
  const connectTo = (address: Address) =>
    connectionTo(kubeConfigOf(cluster, address, tokens(cluster, credentials, sources.now)));
  const { endpoint, ca } = cluster;
  if (endpoint !== undefined && ca !== undefined) return connectTo({ server: endpoint, caData: ca });
  return renewedConnection({
    now: sources.now,
    refused: 'The cluster refused the token of the role (401).',
    read: async () => JSON.stringify(await addressOf(cluster, credentials, sources)),
    load: (text) => connectTo(JSON.parse(text) as Address),
  });
}

interface Address {
  readonly server: string;
  readonly caData: string;
}

function kubeConfigOf({ name }: EksCluster, address: Address, token: () => Promise<string>): KubeConfig {
  const kubeConfig = new KubeConfig();
  kubeConfig.addAuthenticator({
    isAuthProvider: (user) => user.authProvider?.name === 'eks',
    applyAuthentication: async (_user, options) => {
      options.headers = { ...options.headers, Authorization: `Bearer ${await token()}` };
    },
  });
  kubeConfig.loadFromClusterAndUser(
    { name, ...address, skipTLSVerify: false },
    { name: 'eks', authProvider: { name: 'eks' } },
  );
  kubeConfig.contexts = [{ name, cluster: name, user: 'eks' }];
  kubeConfig.setCurrentContext(name);
  return kubeConfig;
}

type Credentials = () => Promise<AwsCredentials>;

/** Of the configured role, or of the environment, where Lambda puts those of the function's role. */
function credentialsFor({ role, region }: EksCluster, { env, now, sleep }: EksSources): Credentials {
  const own = () => {
    try {
      return credentialsIn(env);
    } catch {
      throw new CannotConnect('No AWS credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.');
    }
  };
  if (role === undefined) return async () => own();
  let assumed: Promise<TemporaryCredentials> | undefined;
  return async () => {
    const known = await assumed?.catch(() => undefined);
    if (known !== undefined && known.expiresAt - SPARE_MS > now()) return known;
    assumed = assumeRole(role, region, env, { credentials: own(), now, sleep });
    return assumed.catch((cause: Error) => {
      throw new CannotConnect(cause.message, { cause });
    });
  };
}

function tokens(cluster: EksCluster, credentials: Credentials, now: () => number): () => Promise<string> {
  let cached: { readonly token: string; readonly until: number } | undefined;
  return async () => {
    if (cached === undefined || cached.until <= now()) {
      const signer = await credentials();
      cached = { token: eksToken(cluster, signer, now()), until: now() + TOKEN_LIFETIME_MS };
    }
    return cached.token;
  };
}

/** The token of `aws eks get-token`: a presigned GetCallerIdentity URL, which the cluster calls to identify us. */
export function eksToken({ name, region }: EksCluster, credentials: AwsCredentials, at: number): string {
  // The cluster accepts only the public hosts of STS, whatever this process has to use.
  const callerIdentity = new URL('?Action=GetCallerIdentity&Version=2011-06-15', endpointOf('sts', region, {}));
  const url = presignedUrl(
    { service: 'sts', region, method: 'GET', url: callerIdentity, headers: { 'x-k8s-aws-id': name } },
    credentials,
    at,
    60,
  );
  return `k8s-aws-v1.${Buffer.from(url).toString('base64url')}`;
}

interface DescribedCluster {
  readonly cluster?: { readonly endpoint?: string; readonly certificateAuthority?: { readonly data?: string } };
}

/** "DescribeCluster" in the API reference of Amazon EKS. */
async function addressOf(
  cluster: EksCluster,
  credentials: Credentials,
  { env, now, sleep }: EksSources,
): Promise<Address> {
  const { name, region } = cluster;
  const url = new URL(`/clusters/${encodeURIComponent(name)}`, endpointOf('eks', region, env));
  const { endpoint, certificateAuthority } = await describe(url, cluster, {
    credentials: await credentials(),
    now,
    sleep,
  });
  if (endpoint === undefined || certificateAuthority?.data === undefined)
    throw new CannotConnect(`EKS cluster ${name} has no endpoint yet: it is still being created.`);
  return { server: endpoint, caData: certificateAuthority.data };
}

async function describe(url: URL, { name, region, role }: EksCluster, options: AskOptions) {
  const where = `Can't find EKS cluster ${name} in ${region}`;
  const answer = await askAws({ service: 'eks', region, method: 'GET', url }, options).catch((cause: unknown) => {
    throw new CannotConnect(`${where}: no answer from EKS.`, { cause });
  });
  const { status } = answer;
  if (status === 200) return (JSON.parse(answer.body) as DescribedCluster).cluster ?? {};
  if (status === 403) throw new CannotConnect(`${where} (403): ${role ?? "Pitlane's role"} lacks eks:DescribeCluster.`);
  if (status === 429 || status >= 500) throw new CannotConnect(`${where}: EKS answered ${answer.errorType || status}.`);
  throw new CannotConnect(`${where} (${status}): check its name and region.`);
}
