import { randomUUID } from 'node:crypto';
import type { FunctionHouse } from '../../functions/house.ts';
import type { LogFields } from '../../functions/log.ts';
import { runbookHandler } from '../../functions/runbook.ts';
import { tickHandler } from '../../functions/tick.ts';
import { workerHandler } from '../../functions/worker.ts';
import type { Job } from '../../pitlane/chat/job.ts';
import { peopleIn } from '../../pitlane/chat/slack/people.ts';
import { DEFAULT_POLICY, type ServiceConfig } from '../../pitlane/config/config.ts';
import { createPitlane } from '../../pitlane/operate/pitlane.ts';
import type { Policy } from '../../pitlane/rotation/snapshot.ts';
import type { KubeObject } from '../../sandbox/cluster/api.ts';
import { faultAnnotation } from '../../sandbox/kubelet/fault.ts';
import { actionBody, commandBody, mentionBody, signedRequest } from '../../sandbox/slack/deliveries.ts';
import { type FakeSlack, startFakeSlack } from '../../sandbox/slack/server.ts';
import { render } from '../../sandbox/slack/terminal.ts';
import type { Change, Shown } from '../../sandbox/slack/workspace.ts';
import { admins } from '../admins.ts';
import type { Fate } from './fate.ts';
import { Invocation, TOKEN } from './invocation.ts';
import { type Deployed, deploy, settled } from './settled.ts';
import { SECRET, type Stage } from './stage.ts';
import { Witness } from './witness.ts';

const CHANNEL = 'C0OPS00000';
const ADA = { user: 'U0ADA00000', team: 'T0SANDBOX0', channel: CHANNEL };
const ACCESS = admins(ADA.user);
/** What Lambda gives a function. */
const TIME_MS = 60_000;
export interface Setting extends Deployed {
  /** What the drains of the service end with; default: remind. */
  readonly then?: Policy['drain']['then'];
  /** How many of them must take traffic, and how many may be drained at a time. */
  readonly policy?: Pick<Policy, 'minReady' | 'maxDrained'>;
}

/** A case's own part of the cluster, with rng and its pods in rotation, and its own Slack and clock. */
export class World {
  readonly namespace: string;
  readonly slack: FakeSlack;
  readonly witness: Witness;
  /** Whatever anybody has read since the case began, in order. */
  readonly said: Change[] = [];
  /** One function after the other, or side by side. */
  readonly invocations: Invocation[] = [];
  readonly logged: LogFields[] = [];
  /** The pod that the case is about. */
  readonly pod: { readonly name: string; readonly uid: string };
  readonly #stage: Stage;
  readonly #setting: Setting;
  readonly #running: Promise<unknown>[] = [];
  #skewMs = 0;
  readonly #leave: () => void;
  #letGo = (): void => {};

  private constructor(stage: Stage, namespace: string, slack: FakeSlack, setting: Setting) {
    this.#stage = stage;
    this.namespace = namespace;
    this.slack = slack;
    this.#setting = setting;
    this.witness = new Witness(this.pods());
    this.#leave = stage.cluster.api.subscribe((event) => {
      if (event.resource === 'pods' && event.object.metadata.namespace === namespace) this.witness.see(event);
    });
    const isOwned = ({ metadata }: KubeObject) => metadata.ownerReferences !== undefined;
    const first = this.pods().find((pod) => isOwned(pod) !== (setting.isBare === true));
    this.pod = { name: first?.metadata.name ?? '', uid: first?.metadata.uid ?? '' };
    slack.workspace.onChange((change) => this.said.push(change));
  }

  static async open(stage: Stage, setting: Setting = {}): Promise<World> {
    const { api } = stage.cluster;
    const namespace = `case-${randomUUID().slice(0, 8)}`;
    await deploy(api, namespace, setting);
    const slack = await startFakeSlack({ token: TOKEN, joined: [CHANNEL] });
    return new World(stage, namespace, slack, setting);
  }

  async close(): Promise<void> {
    this.#leave();
    this.#letGo();
    for (const invocation of this.invocations) invocation.kill();
    await this.slack.close();
    this.#stage.cluster.api.delete('namespaces', undefined, this.namespace);
  }

  readonly now = (): number => Date.now() + this.#skewMs;

  /** The clock is put forward. */
  pass(ms: number): void {
    this.#skewMs += ms;
  }

  /** What came before was only there to get so far. */
  begin(): void {
    this.said.splice(0);
    this.invocations.splice(0);
    this.witness.begin();
  }

  pods(): readonly KubeObject[] {
    return this.#stage.cluster.api.list('pods', this.namespace);
  }

  object(resource: string, name: string): KubeObject | undefined {
    return this.#stage.cluster.api.get(resource, this.namespace, name);
  }

  /** From now on no new pod becomes ready. */
  hold(): void {
    const { api } = this.#stage.cluster;
    this.#letGo = api.subscribe(({ type, resource, object }) => {
      if (type !== 'ADDED' || resource !== 'pods' || object.metadata.namespace !== this.namespace) return;
      // Once the creation is over, and before the kubelet hears of it.
      queueMicrotask(() => this.#setFault(object.metadata.name, 'not-ready'));
    });
  }

  /** As the undo lines of a drain do. */
  putBackByHand(): void {
    const metadata = {
      labels: { app: 'rng', 'pitlane.dev/drained-from': null },
      annotations: { 'pitlane.dev/drain': null },
    };
    this.#stage.cluster.api.mergePatch('pods', this.namespace, this.pod.name, { metadata });
  }

  /** Those that were held become ready. */
  release(): void {
    this.#letGo();
    for (const { metadata } of this.pods()) this.#setFault(metadata.name, null);
  }

  #setFault(name: string, fault: string | null): void {
    const metadata = { annotations: { [faultAnnotation]: fault } };
    this.#stage.cluster.api.mergePatch('pods', this.namespace, name, { metadata });
  }

  /** All functions that were begun have ended. */
  async over(): Promise<void> {
    await Promise.all(this.#running);
  }

  /** The controllers and the kubelet have done what there is to do. */
  settled(): Promise<void> {
    return settled(this.#stage.cluster.api, this.namespace, this.#setting);
  }

  /** What the worker gets when this is typed; `POD` stands for the pod's name. */
  typed(line: string): Promise<Job> {
    const { workspace } = this.slack;
    const responseUrl = this.slack.responseUrl(CHANNEL, ADA.user);
    const body = commandBody(line.replace('POD', this.pod.name), ADA, workspace.triggerId(), responseUrl);
    return this.#stage.jobOf(signedRequest(SECRET, body, Date.now()));
  }

  /** What the worker gets when the bot is spoken to. */
  mentioned(text: string): Promise<Job> {
    const body = mentionBody(text.replace('POD', this.pod.name), ADA, randomUUID(), Date.now());
    return this.#stage.jobOf(signedRequest(SECRET, body, Date.now(), 'application/json'));
  }

  /** What the worker gets when that button is pressed, on the newest message that has it. */
  pressed(label: string): Promise<Job> {
    const buttonOf = ({ blocks }: Pick<Shown, 'blocks'>) =>
      render(blocks).pressables.find((pressable) => pressable.label === label);
    const message = this.slack.workspace.messages.findLast((each) => buttonOf(each) !== undefined);
    const button = message && buttonOf(message);
    if (message === undefined || button === undefined) throw new Error(`there is no button ${label}`);
    const { workspace } = this.slack;
    const responseUrl = this.slack.responseUrl(CHANNEL, ADA.user, message.ts);
    const shown = message.to === undefined ? message : undefined;
    const body = actionBody(button, ADA, workspace.triggerId(), responseUrl, message.ts, shown);
    return this.#stage.jobOf(signedRequest(SECRET, body, Date.now()));
  }

  /** A worker of its own does the job. */
  work(job: Job, fate?: Fate): Running {
    return this.#invoke(fate, (invocation) => {
      const slack = (deadline: number) => invocation.slack(deadline);
      const worker = workerHandler({
        ...this.#door(invocation),
        slack,
        people: peopleIn({ slack, now: this.now }),
        editIntervalMs: 1_000,
      });
      return worker(JSON.parse(JSON.stringify(job)), CONTEXT);
    });
  }

  /** The clock calls. */
  tick(fate?: Fate): Running {
    return this.#invoke(fate, (invocation) => {
      const slack = (deadline: number) => invocation.slack(deadline);
      return tickHandler({ ...this.#door(invocation), slack, editIntervalMs: 1_000 })({}, CONTEXT);
    });
  }

  /** A runbook invokes its function. */
  runbook(input: Readonly<Record<string, unknown>>, fate?: Fate): Running {
    return this.#invoke(fate, (invocation) => {
      const event = { service: 'rng', pod: this.pod.name, by: 'runbook-7', ...input };
      return runbookHandler(this.#door(invocation))(event, { ...CONTEXT, awsRequestId: randomUUID() });
    });
  }

  #invoke(fate: Fate | undefined, work: (invocation: Invocation) => Promise<unknown>): Running {
    const { connect } = this.#stage;
    const invocation = new Invocation({ connect, slack: this.slack, now: this.now }, fate);
    this.invocations.push(invocation);
    const ended = invocation.run(() => work(invocation));
    this.#running.push(ended);
    return { invocation, ended };
  }

  #door(invocation: Invocation) {
    return {
      house: () => this.#house(invocation),
      log: (_: unknown, fields: LogFields) => this.logged.push(fields),
      now: this.now,
    };
  }

  #house(invocation: Invocation): FunctionHouse {
    const { namespace } = this;
    const { then = 'remind', policy: more } = this.#setting;
    const policy = { ...DEFAULT_POLICY, ...more, drain: { ...DEFAULT_POLICY.drain, then } };
    const service = (key: string): ServiceConfig | undefined =>
      key === 'rng' ? { key, cluster: 'matrix', namespace, service: 'rng', policy } : undefined;
    const connection = invocation.connection();
    const pitlane = createPitlane({ service, keys: ['rng'], connect: () => connection, now: this.now });
    return { service, access: ACCESS, pitlane };
  }
}

const CONTEXT = { getRemainingTimeInMillis: () => TIME_MS };

export interface Running {
  readonly invocation: Invocation;
  readonly ended: Promise<'over' | 'killed'>;
}
