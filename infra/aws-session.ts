import { fromNodeProviderChain } from '@aws-sdk/credential-providers';
import type { Config, DeployConfig } from '../pitlane/config/config.ts';
import { configPath, loadConfig } from '../pitlane/config/file.ts';
import { configIn, Refused } from './archives.ts';
import type { AwsAccount } from './aws-account.ts';

export interface Deployable {
  readonly config: Config & { readonly deploy: DeployConfig };
  readonly path: string;
}

/** The configuration to deploy. `faultsOf`: why it can't be, a sentence each. Throws Refused. */
export function readDeployable(faultsOf: (config: Config, path: string) => readonly string[]): Deployable {
  const path = configPath(process.env);
  const loaded = loadConfig(path);
  if (loaded.kind === 'unreadable' && loaded.isAbsent)
    throw new Refused([
      `There is no ${path}: copy pitlane.example.yaml to it and name your own clusters, services and people in it.`,
    ]);
  const config = configIn(loaded);
  const faults = faultsOf(config, path);
  const { deploy } = config;
  if (faults.length > 0 || deploy === undefined) throw new Refused(faults);
  return { config: { ...config, deploy }, path };
}

/** With the credentials that the AWS CLI would use. Throws Refused if there are none. */
export async function signIn(deploy: DeployConfig): Promise<AwsAccount> {
  try {
    const credentials = await fromNodeProviderChain({ clientConfig: { region: deploy.region } })();
    return { deploy, credentials, env: process.env, now: Date.now };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Refused([
      `No AWS credentials: log in, such as with aws sso login, and set AWS_PROFILE. (${why.split('\n')[0]})`,
    ]);
  }
}

/** The environment for osls: the same credentials, however they were found. */
export function environmentOf({ credentials, env }: AwsAccount): NodeJS.ProcessEnv {
  const { AWS_PROFILE: _, AWS_DEFAULT_PROFILE: __, AWS_SESSION_TOKEN: ___, ...rest } = env;
  return {
    ...rest,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    ...(credentials.sessionToken !== undefined && { AWS_SESSION_TOKEN: credentials.sessionToken }),
  };
}

export function stackOf({ stage }: DeployConfig): string {
  return `pitlane-${stage}`;
}
