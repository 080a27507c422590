/**
 * The only place that reads sentences of a plan, for facts without a code: `Plan.effects` names the objects that the pod
 * joins and leaves, the nodes for its replacement and the surplus pods; `Check.message` has the numbers.
 */

/** An effect as a code with the names and numbers in it, such as `leaves Service redis,web`. */
type Reading = readonly [pattern: RegExp, read: (...groups: string[]) => string];

const EFFECTS: readonly Reading[] = [
  [/^(\S+) will have NO pods in rotation/, (service) => `empty: ${service}`],
  [/^(\S+) leaves the endpoints of (\S+)\. /, (pod, service) => `stops listing: ${service} ${pod}`],
  [/^(\S+) is not in the endpoints of (\S+), /, (pod, service) => `does not list: ${service} ${pod}`],
  [
    /^(\S+) returns to the endpoints of (\S+?)( once it is scheduled)?\. /,
    (pod, service, once) => `lists: ${service} ${pod}${once ? ' once scheduled' : ''}`,
  ],
  [/^(\S+) stays out of the endpoints of (\S+)\.$/, (pod, service) => `does not list: ${service} ${pod}`],
  [/^(\S+ \S+) can't start a replacement for \S+ now\.$/, (owner) => `no replacement: ${owner}`],
  [/^(\S+ \S+) starts a replacement for \S+: (.*)\.$/, (owner, room) => `replacement: ${owner} ${roomIn(room)}`],
  [/^Services? (.*?) still sends? traffic to/, (services) => `stays in Service ${names(services)}`],
  [/^Services? (.*?) also removes? /, (services) => `leaves Service ${names(services)}`],
  [/^Services? (.*?) also adds? /, (services) => `joins Service ${names(services)}`],
  [/^NetworkPolic\S+ (.*?) no longer appl/, (policies) => `leaves NetworkPolicy ${names(policies)}`],
  [/^NetworkPolic\S+ (.*?) starts? to apply/, (policies) => `joins NetworkPolicy ${names(policies)}`],
  [/^PodDisruptionBudgets? (.*?) no longer count/, (budgets) => `leaves PodDisruptionBudget ${names(budgets)}`],
  [/^PodDisruptionBudgets? (.*?) starts? to count/, (budgets) => `joins PodDisruptionBudget ${names(budgets)}`],
  [
    /^HorizontalPodAutoscaler (\S+) (still|no longer|starts to) count/,
    (name, how) => `${AUTOSCALERS[how ?? '']} HorizontalPodAutoscaler ${name}`,
  ],
  [/^Liveness probes still restart containers? (.*) of \S+\.$/, (containers) => `restarts: ${names(containers)}`],
  [
    /^(\S+) stays alive on (\S+) and keeps .*?\.( It has no controller, .*)?$/,
    (pod, node, alone) => `stays: ${pod} ${node}${alone ? ' without a controller' : ''}`,
  ],
  [/^(\S+) stays pending\./, (pod) => `stays: ${pod} without a node`],
  [/^Nothing happens in (.*), and no reminder comes: .*$/, (time) => `drained: ${time}`],
  [/^Restore adds (.*) to \S+, which/, (labels) => `adds: ${names(labels)}`],
  [/^(\S+) then has no controller\.$/, (pod) => `owner: none of ${pod}`],
  [/^(\S+ \S+) still owns /, (owner) => `owner: ${owner} already`],
  [/^(\S+ \S+) adopts \S+ again and deletes no pod/, (owner) => `owner: ${owner} without a surplus`],
  [/^(\S+ \S+) adopts \S+ again and deletes /, (owner) => `owner: ${owner} with a surplus`],
];

const AUTOSCALERS: Readonly<Record<string, string>> = {
  still: 'stays in',
  'no longer': 'leaves',
  'starts to': 'joins',
};

/** The pods that the scheduler may end for the replacement, by node. */
export function victimsIn(effects: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const text = effects
    .map((effect) => /lower priority: (.*)\.$/.exec(effect)?.[1])
    .find((found) => found !== undefined);
  const places = (text ?? '').matchAll(/(.+?) on (\S+?)(?:, | or |; or |; |$)/g);
  return new Map(
    [...places].map(([, pods = '', node = '']) => [node, pods.replaceAll(/ of \w+ [^\s,]+/g, '').split(/, | and /)]),
  );
}

/** The code of an effect; an unknown effect is its own code. */
export function readEffect(effect: string): string {
  const victims = victimsIn([effect]);
  if (victims.size > 0) return `may end pods on: ${[...victims.keys()].sort()}`;
  for (const [pattern, read] of EFFECTS) {
    const match = pattern.exec(effect);
    if (match !== null) return read(...match.slice(1));
  }
  return effect;
}

/** The names in `a, b and c` or in `a, b, c, d and 7 more`. */
function names(text: string | undefined): string {
  return (text ?? '')
    .split(/, | and /)
    .map((name) => name.replace(/^(\d+) more$/, '+$1'))
    .join();
}

/** These names as `readEffect` returns them. */
export function listed(items: readonly string[]): string {
  return items.length > 5 ? [...items.slice(0, 4), `+${items.length - 4}`].join() : items.join();
}

/** How many nodes have room, without the reasons of the others. */
function roomIn(text: string | undefined): string {
  const [, node, no] = /^node (\S+) has (no )?room/.exec(text ?? '') ?? [];
  if (node !== undefined) return `${node} ${no === undefined ? 'has' : 'without'} room`;
  const [, fitting, all] = /^(\d+|none) of (\d+) nodes/.exec(text ?? '') ?? [];
  return `${fitting === 'none' ? 0 : fitting}/${all}${/its affinity/.test(text ?? '') ? ' without affinity' : ''}`;
}

/** The pods that the owner deletes when it takes one back. */
export interface Surplus {
  readonly count: number;
  /** Only once the other pods of the owner are ready. */
  readonly isLater: boolean;
  /** Some pods are not named. */
  readonly isCut: boolean;
  /** The named pods, with their nodes. */
  readonly pods: ReadonlyMap<string, string | undefined>;
}

export function surplusIn(effects: readonly string[]): Surplus | undefined {
  const texts = effects.map((effect) => / adopts \S+ again and deletes (?!no pod)(.*)\.$/.exec(effect)?.[1]);
  const text = texts.find((found) => found !== undefined);
  if (text === undefined) return undefined;
  const [, some, list = ''] = /^(?:(one|\d+) of )?(.*?)(?: \(too alike.*| once its other.*)?$/.exec(text) ?? [];
  const named = list.split(/, | and /);
  return {
    count: some === undefined ? named.length : some === 'one' ? 1 : Number(some),
    isLater: / once its other pods are ready/.test(text),
    isCut: named.some((name) => / more$/.test(name)),
    pods: new Map(named.map((name) => name.split(' on ') as [string, string | undefined])),
  };
}

/** The numbers in a message, with `NO` as 0, except those in these names. */
export function numbersIn(message: string, ...without: readonly string[]): string {
  const longestFirst = without.toSorted((a, b) => b.length - a.length);
  const rest = longestFirst.reduce((text, name) => text.replaceAll(name, ''), message);
  return (
    rest
      .replace(/\bNO\b/, '0')
      .match(/\d+/g)
      ?.join() ?? ''
  );
}

/** The first of these names that the message mentions. */
export function namedIn(message: string, candidates: readonly string[]): string | undefined {
  return candidates.find((name) => message.split(/[\s,.:]+/).includes(name));
}

/** The message does not say which of several equal pods is deleted. */
export function isUndecided(message: string): boolean {
  return / may (be deleted|delete)/.test(message);
}
