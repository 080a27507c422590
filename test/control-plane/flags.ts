import { join } from 'node:path';

/** The port of each program on 127.0.0.1. */
export interface Ports {
  etcd: number;
  etcdPeer: number;
  apiserver: number;
  controllerManager: number;
  scheduler: number;
}

/** Files in the state directory that the launcher and the programs share. */
export function paths(stateDir: string) {
  const at = (name: string) => join(stateDir, name);
  return {
    etcdData: at('etcd'),
    caFile: at('ca.crt'),
    caKey: at('ca.key'),
    serverCert: at('server.crt'),
    serverKey: at('server.key'),
    kubeletCert: at('kubelet.crt'),
    kubeletKey: at('kubelet.key'),
    kubeletClientCert: at('kubelet-client.crt'),
    kubeletClientKey: at('kubelet-client.key'),
    serviceAccountKey: at('service-account.key'),
    tokens: at('tokens.csv'),
    auditPolicy: at('audit-policy.json'),
    auditLog: at('audit.log'),
    kubeconfig: at('kubeconfig'),
    controllerManagerKubeconfig: at('controller-manager.kubeconfig'),
    schedulerKubeconfig: at('scheduler.kubeconfig'),
  };
}

const localhost = '127.0.0.1';

export function etcdFlags(stateDir: string, ports: Ports): string[] {
  const client = `http://${localhost}:${ports.etcd}`;
  const peer = `http://${localhost}:${ports.etcdPeer}`;
  return [
    '--name=pitlane',
    `--data-dir=${paths(stateDir).etcdData}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=pitlane=${peer}`,
    // The data is temporary, so it need not reach the disk.
    '--unsafe-no-fsync',
    '--log-level=warn',
  ];
}

export function apiserverFlags(stateDir: string, ports: Ports): string[] {
  const at = paths(stateDir);
  return [
    `--etcd-servers=http://${localhost}:${ports.etcd}`,
    `--bind-address=${localhost}`,
    `--secure-port=${ports.apiserver}`,
    // By default it needs a network interface with a default route.
    `--advertise-address=${localhost}`,
    // The reconciler would retry forever, because an EndpointSlice refuses loopback addresses.
    '--endpoint-reconciler-type=none',
    `--tls-cert-file=${at.serverCert}`,
    `--tls-private-key-file=${at.serverKey}`,
    `--client-ca-file=${at.caFile}`,
    `--token-auth-file=${at.tokens}`,
    '--authorization-mode=Node,RBAC',
    // Like kubeadm; it affects only users of the group system:nodes.
    '--enable-admission-plugins=NodeRestriction',
    '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
    `--service-account-key-file=${at.serviceAccountKey}`,
    `--service-account-signing-key-file=${at.serviceAccountKey}`,
    '--service-cluster-ip-range=10.96.0.0/16',
    '--allow-privileged=true',
    // No --kubelet-certificate-authority: the kubelet's certificate is not verified.
    '--kubelet-preferred-address-types=InternalIP',
    `--kubelet-client-certificate=${at.kubeletClientCert}`,
    `--kubelet-client-key=${at.kubeletClientKey}`,
    `--audit-policy-file=${at.auditPolicy}`,
    `--audit-log-path=${at.auditLog}`,
    '--profiling=false',
  ];
}

export function controllerManagerFlags(stateDir: string, ports: Ports): string[] {
  const at = paths(stateDir);
  return [
    `--kubeconfig=${at.controllerManagerKubeconfig}`,
    ...servingFlags(stateDir, ports.controllerManager),
    `--service-account-private-key-file=${at.serviceAccountKey}`,
    `--root-ca-file=${at.caFile}`,
    `--cluster-signing-cert-file=${at.caFile}`,
    `--cluster-signing-key-file=${at.caKey}`,
    // Like kubeadm: each controller has its own name, also in the audit log.
    '--use-service-account-credentials=true',
    // The nodes of tests bring their pod ranges, or need none: a cluster's 256 ranges are fewer than all of its tests use.
    '--allocate-node-cidrs=false',
    '--service-cluster-ip-range=10.96.0.0/16',
    // Longer than any pause of a busy test machine, so that its nodes stay Ready.
    '--node-monitor-grace-period=5m',
    ...clientFlags,
  ];
}

export function schedulerFlags(stateDir: string, ports: Ports): string[] {
  const at = paths(stateDir);
  return [`--kubeconfig=${at.schedulerKubeconfig}`, ...servingFlags(stateDir, ports.scheduler), ...clientFlags];
}

/** The default limits (20 and 50 requests per second) would delay tests that run at the same time. */
const clientFlags = ['--kube-api-qps=500', '--kube-api-burst=1000'];

function servingFlags(stateDir: string, port: number): string[] {
  const at = paths(stateDir);
  return [
    `--bind-address=${localhost}`,
    `--secure-port=${port}`,
    `--tls-cert-file=${at.serverCert}`,
    `--tls-private-key-file=${at.serverKey}`,
    '--leader-elect=false',
    '--profiling=false',
  ];
}
