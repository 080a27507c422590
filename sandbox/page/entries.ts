import type { types } from '@slack/bolt';

/** What the page shows, as entries by key. A key is a group and a name: `pods/3f2a…`. */
export interface Entries {
  meta: Meta;
  service: ServiceEntry;
  nodes: NodeEntry;
  pods: PodEntry;
  messages: MessageEntry;
  windows: WindowEntry;
  points: Point;
  marks: Mark;
  totals: Totals;
  faults: FaultsEntry;
  tour: TourEntry;
}

export interface PersonEntry {
  readonly id: string;
  readonly name: string;
  readonly role: string;
}

export interface Meta {
  readonly service: string;
  readonly people: readonly PersonEntry[];
  /** Names of users and channels by id. */
  readonly names: Readonly<Record<string, string>>;
}

export type Labels = Readonly<Record<string, string>>;

export interface ServiceEntry {
  readonly selector: Labels;
  /** The last change of the selector. */
  readonly change?: { readonly added: Labels; readonly removed: Labels; readonly at: number };
}

interface NodeEntry {
  readonly name: string;
  readonly isReady: boolean;
}

export type PodState = 'inRotation' | 'notReady' | 'disabled' | 'drained' | 'canary' | 'terminating';

export interface PodEntry {
  readonly uid: string;
  readonly name: string;
  /** Empty until it is scheduled. */
  readonly node: string;
  readonly state: PodState;
  /** True: a slice of the Service lists it as ready. */
  readonly isListed: boolean;
  readonly isReady: boolean;
  /** Why it is not ready; empty without a reason. */
  readonly reason: string;
  readonly labels: Labels;
  /** Such as `ReplicaSet rng-57474bc599`. */
  readonly owner?: string;
  readonly image: string;
  readonly restarts: number;
  readonly createdAt: string;
  /** Each with its condition: `rng-abcde: ready`. */
  readonly endpoints: readonly string[];
  /** The injected fault, in the kubelet's grammar. */
  readonly fault?: string;
}

export interface MessageEntry {
  readonly order: number;
  readonly ts: string;
  readonly channel: string;
  /** The message that it replies to. */
  readonly thread?: string;
  /** The only user who sees it. */
  readonly to?: string;
  /** The person who wrote it; absent: Pitlane. */
  readonly from?: string;
  readonly text: string;
  readonly blocks: readonly types.KnownBlock[];
  readonly isEdited: boolean;
  readonly files: readonly { readonly name: string; readonly characters: number }[];
}

export interface WindowEntry {
  readonly user: string;
  readonly view: types.ModalView;
}

/** One second of traffic. */
export interface Point {
  /** Seconds since the epoch. */
  readonly at: number;
  readonly requests: number;
  readonly failures: number;
  /** Requests and failures by pod name. */
  readonly pods: Readonly<Record<string, readonly [requests: number, failures: number]>>;
}

export interface Mark {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly kind: 'began' | 'ended' | 'fault';
  readonly text: string;
}

export interface Totals {
  readonly requests: number;
  /** Answers with a 5xx. */
  readonly errors: number;
  /** Requests without an answer: no endpoint, refused, cut or timed out. */
  readonly lost: number;
}

export interface FaultsEntry {
  readonly lostNodes: readonly string[];
  readonly badImage: boolean;
  readonly gitOps: boolean;
  readonly secondOnCall: boolean;
}

export interface TourEntry {
  readonly title: string;
  readonly why: string;
  /** The command to type; absent: there is none yet, or it is not typed. */
  readonly command?: string;
  readonly isDone: boolean;
}

/** What people do on the page. */
export type Action =
  | { readonly do: 'type'; readonly as: string; readonly text: string; readonly thread?: string }
  | { readonly do: 'press'; readonly as: string; readonly message: string; readonly pressed: PressedEntry }
  | { readonly do: 'submit'; readonly as: string; readonly window: string; readonly filled: Labels }
  | { readonly do: 'close'; readonly as: string; readonly window: string }
  | { readonly do: 'faultPod'; readonly pod: string; readonly fault: string }
  | { readonly do: 'loseNode'; readonly node: string; readonly isLost: boolean }
  | { readonly do: 'fault'; readonly name: 'badImage' | 'gitOps' | 'secondOnCall'; readonly isOn: boolean };

export interface PressedEntry {
  readonly label: string;
  readonly actionId: string;
  readonly blockId: string;
  readonly value: string;
  readonly isOption: boolean;
}

/** What an action answers: errors of a window by block, or a sentence why nothing was done. */
export interface Answer {
  readonly errors?: Labels;
  readonly refused?: string;
}

/** What is read when a pod is opened. */
export interface PodRead {
  readonly log: string;
  readonly events: readonly {
    readonly at: string;
    readonly type: string;
    readonly reason: string;
    readonly message: string;
    readonly count: number;
  }[];
}
