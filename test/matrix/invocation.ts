import { type SlackApi, slackApi } from '../../pitlane/chat/slack/api.ts';
import type { Answer, Call, Connection } from '../../pitlane/cluster/connection.ts';
import type { FakeSlack, SlackVerdict } from '../../sandbox/slack/server.ts';
import type { Fate, Sent, System } from './fate.ts';
import { Lifetime, never } from './lifetime.ts';

export const TOKEN = 'xoxb-sandbox';
export interface Surroundings {
  /** Connects to the cluster. With a verdict, that becomes of each request. */
  connect(verdict?: Fate['verdict']): Connection;
  /** Absent: nothing is posted. */
  readonly slack?: FakeSlack;
  readonly now: () => number;
}

/**
 * One run of a function. All its requests to Kubernetes and Slack pass through here: they are recorded, and each may be
 * the last one. A killed run has no effect any more.
 */
export class Invocation {
  readonly requests: Sent[] = [];
  readonly #around: Surroundings;
  readonly #fate: Fate | undefined;
  readonly #lifetime = new Lifetime();
  readonly #death = new AbortController();
  readonly #counts = new Map<string, number>();
  #tellKilled = (): void => {};
  readonly #killed = new Promise<'killed'>((resolve) => {
    this.#tellKilled = () => resolve('killed');
  });
  #hasOccurred = false;

  constructor(around: Surroundings, fate?: Fate) {
    this.#around = around;
    this.#fate = fate;
  }

  /** Its fault has occurred. */
  get hasOccurred(): boolean {
    return this.#fate === undefined || this.#hasOccurred;
  }

  /** Resolves when the work is over, or the process killed. */
  async run(work: () => Promise<unknown>): Promise<'over' | 'killed'> {
    const over = this.#lifetime.run(work).then(() => 'over' as const);
    const ending = await Promise.race([over, this.#killed]);
    // Lambda freezes the instance once the function has answered.
    this.kill();
    if (this.#around.slack !== undefined) this.#around.slack.intercept = undefined;
    return ending;
  }

  kill(): void {
    this.#lifetime.isOver = true;
    this.#death.abort();
    this.#tellKilled();
  }

  connection(): Connection {
    return this.#connectionOver((verdict) => this.#around.connect(verdict));
  }

  #connectionOver(connect: (verdict: Fate['verdict'] | undefined) => Connection): Connection {
    const plain = connect(undefined);
    const withDeath = (call: Call): Call => {
      const death = this.#death.signal;
      return { ...call, signal: call.signal === undefined ? death : AbortSignal.any([call.signal, death]) };
    };
    return {
      name: plain.name,
      usage: plain.usage,
      as: (identity) => this.#connectionOver((verdict) => connect(verdict).as(identity)),
      send: <T>(call: Call): Promise<Answer<T>> =>
        this.#pass('Kubernetes', nameOf(call), (verdict) =>
          (verdict === undefined ? plain : connect(verdict)).send<T>(withDeath(call)),
        ),
      open: (call) =>
        this.#pass('Kubernetes', nameOf(call), async (verdict) =>
          this.#whileAlive(await (verdict === undefined ? plain : connect(verdict)).open(withDeath(call))),
        ),
    };
  }

  async *#whileAlive(lines: AsyncIterable<string>): AsyncGenerator<string> {
    try {
      for await (const line of lines) {
        if (this.#lifetime.isOver) return await never();
        yield line;
      }
    } catch (error) {
      if (this.#lifetime.isOver) return await never();
      throw error;
    }
  }

  slack(deadline: number): SlackApi {
    const { slack, now } = this.#around;
    if (slack === undefined) throw new Error('there is no Slack');
    const api = slackApi({ token: () => TOKEN, apiUrl: slack.apiUrl, deadline, now });
    const scripted = (method: string, work: () => Promise<never> | Promise<unknown>) =>
      this.#pass('Slack', method, (verdict) => {
        if (verdict !== undefined) {
          if (this.#fate?.isForGood) slack.intercept = (each) => asOf(each, verdict as SlackVerdict);
          else slack.next(method, verdict as SlackVerdict);
        }
        return work();
      });
    return {
      call: (method, args) => scripted(method, () => api.call(method, args)) as ReturnType<SlackApi['call']>,
      respond: (url, body) => scripted('response_url', () => api.respond(url, body)) as Promise<void>,
      upload: (url, text) => scripted('upload', () => api.upload(url, text)) as Promise<void>,
    };
  }

  async #pass<T>(system: System, kind: string, send: (verdict: Fate['verdict'] | undefined) => Promise<T>): Promise<T> {
    if (this.#lifetime.isOver) return never();
    const verdict = this.#verdictOn(system, kind);
    if (verdict === 'killedBefore') {
      this.kill();
      return never();
    }
    try {
      const answer = await send(verdict === 'killedAfter' ? undefined : verdict);
      if (verdict === 'killedAfter') this.kill();
      return this.#lifetime.isOver ? await never() : answer;
    } catch (error) {
      if (verdict === 'killedAfter') this.kill();
      if (this.#lifetime.isOver) return never();
      throw error;
    }
  }

  #verdictOn(system: System, kind: string): Fate['verdict'] | undefined {
    const count = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, count);
    const name = count === 1 ? kind : `${kind}, ${ordinal(count)}`;
    this.requests.push({ name, system });
    const fate = this.#fate;
    if (fate?.at.system !== system) return undefined;
    if (fate.at.name === name) {
      this.#hasOccurred = true;
      return fate.verdict;
    }
    return fate.isForGood && this.#hasOccurred ? fate.verdict : undefined;
  }
}

function ordinal(count: number): string {
  return `${count}${count === 2 ? 'nd' : count === 3 ? 'rd' : 'th'}`;
}

/** `patch Pod`; `try to patch Pod` is its dry run. */
function nameOf({ verb, dryRun, place: { resource, subresource } }: Call): string {
  return `${dryRun ? 'try to ' : ''}${verb} ${resource.kind}${subresource === undefined ? '' : ` ${subresource}`}`;
}

/** A response_url refuses with a status instead of `ok: false`. */
function asOf(method: string, verdict: SlackVerdict): SlackVerdict {
  return method === 'response_url' && typeof verdict === 'object' ? { status: 500 } : verdict;
}
