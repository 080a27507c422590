import type { Config, DeployConfig } from '../pitlane/config/config.ts';
import { alarmResources, type Resource } from './alarms.ts';
import { FUNCTIONS, type FunctionName } from './bundle.ts';
import { DEFAULT_STAGE, rightsOf, type Statement } from './rights.ts';

/** The values of pitlane.yaml that serverless.yml reads from dist/deploy.json. */
export interface Deployment {
  readonly region: string;
  readonly stage: string;
  /** SLACK_SECRETS of the functions. Empty: a trial, which is not deployed. */
  readonly secrets: string;
  /** Of all functions. */
  readonly environment: Readonly<Record<string, string>>;
  /** True: the function slack has its own URL. */
  readonly url: boolean;
  /** Of the function slack. */
  readonly events: readonly object[];
  /** Of the functions that call clusters. False: none. */
  readonly vpc: false | { readonly subnetIds: readonly string[]; readonly securityGroupIds: readonly string[] };
  /** Absent: nothing is reserved. */
  readonly concurrency?: number;
  readonly statements: Readonly<Record<FunctionName, readonly Statement[]>>;
  /** Beside the functions and their roles. */
  readonly resources: { readonly Resources: Readonly<Record<string, Resource>> };
}

const TRIAL: DeployConfig = { region: 'eu-west-1', stage: DEFAULT_STAGE, secrets: '', door: 'url', fips: false };

export function deploymentOf(config: Config): Deployment {
  const deploy = config.deploy ?? TRIAL;
  const { region, stage, secrets, door, vpc, concurrency, fips } = deploy;
  const statements = FUNCTIONS.map((name) => [name, rightsOf(name, config)]);
  return {
    region,
    stage,
    secrets,
    environment: fips ? { AWS_USE_FIPS_ENDPOINT: 'true' } : {},
    url: door === 'url',
    events: door === 'api' ? [{ httpApi: { method: 'POST', path: '/' } }] : [],
    vpc: vpc === undefined ? false : { subnetIds: vpc.subnets, securityGroupIds: vpc.securityGroups },
    concurrency,
    statements: Object.fromEntries(statements),
    resources: { Resources: alarmResources(deploy) },
  };
}
