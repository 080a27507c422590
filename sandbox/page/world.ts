import type { SharedFile } from '../slack/files.ts';
import type { Acknowledgement } from '../slack/person.ts';
import type { Shown } from '../slack/workspace.ts';
import { Board, type Patch } from './board.ts';
import type { Labels, MessageEntry, Point, ServiceEntry, TourEntry } from './entries.ts';
import { Faults } from './faults.ts';
import { kindOfMark } from './marks.ts';
import type { Person, Playground } from './playground.ts';
import { pointBetween, totalsOf } from './points.ts';
import { podsOfService, selectorChange } from './rotation.ts';
import { tourOf } from './tour.ts';

/** How often the page gets what has changed. */
const PATCH_MS = 100;
const POINT_MS = 1_000;
/** The seconds that the charts show. */
const MOST_POINTS = 180;
const MOST_MARKS = 200;
const WATCHED = new Set(['pods', 'services', 'endpointslices', 'nodes']);
const SWITCH = 'pitlane.dev/switch';

/** A message that only its reader sees and that Slack does not keep, or one that a person wrote. */
type Said = Pick<Shown, 'text' | 'blocks'> & Partial<Shown> & { readonly from?: string };

/** Keeps the board current: with the cluster, the Slack and the traffic. */
export class World {
  readonly playground: Playground;
  readonly board = new Board();
  readonly faults: Faults;
  readonly #base: Labels;
  readonly #known = new Set<string>();
  readonly #drained = new Set<string>();
  readonly #opened = new Set<string>();
  readonly #messages = new Map<string, Shown & { readonly from?: string }>();
  readonly #order = new Map<string, number>();
  readonly #listeners = new Set<(patch: Patch) => void>();
  readonly #stops: (() => void)[] = [];
  #service: ServiceEntry = { selector: {} };
  #tour: readonly TourEntry[] = [];
  #marks = 0;
  #isStale = true;

  constructor(playground: Playground) {
    this.playground = playground;
    const { cluster, namespace, service, bad, people, nameOf, channel, workspace } = playground;
    this.#base = cluster.api.get('services', namespace, service)?.spec.selector ?? {};
    this.#service = { selector: this.#base };
    const failing = cluster.api.list('pods', namespace).filter(({ metadata }) => metadata.name === bad.name);
    this.faults = new Faults({
      cluster,
      namespace,
      service,
      base: this.#base,
      pods: new Map(failing.map(({ metadata }) => [metadata.uid, bad.fault])),
      onFault: (text) => this.mark('fault', text),
    });
    const names = Object.fromEntries([...people.map(({ slack }) => slack.id), channel].map((id) => [id, nameOf(id)]));
    const shown = people.map(({ name, role, slack }) => ({ id: slack.id, name, role }));
    this.board.set('meta', 'page', { service, people: shown, names });
    for (const message of workspace.messages) this.#see(message);
    workspace.onChange(({ kind, message }) => {
      if (kind === 'deleted') this.board.delete('messages', message.ts);
      else this.#see(message);
    });
    this.#stops.push(
      cluster.api.subscribe(({ resource, object }) => {
        const isHere = object.metadata.namespace === undefined || object.metadata.namespace === namespace;
        if (WATCHED.has(resource) && isHere) this.#isStale = true;
      }),
      this.#every(PATCH_MS, () => this.#publish()),
      this.#countTraffic(),
      () => this.faults.stop(),
    );
    this.#publish();
  }

  /** Calls the listener with each patch. Returns the function that ends it. */
  onPatch(listener: (patch: Patch) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  message(ts: string): Shown | undefined {
    return this.#messages.get(ts);
  }

  /** Shows a message that Slack does not keep. */
  say(said: Said): void {
    const { workspace, channel } = this.playground;
    // Unique, and later than every message so far.
    const ts = `${Math.floor(Date.now() / 1000)}.${workspace.triggerId().split('.')[0]}`;
    this.#see({ ts, channel, edits: 0, ...said });
  }

  /** Shows an acknowledgement with a message to the person who gets it. */
  acknowledge(person: Person, answer: Acknowledgement, thread?: string): void {
    if (answer?.blocks !== undefined)
      this.say({ ...answer, to: person.slack.id, ...(thread !== undefined && { thread }) });
  }

  /** The file of a message. It counts as opened. */
  open(ts: string, index: number): SharedFile | undefined {
    const file = this.#messages.get(ts)?.files?.[index];
    if (file !== undefined) this.#opened.add(file.name);
    this.#isStale = true;
    return file;
  }

  mark(kind: 'began' | 'ended' | 'fault', text: string): void {
    this.#marks += 1;
    this.board.set('marks', String(this.#marks), { at: Date.now(), kind, text });
    this.board.delete('marks', String(this.#marks - MOST_MARKS));
    this.#isStale = true;
  }

  stop(): void {
    for (const stop of this.#stops) stop();
  }

  #see(message: Shown & { readonly from?: string }): void {
    const { ts, channel, thread, to, from, text, blocks = [], edits, files = [] } = message;
    const before = this.#messages.get(ts);
    this.#messages.set(ts, message);
    const order = this.#order.get(ts) ?? this.#order.size;
    this.#order.set(ts, order);
    const entry: MessageEntry = {
      order,
      ts,
      channel,
      ...(thread !== undefined && { thread }),
      ...(to !== undefined && { to }),
      ...(from !== undefined && { from }),
      text,
      // The last blocks only name the files.
      blocks: blocks.slice(0, blocks.length - files.length),
      isEdited: edits > 0,
      files: files.map(({ name, text: { length } }) => ({ name, characters: length })),
    };
    this.board.set('messages', ts, entry);
    const kind = to === undefined ? kindOfMark(before, message) : undefined;
    if (kind === undefined) return;
    this.mark(kind, text.replaceAll(/[*`]/g, ''));
    if (kind === 'began') this.#actAtTheSameTime(text);
  }

  /** The second on-call drains another pod in the moment in which an operation of the first begins. */
  #actAtTheSameTime(text: string): void {
    if (!this.faults.secondOnCall) return;
    this.faults.secondOnCall = false;
    const { people, service } = this.playground;
    const second = people.find(({ role }) => role === 'operator');
    const pod = [...this.#pods().values()].find(({ state, name }) => state === 'inRotation' && !text.includes(name));
    if (second === undefined || pod === undefined) return;
    const line = `/${service} drain ${pod.name} because paged at the same time`;
    this.mark('fault', `${second.name} types ${line}`);
    second.slack.type(line).then(
      (answer) => this.acknowledge(second, answer),
      (error: Error) => this.say({ text: error.message, blocks: [], to: second.slack.id }),
    );
  }

  #pods() {
    const { cluster, namespace, service } = this.playground;
    const { api } = cluster;
    return podsOfService({
      service: api.get('services', namespace, service),
      pods: api.list('pods', namespace),
      slices: api
        .list('endpointslices', namespace)
        .filter(({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === service),
      faults: this.faults.pods,
      known: this.#known,
      base: this.#base,
    });
  }

  #publish(): void {
    const { board } = this;
    const { workspace } = this.playground;
    board.replace('windows', new Map(workspace.windows.map(({ id, user, view }) => [id, { user, view }])));
    board.set('faults', 'page', this.faults.entry);
    if (this.#isStale) this.#observe();
    const patch = board.patch();
    if (patch.length > 0) for (const listener of this.#listeners) listener(patch);
  }

  #observe(): void {
    this.#isStale = false;
    const { cluster, namespace, service, bad } = this.playground;
    const { board } = this;
    const nodes = cluster.api.list('nodes').map(({ metadata: { name }, status }) => {
      const ready = status?.conditions?.find(({ type }: { type: string }) => type === 'Ready');
      return [name, { name, isReady: ready?.status === 'True' }] as const;
    });
    board.replace('nodes', new Map(nodes));
    const pods = this.#pods();
    for (const { uid, name, state } of pods.values()) {
      this.#known.add(uid);
      if (state === 'drained') this.#drained.add(name);
    }
    board.replace('pods', pods);
    const object = cluster.api.get('services', namespace, service);
    const selector: Labels = object?.spec?.selector ?? {};
    const change = selectorChange(this.#service.selector, selector, Date.now()) ?? this.#service.change;
    this.#service = { selector, ...(change !== undefined && { change }) };
    board.set('service', 'page', this.#service);
    this.faults.seeService();
    this.#tour = tourOf(
      {
        service,
        bad: bad.name,
        pods: [...pods.values()],
        selector,
        base: this.#base,
        drained: this.#drained,
        opened: this.#opened,
        hasSwitched: object?.metadata.annotations?.[SWITCH] !== undefined,
      },
      this.#tour,
    );
    board.replace('tour', new Map(this.#tour.map((step, index) => [String(index), step])));
  }

  #countTraffic(): () => void {
    const { traffic } = this.playground;
    const points: Point[] = [];
    let before = traffic.stats();
    return this.#every(POINT_MS, () => {
      const after = traffic.stats();
      const point = pointBetween(before, after, Math.round(Date.now() / 1000));
      before = after;
      points.push(point);
      this.board.set('points', String(point.at), point);
      if (points.length > MOST_POINTS) this.board.delete('points', String(points.shift()?.at));
      this.board.set('totals', 'page', totalsOf(after));
    });
  }

  #every(ms: number, act: () => void): () => void {
    const timer = setInterval(act, ms);
    timer.unref();
    return () => clearInterval(timer);
  }
}
