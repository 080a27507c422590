import { readFile, writeFile } from 'node:fs/promises';
import { stringify } from 'yaml';

/** A user of the static token file. */
export interface ClusterUser {
  token: string;
  user: string;
  groups?: readonly string[];
}

/** The name of the cluster in a kubeconfig, which marks the file as ours. */
export const clusterName = 'pitlane-real';

/** The lines of --token-auth-file: token, user name, uid, and the groups as one quoted field. */
export function tokenFile(users: readonly ClusterUser[]): string {
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
  const lines = users.map(({ token, user, groups = [] }) =>
    [token, user, user, groups.join(',')].map(quoted).join(','),
  );
  return `${lines.join('\n')}\n`;
}

/**
 * Writes a kubeconfig with a context for each user, named after the user; the first is the current one. It contains the
 * certificate authority, so that the file can be copied.
 */
export async function writeKubeconfig(
  path: string,
  { server, caFile, users }: { server: string; caFile: string; users: readonly ClusterUser[] },
): Promise<void> {
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: clusterName,
        cluster: { server, 'certificate-authority-data': (await readFile(caFile)).toString('base64') },
      },
    ],
    users: users.map(({ user, token }) => ({ name: user, user: { token } })),
    contexts: users.map(({ user }) => ({ name: user, context: { cluster: clusterName, user } })),
    'current-context': users[0]?.user,
  };
  await writeFile(path, stringify(config), { mode: 0o600 });
}
