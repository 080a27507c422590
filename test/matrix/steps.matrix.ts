import { expect, test } from 'vitest';
import { Process } from '../../pitlane/operate/process.fixture.ts';
import { drain, finish, send, states } from '../../pitlane/operate/steps.fixture.ts';
import { RngOnEmbedded } from '../rng-on-embedded.ts';

const rng = new RngOnEmbedded();

test('a list that is killed after any of its requests is finished when it is sent again, and repeats no write', async () => {
  const deaths: number[] = [];
  for (let after = 1; ; after += 1) {
    const pod = await rng.somePod();
    const sent = { requestId: `list ${after}`, confirm: true } as const;
    const dying = new Process(rng);
    let answers = 0;
    dying.answered = () => {
      answers += 1;
      if (answers === after) dying.die();
    };
    const first = await send(dying, [drain(pod), finish], sent).catch(({ message }) => message as string);
    const next = new Process(rng, { writes: dying.writes });
    // The tick continues the step, or the list is sent again before it does.
    if (after % 2 === 0) await next.tick();
    else await next.waitUntilLeft();
    const report = await send(next, [drain(pod), finish], sent);
    expect([after, report.state, ...states(report)]).toEqual([after, 'done', 'done', 'done']);
    expect([after, dying.writes.filter((name) => name === pod)]).toEqual([after, [pod, pod]]);
    expect((await rng.list()).members.map((member) => member.pod.name)).not.toContain(pod);
    if (typeof first !== 'string') break;
    deaths.push(after);
  }
  expect(deaths.length).toBeGreaterThan(20);
}, 120_000);
