import type { Labels, PodEntry, TourEntry } from './entries.ts';

const SWITCHED = 'pitlane.dev/canary';

/** What the steps of the tour look at. */
export interface TourState {
  readonly service: string;
  /** The pod that answers 500 at the start. */
  readonly bad: string;
  readonly pods: readonly PodEntry[];
  readonly selector: Labels;
  /** The selector at the start. */
  readonly base: Labels;
  /** The names of pods that were drained so far. */
  readonly drained: ReadonlySet<string>;
  /** The names of the files that were opened. */
  readonly opened: ReadonlySet<string>;
  /** The Service has the record of a switch. */
  readonly hasSwitched: boolean;
}

interface Step {
  readonly title: string;
  readonly why: string;
  readonly command?: (state: TourState) => string | undefined;
  readonly isDone: (state: TourState) => boolean;
}

const STEPS: readonly Step[] = [
  {
    title: 'Drain the pod that fails',
    why: 'It loses the label that the Service selects. Its controller starts a replacement, and the pod stays alive.',
    command: ({ service, bad }) => `/${service} drain ${bad} for 30m because 5xx`,
    isDone: ({ pods, bad }) =>
      pods.every(({ name, state, isListed }) => name !== bad || (state === 'drained' && !isListed)),
  },
  {
    title: 'Read its evidence',
    why: 'Its logs, events and description are in one file. Open the thread of the drain, then the file.',
    isDone: ({ opened, drained }) => [...opened].some((file) => [...drained].some((pod) => file.includes(pod))),
  },
  {
    title: 'Finish it',
    why: 'Its evidence is saved, so it can be deleted. Pitlane asks first, since nothing undoes a deletion.',
    command: ({ service, pods }) => {
      const pod = pods.find(({ state }) => state === 'drained');
      return pod && `/${service} finish ${pod.name}`;
    },
    isDone: ({ pods, drained }) => [...drained].some((name) => pods.every((pod) => pod.name !== name)),
  },
  {
    title: 'Set up a gate',
    why: 'The selector gets a second label, for traffic only: a pod that loses it gets no traffic and is not replaced.',
    command: ({ service }) => `/${service} gate on`,
    isDone: ({ selector, base, pods }) =>
      Object.keys(selector).some((key) => base[key] === undefined) && pods.some(({ isListed }) => isListed),
  },
  {
    title: 'Try a canary',
    why: 'One more pod, with a changed environment variable, joins the Service and gets its share of the traffic.',
    command: ({ service }) => `/${service} canary start --env LOG_LEVEL=debug for 20m`,
    isDone: ({ pods }) => pods.some(({ state, isListed }) => state === 'canary' && isListed),
  },
  {
    title: 'Switch all traffic to the canaries',
    why: 'Start enough canaries out of rotation, then move all traffic to them in one step. The old pods stay up.',
    command: ({ service, pods }) => {
      const canaries = pods.filter(({ state }) => state === 'canary');
      const missing = pods.filter(({ isListed }) => isListed).length - canaries.length;
      if (canaries.some(({ isReady }) => !isReady)) return undefined;
      return missing > 0
        ? `/${service} canary start --count ${Math.min(missing, 10)} --out for 1h`
        : `/${service} switch ${SWITCHED}=${service}`;
    },
    isDone: ({ hasSwitched, pods }) => {
      const listed = pods.filter(({ isListed }) => isListed);
      return hasSwitched && listed.length > 0 && listed.every(({ labels }) => labels[SWITCHED] !== undefined);
    },
  },
];

/** The steps of the tour. A step that was done stays done. */
export function tourOf(state: TourState, before: readonly TourEntry[]): readonly TourEntry[] {
  return STEPS.map(({ title, why, command, isDone }, index) => {
    const typed = command?.(state);
    return {
      title,
      why,
      ...(typed !== undefined && { command: typed }),
      isDone: before[index]?.isDone === true || isDone(state),
    };
  });
}
