import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type EmbeddedCluster, startEmbeddedCluster } from '@pitlane/embedded-cluster';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { kubectlPath } from '../control-plane/build.ts';
import { type ControlPlane, startControlPlane } from '../control-plane/start.ts';

let real: ControlPlane;
let embedded: EmbeddedCluster;
let kubectl: string;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pitlane-kubectl-'));
  [real, kubectl] = await Promise.all([startControlPlane(), kubectlPath()]);
  embedded = await startEmbeddedCluster({ kubelet: false });
  await embedded.writeKubeConfig(join(folder, 'kubeconfig'));
});

afterAll(async () => {
  await embedded?.stop();
  await real?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** What a shell prints for the lines, with errors; `$NS` is a namespace of their own. */
function printed(kubeconfig: string, namespace: string, lines: readonly string[]): Promise<string> {
  const script = [
    'kubectl create namespace $NS',
    'until kubectl get serviceaccount default -n $NS >/dev/null 2>&1; do sleep 0.1; done',
    ...lines.map((line) => `echo '$ ${line.replaceAll("'", "'\\''")}'; ${line}`),
  ];
  const PATH = `${dirname(kubectl)}:${process.env.PATH}`;
  const env = { ...process.env, PATH, KUBECONFIG: kubeconfig, NS: namespace };
  return new Promise((resolve) => {
    execFile('sh', ['-c', `exec 2>&1; ${script.join('\n')}`], { env }, (_, stdout) => resolve(normalised(stdout)));
  });
}

/** Values that each server chooses for itself. */
const CHOSEN: readonly (readonly [RegExp, string])[] = [
  [/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '(uid)'],
  [/\b20\d\d-\d\d-\d\dT[\d:]+Z/g, '(time)'],
  [/\b10(\.\d+){3}/g, '(address)'],
  [/resourceVersion: "\d+"/g, '(version)'],
  [/ +\d+(m?s|m\d+s)\b/g, ' (age)'],
];

function normalised(text: string): string {
  return CHOSEN.reduce((changed, [pattern, replacement]) => changed.replace(pattern, replacement), text);
}

const as = (user: string) => `--as ${user} -n $NS`;
/** The authorizer of the real cluster learns of new bindings by a watch. */
const untilMay = (user: string, what: string) =>
  `until kubectl auth can-i ${what} ${as(user)} >/dev/null; do sleep 0.1; done`;

const SUBJECTS: Readonly<Record<string, readonly string[]>> = {
  'creating and describing roles, and asking for rights': [
    'kubectl create role reader -n $NS --verb=get,list --resource=pods,deployments.apps -o yaml',
    'kubectl create rolebinding reads -n $NS --role=reader --user=bob --group=team --serviceaccount=$NS:default',
    'kubectl describe role reader -n $NS',
    'kubectl describe rolebinding reads -n $NS',
    'kubectl get roles,rolebindings -n $NS',
    'kubectl get rolebindings -n $NS -o wide',
    untilMay('bob', 'list pods'),
    `kubectl auth can-i --list ${as('bob')}`,
    `kubectl auth can-i delete pods ${as('bob')}`,
    `kubectl delete pod a ${as('bob')}`,
    `kubectl scale deployment a --replicas 1 ${as('bob')}`,
    `kubectl create rolebinding own --clusterrole=edit --user=bob ${as('bob')}`,
    'kubectl auth can-i list pods -n $NS --as eve --as-group team',
    'kubectl auth whoami --as bob --as-group team',
  ],
  'the roles of every cluster': [
    'for role in view edit admin cluster-admin system:basic-user; do kubectl describe clusterrole $role; done',
    'kubectl describe clusterrolebinding cluster-admin system:discovery',
    'kubectl get clusterrole edit -o yaml',
  ],
  'the accounts and their tokens': [
    'kubectl create serviceaccount robot -n $NS',
    'kubectl create token robot -n $NS --duration=1h | cut -d. -f2 | wc -w',
    'kubectl create token robot -n $NS --duration=5s',
    'kubectl create token missing -n $NS',
    'kubectl auth whoami -o yaml --as system:serviceaccount:$NS:robot',
  ],
  'limits, quotas and priority classes': [
    'kubectl create quota limit -n $NS --hard=configmaps=1,limits.cpu=1,pods=3',
    'kubectl wait quota limit -n $NS --for=jsonpath={.status.used.configmaps}=1',
    'kubectl describe quota limit -n $NS',
    'kubectl get quota -n $NS',
    'kubectl create configmap late -n $NS',
    'kubectl run late -n $NS --image=app',
    'kubectl create priorityclass $NS --value=100 --description=high',
    'kubectl describe priorityclass $NS',
    'kubectl get priorityclass $NS',
    'kubectl create priorityclass system-own --value=5',
    'kubectl delete priorityclass $NS',
  ],
  'explaining fields': [
    'kubectl explain pod.spec --recursive',
    'kubectl explain deployment.spec.strategy.rollingUpdate',
    'kubectl explain pdb.spec.minAvailable',
    'kubectl explain service.spec.type',
    'kubectl explain hpa --api-version=autoscaling/v1',
    'kubectl explain pod.spec.missing',
  ],
};

test.each(Object.entries(SUBJECTS))('kubectl prints the same on both clusters: %s', async (_, lines) => {
  const namespace = `kubectl-${Object.values(SUBJECTS).indexOf(lines)}`;
  const expected = await printed(real.kubeconfig, namespace, lines);
  expect(expected).toContain(`namespace/${namespace} created`);
  expect(await printed(join(folder, 'kubeconfig'), namespace, lines)).toBe(expected);
});
