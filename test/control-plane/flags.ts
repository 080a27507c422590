import { join } from 'node:path';

/** Where each program listens, on 127.0.0.1. */
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
    // The data is thrown away with the process, so nothing needs to reach the disk.
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
    // Else it looks for an interface with a default route, which a closed network does not have.
    `--advertise-address=${localhost}`,
    // Else it tries for ever to write the loopback address into an EndpointSlice, which refuses it.
    '--endpoint-reconciler-type=none',
    `--tls-cert-file=${at.serverCert}`,
    `--tls-private-key-file=${at.serverKey}`,
    `--client-ca-file=${at.caFile}`,
    `--token-auth-file=${at.tokens}`,
    '--authorization-mode=Node,RBAC',
    // As kubeadm has it; concerns only users of the group system:nodes.
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
    // As kubeadm has it: each controller acts, and stands in the audit log, under its own name.
    '--use-service-account-credentials=true',
    '--allocate-node-cidrs=true',
    '--cluster-cidr=10.244.0.0/16',
    '--service-cluster-ip-range=10.96.0.0/16',
    // Longer than any pause of a busy test machine, so that its nodes do not go NotReady by themselves.
    '--node-monitor-grace-period=5m',
    ...clientFlags,
  ];
}

export function schedulerFlags(stateDir: string, ports: Ports): string[] {
  const at = paths(stateDir);
  return [`--kubeconfig=${at.schedulerKubeconfig}`, ...servingFlags(stateDir, ports.scheduler), ...clientFlags];
}

/** Lets a burst of tests through at once; the defaults (20 and 50 requests a second) would space it out. */
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
