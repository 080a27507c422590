import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Cluster } from '@kubernetes/client-node/dist/config_types.js';
import { oneLine } from '../text/printable.ts';
import { parseObject } from '../text/shape.ts';

/** A user's `exec` in a kubeconfig. */
export interface ExecPlugin {
  readonly apiVersion?: string;
  readonly command: string;
  readonly args?: readonly string[] | null;
  readonly env?: readonly { readonly name: string; readonly value: string }[] | null;
  readonly interactiveMode?: 'Never' | 'IfAvailable' | 'Always';
  readonly provideClusterInfo?: boolean;
  readonly installHint?: string;
}

/** `config`: the cluster's extension for plugins (client.authentication.k8s.io/exec). */
export interface ExecCluster extends Cluster {
  readonly execConfig?: unknown;
}

/** Where the credentials of a user come from. */
export interface CredentialSource {
  credential(): Promise<Credential>;
  /** The server refuses this Authorization header (401). */
  renew(refused: string | undefined): void;
}

interface Credential {
  readonly token?: string;
  readonly clientCertificateData?: string;
  readonly clientKeyData?: string;
  readonly expirationTimestamp?: string;
}

/**
 * Runs a credential plugin as client-go does: once for all requests, however many wait for it, and again when its
 * credential expires or is refused. client-node starts it for each waiting request and hides what it writes to stderr.
 */
export function pluginSource(plugin: ExecPlugin, cluster: ExecCluster, now = Date.now): CredentialSource {
  let known: Credential | undefined;
  let running: Promise<Credential> | undefined;
  return {
    async credential() {
      if (known !== undefined && !(Date.parse(known.expirationTimestamp ?? '') < now())) return known;
      running ??= run(plugin, cluster).finally(() => {
        running = undefined;
      });
      known = await running;
      return known;
    },
    renew(refused) {
      // Another request may have renewed it already.
      if (known?.token === undefined || refused === `Bearer ${known.token}`) known = undefined;
    },
  };
}

async function run(plugin: ExecPlugin, cluster: ExecCluster): Promise<Credential> {
  const interactive = plugin.interactiveMode !== 'Never' && process.stdin.isTTY === true;
  if (plugin.interactiveMode === 'Always' && !interactive)
    throw new Error(`the plugin ${plugin.command} needs a terminal (interactiveMode: Always)`);
  const answer = await output(plugin, interactive, execInfo(plugin, cluster, interactive));
  const credential = parseObject(answer)?.status as Credential | undefined;
  if (!credential?.token && !(credential?.clientCertificateData && credential.clientKeyData))
    throw new Error(`the plugin ${plugin.command} returned neither a token nor a certificate with its key`);
  return credential;
}

function output({ command, args, env, installHint }: ExecPlugin, interactive: boolean, info: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const own = Object.fromEntries((env ?? []).map(({ name, value }) => [name, value]));
    const child = spawn(command, args ?? [], {
      env: { ...process.env, ...own, KUBERNETES_EXEC_INFO: info },
      // A login tells the person on stderr what to do.
      stdio: [interactive ? 'inherit' : 'ignore', 'pipe', 'inherit'],
    });
    let written = '';
    child.stdout?.setEncoding('utf8').on('data', (text) => {
      written += text;
    });
    child.on('error', (error: NodeJS.ErrnoException) => {
      const isMissing = error.code === 'ENOENT';
      const hint = isMissing && installHint ? `. ${oneLine(installHint).replace(/\.$/, '')}` : '';
      reject(
        new Error(`the plugin ${command} ${isMissing ? 'is not installed' : `can't start (${error.code})`}${hint}`),
      );
    });
    child.on('close', (code, signal) => {
      if (code === 0) resolve(written);
      else reject(new Error(`the plugin ${command} ended with ${signal ?? `exit code ${code}`}`));
    });
  });
}

/** The value of KUBERNETES_EXEC_INFO. */
function execInfo({ apiVersion, provideClusterInfo }: ExecPlugin, cluster: ExecCluster, interactive: boolean): string {
  const { server, tlsServerName, skipTLSVerify, caData, caFile, proxyUrl, execConfig } = cluster;
  const info = {
    server,
    'tls-server-name': tlsServerName,
    'insecure-skip-tls-verify': skipTLSVerify || undefined,
    'certificate-authority-data': caFile ? readFileSync(caFile, 'base64') : caData,
    'proxy-url': proxyUrl,
    config: execConfig,
  };
  const spec = { interactive, ...(provideClusterInfo && { cluster: info }) };
  return JSON.stringify({ kind: 'ExecCredential', apiVersion, spec });
}
