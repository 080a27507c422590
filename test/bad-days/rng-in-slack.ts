import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EmbeddedCluster } from '@pitlane/embedded-cluster';
import { afterEach } from 'vitest';
import { nonInteractive } from '../../cli/non-interactive.fixture.ts';
import { run } from '../../cli/run.ts';
import type { FunctionHouse } from '../../functions/house.ts';
import type { LogFields } from '../../functions/log.ts';
import { runbookHandler } from '../../functions/runbook.ts';
import { slackHandler } from '../../functions/slack.ts';
import { tickHandler } from '../../functions/tick.ts';
import { workerHandler } from '../../functions/worker.ts';
import { stateOfMessage } from '../../pitlane/chat/blocks/state.ts';
import { signJob } from '../../pitlane/chat/signed-job.ts';
import { slackApi } from '../../pitlane/chat/slack/api.ts';
import { peopleIn } from '../../pitlane/chat/slack/people.ts';
import { type Connection, connectionTo } from '../../pitlane/cluster/connection.ts';
import { DEFAULT_POLICY, type ServiceConfig } from '../../pitlane/config/config.ts';
import { createPitlane } from '../../pitlane/operate/pitlane.ts';
import type { Pitlane } from '../../pitlane/operate/use-case.ts';
import type { FunctionUrlEvent } from '../../sandbox/slack/deliveries.ts';
import { type FunctionUrl, serveFunctionUrl } from '../../sandbox/slack/function-url.ts';
import { SlackPerson } from '../../sandbox/slack/person.ts';
import { type FakeSlack, startFakeSlack } from '../../sandbox/slack/server.ts';
import { render } from '../../sandbox/slack/terminal.ts';
import type { Shown } from '../../sandbox/slack/workspace.ts';
import { admins, NO_GRANT } from '../admins.ts';
import { RngCluster } from '../rng-cluster.ts';
import { serviceOf } from '../rng-objects.ts';
import { during, until } from '../virtual-time.ts';
import { ALIASES, Names } from './names.ts';
import { expectHarmless, expectReadable } from './what-is-read.ts';

export const SECRET = '8f742231b10e8888abcd99yyyzzz85a5';
const TOKEN = 'xoxb-sandbox';
export const OPS = 'C0OPS00000';
const ACCESS = { ...admins('U0ADA00000', 'U0BOB00000'), viewer: { ...NO_GRANT, users: ['U0CAY00000'] } };
const ADA = { user: 'U0ADA00000', team: 'T0SANDBOX0', channel: OPS };

type Verdict = NonNullable<ReturnType<NonNullable<Parameters<EmbeddedCluster['setIntercept']>[0]>>>;
type Asked = Parameters<NonNullable<Parameters<EmbeddedCluster['setIntercept']>[0]>>[0];

/**
 * What one command has led to: the messages that are new or edited, outside of threads, and the writes to pods. Pods have
 * the names that the tests know; times are left out.
 */
export interface Said {
  /** What only the caller reads. */
  readonly you: string;
  /** What the whole channel reads. */
  readonly ops: string;
  /** Who reads each message, and its state, such as `you refusal` or `ops done`. */
  readonly states: readonly string[];
  /** All of it, for a golden file. */
  readonly text: string;
  readonly wrote: readonly string[];
}

/**
 * For each test of a file: DockerCoins' rng with four pods in rotation, and Pitlane in a Slack workspace. A command goes
 * the whole way: signed, over HTTP to the Slack function, to the worker, with the real client to the cluster, and back to
 * Slack, whose messages are read as a person sees them.
 *
 * The tests call the four pods rng-a to rng-d, their ReplicaSet rng-rs, later pods rng-new and the namespace ns.
 */
export class RngInSlack extends RngCluster {
  slack!: FakeSlack;
  #names!: Names;
  #connection!: Connection;
  /** In the configuration of the services, besides the defaults. */
  config: Partial<ServiceConfig> = {};
  readonly policy = DEFAULT_POLICY;
  /** Milliseconds that Lambda gives the worker. */
  workerMs = 60_000;
  /** Another address of the API server. */
  server: string | undefined;
  /** Instead of `config`. */
  house: (() => FunctionHouse) | undefined;
  readonly logged: LogFields[] = [];
  #door!: FunctionUrl;
  #handler!: ReturnType<typeof slackHandler>;
  #tick!: ReturnType<typeof tickHandler>;
  readonly #folder = mkdtempSync(join(tmpdir(), 'pitlane-bad-days-'));
  #people = new Map<string, SlackPerson>();
  #running = new Set<Promise<void>>();
  #skewMs = 0;

  constructor() {
    super();
    afterEach(() => {
      this.slack.workspace.refuses = undefined;
      for (const { text, blocks } of this.slack.workspace.messages) {
        expectReadable([text, ...render(blocks).lines]);
        expectHarmless([text, blocks]);
      }
    });
  }

  readonly now = (): number => Date.now() + this.#skewMs;

  protected override async open(): Promise<void> {
    await super.open();
    await this.cluster.writeKubeConfig(this.#kubeconfig);
    this.#connection = connectionTo(this.cluster.kubeConfigInProcess);
    this.slack = await startFakeSlack({ token: TOKEN, joined: [OPS] });
    const log = (_: unknown, fields: LogFields) => this.logged.push(fields);
    const api = (deadline: number) =>
      slackApi({ token: () => TOKEN, apiUrl: this.slack.apiUrl, deadline, now: this.now });
    const door = {
      house: () => this.house?.() ?? this.#house(),
      slack: api,
      people: peopleIn({ slack: api, now: this.now }),
      log,
      now: this.now,
      editIntervalMs: 0,
    };
    this.#tick = tickHandler(door);
    const worker = workerHandler({ ...door, signingSecrets: () => [SECRET] });
    this.#handler = slackHandler({
      signingSecrets: () => [SECRET],
      // Lambda answers before it invokes; the job travels as JSON.
      handOver: async ({ job }) => {
        const context = { getRemainingTimeInMillis: () => this.workerMs };
        // By the clock of the worker, which the tests put forward.
        const signed = signJob(JSON.parse(job), SECRET, this.now());
        const work = worker(JSON.parse(JSON.stringify(signed)), context).finally(() => this.#running.delete(work));
        this.#running.add(work);
      },
      log,
      now: Date.now,
    });
    this.#door = await serveFunctionUrl(this.#handler);
  }

  protected override async close(): Promise<void> {
    await this.#door.close();
    await this.slack.close();
    await super.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  protected override async deploy(): Promise<void> {
    await super.deploy();
    this.config = {};
    this.workerMs = 60_000;
    this.server = undefined;
    this.house = undefined;
    this.#skewMs = 0;
    this.create('services', serviceOf('hasher', this.namespace));
    this.#names = new Names(this.inRotation(), this.namespace);
    this.slack.workspace.messages.splice(0);
    this.logged.splice(0);
  }

  #house() {
    const { namespace } = this;
    const service = (key: string): ServiceConfig | undefined =>
      ['rng', 'hasher', 'rgn'].includes(key)
        ? { key, cluster: 'test', namespace, service: key, policy: DEFAULT_POLICY, ...this.config }
        : undefined;
    return { service, access: ACCESS, pitlane: this.#pitlane(service) };
  }

  #pitlane(service: (key: string) => ServiceConfig | undefined): Pitlane {
    const connection = this.server === undefined ? this.#connection : connectionAt(this.server);
    return createPitlane({
      service,
      keys: ['hasher', 'rgn', 'rng'],
      access: ACCESS,
      connect: () => connection,
      now: this.now,
      hasTick: true,
    });
  }

  override pod(name: string) {
    return super.pod(this.#names.toReal(name));
  }

  /** The labels and annotations of a pod: what Pitlane may write. */
  marks(name: string) {
    const { labels = {}, annotations = {} } = this.pod(name)?.metadata ?? {};
    const { 'pod-template-hash': _, ...own } = labels;
    return { labels: own, annotations };
  }

  /** Those of the four pods whose labels or annotations are not as they were deployed. */
  changedPods(): readonly string[] {
    return ALIASES.filter((name) => JSON.stringify(this.marks(name)) !== UNTOUCHED);
  }

  /** By hand: null takes a label or annotation off. */
  edit(name: string, change: { labels?: Record<string, string | null>; annotations?: Record<string, string | null> }) {
    this.patch('pods', this.#names.toReal(name), { metadata: change });
  }

  /** At once, or, `slowly`, with the time that a pod has to end. */
  delete(name: string, slowly = false): void {
    const options = slowly ? {} : { gracePeriodSeconds: 0 };
    this.cluster.api.delete('pods', this.namespace, this.#names.toReal(name), options);
  }

  /** Its application fails its readiness probe from now on. */
  async makeUnready(name: string): Promise<void> {
    this.cluster.kubelet?.fault(`${this.namespace}/${this.#names.toReal(name)}`, 'not-ready');
    await until(`${name} is not ready`, () => !this.inRotation().includes(this.#names.toReal(name)));
  }

  /** With the names that the cluster knows, for what is not typed through `type`. */
  withRealNames(text: string): string {
    return this.#names.toReal(text);
  }

  /** With the names that the tests know, for what is not read through `said`. */
  withAliases(text: string): string {
    return this.#names.toAliases(text);
  }

  /** Every request about the test's namespace, except those of the kubelet. */
  requests(): readonly string[] {
    return this.cluster.requests.records
      .filter(({ path }) => path.includes(`/namespaces/${this.namespace}/`) && !path.includes('/status'))
      .map(({ method, path }) => `${method} ${path}`);
  }

  /** These become of the first of Pitlane's requests that match, one after the other. */
  failFirst(matches: (request: Asked) => boolean, ...verdicts: Verdict[]): void {
    this.intercept((request) => (matches(request) ? (verdicts.shift() ?? 'pass') : 'pass'));
  }

  /** This becomes of all of Pitlane's requests that match, for the rest of the test. */
  failAll(matches: (request: Asked) => boolean, verdict: Verdict): void {
    this.intercept((request) => (matches(request) ? verdict : 'pass'));
  }

  /** Not for the kubelet, which uses the same API server. */
  intercept(verdict: (request: Asked) => Verdict): void {
    this.cluster.setIntercept((request) => (request.headers['user-agent'] === 'pitlane' ? verdict(request) : 'pass'));
  }

  /** Not a dry run, which the log of requests has in the path. */
  readonly isPodPatch = ({ method, path, query }: Pick<Asked, 'method' | 'path'> & Partial<Asked>): boolean =>
    method === 'PATCH' &&
    path.includes(`/namespaces/${this.namespace}/pods/`) &&
    !/\/status|\?dryRun/.test(path) &&
    query?.has('dryRun') !== true;

  person(user: string = ADA.user, channel: string = OPS): SlackPerson {
    const { slack } = this;
    const known = this.#people.get(user + channel);
    const place = { ...ADA, user, channel };
    const person = known ?? new SlackPerson({ slack, signingSecret: SECRET, requestUrl: this.#door.url, place });
    this.#people.set(user + channel, person);
    return person;
  }

  /** Types a command, and reads the answers once all work is over. */
  async type(line: string, channel: string = OPS): Promise<Said> {
    return this.said(() => this.person(ADA.user, channel).type(this.#names.toReal(line)));
  }

  /** Presses the button or option of that number on the newest message that has any. */
  async press(number: number, user: string = ADA.user): Promise<Said> {
    const message = this.slack.workspace.messages.findLast(({ blocks }) => render(blocks).pressables.length > 0);
    if (message === undefined) throw new Error(`there is no button ${number} to press`);
    return this.pressOn(message, number, user);
  }

  /** On a message as it is, or was, on a screen. */
  async pressOn(message: Shown, number: number, user: string = ADA.user): Promise<Said> {
    const pressable = render(message.blocks).pressables[number - 1];
    if (pressable === undefined) throw new Error(`there is no button ${number} to press`);
    return this.said(() => this.person(user, message.channel).press(pressable, message));
  }

  /** Puts Pitlane's clock forward: no timer fires because of it. */
  skipTime(ms: number): void {
    this.#skewMs += ms;
  }

  /** Puts the clock forward, and then lets it call. */
  async tick(laterMs = 0): Promise<Said & { answer: Awaited<ReturnType<ReturnType<typeof tickHandler>>> }> {
    this.skipTime(laterMs);
    let answer: Awaited<ReturnType<ReturnType<typeof tickHandler>>> | undefined;
    const said = await this.said(async () => {
      answer = await this.#tick({}, { getRemainingTimeInMillis: () => this.workerMs });
      return undefined;
    });
    if (answer === undefined) throw new Error('the tick gave no answer');
    return { ...said, answer: JSON.parse(this.#names.toAliases(JSON.stringify(answer))) };
  }

  /** Sends what did not come from a keyboard. */
  async deliver(event: FunctionUrlEvent): Promise<Said & { status: number | undefined }> {
    let status: number | undefined;
    const said = await this.said(async () => {
      status = (await this.#handler(event, { awsRequestId: 'test' } as never)).statusCode;
      return undefined;
    });
    return { ...said, status };
  }

  async said(act: () => Promise<Awaited<ReturnType<SlackPerson['type']>>>): Promise<Said> {
    const { workspace } = this.slack;
    const before = new Map(workspace.messages.map(({ ts, edits }) => [ts, edits]));
    const written = this.cluster.requests.count;
    const answer = await during(act());
    await during(Promise.all(this.#running));
    const news = workspace.messages.filter(({ ts, edits, to, thread }) => {
      return before.get(ts) !== edits && (to !== undefined || thread === undefined);
    });
    const messages = [
      ...(answer === undefined ? [] : [{ ...this.read(answer), place: 'you' }]),
      ...news.map((message) => ({ ...this.read(message), place: message.to === undefined ? 'ops' : 'you' })),
    ];
    if (answer !== undefined) expectHarmless(answer);
    const textAt = (wanted: string) =>
      messages
        .filter(({ place }) => place === wanted)
        .map(({ text }) => text)
        .join('\n---\n');
    return {
      you: textAt('you'),
      ops: textAt('ops'),
      states: messages.map(({ place, state }) => `${place} ${state}`),
      text: messages.map(({ place, state, text }) => `--- ${place} ${state}\n${text}`).join('\n'),
      wrote: this.#writesSince(written),
    };
  }

  /** A message as a person reads it, and its state. */
  read(message: Pick<Shown, 'blocks'>): { readonly state: string; readonly text: string } {
    const text = render(message.blocks).lines.join('\n');
    expectReadable([text]);
    return { state: stateOfMessage(message) ?? 'file', text: this.#names.toAliases(text) };
  }

  /** What was posted as files: where, as the test knows it, and what is in them. */
  files() {
    return this.slack.workspace.messages.flatMap(({ channel, thread, files = [] }) =>
      files.map(({ name, text }) => ({
        channel,
        isInThread: thread !== undefined,
        name: this.#names.toAliases(name),
        text: this.#names.toAliases(text),
      })),
    );
  }

  #writesSince(count: number): readonly string[] {
    const { requests } = this.cluster;
    return requests.records
      .slice(requests.records.length - (requests.count - count))
      .filter(({ method, path }) => this.isPodPatch({ method, path }))
      .map(({ method, path, status }) => this.#names.toAliases(`${method} ${path.split('/').at(-1)} ${status}`));
  }

  get #kubeconfig(): string {
    return join(this.#folder, 'kubeconfig');
  }

  /** On the command line, without a terminal to ask in: the exit code, and all that it prints. */
  async cli(...args: readonly string[]): Promise<{ code: number; printed: string }> {
    let printed = '';
    const print = (text: string) => {
      printed += text;
    };
    const work = run(
      ['-n', this.namespace, ...args.map((arg) => this.#names.toReal(arg))],
      nonInteractive({ env: { KUBECONFIG: this.#kubeconfig, HOME: this.#folder }, out: print, err: print }),
    );
    const code = await during(work);
    expectReadable([printed]);
    return { code, printed: this.#names.toAliases(printed).trimEnd() };
  }

  /** Through the function that runbooks invoke. */
  async runbook(event: Readonly<Record<string, unknown>>) {
    const handler = runbookHandler({
      house: () => this.house?.() ?? this.#house(),
      log: (_, fields) => this.logged.push(fields),
      now: this.now,
    });
    const context = { awsRequestId: randomUUID(), getRemainingTimeInMillis: () => this.workerMs };
    const input = JSON.parse(this.#names.toReal(JSON.stringify({ service: 'rng', ...event })));
    const answer = await during(handler(input, context));
    expectReadable([answer.message]);
    return JSON.parse(this.#names.toAliases(JSON.stringify(answer))) as typeof answer;
  }
}

/** To an API server without credentials. */
export function connectionAt(server: string): Connection {
  return connectionTo({
    getCurrentContext: () => server,
    getCurrentCluster: () => ({ name: server, server, skipTLSVerify: false }),
    applySecurityAuthentication: async () => {},
  });
}

const UNTOUCHED = JSON.stringify({ labels: { app: 'rng' }, annotations: {} });
