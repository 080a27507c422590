import { randomUUID } from 'node:crypto';
import type { KubeObject } from '@pitlane/embedded-cluster/api';
import { faultAnnotation } from '@pitlane/embedded-cluster/kubelet/fault';
import type { FunctionHouse } from '../../functions/house.ts';
import type { LogFields } from '../../functions/log.ts';
import { runbookHandler } from '../../functions/runbook.ts';
import { tickHandler } from '../../functions/tick.ts';
import { workerHandler } from '../../functions/worker.ts';
import type { Job } from '../../pitlane/chat/job.ts';
import { signJob } from '../../pitlane/chat/signed-job.ts';
import { peopleIn } from '../../pitlane/chat/slack/people.ts';
import { DEFAULT_POLICY, type ServiceConfig } from '../../pitlane/config/config.ts';
import { createPitlane } from '../../pitlane/operate/pitlane.ts';
import type { Policy } from '../../pitlane/rotation/snapshot.ts';
import { actionBody, commandBody, mentionBody, signedRequest } from '../../sandbox/slack/deliveries.ts';
import { type FakeSlack, startFakeSlack } from '../../sandbox/slack/server.ts';
import { render } from '../../sandbox/slack/terminal.ts';
import type { Change, Shown } from '../../sandbox/slack/workspace.ts';
import { admins } from '../admins.ts';
import { removeNamespace } from '../remove-namespace.ts';
import type { Fate } from './fate.ts';
import { Invocation, TOKEN } from './invocation.ts';
import { type Deployed, deploy, settled } from './settled.ts';
import { SECRET, type Stage } from './stage.ts';
import { selectorIn } from './state.ts';
import { Witness } from './witness.ts';

const CHANNEL = 'C0OPS00000';
const ADA = { user: 'U0ADA00000', team: 'T0SANDBOX0', channel: CHANNEL };
const ACCESS = admins(ADA.user);
/** The timeout of a Lambda function. */
const TIME_MS = 60_000;
export interface Setting extends Deployed {
  /** What follows when the time of a drain is up; default: remind. */
  readonly then?: Policy['drain']['then'];
  /** Limits of the service; default: the product's. */
  readonly policy?: Pick<Policy, 'minReady' | 'maxDrained'>;
}

/** The surroundings of one case: a namespace with rng's pods in rotation, a Slack and a clock. */
export class World {
  readonly namespace: string;
  readonly slack: FakeSlack;
  readonly witness: Witness;
  /** All messages and edits since the case began, in order. */
  readonly said: Change[] = [];
  /** The runs of functions since the case began. */
  readonly invocations: Invocation[] = [];
  readonly logged: LogFields[] = [];
  /** The pod that the case is about. */
  readonly pod: { readonly name: string; readonly uid: string };
  readonly #stage: Stage;
  readonly #setting: Setting;
  readonly #running: Promise<unknown>[] = [];
  #skewMs = 0;
  readonly #unsubscribe: () => void;
  #stopHolding = (): void => {};

  private constructor(stage: Stage, namespace: string, slack: FakeSlack, setting: Setting) {
    this.#stage = stage;
    this.namespace = namespace;
    this.slack = slack;
    this.#setting = setting;
    this.witness = new Witness(this.pods(), selectorIn(this));
    this.#unsubscribe = stage.cluster.api.subscribe((event) => {
      if (event.object.metadata.namespace !== namespace) return;
      if (event.resource === 'pods') this.witness.see(event);
      if (event.resource === 'services' && event.type !== 'DELETED') this.witness.seeService(event.object);
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
    this.#unsubscribe();
    this.#stopHolding();
    for (const invocation of this.invocations) invocation.kill();
    await this.slack.close();
    removeNamespace(this.#stage.cluster.api, this.namespace);
  }

  readonly now = (): number => Date.now() + this.#skewMs;

  /** Puts Pitlane's clock forward: no timer fires because of it. */
  pass(ms: number): void {
    this.#skewMs += ms;
  }

  /** The case begins: what was before does not count. */
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
  holdNewPods(): void {
    const { api } = this.#stage.cluster;
    this.#stopHolding = api.subscribe(({ type, resource, object }) => {
      if (type !== 'ADDED' || resource !== 'pods' || object.metadata.namespace !== this.namespace) return;
      // After the creation, and before the kubelet sees the pod.
      queueMicrotask(() => this.#setFault(object.metadata.name, 'not-ready'));
    });
  }

  /** What the undo lines of a drain do. */
  putBackByHand(): void {
    const metadata = {
      labels: { app: 'rng', 'pitlane.dev/drained-from': null },
      annotations: { 'pitlane.dev/drain': null },
    };
    this.#stage.cluster.api.mergePatch('pods', this.namespace, this.pod.name, { metadata });
  }

  /** New pods become ready again. */
  releaseNewPods(): void {
    this.#stopHolding();
    for (const { metadata } of this.pods()) this.#setFault(metadata.name, null);
  }

  #setFault(name: string, fault: string | null): void {
    const metadata = { annotations: { [faultAnnotation]: fault } };
    this.#stage.cluster.api.mergePatch('pods', this.namespace, name, { metadata });
  }

  /** Waits until all functions have ended. */
  async over(): Promise<void> {
    await Promise.all(this.#running);
  }

  /** Waits until controllers and kubelet have nothing to do. */
  settled(): Promise<void> {
    return settled(this.#stage.cluster.api, this.namespace);
  }

  /** The worker's job for a command. `POD` stands for the pod's name. */
  typed(line: string): Promise<Job> {
    const { workspace } = this.slack;
    const responseUrl = this.slack.responseUrl(CHANNEL, ADA.user);
    const body = commandBody(line.replace('POD', this.pod.name), ADA, workspace.triggerId(), responseUrl);
    return this.#stage.jobOf(signedRequest(SECRET, body, Date.now()));
  }

  /** The worker's job for a mention. */
  mentioned(text: string): Promise<Job> {
    const body = mentionBody(text.replace('POD', this.pod.name), ADA, randomUUID(), Date.now());
    return this.#stage.jobOf(signedRequest(SECRET, body, Date.now(), 'application/json'));
  }

  /** The worker's job for that button on the newest message that has it. */
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

  /** Runs a worker. */
  work(job: Job, fate?: Fate): Running {
    return this.#invoke(fate, (invocation) => {
      const slack = (deadline: number) => invocation.slack(deadline);
      const worker = workerHandler({
        ...this.#door(invocation),
        slack,
        people: peopleIn({ slack, now: this.now }),
        signingSecrets: () => [SECRET],
        editIntervalMs: 1_000,
      });
      return worker(signJob(job, SECRET, this.now()), CONTEXT);
    });
  }

  /** Runs a tick. */
  tick(fate?: Fate): Running {
    return this.#invoke(fate, (invocation) => {
      const slack = (deadline: number) => invocation.slack(deadline);
      const people = peopleIn({ slack, now: this.now });
      return tickHandler({ ...this.#door(invocation), slack, people, editIntervalMs: 1_000 })({}, CONTEXT);
    });
  }

  /** Runs the function for runbooks. */
  runbook(input: Readonly<Record<string, unknown>>, fate?: Fate): Running {
    return this.#invoke(fate, (invocation) => {
      const event = { service: 'rng', by: 'runbook-7', ...input };
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
    const pitlane = createPitlane({ service, keys: ['rng'], connect: () => connection, now: this.now, hasTick: true });
    return { service, access: ACCESS, pitlane };
  }
}

const CONTEXT = { getRemainingTimeInMillis: () => TIME_MS };

export interface Running {
  readonly invocation: Invocation;
  readonly ended: Promise<'over' | 'killed'>;
}
