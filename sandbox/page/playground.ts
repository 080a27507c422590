import type { EmbeddedCluster } from '@pitlane/embedded-cluster';
import type { SlackPerson } from '../slack/person.ts';
import type { Workspace } from '../slack/workspace.ts';
import type { Traffic } from '../traffic/traffic.ts';

export interface Person {
  readonly name: string;
  readonly role: string;
  readonly slack: SlackPerson;
}

/** The parts of the sandbox that the page shows and acts on. */
export interface Playground {
  readonly cluster: EmbeddedCluster;
  readonly namespace: string;
  readonly service: string;
  /** The name of the pod that answers 500 at the start, and its fault. */
  readonly bad: { readonly name: string; readonly fault: string };
  readonly traffic: Traffic;
  readonly workspace: Workspace;
  /** The channel where people write. */
  readonly channel: string;
  readonly people: readonly Person[];
  /** Slash commands of the app, such as `/rng`. */
  readonly commands: readonly string[];
  readonly nameOf: (id: string) => string;
}
