import type { Policy } from '../rotation/snapshot.ts';

/** A service that pitlane looks after, as configured: each has a slash command of its own. */
export interface ServiceConfig {
  /** The name that people type: `/rng`. */
  readonly key: string;
  /** A key of `clusters`. */
  readonly cluster: string;
  readonly namespace: string;
  /** The Kubernetes Service's name. */
  readonly service: string;
  readonly policy: Policy;
  /** Slack channel where reports and reminders go; absent: where the command was typed. */
  readonly channel?: string;
  /** Slack channels where its commands work; absent: everywhere. */
  readonly onlyChannels?: readonly string[];
}

/** How to reach a cluster. */
export type ClusterConfig =
  | { readonly kind: 'eks'; readonly name: string; readonly region: string }
  /** From KUBECONFIG or the default file; absent context: the current one. */
  | { readonly kind: 'kubeconfig'; readonly context?: string; readonly path?: string }
  /** A kubeconfig kept in a secret, by its name. */
  | { readonly kind: 'secret'; readonly secret: string };

type Role = 'viewer' | 'operator' | 'admin';

/** Who has a role. Each role includes those below it. */
export interface Grant {
  /** Every member of the workspace's own team. */
  readonly everyone: boolean;
  /** Slack user ids. */
  readonly users: readonly string[];
  /** Slack user group ids. */
  readonly userGroups: readonly string[];
  /** Direct invocations: runbooks, and the command line through Lambda. */
  readonly runbooks: boolean;
}

export interface Config {
  readonly clusters: Readonly<Record<string, ClusterConfig>>;
  /** By key. */
  readonly services: Readonly<Record<string, ServiceConfig>>;
  readonly access: Readonly<Record<Role, Grant>>;
}

/** What holds for a service of which the configuration says nothing more. */
export const DEFAULT_POLICY: Policy = {
  maxDrained: 3,
  gate: { key: 'enabled', value: 'yes' },
  drain: { forSeconds: 3_600, then: 'remind' },
};

/** The configuration can't be read, or has mistakes in it. The message is for people: a sentence for each. */
export class ConfigUnusable extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ConfigUnusable';
  }
}
