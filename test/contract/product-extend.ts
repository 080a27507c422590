import { expect } from 'vitest';
import { nameOf } from './objects.ts';
import { beforeTheWrite, Crew, codes, done, drainedOfFour, expectEvents, recordOn } from './pitlane.ts';
import type { Theme } from './suite.ts';

/** The command `extend`. */
export const extending: Theme = (rule) => {
  rule('extend records the new time and who gave it, and changes nothing else of the pod', async (on) => {
    const { crew, pod } = await drainedOfFour(on);
    const before = await on.getPod(nameOf(pod));
    const { proof, operation } = done(await crew.extend(pod, { by: 'U0000000BB' }));
    expect(proof.map(({ milestone, isMet }) => [milestone.condition.kind, isMet])).toEqual([['extended', true]]);
    const after = await on.getPod(nameOf(pod));
    const [was, is] = [recordOn(before), recordOn(after)];
    expect(Date.parse(is.until ?? '') - Date.parse(was.until ?? '')).toBe(3_600_000);
    expect(is).toEqual({
      ...was,
      until: is.until,
      extended: { id: operation.id, by: 'U0000000BB', at: expect.any(String) },
    });
    expect([after.metadata.labels, Object.keys(after.metadata.annotations ?? {}).sort()]).toEqual([
      before.metadata.labels,
      Object.keys(before.metadata.annotations ?? {}).sort(),
    ]);
    done(await crew.restore(pod));
    expect((await on.getPod(nameOf(pod))).metadata.annotations).toEqual(pod.metadata.annotations);
  });

  rule('extend refuses a time that is too long, and keeps the record', async (on) => {
    const { crew, pod } = await drainedOfFour(on);
    const before = recordOn(await on.getPod(nameOf(pod)));
    const { outcome } = await crew.extend(pod, { forSeconds: 7 * 86_400 });
    expect([outcome.kind, codes(outcome, 'refusal')]).toEqual(['refusal', ['TooLong']]);
    expect(recordOn(await on.getPod(nameOf(pod)))).toEqual(before);
  });

  rule('extend refuses a pod in rotation', async (on) => {
    const { crew, others } = await drainedOfFour(on);
    const { outcome } = await crew.extend(others[0]);
    expect(codes(outcome, 'refusal')).toEqual(['NotDrained']);
  });

  rule('extend plans again if the record changes between plan and write, and keeps that change', async (on) => {
    const { pod } = await drainedOfFour(on);
    const record = { ...recordOn(await on.getPod(nameOf(pod))), because: 'mine' };
    const until = new Date(Math.floor(Date.now() / 1000) * 1000 + 7_200_000);
    const annotations = { 'pitlane.dev/drain': JSON.stringify({ ...record, until: until.toISOString() }) };
    const byHand = () => on.patch('pods', nameOf(pod), { metadata: { annotations } });
    done(await new Crew(on, {}, beforeTheWrite(byHand)).extend(pod));
    const after = recordOn(await on.getPod(nameOf(pod)));
    expect([Date.parse(after.until ?? '') - until.getTime(), after.because]).toEqual([3_600_000, 'mine']);
  });

  rule('extend writes Events on the pod and on the Service', async (on) => {
    const { crew, pod } = await drainedOfFour(on);
    await expectEvents(on, 'Extended', done(await crew.extend(pod)), pod);
  });
};
