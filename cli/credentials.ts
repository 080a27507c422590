import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import type { User } from '@kubernetes/client-node/dist/config_types.js';
import { parseObject } from '../pitlane/text/shape.ts';
import { credentialsFrom, type ExecCluster, type ExecPlugin } from './exec-plugin.ts';

/** The fields of a kubeconfig file that client-node does not read. */
export interface KubeconfigFile {
  readonly users?: readonly { readonly name: string; readonly user?: { readonly tokenFile?: string } | null }[] | null;
  readonly clusters?:
    | readonly {
        readonly name: string;
        readonly cluster?: {
          readonly extensions?: readonly { readonly name: string; readonly extension?: unknown }[] | null;
        } | null;
      }[]
    | null;
}

const EXEC_EXTENSION = 'client.authentication.k8s.io/exec';

/** Completes what client-node has read from a file. Paths are relative to the file, as in client-go. */
export function complete(kubeConfig: KubeConfig, path: string, file: KubeconfigFile): void {
  const folder = dirname(resolve(path));
  kubeConfig.users = kubeConfig.getUsers().map((user) => {
    const { tokenFile } = file.users?.find(({ name }) => name === user.name)?.user ?? {};
    return { ...withTokenFile(user, tokenFile && resolve(folder, tokenFile)), exec: withPath(user.exec, folder) };
  });
  kubeConfig.clusters = kubeConfig.getClusters().map((cluster): ExecCluster => {
    const { extensions } = file.clusters?.find(({ name }) => name === cluster.name)?.cluster ?? {};
    return { ...cluster, execConfig: extensions?.find(({ name }) => name === EXEC_EXTENSION)?.extension };
  });
}

/** A readable token file has priority over a token. client-node reads it anew each minute, as client-go does. */
function withTokenFile(user: User, tokenFile: string | undefined): User {
  if (!tokenFile || (user.token && !existsSync(tokenFile))) return user;
  return { ...user, token: undefined, authProvider: { name: 'tokenFile', config: { tokenFile } } };
}

/** A command without a slash is searched in PATH. */
function withPath(exec: ExecPlugin | undefined, folder: string): ExecPlugin | undefined {
  return exec?.command?.includes('/') ? { ...exec, command: resolve(folder, exec.command) } : exec;
}

/** Prepares the credentials of the current context's user. Returns a sentence if they can't be used. */
export function useCredentials(kubeConfig: KubeConfig, now = Date.now()): string | undefined {
  const [user, cluster] = [kubeConfig.getCurrentUser(), kubeConfig.getCurrentCluster()];
  if (user === null || cluster === null) return undefined;
  const replace = (next: User) => {
    kubeConfig.users = kubeConfig.getUsers().map((each) => (each.name === user.name ? next : each));
  };
  const { exec, authProvider } = user;
  if (exec && (!authProvider || authProvider.name === 'tokenFile')) {
    const isOverridden = authProvider || user.token || user.username || user.certData || user.certFile;
    if (!isOverridden) runPlugin(kubeConfig, exec, cluster);
    replace({ ...user, exec: undefined, authProvider: isOverridden ? authProvider : { name: PLUGIN } });
    return undefined;
  }
  if (!authProvider || authProvider.name === 'tokenFile') return undefined;
  if (authProvider.name !== 'oidc') return unsupported(user);
  // client-node would renew the token and not store it, which uses up the refresh token of kubectl.
  const token = String(authProvider.config?.['id-token'] ?? '');
  if (!(expiryOf(token) > now)) return unsupported(user);
  replace({ ...user, authProvider: undefined, token });
  return undefined;
}

const PLUGIN = 'exec plugin, run once';

function runPlugin(kubeConfig: KubeConfig, plugin: ExecPlugin, cluster: ExecCluster): void {
  const credentials = credentialsFrom(plugin, cluster);
  kubeConfig.addAuthenticator({
    isAuthProvider: ({ authProvider }) => authProvider?.name === PLUGIN,
    async applyAuthentication(_user, options) {
      const { token, clientCertificateData, clientKeyData } = await credentials();
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
