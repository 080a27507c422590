import { expect } from 'vitest';
import type { DrainNote } from '../../pitlane/journal/entry.ts';
import type { Shown } from '../../sandbox/slack/workspace.ts';
import { type Asked, isWatch } from '../bad-days/faults.ts';
import { RngInSlack } from '../bad-days/rng-in-slack.ts';

const A_MOMENT_MS = 100;

type Data = Readonly<Record<string, string>>;

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;

/** What a tick has told in Slack, and done. */
export interface Ticked {
  readonly news: readonly string[];
  readonly did: readonly string[];
  /** Both as people read them, for a golden file. */
  readonly text: string;
}

/** As `RngInSlack`, with ticks, whose messages also appear in threads and direct messages. */
export class RngWithTick extends RngInSlack {
  #seen = new Map<string, number>();
  /** The messages of the last `news`, as people read them. */
  newsText = '';

  /**
   * Place and state of every message that is new or edited since the last call, such as `ops: done` or
   * `ops, thread of done (edited): reminderAnswered`.
   */
  news(): readonly string[] {
    const { messages } = this.slack.workspace;
    const news = messages
      .filter(({ ts, edits }) => this.#seen.get(ts) !== edits)
      .map((message) => {
        const { state, text } = this.read(message);
        const edited = this.#seen.has(message.ts) ? ' (edited)' : '';
        return { code: `${this.#placeOf(message)}${edited}: ${state}`, text };
      });
    this.#seen = new Map(messages.map(({ ts, edits }) => [ts, edits]));
    this.newsText = news.map(({ code, text }) => `--- ${code}\n${text}`).join('\n');
    return news.map(({ code }) => code);
  }

  /** Puts the clock forward and lets it call, without trouble. */
  async ticked(laterMs = 0): Promise<Ticked> {
    this.news();
    const { answer } = await this.tick(laterMs);
    expect(answer.trouble).toEqual([]);
    const news = this.news();
    return { news, did: answer.did, text: [...answer.did.map((did) => `did: ${did}`), this.newsText].join('\n') };
  }

  /** The requests of a tick that has nothing to do, without its heartbeat: a list of pods, and two journals of each service. */
  async idleRequests(laterMs: number): Promise<number> {
    const before = this.requests().length;
    await this.tickIdle(laterMs);
    const sent = this.requests().slice(before);
    return sent.filter((request) => !request.includes('/leases')).length;
  }

  /** A tick that finds nothing to do. */
  async tickIdle(laterMs: number): Promise<void> {
    expect(await this.ticked(laterMs)).toEqual({ news: [], did: [], text: '' });
  }

  /** How many reminders of the pod were sent. */
  reminders(pod: string): number {
    const { uid } = this.pod(pod)?.metadata ?? {};
    const notes = this.journal.drains as readonly DrainNote[];
    return notes.find((note) => note.pod.uid === uid)?.reminder?.count ?? 0;
  }

  #placeOf({ to, channel, thread }: Shown): string {
    if (to !== undefined) return `only ${to}`;
    if (channel.startsWith('D')) return thread === undefined ? channel : `${channel}, thread`;
    const place = channel.startsWith('C0OPS') ? 'ops' : channel;
    if (thread === undefined) return place;
    const root = this.slack.workspace.messages.find(({ ts }) => ts === thread);
    // Slack has no threads in threads.
    expect(root?.thread).toBeUndefined();
    return `${place}, thread of ${this.read(root ?? { blocks: [] }).state}`;
  }

  /**
   * The first request that matches, by default a write to a pod, uses up the time of its process: it sees no change after
   * that. `lastMs`: the time that the process reserves for its last messages.
   */
  runOutOfTime(matches: (request: Asked) => boolean = this.isPodWrite, lastMs = 8_000): void {
    const until = this.now() + this.workerMs - lastMs - A_MOMENT_MS;
    this.intercept((request) => {
      if (matches(request)) this.skipTime(Math.max(0, until - this.now()));
      return isWatch(request) ? 'hang' : 'pass';
    });
  }

  /** Without the namespaces of earlier tests, where the kubelet still deletes pods. */
  readonly isPodWrite = ({ method, path, query }: Asked): boolean =>
    !query.has('dryRun') &&
    method !== 'GET' &&
    path.includes(`/namespaces/${this.namespace}/pods/`) &&
    /\/pods\/[^/]+$/.test(path);

  /** Configures what follows when the time of a drained pod is up. */
  then(then: 'remind' | 'restore' | 'finish'): void {
    this.config = { ...this.config, policy: { ...this.policy, drain: { ...this.policy.drain, then } } };
  }

  /** As the ConfigMap of the service holds it. */
  get journal() {
    const { data = {} } = this.cluster.api.get('configmaps', this.namespace, 'pitlane-rng') as { data?: Data };
    const items = (key: string) => JSON.parse(data[key] ?? '{"items":[]}').items;
    return {
      operations: items('operations'),
      drains: items('drains'),
      disabled: items('disabled'),
      gates: items('gates'),
      schedules: items('schedules'),
    };
  }

  /** The ConfigMap that only admins may write. */
  get adminData(): Data {
    const { data = {} } = this.cluster.api.get('configmaps', this.namespace, 'pitlane-rng.admin') as { data?: Data };
    return data;
  }

  /** Writes an operation into the journal whose process has died. */
  leave(request: object, pod: string, by = 'U0ADA00000', more: object = {}): void {
    const { operations } = this.journal;
    const { name = '', uid = '' } = this.pod(pod)?.metadata ?? {};
    const id = `left-${operations.length}`;
    const at = this.now() - MINUTE_MS;
    const entry = {
      v: 2,
      id,
      request,
      subject: { kind: 'pods', pods: [{ name, uid }] },
      role: 'operator',
      by,
      at,
      holder: id,
      heldUntil: 0,
      ...more,
    };
    this.editJournal({ operations: JSON.stringify({ v: 1, items: [...operations, entry] }) });
  }

  /** By hand. */
  editJournal(data: Data): void {
    this.patch('configmaps', 'pitlane-rng', { data });
  }
}
