import { expect } from 'vitest';
import type { Section } from './section.ts';
import type { Shell } from './shell.ts';

const NO_BOOL = 'unrecognized type: string';

/** Values without quotes, how YAML 1.1 reads them, and the complaint of the API server. */
const NOT_STRINGS: readonly (readonly [value: string, shown: string, complaint: string])[] = [
  ['yes', 'true', NO_BOOL],
  ['true', 'true', NO_BOOL],
  ['on', 'true', NO_BOOL],
  ['off', 'false', NO_BOOL],
  ['1', '1', 'cannot convert int64 to string'],
  ['0x1', '1', 'cannot convert int64 to string'],
  ['1e3', '1000', 'cannot convert int64 to string'],
];

export const rotation: readonly Section[] = [
  {
    name: 'kubectl label adds a label to every pod of a selector',
    async run(shell) {
      await shell.run('kubectl label pods -l app=rng enabled=yes --dry-run=server');
      expect(await shell.run('kubectl label pods -l app=rng enabled=yes')).toMatch(/^(pod\/rng-\S+ labeled\n){3}$/);
      await shell.run('kubectl label pods -l app=rng enabled=yes');
      await shell.run('kubectl get pods -l app=rng -L enabled');
      await shell.run('kubectl get pods -l app=rng --show-labels');
      await shell.run('kubectl get pods -l app=nosuch');
      await shell.fails('kubectl label pods -l app=rng enabled=no');
      await shell.fails('kubectl label pods -l app=rng enabled=not/allowed');
      await shell.fails('kubectl label pods rng-nosuch enabled=yes');
    },
  },
  ...NOT_STRINGS.map(([value, shown, type]) => ({
    name: `edit service refuses enabled: ${value} without quotes, because it is not a string`,
    async run(shell: Shell) {
      await shell.editor(`/^  selector:/a\\    enabled: ${value}\n`);
      expect(await shell.fails('kubectl edit service rng')).toContain('error: services "rng" is invalid');
      expect(await shell.complaints()).toContain(
        `# * patch: Invalid value: "map[spec:map[selector:map[enabled:${shown}]]]": ${type}`,
      );
      expect(await shell.run(selectorOf)).toBe('{"app":"rng"}');
    },
  })),
  {
    name: 'null without quotes is no value: edit changes nothing, and a new label is empty',
    async run(shell) {
      await shell.editor('/^  selector:/a\\    enabled: null\n');
      await shell.run('kubectl edit service rng');
      expect(await shell.run(selectorOf)).toBe('{"app":"rng"}');
      await shell.write(
        'null.yml',
        'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: "null"\n  labels: {enabled: null}\n',
      );
      await shell.run('kubectl create -f null.yml');
      expect(await shell.run("kubectl get configmap null -o jsonpath='{.metadata.labels}'")).toBe('{"enabled":""}');
      await shell.run('kubectl delete configmap null');
    },
  },
  {
    name: 'edit service accepts enabled: "yes" in quotes, and the endpoints stay the same',
    async run(shell) {
      const before = await shell.untilListed(3);
      await shell.editor('/^  selector:/a\\    enabled: "yes"\n');
      await shell.run('kubectl edit service rng');
      expect(await shell.run(selectorOf)).toBe('{"app":"rng","enabled":"yes"}');
      expect(await shell.run('kubectl describe svc rng')).toMatch(/^Selector: +app=rng,enabled=yes$/m);
      expect((await shell.untilListed(3)).toSorted()).toEqual(before.toSorted());
      await shell.editor('');
      await shell.run('kubectl edit service rng');
    },
  },
  {
    name: 'a pod that loses the label gets no more requests',
    async run(shell) {
      await shell.set('POD', 'kubectl get pod -l app=rng,pod-template-hash -o name');
      const log = shell.start('kubectl logs --tail 1 --follow $POD');
      await log.until('a stream of requests', (lines) => lines.filter(isRequest).length >= 3);
      await shell.run('kubectl label pod -l app=rng,pod-template-hash enabled-');
      const listed = await shell.untilListed(2);
      const stopped = log.lines.length;
      // Wait for 20 requests to the other pods: one pod of three would have got some of them.
      const others = shell.start(
        'kubectl logs --tail 0 --follow --prefix --max-log-requests 10 -l app=rng,enabled=yes',
      );
      await others.until('20 requests', (lines) => lines.filter(isRequest).length >= 20);
      await Promise.all([log.stop(), others.stop()]);
      // One request may have been in flight.
      expect(log.lines.length - stopped).toBeLessThanOrEqual(1);
      expect(servingPods(others.lines)).toEqual(listed.toSorted());
      expect(await shell.untilReady(3, 'app=rng')).toHaveLength(3);
      await shell.run('kubectl get pods -l app=rng -L enabled');
      await shell.run('kubectl get pods -l app=rng,enabled!=yes -L enabled');
      await shell.run('kubectl get endpointslices -l kubernetes.io/service-name=rng');
    },
  },
  {
    name: 'foo= empties a label, foo- removes it, and a change needs --overwrite',
    async run(shell) {
      const pod = 'kubectl label pod -l app=rng,pod-template-hash';
      const shown = 'kubectl get pod -l app=rng,pod-template-hash -L foo';
      await shell.run(`${pod} foo=bar`);
      await shell.run(shown);
      expect(await shell.fails(`${pod} foo=baz`)).toMatch(/already has a value \(bar\), and --overwrite is false/);
      await shell.run(`${pod} foo=baz --overwrite`);
      await shell.run(`${pod} foo= --overwrite`);
      await shell.run(shown);
      expect(await shell.run('kubectl get pods -l foo -o name')).toMatch(/^pod\/rng-\S+\n$/);
      expect(await shell.run('kubectl get pods -l foo= -o name')).toMatch(/^pod\/rng-\S+\n$/);
      await shell.run(`${pod} foo-`);
      await shell.run(`${pod} foo-`);
      expect(await shell.run('kubectl get pods -l foo -o name')).toBe('');
      await shell.run('kubectl annotate pods -l app=rng note=looked-at');
      await shell.run('kubectl annotate pods -l app=rng note-');
      await shell.run(`${pod} --list | sort`);
    },
  },
  {
    name: 'set-based selectors work in kubectl, but not in a Service',
    async run(shell) {
      const names = async (selector: string) => {
        const output = await shell.run(`kubectl get pods -l '${selector}' -o name`);
        return output.split('\n').filter((line) => line !== '').length;
      };
      expect(await names('app in (rng,hasher)')).toBe(4);
      expect(await names('app notin (rng,hasher)')).toBe(3);
      expect(await names('app=rng,enabled')).toBe(2);
      expect(await names('app=rng,!enabled')).toBe(1);
      expect(await names('app==rng,enabled!=yes')).toBe(1);
      expect(await names('enabled=yes')).toBe(2);
      await shell.run('kubectl get pods,svc,ds -l app=rng -o name');
      for (const wrong of ['app in rng', 'app=rng,', '=x', 'app=a b']) {
        await shell.fails(`kubectl get pods -l '${wrong}'`);
      }
      const setBased = { spec: { selector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['rng'] }] } } };
      await shell.fails(`kubectl patch service rng -p '${JSON.stringify(setBased)}'`);
      await shell.fails(`kubectl patch service rng --type=merge -p '${JSON.stringify(setBased)}'`);
    },
  },
  {
    name: 'a pod that gets the label back serves again',
    async run(shell) {
      await shell.run('kubectl label pod -l app=rng,pod-template-hash enabled=yes');
      await shell.untilListed(3);
      const log = shell.start('kubectl logs --tail 0 --follow $POD');
      await log.until('requests', (lines) => lines.some(isRequest));
      await log.stop();
    },
  },
];

const selectorOf = "kubectl get svc rng -o jsonpath='{.spec.selector}'";

function isRequest(line: string): boolean {
  return / "GET \/32 HTTP\/1\.1" 200 -$/.test(line);
}

/** `[pod/rng-b85tm/rng] 10.244.1.4 - - ...`, as --prefix writes it. */
function servingPods(lines: readonly string[]): string[] {
  const pods = lines.filter(isRequest).map((line) => /^\[pod\/([^/]+)\//.exec(line)?.[1] ?? line);
  return [...new Set(pods)].toSorted();
}
