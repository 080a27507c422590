import { expect } from 'vitest';
import { nameOf, namesOf, ownerOf, type Pod } from './objects.ts';
import { Crew, daemonSetInRotation, expectKind, fourInRotation } from './pitlane.ts';
import type { Space } from './space.ts';
import type { Theme } from './suite.ts';

async function notesOfList(crew: Crew): Promise<string> {
  return expectKind(await crew.read({ command: 'list', service: 'web', all: true }), 'listed').notes.join('\n');
}

/** List and commands about the pod say that it was in the service, and offer the line, and no other pod. */
async function expectRecognised(on: Space, pod: Pod, what: string, line: string): Promise<void> {
  const crew = new Crew(on);
  const offered = `kubectl -n ${on.name} label pod ${nameOf(pod)} ${line}`;
  const notes = await notesOfList(crew);
  expect(notes).toContain(`${nameOf(pod)} was in web; ${what}`);
  expect(notes).toContain(offered);
  for (const { outcome } of [await crew.restore(pod), await crew.drain(pod), await crew.drain(nameOf(pod).slice(-5))])
    expect(outcome).toMatchObject({ kind: 'notUnderstood', code: 'PodTakenOut', instead: [offered] });
}

/** Pods that people took out of the service with kubectl. */
export const byHand: Theme = (rule) => {
  rule('a pod whose label was removed by hand is recognised, and the line puts it back', async (on) => {
    const [pod] = await fourInRotation(on);
    await on.label(pod, { app: null });
    await on.untilReleased(pod);
    await on.readyPods(4, 'app=web');
    await expectRecognised(on, pod, 'lacks app=web', 'app=web');
    await on.label(pod, { app: 'web' });
    await on.untilAdopted(pod, ownerOf(pod));
    expect(await notesOfList(new Crew(on))).toBe('');
  });

  rule('a pod that was relabelled by hand is recognised, also without the hash of its template', async (on) => {
    const [pod] = await fourInRotation(on);
    const hash = pod.metadata.labels?.['pod-template-hash'];
    await on.label(pod, { app: 'debug' });
    await on.untilReleased(pod);
    await on.readyPods(4, 'app=web');
    await expectRecognised(on, pod, 'has app=debug instead of app=web', '--overwrite app=web');
    await on.label(pod, { 'pod-template-hash': null });
    const { outcome } = await new Crew(on).restore(pod);
    const line = `kubectl -n ${on.name} label pod ${nameOf(pod)} --overwrite app=web pod-template-hash=${hash}`;
    expect(outcome).toMatchObject({ code: 'PodTakenOut', instead: [line] });
  });

  rule('a pod of a DaemonSet whose label was removed by hand is recognised', async (on) => {
    const before = await daemonSetInRotation(on);
    const [pod] = before;
    await on.label(pod, { app: null });
    await on.untilReleased(pod);
    await on.readyPods(before.length, 'app=web');
    await expectRecognised(on, pod, 'lacks app=web', 'app=web');
  });

  rule('a pod that only lost a label of the Service is recognised, and keeps its owner', async (on) => {
    await on.service({ selector: { app: 'web', tier: 'front' } });
    await on.deployment({ replicas: 3, labels: { app: 'web', tier: 'front' }, selector: { app: 'web' } });
    const [pod] = await on.podsInRotation(3);
    await on.label(pod, { tier: null });
    await on.untilListed(namesOf(await on.pods('tier=front')));
    await expectRecognised(on, pod, 'lacks tier=front', 'tier=front');
  });

  rule('a pod of an old revision is not offered to be put back, because its owner would delete it', async (on) => {
    const [pod] = await fourInRotation(on);
    await on.label(pod, { app: null });
    await on.untilReleased(pod);
    await on.patch('deployments', 'web', { spec: { template: { metadata: { annotations: { changed: 'yes' } } } } });
    const hash = pod.metadata.labels?.['pod-template-hash'];
    await on.untilPods(
      'new revision',
      (pods) => pods.length === 4 && !pods.some(({ metadata }) => metadata.labels?.['pod-template-hash'] === hash),
      'app=web',
    );
    expect(await notesOfList(new Crew(on))).toBe('');
    const { outcome } = await new Crew(on).restore(pod);
    expect(outcome).toMatchObject({ kind: 'notUnderstood', code: 'PodUnknown', instead: ['list'] });
  });
};
