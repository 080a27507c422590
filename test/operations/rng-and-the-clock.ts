import { expect } from 'vitest';
import { render } from '../../sandbox/slack/terminal.ts';
import type { Shown } from '../../sandbox/slack/workspace.ts';
import { type Asked, isWatch } from '../bad-days/faults.ts';
import { RngInSlack } from '../bad-days/rng-in-slack.ts';

const A_MOMENT_MS = 100;

type Data = Readonly<Record<string, string>>;

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;

/** As `RngInSlack`, with what is read in each place: the clock tells in threads and directly. */
export class RngAndTheClock extends RngInSlack {
  #seen = new Map<string, number>();

  /**
   * Every message that is new or was edited since the last call, with the place where it is read in front. What stands
   * in a thread names the first message of it.
   */
  news(): readonly string[] {
    const { messages } = this.slack.workspace;
    const news = messages.filter(({ ts, edits }) => this.#seen.get(ts) !== edits);
    const told = news.map((message) => {
      const edited = this.#seen.has(message.ts) ? ' (edited)' : '';
      const lines = render(message.blocks).lines.map((line) => this.withAliases(line));
      return `${this.#placeOf(message)}${edited}: ${lines.join('\n')}`;
    });
    this.#seen = new Map(messages.map(({ ts, edits }) => [ts, edits]));
    return told;
  }

  /** Lets the clock call, and reads what came of it. */
  async ticked(laterMs = 0): Promise<{ readonly news: readonly string[]; readonly did: readonly string[] }> {
    this.news();
    const { answer } = await this.tick(laterMs);
    expect(answer.trouble).toEqual([]);
    return { news: this.news(), did: answer.did.map((did) => did.replace('test/ns rng: ', '')) };
  }

  #placeOf({ to, channel, thread }: Shown): string {
    if (to !== undefined) return `only ${to}`;
    if (channel.startsWith('D')) return thread === undefined ? channel : `${channel}, thread`;
    const place = channel.startsWith('C0OPS') ? 'ops' : channel;
    if (thread === undefined) return place;
    const root = this.slack.workspace.messages.find(({ ts }) => ts === thread);
    // Nothing is posted below a reply: Slack knows no thread of that.
    expect(root?.thread).toBeUndefined();
    const [first = ''] = render(root?.blocks ?? []).lines;
    return `${place}, thread of "${this.withAliases(first)}"`;
  }

  /**
   * A request that fits, by default a write to a pod, is the last thing that its process has time for: what follows is not
   * seen. `lastMs`: of its time, what it keeps for its last words.
   */
  runOutOfTime(fits: (request: Asked) => boolean = this.isPodWrite, lastMs = 8_000): void {
    const until = this.now() + this.workerMs - lastMs - A_MOMENT_MS;
    this.intercept((request) => {
      if (fits(request)) this.skipTime(Math.max(0, until - this.now()));
      return isWatch(request) ? 'hang' : 'pass';
    });
  }

  /** The kubelet still deletes those of earlier tests. */
  readonly isPodWrite = ({ method, path }: Asked): boolean =>
    method !== 'GET' && path.includes(`/namespaces/${this.namespace}/pods/`) && /\/pods\/[^/]+$/.test(path);

  /** What becomes of a drained pod at the end of its time. */
  then(then: 'remind' | 'restore' | 'finish'): void {
    this.config = { ...this.config, policy: { ...this.policy, drain: { ...this.policy.drain, then } } };
  }

  /** The ConfigMap that keeps the journal. */
  get journal() {
    const { data = {} } = this.cluster.api.get('configmaps', this.namespace, 'pitlane-rng') as { data?: Data };
    const items = (key: string) => JSON.parse(data[key] ?? '{"items":[]}').items;
    return { operations: items('operations'), drains: items('drains') };
  }

  /** An operation that some process has begun and left. */
  leave(request: object, pod: string, by = 'U0ADA00000', more: object = {}): void {
    const { operations } = this.journal;
    const { name = '', uid = '' } = this.pod(pod)?.metadata ?? {};
    const id = `left-${operations.length}`;
    const at = this.now() - MINUTE_MS;
    const entry = {
      id,
      request: { ...request, pod: name },
      pod: { name, uid },
      by,
      at,
      holder: id,
      heldUntil: 0,
      ...more,
    };
    this.editJournal({ operations: JSON.stringify({ v: 1, items: [...operations, entry] }) });
  }

  /** As somebody with kubectl would. */
  editJournal(data: Data): void {
    this.cluster.api.mergePatch('configmaps', this.namespace, 'pitlane-rng', { data } as never);
  }
}
