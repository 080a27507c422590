import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { kubectlPath } from '../control-plane/build.ts';
import { openEmbeddedCluster, openRealCluster, type TrainingCluster } from './chapter/training-cluster.ts';

let clusters: TrainingCluster[];
let kubectl: string;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pitlane-streams-'));
  kubectl = await kubectlPath();
  clusters = await Promise.all([openRealCluster(), openEmbeddedCluster()]);
  await Promise.all(clusters.map((cluster) => printed(cluster, {}, pods)));
});

afterAll(async () => {
  await Promise.all(clusters.map((cluster) => cluster.stop()));
  await rm(folder, { recursive: true, force: true });
});

/** What a shell prints for the lines, with errors. */
function printed({ kubeconfig, name }: TrainingCluster, protocol: NodeJS.ProcessEnv, lines: readonly string[]) {
  const PATH = `${dirname(kubectl)}:${process.env.PATH}`;
  const env = { ...process.env, ...protocol, PATH, KUBECONFIG: kubeconfig, AT: join(folder, name) };
  return new Promise<string>((resolve) => {
    const script = ['exec 2>&1', 'mkdir -p $AT', ...lines].join('\n');
    execFile('sh', ['-c', script], { env, timeout: 60_000 }, (_, stdout) => resolve(normalised(stdout)));
  });
}

/** Values that differ from run to run: uids, local ports, and the times of kubectl's own log. */
function normalised(text: string): string {
  return text
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '(uid)')
    .replace(/\d+ -> /g, '(port) -> ')
    .replace(/^E\d{4} [\d:.]+ +\d+ /gm, '(time) ');
}

const pods = [
  'until kubectl get serviceaccount default >/dev/null; do sleep 0.1; done',
  'kubectl run web --image=example/web --port=8080 --env=A=b',
  'kubectl run absent --image=registry.invalid/absent',
  `kubectl run pair --image=busybox --overrides='{"spec":{"containers":[
     {"name":"one","image":"busybox","command":["sleep","infinity"]},
     {"name":"two","image":"busybox","command":["sleep","infinity"]}]}}'`,
  'kubectl wait --for=condition=Ready pod/web pod/pair --timeout=60s',
];

const forward = (port: string) => [
  ': > $AT/forward',
  `kubectl port-forward pod/web :${port} > $AT/forward & forward=$!`,
  `until local=$(sed -n 's/.*127.0.0.1:\\([0-9]*\\) .*/\\1/p' $AT/forward) && test -n "$local"; do sleep 0.1; done`,
];

/** Lines, and a part of what they must print. */
const subjects: Readonly<Record<string, readonly [readonly string[], string]>> = {
  'exec returns output and exit codes': [
    ['kubectl exec web -- sh -c \'echo $A; exit 3\'; echo "code $?"', 'kubectl exec web -- hostname; echo "code $?"'],
    'code 3',
  ],
  'exec refuses what is not there': [
    [
      'kubectl exec web -- nope; echo "code $?"',
      'kubectl exec web -c side -- ls; echo "code $?"',
      'kubectl exec gone -- ls; echo "code $?"',
      'kubectl exec absent -- ls; echo "code $?"',
    ],
    'container not found ("absent")',
  ],
  'exec chooses the first of several containers': [['kubectl exec pair -- ps'], 'Defaulted container "one"'],
  'a shell reads its input': [
    ['printf \'cd /etc\\npwd\\nexit 4\\n\' | kubectl exec -i web -- sh; echo "code $?"'],
    '/etc\n',
  ],
  'cp copies both ways': [
    [
      'head -c 300000 /dev/urandom > $AT/there; mkdir -p $AT/folder/sub; echo deep > $AT/folder/sub/file',
      'kubectl cp $AT/there web:/tmp/there && kubectl cp web:/tmp/there $AT/back && cmp $AT/there $AT/back && echo same',
      'kubectl cp $AT/folder web:/root && kubectl exec web -- cat /root/folder/sub/file',
      'kubectl cp web:/root/folder $AT/folder-back && cat $AT/folder-back/sub/file',
    ],
    'same\ndeep\ndeep\n',
  ],
  'attach follows the output': [
    [
      ': > $AT/attached',
      'kubectl attach web > $AT/attached & attach=$!',
      'until grep -q seen $AT/attached; do kubectl exec web -- wget -qO- localhost:8080/seen >/dev/null; done',
      '{ kill $attach; wait $attach; } 2>/dev/null; grep -m1 seen $AT/attached',
    ],
    'GET /seen 200',
  ],
  'port-forward reaches the pod': [
    [...forward('8080'), 'curl -s localhost:$local/one; curl -s localhost:$local/two', 'kill $forward'],
    'web example/web GET /two',
  ],
  'port-forward names a refused port': [
    [...forward('9'), 'curl -s localhost:$local; wait $forward'],
    'connect: connection refused',
  ],
};

const protocols = [
  { protocol: 'WebSocket', env: {} },
  {
    protocol: 'SPDY',
    env: { KUBECTL_REMOTE_COMMAND_WEBSOCKETS: 'false', KUBECTL_PORT_FORWARD_WEBSOCKETS: 'false' },
  },
];

describe.each(protocols)('over $protocol, kubectl prints the same on both clusters:', ({ env }) => {
  test.each(Object.keys(subjects))('%s', async (subject) => {
    const [lines, part] = subjects[subject] as (typeof subjects)[string];
    const [real, embedded] = await Promise.all(clusters.map((cluster) => printed(cluster, env, lines)));
    expect(real).toContain(part);
    expect(embedded).toBe(real);
  });
});
