import { expect } from 'vitest';
import type { ChangeRequest } from '../../pitlane/command/request.ts';
import type { GateReport } from '../../pitlane/operate/gate.ts';
import { installGatePolicy } from './gate-policy-scenes.ts';
import { nameOf, namesOf, ownerOf, type Pod } from './objects.ts';
import { beforeTheWrite, Crew, codes, done, drainRequest, expectKind, fourInRotation } from './pitlane.ts';
import { untilOlderThanNewPods } from './scenes.ts';
import type { Space } from './space.ts';
import type { Theme } from './suite.ts';

const GATE_OF = { command: 'gate', service: 'web' } as const;
const LIST = { command: 'list', service: 'web', all: true } as const;
const ON = { command: 'gate on', service: 'web', dryRun: false, force: false } as const;
const OFF = { ...ON, command: 'gate off' };

const gateOf = async (crew: Crew) => expectKind(await crew.read(GATE_OF), 'gate');
const select = (on: Space, selector: object) => on.patch('services', 'web', { spec: { selector } });
const selectorOf = async (on: Space) =>
  (await on.get<{ spec: { selector: Record<string, string> } }>('services', 'web')).spec.selector;
const codesOf = ({ troubles }: GateReport) => troubles.map(({ code }) => code);
const labelOf = ({ metadata }: Pod) => metadata.labels?.enabled;

interface Templated {
  spec: { selector: { matchLabels: object }; template: { metadata: { labels: object } } };
}

/** A gate by hand, as the chapter makes it: pods, then selector. The template is forgotten. */
async function gatedByHand(on: Space): Promise<[Pod, ...Pod[]]> {
  const pods = await fourInRotation(on);
  for (const pod of pods) await on.label(pod, { enabled: 'yes' });
  await select(on, { enabled: 'yes' });
  await on.untilListed(namesOf(pods));
  return pods;
}

/** What goes wrong by hand in the chapter about labels, and what Pitlane says and does about it. */
export const traps: Theme = (rule) => {
  rule('a selector before the labels selects no pod: list and gate say so, and gate on repairs it', async (on) => {
    await installGatePolicy(on);
    const pods = await fourInRotation(on);
    await select(on, { enabled: 'yes' });
    await on.untilListed([]);
    const crew = new Crew(on);
    const { notes } = expectKind(await crew.read(LIST), 'listed');
    expect(notes).toEqual(['web selects no pod: none has app=web,enabled=yes.', 'Nearest: 4 pods have app=web.']);
    const gate = await gateOf(crew);
    expect([gate.inRotation, gate.unlabelled, codesOf(gate)]).toEqual([
      0,
      namesOf(pods),
      ['GateNotRecorded', 'GateBeforeLabels'],
    ]);
    done(await crew.run(ON));
    expect(namesOf(await on.podsInRotation(4))).toEqual(namesOf(pods));
  });

  rule(
    'a gate value that YAML takes for a bool, a number or null is a string in all that Pitlane writes',
    async (on) => {
      await installGatePolicy(on);
      await on.service();
      await on.deployment({ replicas: 1 });
      let pods: Pod[] = await on.podsInRotation(1);
      const crew = new Crew(on);
      for (const value of ['yes', 'true', 'on', '1', '1e3', '0x1', 'null', '']) {
        done(await crew.run({ ...ON, label: `enabled=${value}` } as ChangeRequest));
        expect(await selectorOf(on)).toEqual({ app: 'web', enabled: value });
        // A new pod gets it from the rule.
        await on.delete('pods', nameOf(pods[0] as Pod), { gracePeriodSeconds: 0 });
        await on.untilGone('pods', nameOf(pods[0] as Pod));
        pods = await on.podsInRotation(1);
        expect(pods.map(labelOf)).toEqual([value]);
        done(await crew.run(OFF));
      }
      expect(pods).toHaveLength(1);
    },
  );

  rule('a gate value by the template is a string there too', async (on) => {
    await on.service();
    await on.deployment({ replicas: 1 });
    await on.podsInRotation(1);
    done(await new Crew(on, { minReady: 0 }).run({ ...ON, via: 'template', label: 'enabled=1e3' } as ChangeRequest));
    const { spec } = await on.get<Templated>('deployments', 'web');
    expect(spec.template.metadata.labels).toEqual({ app: 'web', enabled: '1e3' });
    // The template gets a label that the selector of the Deployment does not ask for.
    expect(spec.selector.matchLabels).toEqual({ app: 'web' });
  });

  rule('null removes a label in a merge patch, and is an empty label in a new object', async (on) => {
    await on.idlePod({ labels: { app: 'web', enabled: 'yes' } });
    expect(labelOf(await on.label('web', { enabled: null }))).toBeUndefined();
    const pod = await on.idlePod({ name: 'new', labels: { app: 'web', enabled: null as never } });
    expect(labelOf(pod)).toBe('');
  });

  rule('an emptied label (enabled=) is not a removed one: gate names the pod, and gate on refuses', async (on) => {
    await installGatePolicy(on);
    const [pod, ...others] = await fourInRotation(on);
    const crew = new Crew(on);
    done(await crew.run(ON));
    await on.label(pod, { enabled: '' });
    await on.untilListed(namesOf(others));
    expect(namesOf(await on.pods('enabled'))).toContain(nameOf(pod));
    expect(namesOf(await on.pods('!enabled'))).toEqual([]);
    expect((await gateOf(crew)).otherValue).toEqual([`${nameOf(pod)} (enabled=)`]);
    // It is not a straggler: a person has set a value.
    expect((await crew.tick()).did).toEqual([]);
    expect(codes((await crew.run(ON)).outcome, 'refusal')).toEqual(['GateValueDiffers']);
    await on.label(pod, { enabled: null });
    expect((await crew.tick()).did).toHaveLength(1);
    await on.podsInRotation(4);
  });

  rule('Pitlane never overwrites a label (--overwrite) that a person sets meanwhile', async (on) => {
    await installGatePolicy(on);
    const [pod] = await fourInRotation(on);
    const through = beforeTheWrite(() => on.label(pod, { enabled: 'no' }));
    const { outcome } = await new Crew(on, {}, through).run(ON);
    expect(outcome.kind).not.toBe('done');
    expect(labelOf(await on.getPod(nameOf(pod)))).toBe('no');
    // All four serve still: the selector waits for the label.
    expect(await selectorOf(on)).toEqual({ app: 'web' });
    await on.podsInRotation(4);
  });

  rule(
    'labels of pods without one in the template: new pods get no traffic, and Pitlane says so before',
    async (on) => {
      await installGatePolicy(on);
      const [pod, ...others] = await gatedByHand(on);
      const crew = new Crew(on, { minReady: 1 });
      const proposal = await crew.read(drainRequest(pod));
      expect(codes(proposal, 'warning')).toContain('ReplacementStaysOut');
      expect((await gateOf(crew)).templates).toEqual([{ name: 'Deployment web', hasLabel: false }]);
      await on.delete('pods', nameOf(pod));
      await on.readyPods(4);
      await on.untilListed(namesOf(others));
      expect((await gateOf(crew)).unlabelled).toHaveLength(1);
      done(await crew.run(ON));
      const all = await on.podsInRotation(4);
      await on.delete('pods', nameOf(all[0]));
      await on.untilGone('pods', nameOf(all[0]));
      expect((await on.podsInRotation(4)).map(labelOf)).toEqual(['yes', 'yes', 'yes', 'yes']);
    },
  );

  rule('a changed label of a Deployment does not reach its pods, and one of its template does', async (on) => {
    await fourInRotation(on);
    await on.patch('deployments', 'web', { metadata: { labels: { enabled: 'yes' } } });
    await on.patch('deployments', 'web', { spec: { template: { metadata: { labels: { release: 'two' } } } } });
    const areNew = (pods: Pod[]) =>
      pods.length === 4 && pods.every(({ metadata }) => metadata.labels?.release === 'two');
    const pods = await on.untilPods('four pods of the new template', areNew);
    expect(pods.map(labelOf)).toEqual([undefined, undefined, undefined, undefined]);
  });

  rule('a Deployment and a DaemonSet that share a label keep to their own pods, also in a drain', async (on) => {
    await installGatePolicy(on);
    const nodes = on.cluster.nodeNames.length;
    await on.service();
    await on.deployment();
    await on.daemonSet();
    const pods = await on.podsInRotation(2 + nodes);
    const countOf = (all: readonly Pod[], kind: string) => all.filter((pod) => ownerOf(pod)?.startsWith(kind)).length;
    const owned = (all: readonly Pod[]) => [countOf(all, 'ReplicaSet'), countOf(all, 'DaemonSet')];
    expect(owned(pods)).toEqual([2, nodes]);
    const crew = new Crew(on);
    const drainOf = async (kind: string): Promise<Pod> => {
      const pod = (await on.podsInRotation(2 + nodes)).find((each) => ownerOf(each)?.startsWith(kind)) as Pod;
      // Of two pods on a node, a DaemonSet deletes the younger.
      await untilOlderThanNewPods(pod);
      done(await crew.drain(pod));
      expect(owned(await on.readyPods(2 + nodes, 'app=web'))).toEqual([2, nodes]);
      return pod;
    };
    const daemon = await drainOf('DaemonSet');
    done(await crew.restore(daemon));
    const back = await on.podsInRotation(2 + nodes);
    expect([owned(back), namesOf(back).includes(nameOf(daemon))]).toEqual([[2, nodes], true]);
    // Without an owner, the pod is an orphan that the DaemonSet selects too.
    const { outcome } = await crew.restore(await drainOf('ReplicaSet'));
    expect(codes(outcome, 'refusal')).toEqual(['AdoptedElsewhere']);
    done(await crew.run(ON));
    const gated = await on.readyPods(2 + nodes, 'app=web,enabled=yes');
    await on.untilListed(namesOf(gated));
    expect(owned(gated)).toEqual([2, nodes]);
  });
};
