import { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import { type AwsCredentials, presignedUrl, signedHeaders } from '../aws/signature.ts';
import type { EksCluster } from '../config/config.ts';
import { CannotConnect } from './errors.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** A token is valid for 15 minutes; it is renewed well before. */
const TOKEN_LIFETIME_MS = 10 * 60 * 1000;

/** A KubeConfig for an EKS cluster. The role signs its own tokens, so no long-lived token is stored. */
export async function eksKubeConfig(cluster: EksCluster, env: Environment, now: () => number): Promise<KubeConfig> {
  const { server, caData } = await endpointOf(cluster, env, now);
  const token = tokenSource(cluster, env, now);
  const kubeConfig = new KubeConfig();
  kubeConfig.addAuthenticator({
    isAuthProvider: (user) => user.authProvider?.name === 'eks',
    applyAuthentication: async (_user, options) => {
      options.headers = { ...options.headers, Authorization: `Bearer ${token()}` };
    },
  });
  kubeConfig.loadFromClusterAndUser(
    { name: cluster.name, server, caData, skipTLSVerify: false },
    { name: 'eks', authProvider: { name: 'eks' } },
  );
  kubeConfig.contexts = [{ name: cluster.name, cluster: cluster.name, user: 'eks' }];
  kubeConfig.setCurrentContext(cluster.name);
  return kubeConfig;
}

function tokenSource(cluster: EksCluster, env: Environment, now: () => number): () => string {
  let cached: { readonly token: string; readonly until: number } | undefined;
  return () => {
    if (cached === undefined || cached.until <= now()) {
      cached = { token: eksToken(cluster, credentialsOf(env), now()), until: now() + TOKEN_LIFETIME_MS };
    }
    return cached.token;
  };
}

/** The token of `aws eks get-token`: a presigned GetCallerIdentity URL, which the cluster calls to identify us. */
export function eksToken({ name, region }: EksCluster, credentials: AwsCredentials, at: number): string {
  const callerIdentity = new URL(`https://${hostOf('sts', region)}/?Action=GetCallerIdentity&Version=2011-06-15`);
  const url = presignedUrl(
    { service: 'sts', region, method: 'GET', url: callerIdentity, headers: { 'x-k8s-aws-id': name } },
    credentials,
    at,
    60,
  );
  return `k8s-aws-v1.${Buffer.from(url).toString('base64url')}`;
}

function hostOf(service: string, region: string): string {
  return `${service}.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;
}

function credentialsOf(env: Environment): AwsCredentials {
  const {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  } = env;
  if (!accessKeyId || !secretAccessKey)
    throw new CannotConnect('No AWS credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.');
  return { accessKeyId, secretAccessKey, sessionToken: sessionToken || undefined };
}

interface DescribedCluster {
  readonly cluster?: { readonly endpoint?: string; readonly certificateAuthority?: { readonly data?: string } };
}

const DESCRIBE_TIMEOUT_MS = 5_000;

/** The cluster's address: `PITLANE_EKS_ENDPOINT` and `PITLANE_EKS_CA`, or else from the EKS API. */
async function endpointOf(cluster: EksCluster, env: Environment, now: () => number) {
  if (env.PITLANE_EKS_ENDPOINT && env.PITLANE_EKS_CA) {
    return { server: env.PITLANE_EKS_ENDPOINT, caData: env.PITLANE_EKS_CA };
  }
  const { region } = cluster;
  const url = new URL(`https://${hostOf('eks', region)}/clusters/${encodeURIComponent(cluster.name)}`);
  const headers = signedHeaders({ service: 'eks', region, method: 'GET', url }, credentialsOf(env), now());
  const answer = await describe(url, headers, cluster);
  const { endpoint, certificateAuthority } = answer.cluster ?? {};
  if (endpoint === undefined || certificateAuthority?.data === undefined) {
    throw new CannotConnect(`EKS cluster ${cluster.name} has no endpoint yet: it is still being created.`);
  }
  return { server: endpoint, caData: certificateAuthority.data };
}

async function describe(
  url: URL,
  headers: Readonly<Record<string, string>>,
  { name, region }: EksCluster,
): Promise<DescribedCluster> {
  let response: Response;
  try {
    response = await fetch(url, { headers, redirect: 'manual', signal: AbortSignal.timeout(DESCRIBE_TIMEOUT_MS) });
  } catch (cause) {
    throw new CannotConnect(`Can't find EKS cluster ${name} in ${region}: no answer from EKS.`, { cause });
  }
  if (!response.ok) {
    const why = response.status === 403 ? "Pitlane's role lacks eks:DescribeCluster" : 'check its name and region';
    throw new CannotConnect(`Can't find EKS cluster ${name} in ${region} (${response.status}): ${why}.`);
  }
  return (await response.json()) as DescribedCluster;
}
