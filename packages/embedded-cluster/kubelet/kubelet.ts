import type { KubeConfig } from '@kubernetes/client-node';
import type { Ask } from '../ask.ts';
import { follow } from '../client/follow.ts';
import { KubeApi } from '../client/kube-api.ts';
import type { Apps } from './apps/app.ts';
import { type Fault, parseFault } from './apps/fault.ts';
import { EventRecorder } from './events.ts';
import type { Machine } from './machine.ts';
import { Addresses, nodeGateway } from './nodes/addresses.ts';
import { startLogServer } from './nodes/log-server.ts';
import { keepLease } from './nodes/node-lease.ts';
import { hostIp, type NodeOptions, namedNodes, registerNode } from './nodes/nodes.ts';
import type { Pod } from './pod.ts';
import { PodWorker } from './pods/pod-worker.ts';

export interface KubeletOptions {
  /** An object, or the path of a kubeconfig file. */
  kubeConfig: KubeConfig | string;
  /** Reaches the API server without sockets. */
  ask?: Ask;
  /** A number of nodes, named node-1 and so on, or their options. Default: 3. */
  nodes?: number | readonly NodeOptions[];
  /** Seeds container ids, failing requests and the apps' random numbers. */
  seed?: number;
  /** Apps by image without tag; other images run an app that echoes. */
  apps?: Apps;
  /** Paths of PEM files for the log server, since a real API server requires HTTPS. Default: plain HTTP. */
  tls?: { cert: string; key: string };
  /** The time from bound to running: pulling and creating. Default: 20 ms. */
  startMs?: number | ((image: string) => number);
  /** The time from running to ready: the app's warm-up. Default: 0. */
  readyDelayMs?: number;
  /** How long an app accepts connections after SIGTERM. Default: 250 ms. */
  lingerMs?: number;
  /** false: pods report ready without servers and probes, so that benches can have thousands. */
  servers?: boolean;
  /** Milliseconds since the epoch. Default: Date.now. */
  now?: () => number;
  /** Gets the errors that are retried. Default: ignores them. */
  log?: (line: string) => void;
}

export interface Kubelet {
  /** Adds a node; resolves once it is ready. */
  addNode(node: NodeOptions): Promise<void>;
  /**
   * Sets a pod's fault (grammar: apps/fault.ts), which overrides the annotation; undefined removes it. `pod` is a uid,
   * a name or namespace/name.
   */
  fault(pod: string, text: string | undefined): void;
  /** The address of a pod's app; undefined when it does not listen (on that container port). */
  endpoint(podUid: string, containerPort?: number): { host: string; port: number } | undefined;
  /** The requests sent to the API server, by kind, such as `PATCH pods/status`. */
  requests(): Record<string, number>;
  /** Stops all apps and leaves the cluster's objects unchanged. */
  stop(): Promise<void>;
}

/** Runs the nodes of a cluster, with their pods as apps in this process. Resolves once the nodes are ready. */
export async function startKubelet(options: KubeletOptions): Promise<Kubelet> {
  const { now = Date.now, log = () => {}, tls, startMs = 20 } = options;
  const api = new KubeApi(options.kubeConfig, options.ask);
  const stopping = new AbortController();
  const { signal } = stopping;
  const machine: Machine = {
    apps: options.apps ?? {},
    now,
    seed: options.seed ?? 1,
    startMs: typeof startMs === 'number' ? () => startMs : startMs,
    readyDelayMs: options.readyDelayMs ?? 0,
    lingerMs: options.lingerMs ?? 250,
    hasServers: options.servers ?? true,
    events: new EventRecorder(api, now, log),
  };
  const workers = new Map<string, PodWorker>();
  const logServer = await startLogServer({ workers: () => workers.values(), now, tls });
  const stop = async () => {
    stopping.abort();
    for (const worker of workers.values()) worker.kill();
    await logServer.stop();
    api.close();
  };
  const indexOf = new Map<string, number>();
  const addNode = async (node: NodeOptions) => {
    const index = indexOf.get(node.name) ?? indexOf.size;
    indexOf.set(node.name, index);
    const { uid } = await registerNode(api, node, { index, logPort: logServer.port, now: now() });
    await keepLease({ api, node: { name: node.name, uid }, now, log, signal });
  };
  try {
    await Promise.all(namedNodes(options.nodes ?? 3).map(addNode));
    await followPods({ machine, api, workers, indexOf, log, signal });
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    addNode,
    fault(pod, text) {
      const fault = text === undefined ? undefined : parsedFault(text);
      findWorker(workers, pod).inject(fault);
    },
    endpoint(podUid, containerPort) {
      const port = workers.get(podUid)?.loopbackPort(containerPort);
      return port === undefined ? undefined : { host: '127.0.0.1', port };
    },
    requests: () => Object.fromEntries(api.sent),
    stop,
  };
}

interface PodFollowing {
  machine: Machine;
  api: KubeApi;
  workers: Map<string, PodWorker>;
  /** The index of each node of this kubelet; ignores pods of other nodes. */
  indexOf: ReadonlyMap<string, number>;
  log(line: string): void;
  signal: AbortSignal;
}

async function followPods({ machine, api, workers, indexOf, log, signal }: PodFollowing): Promise<void> {
  const addresses = new Addresses();
  const see = (pod: Pod) => {
    const index = indexOf.get(pod.spec.nodeName ?? '');
    workers.get(pod.metadata.uid)?.update(pod);
    if (index === undefined || workers.has(pod.metadata.uid)) return;
    const podIp = pod.status?.podIP ?? addresses.take(index);
    const worker = new PodWorker({ machine, api, pod, podIp, hostIp, nodeGateway: nodeGateway(index), log });
    workers.set(pod.metadata.uid, worker);
    worker.begin();
  };
  const drop = (uid: string) => {
    const worker = workers.get(uid);
    if (worker === undefined) return;
    worker.kill();
    addresses.free(worker.podIp);
    workers.delete(uid);
    machine.events.forget(uid);
  };
  await follow<Pod>({
    api,
    path: '/api/v1/pods',
    onList(pods) {
      // Record the used addresses before a new one is assigned.
      for (const { status } of pods) if (status?.podIP !== undefined) addresses.keep(status.podIP);
      const there = new Set(pods.map(({ metadata }) => metadata.uid));
      for (const uid of workers.keys()) if (!there.has(uid)) drop(uid);
      for (const pod of pods) see(pod);
    },
    onEvent: (type, pod) => (type === 'DELETED' ? drop(pod.metadata.uid) : see(pod)),
    onError: (error) => log(`can't watch pods: ${error.message}`),
    signal,
  });
}

function parsedFault(text: string): Fault {
  const parsed = parseFault(text);
  if ('problem' in parsed) throw new Error(parsed.problem);
  return parsed.fault;
}

function findWorker(workers: ReadonlyMap<string, PodWorker>, pod: string): PodWorker {
  const byUid = workers.get(pod);
  if (byUid !== undefined) return byUid;
  const found = [...workers.values()].filter(({ pod: { metadata } }) =>
    pod.includes('/') ? `${metadata.namespace}/${metadata.name}` === pod : metadata.name === pod,
  );
  const [worker, another] = found;
  if (worker === undefined) throw new Error(`no pod ${pod} runs on the nodes of this kubelet`);
  if (another !== undefined) throw new Error(`pod ${pod} exists in several namespaces; give <namespace>/<name>`);
  return worker;
}
