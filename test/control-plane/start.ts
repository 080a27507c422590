import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { atExit } from './at-exit.ts';
import { ensureControlPlane } from './build.ts';
import { type ClusterUser, tokenFile, writeKubeconfig } from './credentials.ts';
import { apiserverFlags, controllerManagerFlags, etcdFlags, type Ports, paths, schedulerFlags } from './flags.ts';
import { isAlive, Processes, ProgramEnded } from './processes.ts';
import { untilOk } from './wait.ts';

export interface ControlPlaneOptions {
  /** Users besides `admin`, who is in system:masters. They have no rights until RBAC grants them. */
  users?: readonly ClusterUser[];
  /** Gets the progress of a build, and the end of a program that ends by itself. Default: standard error. */
  log?: (line: string) => void;
}

export interface ControlPlane {
  /** Path of a kubeconfig with a context for `admin` (the current one) and for each of the other users. */
  kubeconfig: string;
  /** `https://127.0.0.1:<port>` */
  server: string;
  adminToken: string;
  /** The certificate authority of `server`. */
  caFile: string;
  /** JSON lines: an audit.k8s.io/v1 Event at level Metadata for each request, written when its answer is complete. */
  auditLog: string;
  /** All files, with the logs (`<program>.log`); `stop` removes them. */
  stateDir: string;
  /** Paths of the certificate and key for a kubelet on 127.0.0.1, from which the API server fetches logs. */
  kubeletCert: { cert: string; key: string };
  /** The version of the API server, such as `v1.36.2`. */
  version: string;
  /** Process ids of the running programs. */
  pids: readonly number[];
  /** Ends the programs and removes `stateDir`. The end of this process does so too. */
  stop(): Promise<void>;
}

const stateDirPrefix = 'pitlane-control-plane-';
const portAttempts = 3;

/**
 * Starts etcd, kube-apiserver, kube-controller-manager and kube-scheduler on free ports of 127.0.0.1, and returns once a
 * pod can be created in the namespace `default`. The cluster has no nodes.
 */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const { users = [], log = console.error } = options;
  const binary = await ensureControlPlane(log);
  await removeAbandoned();
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startOnce(binary, users, log);
    } catch (error) {
      // Another process may take a free port before the program listens on it.
      if (!(error instanceof ProgramEnded && error.portTaken && attempt < portAttempts)) throw error;
    }
  }
}

async function startOnce(
  binary: string,
  users: readonly ClusterUser[],
  log: (line: string) => void,
): Promise<ControlPlane> {
  // `removeAbandoned` reads the process id from the name.
  const stateDir = await mkdtemp(join(tmpdir(), `${stateDirPrefix}${process.pid}-`));
  const processes = new Processes(binary, stateDir);
  const forget = atExit(() => {
    processes.killNow();
    rmSync(stateDir, { recursive: true, force: true });
  });
  const stop = async () => {
    await processes.stop();
    await rm(stateDir, { recursive: true, force: true });
    forget();
  };
  // The start fails if a program ends before all are ready.
  const { promise: failed, reject: fail } = Promise.withResolvers<never>();
  let ready = false;
  const onEnd = (error: ProgramEnded) => (ready ? log(error.message) : fail(error));
  try {
    const started = await Promise.race([failed, startPrograms(binary, stateDir, users, processes, onEnd)]);
    ready = true;
    return {
      ...started,
      get pids() {
        return processes.pids;
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startPrograms(
  binary: string,
  stateDir: string,
  users: readonly ClusterUser[],
  processes: Processes,
  onEnd: (error: ProgramEnded) => void,
): Promise<Omit<ControlPlane, 'pids' | 'stop'>> {
  const at = paths(stateDir);
  const ports = await freePorts();
  const server = `https://127.0.0.1:${ports.apiserver}`;
  processes.start('etcd', etcdFlags(stateDir, ports), onEnd);
  await promisify(execFile)(binary, ['certs', stateDir]);

  const admin = { token: newToken(), user: 'admin', groups: ['system:masters'] };
  const manager = { token: newToken(), user: 'system:kube-controller-manager' };
  const scheduler = { token: newToken(), user: 'system:kube-scheduler' };
  const cluster = { server, caFile: at.caFile };
  await Promise.all([
    writeFile(at.tokens, tokenFile([admin, manager, scheduler, ...users]), { mode: 0o600 }),
    writeFile(at.auditPolicy, JSON.stringify(auditPolicy)),
    writeKubeconfig(at.kubeconfig, { ...cluster, users: [admin, ...users] }),
    writeKubeconfig(at.controllerManagerKubeconfig, { ...cluster, users: [manager] }),
    writeKubeconfig(at.schedulerKubeconfig, { ...cluster, users: [scheduler] }),
  ]);
  processes.start('kube-apiserver', apiserverFlags(stateDir, ports), onEnd);

  const ca = await readFile(at.caFile, 'utf8');
  const get = (what: string, port: number, path: string) =>
    untilOk(what, { url: `https://127.0.0.1:${port}${path}`, ca, token: admin.token });
  await get('kube-apiserver is not ready', ports.apiserver, '/readyz');
  // Only now: the controller-manager gives up if the API server does not answer within 10 s.
  processes.start('kube-controller-manager', controllerManagerFlags(stateDir, ports), onEnd);
  processes.start('kube-scheduler', schedulerFlags(stateDir, ports), onEnd);
  await Promise.all([
    get('kube-controller-manager is not healthy', ports.controllerManager, '/healthz'),
    get('kube-scheduler is not ready', ports.scheduler, '/readyz'),
    // Controllers create both; without the first, admission refuses every pod.
    get('no default service account', ports.apiserver, '/api/v1/namespaces/default/serviceaccounts/default'),
    get('no root certificate', ports.apiserver, '/api/v1/namespaces/default/configmaps/kube-root-ca.crt'),
  ]);
  const version = JSON.parse(await get('no version', ports.apiserver, '/version')) as { gitVersion: string };
  return {
    kubeconfig: at.kubeconfig,
    server,
    adminToken: admin.token,
    caFile: at.caFile,
    auditLog: at.auditLog,
    stateDir,
    kubeletCert: { cert: at.kubeletCert, key: at.kubeletKey },
    version: version.gitVersion,
  };
}

const auditPolicy = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [{ level: 'Metadata' }],
};

function newToken(): string {
  return randomBytes(24).toString('hex');
}

/** Binds all ports at the same time, so that they differ. */
async function freePorts(): Promise<Ports> {
  const servers = await Promise.all(
    Array.from({ length: 5 }, async () => {
      const server = createServer();
      await new Promise<void>((resolve, reject) => {
        server.on('error', reject).listen(0, '127.0.0.1', resolve);
      });
      return server;
    }),
  );
  const [etcd = 0, etcdPeer = 0, apiserver = 0, controllerManager = 0, scheduler = 0] = servers.map((server) => {
    const address = server.address();
    return address !== null && typeof address === 'object' ? address.port : 0;
  });
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return { etcd, etcdPeer, apiserver, controllerManager, scheduler };
}

/** Removes the state directories of killed launchers; their programs have ended by themselves. */
async function removeAbandoned(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith(stateDirPrefix)) continue;
    const pid = Number.parseInt(name.slice(stateDirPrefix.length), 10);
    if (pid > 0 && !isAlive(pid)) await rm(join(tmpdir(), name), { recursive: true, force: true });
  }
}
