import { expect } from 'vitest';
import { nameOf } from './objects.ts';
import { codes, done, drainedOfFour, expectKind } from './pitlane.ts';
import type { Theme } from './suite.ts';

/** The command `undo`. */
export const undoing: Theme = (rule) => {
  rule('undo of a drain restores the pod, and undo of that drains it again', async (on) => {
    const { crew, pod } = await drainedOfFour(on);
    const restored = done(await crew.undo());
    expect(restored.operation.request).toMatchObject({
      command: 'restore',
      undoes: { what: `drain of ${nameOf(pod)}` },
    });
    expect((await on.getPod(nameOf(pod))).metadata.labels).toEqual(pod.metadata.labels);
    const drained = done(await crew.undo());
    expect(drained.operation.request).toMatchObject({
      command: 'drain',
      undoes: { id: restored.operation.id, what: `restore of ${nameOf(pod)}` },
    });
    expect((await on.getPod(nameOf(pod))).metadata.labels).not.toEqual(pod.metadata.labels);
    const { outcome } = await crew.undo({ operation: restored.operation.id });
    expect(codes(expectKind(outcome, 'refusal'), 'refusal')).toEqual(['AlreadyUndone']);
  });

  rule('undo of a drain whose pod is deleted is refused', async (on) => {
    const { crew, pod } = await drainedOfFour(on);
    await on.delete('pods', nameOf(pod), { gracePeriodSeconds: 0 });
    const { outcome } = await crew.undo();
    expect(codes(expectKind(outcome, 'refusal'), 'refusal')).toEqual(['PodGone']);
  });
};
