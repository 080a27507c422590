import type { Role } from '../command/role.ts';
import type { Policy } from '../rotation/snapshot.ts';

/** A service that Pitlane looks after. Each has its own slash command. */
export interface ServiceConfig {
  /** The slash command: `/rng`. */
  readonly key: string;
  /** A key of `clusters`. */
  readonly cluster: string;
  readonly namespace: string;
  /** The Kubernetes Service's name. */
  readonly service: string;
  readonly policy: Policy;
  /** Slack channel for reports and reminders; absent: where the command was typed. */
  readonly channel?: string;
  /** Slack channels where its commands work; absent: all. */
  readonly onlyChannels?: readonly string[];
}

export interface EksCluster {
  readonly name: string;
  readonly region: string;
  /** The ARN of a role to assume. Absent: the cluster knows the role of the caller. */
  readonly role?: string;
  /** Its address and certificate authority: both, or neither to ask EKS for them. */
  readonly endpoint?: string;
  readonly ca?: string;
}

/** How to reach a cluster. */
export type ClusterConfig =
  | ({ readonly kind: 'eks' } & EksCluster)
  /** From `path`, or as kubectl finds it; absent context: the current one. */
  | { readonly kind: 'kubeconfig'; readonly context?: string; readonly path?: string }
  /** The name of a secret that holds a kubeconfig. */
  | { readonly kind: 'secret'; readonly secret: string };

/** Who has a role. */
export interface Grant {
  /** Every full member of the Slack workspace. */
  readonly everyone: boolean;
  /** Slack user ids. */
  readonly users: readonly string[];
  /** Slack user group ids. */
  readonly userGroups: readonly string[];
  /** Direct invocations of the function `runbook`. */
  readonly runbooks: boolean;
}

/** How Pitlane is deployed to AWS. */
export interface DeployConfig {
  readonly region: string;
  /** Part of the names of the functions. */
  readonly stage: string;
  /** The only account to deploy to. Absent: any. */
  readonly account?: string;
  /** The name of the secret with Slack's secrets. */
  readonly secrets: string;
  /** The ARN of the key that encrypts the secrets. Absent: the key of AWS, which needs no right. */
  readonly kmsKey?: string;
  readonly door: 'url' | 'api';
  readonly vpc?: { readonly subnets: readonly string[]; readonly securityGroups: readonly string[] };
  /** Exactly one of them. */
  readonly alarms?: { readonly email?: string; readonly topic?: string };
  /** Reserved for each of the functions slack and worker. Absent: nothing. */
  readonly concurrency?: number;
  readonly fips: boolean;
}

export interface Config {
  readonly clusters: Readonly<Record<string, ClusterConfig>>;
  /** By key. */
  readonly services: Readonly<Record<string, ServiceConfig>>;
  readonly access: Readonly<Record<Role, Grant>>;
  /** Absent: it is not deployed to AWS. */
  readonly deploy?: DeployConfig;
}

/** In the working directory. */
export const DEFAULT_CONFIG_FILE = 'pitlane.yaml';

/** The policy of a service that the configuration does not set. */
export const DEFAULT_POLICY: Policy = {
  maxDrained: 3,
  gate: { key: 'enabled', value: 'yes' },
  drain: { forSeconds: 3_600, then: 'remind' },
};

/** The configuration can't be read or has mistakes. The message has one sentence for each. */
export class ConfigUnusable extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ConfigUnusable';
  }
}
