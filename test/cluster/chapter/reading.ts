import { expect } from 'vitest';
import type { Section } from './section.ts';

/** How kubectl reads: output formats, sorting, fields, watches, discovery. Before the Deployment rng is deleted. */
export const reading: readonly Section[] = [
  {
    name: 'get prints every output format, sorted or not',
    async run(shell) {
      await shell.run('kubectl get pods,svc -o name');
      await shell.run('kubectl get svc rng -o json');
      await shell.run('kubectl get svc rng -o yaml');
      await shell.run(`kubectl get svc -o jsonpath='{range .items[*]}{.metadata.name}{" "}{.spec.type}{"\\n"}{end}'`);
      await shell.run(`kubectl get svc rng -o go-template='{{.spec.selector.app}}'`);
      await shell.run(
        `kubectl get svc -o custom-columns='NAME:.metadata.name,PORT:.spec.ports[0].port,NONE:.spec.none'`,
      );
      await shell.run('kubectl get svc --sort-by=.metadata.name');
      await shell.run(`kubectl get svc --sort-by='{.spec.ports[0].port}' --no-headers | tail -1`);
      await shell.run('kubectl get deploy --sort-by=.metadata.creationTimestamp -o name >/dev/null');
      await shell.run('kubectl get svc -o wide');
      await shell.run('kubectl get deploy -o wide');
      await shell.run('kubectl get deploy redis -o yaml');
      await shell.run('kubectl get rs -l app=redis -o yaml');
      await shell.run('kubectl get pods -l app=redis -o yaml');
      await shell.run('kubectl get pods -l app=redis -o wide');
      await shell.run('kubectl get endpointslices -l app=redis -o yaml');
      await shell.run('kubectl get endpoints redis -o yaml 2>/dev/null');
      await shell.run('kubectl get ds rng -o json');
      await shell.run('kubectl get controllerrevisions -l app=rng -o yaml');
      await shell.run(
        'kubectl get ns,sa,cm,secrets,pdb,hpa,netpol,leases,jobs,cronjobs,sts,rc,roles,rolebindings 2>&1',
      );
      await shell.run('kubectl get nodes -o wide');
      await shell.run('kubectl get node node1 -o yaml');
      await shell.run('kubectl get ns chapter -o yaml');
      await shell.run('kubectl get sa default -o yaml');
      await shell.fails('kubectl get pods nosuch');
      await shell.fails('kubectl get nosuch');
      await shell.fails('kubectl get pods -n nosuch nosuch');
      await shell.run('kubectl get pods -n nosuch');
      await shell.run('kubectl get pods -A');
    },
  },
  {
    name: 'get accepts the field selectors of pods and events, and refuses others',
    async run(shell) {
      await shell.run('kubectl get pods --field-selector status.phase=Running,spec.nodeName!=control-plane');
      await shell.run('kubectl get pods --field-selector status.phase=Pending');
      await shell.run('kubectl get pods --field-selector metadata.name=nosuch -o name');
      await shell.run('kubectl get svc --field-selector spec.type=NodePort');
      await shell.run('kubectl get nodes --field-selector metadata.name=node1');
      await shell.fails('kubectl get pods --field-selector spec.nosuch=x');
      await shell.fails('kubectl get deploy --field-selector spec.replicas=1');
      await shell.fails('kubectl get pods --field-selector status.phase');
      expect(await shell.run('kubectl get events --field-selector involvedObject.kind=DaemonSet')).toMatch(
        /Normal +SuccessfulCreate +daemonset\/rng +Created pod: rng-/,
      );
      await shell.run('kubectl get events --field-selector reason=SuccessfulCreate,involvedObject.name=rng -o wide');
      await shell.run('kubectl events --for deployment/redis');
      await shell.run('kubectl get events --field-selector involvedObject.kind=Deployment');
    },
  },
  {
    name: 'describe shows each kind with its events',
    async run(shell) {
      await shell.run('kubectl describe pod -l app=redis');
      await shell.run('kubectl describe rs -l app=redis');
      await shell.run('kubectl describe deploy redis');
      await shell.run('kubectl describe svc webui');
      await shell.run('kubectl describe ns chapter');
      await shell.run('kubectl describe sa default');
      await shell.run("kubectl describe cm kube-root-ca.crt | sed '/BEGIN/,/END/d'");
      await shell.run("kubectl describe controllerrevision -l app=rng | sed '/^Data/,$d'");
      await shell.run('kubectl describe node control-plane');
      await shell.fails('kubectl describe pod nosuch');
    },
  },
  {
    name: 'get -w shows each change, and DELETED for a pod that leaves the selector',
    async run(shell) {
      const pod = 'kubectl label pod -l app=redis';
      const rows = shell.start('kubectl get pods -l app=redis -L mark --watch --output-watch-events');
      await rows.until('the existing pod', (lines) => lines.some((line) => line.startsWith('ADDED')));
      await shell.run(`${pod} mark=one`);
      await rows.until('the first mark', (lines) => lines.some((line) => /^MODIFIED .* one$/.test(line)));
      await shell.run(`${pod} mark-`);
      const service = shell.start('kubectl get svc redis --watch-only -o name');
      const marked = shell.start('kubectl get pods -l mark=two -L mark -w --output-watch-events');
      await shell.look('kubectl get pods -l mark=two');
      await shell.run(`${pod} mark=two`);
      await marked.until('joins', (lines) => lines.some((line) => line.startsWith('ADDED')));
      await shell.run(`${pod} mark=three --overwrite`);
      await marked.until('leaves', (lines) => lines.some((line) => line.startsWith('DELETED')));
      await shell.run('kubectl label svc redis mark=four');
      await service.until('the service', (lines) => lines.includes('service/redis'));
      await rows.until('the third mark', (lines) => lines.some((line) => /^MODIFIED .* three$/.test(line)));
      await Promise.all([rows.stop(), service.stop(), marked.stop()]);
      await shell.run(`${pod} mark-`);
      await shell.run('kubectl label svc redis mark-');
    },
  },
  {
    name: 'logs shows one pod or many, and refuses a missing container',
    async run(shell) {
      await shell.look('kubectl logs deploy/worker --tail 1');
      await shell.look('kubectl logs ds/rng --tail 1');
      await shell.look('kubectl logs svc/rng --tail 1 2>/dev/null');
      await shell.run('kubectl logs -l app=webui --tail 1 --prefix >/dev/null');
      await shell.look('kubectl logs -l app=rng --all-containers --timestamps --since 10s');
      await shell.fails('kubectl logs deploy/redis -c nosuch');
      await shell.fails('kubectl logs deploy/redis --previous');
      await shell.fails('kubectl logs nosuch');
      await shell.fails('kubectl logs -l app=redis --tail -2');
    },
  },
  {
    name: 'api-resources and auth can-i show what the server and the user can do',
    async run(shell) {
      for (const group of ['apps', 'discovery.k8s.io', 'policy', 'coordination.k8s.io', 'events.k8s.io']) {
        await shell.run(`kubectl api-resources --api-group=${group} -o wide --sort-by=name | grep -v volumeattributes`);
      }
      await shell.run('kubectl api-versions | grep -E "^(v1|apps/v1|policy/v1|discovery.k8s.io/v1|events.k8s.io/v1)$"');
      await shell.run('kubectl auth can-i create pods');
      await shell.run('kubectl auth can-i delete nodes --all-namespaces 2>/dev/null');
      await shell.run('kubectl get --raw /version | grep gitVersion');
      await shell.run('kubectl get --raw /readyz');
      await shell.run('kubectl version | grep Server');
      await shell.run('kubectl cluster-info | sed "s/https*:.*/<url>/" | head -1');
      await shell.run('kubectl get pods -v=0 --chunk-size=1 -o name');
    },
  },
];
