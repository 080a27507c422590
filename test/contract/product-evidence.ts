import { expect } from 'vitest';
import type { Finding } from '../../pitlane/evidence/finding.ts';
import { nameOf, type Pod } from './objects.ts';
import { Crew, done, expectKind, fourInRotation } from './pitlane.ts';
import { rollOut, untilRolledOut } from './scenes.ts';
import type { Space } from './space.ts';
import type { Theme } from './suite.ts';

async function evidenceOf(on: Space, pod: string) {
  const outcome = expectKind(await new Crew(on).read({ command: 'evidence', service: 'web', pod }), 'evidence');
  const { findings, notes } = outcome;
  return { findings, notes };
}

const found = (findings: readonly Finding[], code: Finding['code']) =>
  findings.filter((finding) => finding.code === code).map(({ text }) => text);

/** What evidence and `inspect` find out about a pod. */
export const finding: Theme = (rule) => {
  rule('evidence and inspect compare a pod with the others of its Service', async (on) => {
    await on.service();
    await on.deployment({ replicas: 3 });
    await on.readyPods(3);
    await on.readyPod({ name: 'odd', container: { image: 'example/app:v2' } });
    const want = [
      expect.stringMatching(/^Container app runs image example\/app:v2; 3 of 3 other web pods run .*:v1\.$/),
    ];
    const { findings, notes } = await evidenceOf(on, 'odd');
    expect(found(findings, 'ImageDiffers')).toEqual(want);
    // A cluster without metrics-server is no trouble.
    expect(notes.filter((note) => note.includes('CPU'))).toEqual([]);
    const inspected = expectKind(
      await new Crew(on).read({ command: 'inspect', service: 'web', pod: 'odd' }),
      'inspected',
    );
    expect(found(inspected.findings, 'ImageDiffers')).toEqual(want);
  });

  rule('evidence of a drained pod names its revision, and the rollout since', async (on) => {
    const [pod] = await fourInRotation(on);
    done(await new Crew(on).drain(pod));
    await rollOut(on, 'deployments');
    await untilRolledOut(on, 4);
    const { findings } = await evidenceOf(on, nameOf(pod));
    expect(found(findings, 'RevisionDiffers')).toEqual([
      'Made from revision 1; 4 of 4 other web pods from revision 2.',
    ]);
    expect(found(findings, 'OldRevision')).toEqual([
      expect.stringMatching(/^Revision 2 of Deployment web began .* ago\.$/),
    ]);
  });

  for (const [kind, resource] of [
    ['DaemonSet', 'daemonsets'],
    ['StatefulSet', 'statefulsets'],
  ] as const)
    rule(`evidence names the revision of a pod of a ${kind}, and the rollout since`, async (on) => {
      await on.service();
      const update = { workload: { updateStrategy: { type: 'OnDelete' } } };
      await (kind === 'DaemonSet' ? on.daemonSet(update) : on.statefulSet({ replicas: 1, ...update }));
      const isReady = (pods: Pod[]) => pods.length > 0 && pods.every(({ status }) => status?.phase === 'Running');
      const [pod] = await on.untilPods('running', isReady);
      await on.patch(resource, 'web', { spec: { template: { metadata: { annotations: { changed: 'yes' } } } } });
      const name = nameOf(pod as Pod);
      await on.untilObject<{ items: unknown[] }>(
        'two revisions',
        'controllerrevisions',
        ({ items }) => items.length === 2,
        '',
      );
      const { findings } = await evidenceOf(on, name);
      expect(found(findings, 'OldRevision')).toEqual([
        expect.stringMatching(new RegExp(`^Revision 2 of ${kind} web began .* ago; this pod is of revision 1\\.$`)),
      ]);
    });

  rule('evidence shows a readiness probe that fails, what it asks and how it was answered', async (on) => {
    await on.service();
    const readinessProbe = { httpGet: { path: '/', port: 8080 }, periodSeconds: 1, failureThreshold: 1 };
    await on.deployment({ replicas: 2, container: { readinessProbe } });
    const [pod] = await on.readyPods(2);
    await on.makeUnready(pod);
    await on.untilEvent('Pod', nameOf(pod), 'Readiness probe failed');
    const { findings } = await evidenceOf(on, nameOf(pod));
    expect(found(findings, 'ReadinessFails')).toEqual([
      expect.stringMatching(
        /^Readiness probe of container app failed \d+ times?, .*: HTTP probe failed with statuscode: 503\. It asks for GET \/ on port 8080 every 1 s \(timeout 1 s, fails after 1 in a row\)\.$/,
      ),
    ]);
    expect(found(findings, 'ReadinessDiffers')).toEqual(['Not ready; the other web pod is ready.']);
  });

  rule('evidence says that the node of a pod does not exist', async (on) => {
    await on.service();
    await on.idlePod();
    expect(found((await evidenceOf(on, 'web')).findings, 'NodeGone')).toEqual([
      'Node without-kubelet no longer exists.',
    ]);
  });

  rule('the cluster tells a client who it is', async (on) => {
    const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
    const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
    const { status, body: review } = await on.cluster.http.exchange<{
      kind: string;
      status: { userInfo: { username: string; groups: string[] } };
    }>('POST', path, { body });
    expect([status, review.kind, typeof review.status.userInfo.username]).toEqual([201, 'SelfSubjectReview', 'string']);
    expect(review.status.userInfo.groups).toContain('system:authenticated');
  });

  rule('a cluster without metrics-server answers 404 for the metrics of a pod', async (on) => {
    const path = `/apis/metrics.k8s.io/v1beta1/namespaces/${on.name}/pods/web`;
    expect((await on.cluster.http.exchange('GET', path)).status).toBe(404);
  });
};
