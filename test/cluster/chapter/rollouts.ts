import { expect } from 'vitest';
import type { Section } from './section.ts';
import { namespace, type Shell } from './shell.ts';

/** Rollouts, scaling and waiting, with a Deployment of four pods. */
export const rollouts: readonly Section[] = [
  {
    name: 'create -f creates several kinds at once, and apply prints what it changed',
    async run(shell) {
      await shell.write('web.yml', manifest('v1', 2));
      await shell.run('kubectl create -f web.yml');
      await shell.fails('kubectl create -f web.yml');
      await shell.run('kubectl rollout status deploy/web >/dev/null');
      // The first apply adds the annotation that create did not write, with a warning.
      await shell.run('kubectl apply -f web.yml 2>/dev/null');
      await shell.run('kubectl apply -f web.yml');
      await shell.write('web.yml', manifest('v1', 4));
      expect(await shell.run('kubectl diff -f web.yml | sed 1,3d')).toMatch(/^-\s+replicas: 2$/m);
      await shell.run('kubectl apply -f web.yml --dry-run=server');
      expect(await shell.run('kubectl get deploy web -o name')).toBe('deployment.apps/web\n');
      await shell.run('kubectl apply -f web.yml');
      await shell.run('kubectl rollout status deploy/web >/dev/null');
      await shell.untilReady(4, 'app=web');
      await shell.run('kubectl get -f web.yml');
      await shell.run('kubectl describe deploy web');
      await shell.run(`kubectl get deploy web -o jsonpath='{.metadata.annotations}'`);
    },
  },
  {
    name: 'set image rolls out, and rollout shows, pauses and undoes it',
    async run(shell) {
      await shell.run('kubectl set image deployment/web web=example/web:v2');
      await shell.run('kubectl rollout status deployment/web >/dev/null');
      await untilOneSet(shell);
      await shell.run('kubectl annotate deployment/web kubernetes.io/change-cause="to v2"');
      await untilRevision(shell, 'to v2');
      await shell.run('kubectl rollout history deployment/web');
      await shell.run('kubectl rollout history deployment/web --revision=2');
      await shell.run('kubectl get rs -l app=web -o wide');
      await shell.run('kubectl rollout undo deployment/web');
      await shell.run('kubectl rollout status deployment/web >/dev/null');
      await untilOneSet(shell);
      await shell.run('kubectl rollout history deployment/web');
      expect(await shell.run(`kubectl get deploy web -o jsonpath='{..image}'`)).toBe('example/web:v1');
      await shell.run('kubectl rollout pause deployment/web');
      await shell.run('kubectl set env deployment/web MODE=quiet');
      await shell.run("kubectl describe deploy web | sed '/^Events/,$d'");
      await shell.run('kubectl rollout resume deployment/web');
      await shell.run('kubectl rollout status deployment/web >/dev/null');
      await untilOneSet(shell);
      await shell.run('kubectl rollout restart deployment/web');
      expect(await shell.run('kubectl rollout status deployment/web | tail -1')).toContain('successfully rolled out');
      await untilOneSet(shell);
      await shell.fails('kubectl set image deployment/web nosuch=example/web:v2');
      await shell.fails('kubectl rollout undo deployment/web --to-revision=99');
    },
  },
  {
    name: 'a DaemonSet rolls out, shows its revisions and rolls back',
    async run(shell) {
      await shell.run('kubectl set image ds/rng rng=dockercoins/rng:v0.2');
      await shell.run('kubectl rollout status ds/rng >/dev/null');
      await shell.run('kubectl rollout history ds/rng');
      await shell.run('kubectl rollout history ds/rng --revision=3');
      await shell.run('kubectl rollout undo ds/rng');
      await shell.run('kubectl rollout status ds/rng >/dev/null');
      await shell.run('kubectl rollout history ds/rng');
      await shell.run('kubectl get controllerrevisions -l app=rng');
      expect(await shell.run(`kubectl get ds rng -o jsonpath='{..image}'`)).toBe('dockercoins/rng:v0.1');
      await shell.untilReady(2, 'app=rng');
      await shell.untilListed(2);
    },
  },
  {
    name: 'scale works with and without a precondition, and wait waits for its effect',
    async run(shell) {
      await shell.run('kubectl scale deploy/web --replicas=5 --current-replicas=4');
      await shell.run('kubectl wait deploy/web --for=jsonpath={.status.readyReplicas}=5 --timeout=30s');
      await shell.fails('kubectl scale deploy/web --replicas=6 --current-replicas=4');
      await shell.run('kubectl wait --for=condition=Ready pod -l app=web --timeout=30s');
      await shell.run('kubectl scale deploy/web --replicas=2');
      await shell.untilReady(2, 'app=web');
      await shell.run('kubectl get deploy web -o wide');
      await shell.run('kubectl get --raw /apis/apps/v1/namespaces/chapter/deployments/web/scale');
      await shell.fails('kubectl wait --for=condition=Ready pod/nosuch --timeout=1s');
      await shell.fails('kubectl wait --for=condition=Progressing=False deploy/web --timeout=1s');
      await shell.fails('kubectl scale ds/rng --replicas=3');
      await shell.run('kubectl autoscale deployment web --min=2 --max=4 --cpu-percent=80 2>/dev/null');
      await shell.run('kubectl get hpa web');
      await shell.run('kubectl delete hpa web');
    },
  },
  {
    name: 'a ReplicaSet adopts a released pod that comes back, and deletes the pod of the lowest deletion cost',
    async run(shell) {
      await shell.set('POD', 'kubectl get pods -l app=web -o name | head -1');
      await shell.run('kubectl label $POD app-');
      await shell.untilReady(2, 'app=web');
      // Without a cost the uids of the pods would decide.
      await shell.run('kubectl annotate $POD controller.kubernetes.io/pod-deletion-cost=100');
      await shell.run('kubectl label $POD app=web');
      const pods = await shell.untilReady(2, 'app=web');
      expect(pods.map(({ metadata }) => `pod/${metadata.name}`)).toContain(await shell.look('echo $POD'));
      expect(await shell.run('kubectl describe $POD')).toMatch(/^Controlled By: +ReplicaSet\/web-/m);
      await shell.fails('kubectl annotate $POD controller.kubernetes.io/pod-deletion-cost=high --overwrite');
      await shell.run('kubectl annotate $POD controller.kubernetes.io/pod-deletion-cost-');
    },
  },
  {
    name: 'patch applies merge, strategic and JSON patches, and refuses invalid ones',
    async run(shell) {
      const patch = (type: string, body: unknown) =>
        `kubectl patch service web --type=${type} -p '${JSON.stringify(body)}'`;
      const selector = "kubectl get svc web -o jsonpath='{.spec.selector}'";
      await shell.run(patch('merge', { spec: { selector: { enabled: 'yes' } } }));
      expect(await shell.run(selector)).toBe('{"app":"web","enabled":"yes"}');
      await shell.run(patch('merge', { spec: { selector: { enabled: 'yes' } } }));
      await shell.run(patch('strategic', { spec: { selector: { enabled: null } } }));
      await shell.run(selector);
      await shell.fails(patch('strategic', { spec: { ports: [{ port: 81, targetPort: 81, name: 'more' }] } }));
      await shell.run(patch('json', [{ op: 'add', path: '/spec/selector/enabled', value: 'yes' }]));
      await shell.run(
        patch('json', [
          { op: 'test', path: '/spec/selector/enabled', value: 'yes' },
          { op: 'remove', path: '/spec/selector/enabled' },
        ]),
      );
      await shell.run(selector);
      await shell.fails(patch('json', [{ op: 'test', path: '/spec/selector/enabled', value: 'yes' }]));
      await shell.fails(patch('json', [{ op: 'remove', path: '/spec/selector/enabled' }]));
      await shell.fails(patch('json', [{ op: 'nosuch', path: '/spec' }]));
      await shell.fails(patch('json', { op: 'add' }));
      await shell.fails(patch('merge', { spec: { selector: { enabled: true } } }).replace('service web', 'pod nosuch'));
      await shell.fails(patch('strategic', { spec: { selector: { enabled: true } } }));
      await shell.run(patch('strategic', { spec: { selektor: { enabled: 'yes' } } }));
      await shell.fails(patch('merge', { spec: { selector: { 'not allowed': 'yes' } } }));
      await shell.fails(patch('merge', { spec: { ports: [] } }));
      await shell.fails(patch('merge', { metadata: { resourceVersion: '1' }, spec: { selector: { enabled: 'yes' } } }));
      await shell.run('kubectl get svc web -o yaml');
    },
  },
  {
    name: 'replace and edit overwrite an object',
    async run(shell) {
      await shell.look('kubectl get svc web -o yaml >svc.yml');
      await shell.look(`sed -i 's/^  selector:/  selector:\\n    tier: front/' svc.yml`);
      await shell.run('kubectl replace -f svc.yml');
      expect(await shell.fails('kubectl replace -f svc.yml')).toContain('the object has been modified');
      await shell.run('kubectl set selector svc web app=web');
      await shell.run("kubectl get svc web -o jsonpath='{.spec.selector}'");
      await shell.editor('s/^  replicas: 2$/  replicas: 3/\n');
      await shell.run('kubectl edit deploy web');
      await shell.untilReady(3, 'app=web');
      await shell.editor('s/^  replicas: 3$/  replicas: many/\n');
      await shell.fails('kubectl edit deploy web');
      await shell.complaints();
      await shell.editor('s/^        app: web$/        app: bew/\n');
      await shell.fails('kubectl edit deploy web');
      await shell.complaints();
    },
  },
  {
    name: 'delete waits until the objects are gone, by name, label and file',
    async run(shell) {
      await shell.run('kubectl delete pods -l app=web --wait=false');
      await shell.untilReady(3, 'app=web');
      const gone = shell.start('kubectl wait --for=delete pod -l app=web --timeout=30s');
      await shell.run('kubectl delete -f web.yml');
      expect(await gone.ended()).toBe(0);
      await shell.run('kubectl get all -l app=web');
      await shell.fails('kubectl delete deploy web');
      await shell.run('kubectl delete deploy web --ignore-not-found');
      await shell.run('kubectl delete ds rng --cascade=orphan');
      await shell.untilReady(2, 'app=rng');
      expect(await shell.run(`kubectl get pods -l app=rng -o jsonpath='{..ownerReferences}'`)).toBe('');
      await shell.run('kubectl apply -f fixed.yml');
      await shell.run('kubectl rollout status ds/rng >/dev/null');
      await shell.run('kubectl delete ds/rng');
      // It says nothing about pods that are gone by then.
      await shell.look('kubectl wait --for=delete pod -l app=rng --timeout=30s');
      await shell.run('kubectl get ds,pods -l app=rng');
    },
  },
];

function manifest(version: string, replicas: number): string {
  return `apiVersion: v1
kind: ConfigMap
metadata:
  name: web
  labels: {app: web}
data:
  greeting: hello
---
apiVersion: v1
kind: Service
metadata:
  name: web
  labels: {app: web}
spec:
  selector: {app: web}
  ports:
  - port: 80
    targetPort: http
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels: {app: web}
spec:
  replicas: ${replicas}
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web}
    spec:
      containers:
      - name: web
        image: example/web:${version}
        ports:
        - name: http
          containerPort: 80
        readinessProbe:
          httpGet: {path: /, port: http}
          periodSeconds: 1
        resources:
          requests: {cpu: 10m, memory: 16Mi}
          limits: {memory: 32Mi}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: web
  labels: {app: web}
spec:
  minAvailable: 1
  selector:
    matchLabels: {app: web}
`;
}

interface ReplicaSets {
  items: {
    metadata: { annotations?: Record<string, string> };
    spec: { replicas: number };
    status: { replicas: number };
  }[];
}

const setsPath = `/apis/apps/v1/namespaces/${namespace}/replicasets?labelSelector=app%3Dweb`;

/** Waits until the old ReplicaSets are empty, which may be later than the end of the rollout. */
function untilOneSet(shell: Shell): Promise<ReplicaSets> {
  return shell.untilObject<ReplicaSets>(
    'the old ReplicaSets are empty',
    setsPath,
    ({ items }) => items.filter(({ spec, status }) => spec.replicas + status.replicas > 0).length === 1,
  );
}

/** Waits until the newest ReplicaSet, which the history is read from, has the change cause of the Deployment. */
function untilRevision(shell: Shell, cause: string): Promise<ReplicaSets> {
  return shell.untilObject<ReplicaSets>('the ReplicaSet has the change cause', setsPath, ({ items }) =>
    items.some(({ metadata }) => metadata.annotations?.['kubernetes.io/change-cause'] === cause),
  );
}
