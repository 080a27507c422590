/**
 * The only place that reads sentences of a plan, for facts without a code: `Plan.effects` names the objects that the pod
 * joins and leaves, the nodes for its replacement and the surplus pods; `Check.message` has the numbers.
 */

/** An effect as a code with the names and numbers in it, such as `leaves Service redis,web`. */
type Reading = readonly [pattern: RegExp, read: (...groups: string[]) => string];

const EFFECTS: readonly Reading[] = [
  [/^(\S+) stops listing (\S+);/, (service, pod) => `stops listing: ${service} ${pod}`],
  [/^(\S+) does not list (\S+) now/, (service, pod) => `does not list: ${service} ${pod}`],
  [
    /^(\S+) lists (\S+) again(?: (once it has a node))?;/,
    (service, pod, once) => `lists: ${service} ${pod}${once ? ' once scheduled' : ''}`,
  ],
  [/^(\S+) is not listed by (\S+)\.$/, (pod, service) => `does not list: ${service} ${pod}`],
  [
    /^(\S+ \S+) can't start another pod in its place: ResourceQuota (.*) leaves/,
    (owner, quotas) => `no replacement: ${owner} quotas ${names(quotas)}`,
  ],
  [/^(\S+ \S+) starts another pod in its place: (.*)$/, (owner, room) => `replacement: ${owner} ${roomIn(room)}`],
  [/^Services? (.*?) goe?s? on listing it/, (services) => `stays in Service ${names(services)}`],
  [/^Services? (.*?) also stops? listing it/, (services) => `leaves Service ${names(services)}`],
  [/^Services? (.*?) also lists? it from then on/, (services) => `joins Service ${names(services)}`],
  [/^NetworkPolic\S+ (.*?) no longer appl/, (policies) => `leaves NetworkPolicy ${names(policies)}`],
  [/^NetworkPolic\S+ (.*?) appl\S+ to it from then on/, (policies) => `joins NetworkPolicy ${names(policies)}`],
  [/^PodDisruptionBudgets? (.*?) no longer counts? it/, (budgets) => `leaves PodDisruptionBudget ${names(budgets)}`],
  [/^PodDisruptionBudgets? (.*?) counts? it from then on/, (budgets) => `joins PodDisruptionBudget ${names(budgets)}`],
  [
    /^HorizontalPodAutoscaler (\S+) (still|no longer|again) counts/,
    (name, how) => `${AUTOSCALERS[how ?? '']} HorizontalPodAutoscaler ${name}`,
  ],
  [/^Its liveness probes? still restarts? containers? (.*)\.$/, (containers) => `restarts: ${names(containers)}`],
  [
    /^(\S+) stays alive on (\S+) and keeps .*?(; without a controller .*)?\.$/,
    (pod, node, alone) => `stays: ${pod} ${node}${alone ? ' without a controller' : ''}`,
  ],
  [/^(\S+) stays and waits for a node/, (pod) => `stays: ${pod} without a node`],
  [/^In (.*) pitlane reminds you/i, (time) => `reminds: ${time}`],
  [/^(\S+) is added: /, (labels) => `adds: ${names(labels)}`],
  [/^(.*=.*) is added: /, (labels) => `adds: ${names(labels)}`],
  [/^Nothing manages (\S+) afterwards/, (pod) => `owner: none of ${pod}`],
  [/^(\S+ \S+) owns it already/, (owner) => `owner: ${owner} already`],
  [/^(\S+ \S+) takes it back and has no pod too many/, (owner) => `owner: ${owner} without a surplus`],
  [/^(\S+ \S+) takes it back and deletes /, (owner) => `owner: ${owner} with a surplus`],
];

const AUTOSCALERS: Readonly<Record<string, string>> = { still: 'stays in', 'no longer': 'leaves', again: 'joins' };

/** The code of an effect; an unknown effect is its own code. */
export function readEffect(effect: string): string {
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
  const text = effects.map((effect) => / takes it back and deletes (.*)$/.exec(effect)?.[1]).find(Boolean);
  if (text === undefined) return undefined;
  const [list = ''] = text.split(/, (?:a pod|\d+ pods) too many/);
  const named = list.replace(/^(?:one|\d+) of /, '').split(/, | and /);
  return {
    count: Number(/ (\d+) pods too many/.exec(text)?.[1] ?? '1'),
    isLater: / once its other pods are ready/.test(text),
    isCut: named.some((name) => / more$/.test(name)),
    pods: new Map(named.map((name) => name.split(' on ') as [string, string | undefined])),
  };
}

/** The numbers in a message, except those in these names. */
export function numbersIn(message: string, ...without: readonly string[]): string {
  const longestFirst = without.toSorted((a, b) => b.length - a.length);
  const rest = longestFirst.reduce((text, name) => text.replaceAll(name, ''), message);
  return rest.match(/\d+/g)?.join() ?? '';
}

/** The first of these names that the message mentions. */
export function namedIn(message: string, candidates: readonly string[]): string | undefined {
  return candidates.find((name) => message.split(/[\s,.:]+/).includes(name));
}

/** The message does not say which of several equal pods is deleted. */
export function isUndecided(message: string): boolean {
  return / may (be deleted|delete)/.test(message);
}
