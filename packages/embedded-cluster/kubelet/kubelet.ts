import type { KubeConfig } from '@kubernetes/client-node';
import type { Ask } from '../ask.ts';
import { follow } from '../client/follow.ts';
import { KubeApi } from '../client/kube-api.ts';
import type { Apps } from './apps/app.ts';
import { parseFault } from './apps/fault.ts';
import { Addresses, nodeGateway } from './nodes/addresses.ts';
import { type NodeOptions, runNode } from './nodes/nodes.ts';
import type { Pod } from './pod.ts';
import { PodWorker } from './pods/pod-worker.ts';
import { startNodeServer } from './streams/server.ts';

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
  /** Paths of PEM files for the node's server, since a real API server requires HTTPS. Default: plain HTTP. */
  tls?: { cert: string; key: string };
  /** The time from bound to running: pulling and creating. Default: 20 ms. */
  startMs?: number | (() => number);
  /** How long an app accepts connections after SIGTERM, until proxies see the change of the endpoints. Default: 250 ms. */
  lingerMs?: number;
  /** false: pods report ready without servers and probes, so that benches can have thousands. */
  servers?: boolean;
  /** Milliseconds since the epoch. Default: Date.now. */
  now?: () => number;
  /** Gets the errors that are retried. Default: ignores them. */
  log?: (line: string) => void;
}

/** What all pods of a kubelet share. */
export interface Machine
  extends Required<Pick<KubeletOptions, 'seed' | 'apps' | 'lingerMs' | 'servers' | 'now' | 'log'>> {
  api: KubeApi;
  startMs(): number;
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

type Workers = Map<string, PodWorker>;

/** Runs the nodes of a cluster, with their pods as apps in this process. Resolves once the nodes are ready. */
export async function startKubelet(options: KubeletOptions): Promise<Kubelet> {
  const { seed = 1, apps = {}, startMs = 20, lingerMs = 250, servers = true, now = Date.now, log = () => {} } = options;
  const api = new KubeApi(options.kubeConfig, options.ask);
  const stopping = new AbortController();
  const { signal } = stopping;
  const startTime = typeof startMs === 'number' ? () => startMs : startMs;
  const machine = { api, seed, apps, startMs: startTime, lingerMs, servers, now, log };
  const workers: Workers = new Map();
  const server = await startNodeServer(workers, now, options.tls);
  const stop = async () => {
    stopping.abort();
    for (const worker of workers.values()) worker.kill();
    await server.stop();
    api.close();
  };
  const { nodes = 3 } = options;
  const named =
    typeof nodes === 'number' ? Array.from({ length: nodes }, (_, i) => ({ name: `node-${i + 1}` })) : nodes;
  const indexOf = new Map<string, number>();
  const addNode = async (node: NodeOptions) => {
    const index = indexOf.get(node.name) ?? indexOf.size;
    indexOf.set(node.name, index);
    await runNode(machine, node, { index, port: server.port }, signal);
  };
  try {
    await Promise.all(named.map(addNode));
    await followPods(machine, workers, indexOf, signal);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    addNode,
    fault(pod, text) {
      const parsed = text === undefined ? { fault: undefined } : parseFault(text);
      if ('problem' in parsed) throw new Error(parsed.problem);
      findWorker(workers, pod).inject(parsed.fault);
    },
    endpoint(podUid, containerPort) {
      const port = workers.get(podUid)?.loopbackPort(containerPort);
      return port === undefined ? undefined : { host: '127.0.0.1', port };
    },
    requests: () => Object.fromEntries(api.sent),
    stop,
  };
}

/** Runs the pods of the nodes in `indexOf`; resolves once the existing ones are seen. */
async function followPods(machine: Machine, workers: Workers, indexOf: Map<string, number>, signal: AbortSignal) {
  const addresses = new Addresses();
  const see = (pod: Pod) => {
    const index = indexOf.get(pod.spec.nodeName ?? '');
    workers.get(pod.metadata.uid)?.update(pod);
    if (index === undefined || workers.has(pod.metadata.uid)) return;
    const podIp = pod.status?.podIP ?? addresses.take(index);
    const worker = new PodWorker(machine, pod, podIp, nodeGateway(index));
    workers.set(pod.metadata.uid, worker);
    worker.begin();
  };
  const drop = (uid: string) => {
    const worker = workers.get(uid);
    if (worker === undefined) return;
    worker.kill();
    addresses.delete(worker.podIp);
    workers.delete(uid);
  };
  await follow<Pod>({
    api: machine.api,
    path: '/api/v1/pods',
    onList(pods) {
      // Record the used addresses before a new one is assigned.
      for (const { status } of pods) if (status?.podIP !== undefined) addresses.add(status.podIP);
      const there = new Set(pods.map(({ metadata }) => metadata.uid));
      for (const uid of workers.keys()) if (!there.has(uid)) drop(uid);
      for (const pod of pods) see(pod);
    },
    onEvent: (type, pod) => (type === 'DELETED' ? drop(pod.metadata.uid) : see(pod)),
    onError: (error) => machine.log(`can't watch pods: ${error.message}`),
    signal,
  });
}

function findWorker(workers: Workers, pod: string): PodWorker {
  const [worker, another] = [...workers.values()].filter(({ pod: { metadata } }) =>
    [metadata.uid, metadata.name, `${metadata.namespace}/${metadata.name}`].includes(pod),
  );
  if (worker === undefined) throw new Error(`no pod ${pod} runs on the nodes of this kubelet`);
  if (another !== undefined) throw new Error(`pod ${pod} exists in several namespaces; give <namespace>/<name>`);
  return worker;
}
