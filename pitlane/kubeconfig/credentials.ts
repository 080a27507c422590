import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import type { User } from '@kubernetes/client-node/dist/config_types.js';
import type { RequestContext } from '@kubernetes/client-node/dist/gen/http/http.js';
import { parseObject } from '../text/shape.ts';
import { type CredentialSource, type ExecCluster, type ExecPlugin, pluginSource } from './exec-plugin.ts';

/** The fields of a kubeconfig file that client-node does not read. */
export interface KubeconfigFile {
  readonly users?: readonly { readonly name: string; readonly user?: UserFields | null }[] | null;
  readonly clusters?:
    | readonly {
        readonly name: string;
        readonly cluster?: {
          readonly extensions?: readonly { readonly name: string; readonly extension?: unknown }[] | null;
        } | null;
      }[]
    | null;
}

interface UserFields {
  readonly tokenFile?: string;
  readonly 'as-uid'?: string;
  readonly 'as-groups'?: readonly string[] | null;
  readonly 'as-user-extra'?: Readonly<Record<string, readonly string[]>> | null;
}

/** What `as-…` adds to the user that is impersonated: headers, each with its values. */
type Impersonated = readonly (readonly [header: string, values: readonly string[]])[];

interface KubectlUser extends User {
  readonly impersonated?: Impersonated;
}

/** A kubeconfig whose user authenticates as with kubectl. */
export class KubectlConfig extends KubeConfig {
  source: CredentialSource | undefined;
  impersonated: Impersonated = [];

  override async applySecurityAuthentication(context: RequestContext): Promise<void> {
    await super.applySecurityAuthentication(context);
    for (const [header, values] of this.impersonated) context.setHeaderParam(header, values.join());
  }

  /** After a 401: the next request gets other credentials. False: there are no others. */
  renew(refused: string | undefined): boolean {
    this.source?.renew(refused);
    return this.source !== undefined;
  }
}

const EXEC_EXTENSION = 'client.authentication.k8s.io/exec';

/** Completes what client-node has read from a file. Paths are relative to its folder, as in client-go. */
export function complete(kubeConfig: KubeConfig, folder: string, file: KubeconfigFile): void {
  kubeConfig.users = kubeConfig.getUsers().map((user): KubectlUser => {
    const fields = file.users?.find(({ name }) => name === user.name)?.user ?? {};
    return {
      ...withTokenFile(user, fields.tokenFile && resolve(folder, fields.tokenFile)),
      exec: withPath(user.exec, folder),
      impersonated: impersonatedBy(fields),
    };
  });
  kubeConfig.clusters = kubeConfig.getClusters().map((cluster): ExecCluster => {
    const { extensions } = file.clusters?.find(({ name }) => name === cluster.name)?.cluster ?? {};
    return { ...cluster, execConfig: extensions?.find(({ name }) => name === EXEC_EXTENSION)?.extension };
  });
}

/** A readable token file has priority over a token. */
function withTokenFile(user: User, tokenFile: string | undefined): User {
  if (!tokenFile || (user.token && !existsSync(tokenFile))) return user;
  return { ...user, token: undefined, authProvider: { name: TOKEN_FILE, config: { tokenFile } } };
}

/** A command without a slash is searched in PATH. */
function withPath(exec: ExecPlugin | undefined, folder: string): ExecPlugin | undefined {
  return exec?.command?.includes('/') ? { ...exec, command: resolve(folder, exec.command) } : exec;
}

function impersonatedBy(fields: UserFields): Impersonated {
  const { 'as-uid': uid, 'as-groups': groups, 'as-user-extra': extra } = fields;
  const headers: Impersonated = [
    ['Impersonate-Uid', uid ? [uid] : []],
    ['Impersonate-Group', groups ?? []],
    ...Object.entries(extra ?? {}).map(
      ([key, values]) => [`Impersonate-Extra-${encodeURIComponent(key.toLowerCase())}`, values] as const,
    ),
  ];
  return headers.filter(([, values]) => values.length > 0);
}

/** Of client-node, also for the account of a pod. */
const TOKEN_FILE = 'tokenFile';
const OWN = 'as kubectl does';

/** Prepares the credentials of the current context's user. Returns a sentence if they can't be used. */
export function useCredentials(kubeConfig: KubectlConfig, now = Date.now()): string | undefined {
  const [user, cluster] = [kubeConfig.getCurrentUser() as KubectlUser | null, kubeConfig.getCurrentCluster()];
  if (user === null || cluster === null) return undefined;
  const replace = (next: Partial<User>) => {
    kubeConfig.users = kubeConfig.getUsers().map((each) => (each.name === user.name ? { ...user, ...next } : each));
  };
  const { exec, authProvider, impersonated = [] } = user;
  const several = impersonated.find(([, values]) => values.length > 1);
  if (several !== undefined) return cannotImpersonate(user, several);
  kubeConfig.impersonated = impersonated;
  if (authProvider && authProvider.name !== TOKEN_FILE) {
    if (authProvider.name !== 'oidc') return unsupported(user);
    // client-node would renew the token and not store it, which uses up the refresh token of kubectl.
    const token = String(authProvider.config?.['id-token'] ?? '');
    if (!(expiryOf(token) > now)) return unsupported(user);
    replace({ authProvider: undefined, token });
    return undefined;
  }
  if (authProvider) kubeConfig.source = fileSource(String(authProvider.config?.tokenFile));
  else if (exec && !(user.token || user.username || user.certData || user.certFile))
    kubeConfig.source = pluginSource(exec, cluster);
  if (kubeConfig.source === undefined) replace({ exec: undefined });
  else {
    replace({ exec: undefined, authProvider: { name: OWN } });
    addAuthenticator(kubeConfig, kubeConfig.source);
  }
  return undefined;
}

/** Read for each request: what rotates the file need not wait for Pitlane. */
function fileSource(path: string): CredentialSource {
  return { credential: async () => ({ token: readFileSync(path, 'utf8').trim() }), renew: () => undefined };
}

function addAuthenticator(kubeConfig: KubeConfig, source: CredentialSource): void {
  kubeConfig.addAuthenticator({
    isAuthProvider: ({ authProvider }) => authProvider?.name === OWN,
    async applyAuthentication(_user, options) {
      const { token, clientCertificateData, clientKeyData } = await source.credential();
      if (token) options.headers = { ...options.headers, Authorization: `Bearer ${token}` };
      if (clientCertificateData) Object.assign(options, { cert: clientCertificateData, key: clientKeyData });
    },
  });
}

/** In ms; 0 if the token has no expiry. */
function expiryOf(token: string): number {
  const payload = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString();
  return Number(parseObject(payload)?.exp ?? 0) * 1000;
}

const INSTEAD: Readonly<Record<string, string>> = {
  gcp: 'Use the exec plugin gke-gcloud-auth-plugin instead: gcloud container clusters get-credentials CLUSTER.',
  azure: 'Use the exec plugin kubelogin instead: kubelogin convert-kubeconfig.',
};

function unsupported({ name, authProvider }: User): string {
  if (authProvider.name === 'oidc')
    return `The OpenID Connect token of user "${name}" is missing or expired. Renew it with kubectl version, or use the exec plugin kubelogin (kubectl oidc-login) instead of the auth-provider oidc.`;
  const instead = INSTEAD[authProvider.name] ?? 'Use a token, a client certificate or an exec plugin instead.';
  return `User "${name}" of the kubeconfig uses the auth-provider ${authProvider.name}, which kubectl no longer supports. ${instead}`;
}

function cannotImpersonate({ name }: User, [header, values]: Impersonated[number]): string {
  const field = header === 'Impersonate-Group' ? 'as-groups' : 'as-user-extra';
  return `User "${name}" of the kubeconfig has ${values.length} values in ${field}, and Pitlane can send only one (${header}). Add a user with one value to the kubeconfig, and use its context.`;
}
