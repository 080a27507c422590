import { setTimeout as sleep } from 'node:timers/promises';
import { slackSecrets } from '../functions/slack-secrets.ts';
import { type AwsAnswer, askAws } from '../pitlane/aws/ask.ts';
import { type AwsService, endpointOf } from '../pitlane/aws/endpoint.ts';
import { SecretUnreadable } from '../pitlane/aws/secrets.ts';
import type { AwsCredentials } from '../pitlane/aws/signature.ts';
import type { DeployConfig } from '../pitlane/config/config.ts';

/** The AWS account that the credentials of this machine belong to, in the region of the deployment. */
export interface AwsAccount {
  readonly deploy: DeployConfig;
  readonly credentials: AwsCredentials;
  readonly env: NodeJS.ProcessEnv;
  readonly now: () => number;
}

/** Why AWS would not take the deployment: a sentence each, and notes about what could not be checked. */
export interface AccountFindings {
  readonly faults: readonly string[];
  readonly notes: readonly string[];
}

/** Sends only reads. */
export async function lookAt(account: AwsAccount): Promise<AccountFindings> {
  const wrong = await accountFaults(account);
  // The rest would be about another account.
  if (wrong.length > 0) return { faults: wrong, notes: [] };
  const [secrets, concurrency] = await Promise.all([secretFindings(account), concurrencyFaults(account)]);
  return { faults: [...secrets.faults, ...concurrency], notes: secrets.notes };
}

/** "GetCallerIdentity" in the API reference of AWS STS, which needs no right. */
export async function accountFaults(account: AwsAccount): Promise<readonly string[]> {
  const { account: expected, region } = account.deploy;
  const answer = await query(account, 'sts', { Action: 'GetCallerIdentity', Version: '2011-06-15' });
  if (answer === undefined) return [`No answer from AWS STS in ${region}: check the region and the network.`];
  if (answer.status !== 200)
    return [
      `AWS refused the credentials (${answer.errorType || answer.status}): log in again, such as with aws sso login.`,
    ];
  const id = elementIn(answer.body, 'Account');
  if (expected === undefined || id === expected) return [];
  return [`The credentials are of account ${id}, but deploy.account is ${expected}: use those of ${expected}.`];
}

const PATIENCE_MS = 10_000;

async function secretFindings({ deploy, credentials, env, now }: AwsAccount): Promise<AccountFindings> {
  const { secrets: name, region } = deploy;
  const withCredentials = {
    ...env,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_SESSION_TOKEN: credentials.sessionToken,
    SLACK_SECRETS: name,
  };
  const secrets = slackSecrets({ env: withCredentials, now, onStale: () => {} });
  try {
    await secrets.signingSecrets(now() + PATIENCE_MS);
    await secrets.botToken(now() + PATIENCE_MS);
    return { faults: [], notes: [] };
  } catch (error) {
    if (!(error instanceof SecretUnreadable)) throw error;
    if (error.isDenied)
      return { faults: [], notes: [`The secret ${name} is not checked: these credentials may not read it.`] };
    return { faults: [`${error.message} docs/deploy.md shows how to store it.`], notes: [] };
  }
}

/** AWS refuses reservations that leave fewer for all other functions of the account. */
const UNRESERVED = 100;

/** "GetAccountSettings" in the API reference of AWS Lambda. If it can't be asked, CloudFormation will tell. */
async function concurrencyFaults(account: AwsAccount): Promise<readonly string[]> {
  const { concurrency, region } = account.deploy;
  if (concurrency === undefined) return [];
  const answer = await ask(account, 'lambda', '/2016-08-19/account-settings/').catch(() => undefined);
  const limit = limitIn(answer);
  if (limit === undefined || limit - 2 * concurrency >= UNRESERVED) return [];
  return [
    `The account may run ${limit} instances in ${region}, and AWS keeps ${UNRESERVED} of them unreserved: set deploy.concurrency to none, or ask AWS for more.`,
  ];
}

function limitIn(answer: AwsAnswer | undefined): number | undefined {
  if (answer?.status !== 200) return undefined;
  const { AccountLimit } = JSON.parse(answer.body) as { readonly AccountLimit?: Record<string, unknown> };
  const limit = AccountLimit?.ConcurrentExecutions;
  return typeof limit === 'number' ? limit : undefined;
}

/** The outputs of the stack ("DescribeStacks" in the API reference of AWS CloudFormation). */
export async function outputsOf(account: AwsAccount, stack: string): Promise<ReadonlyMap<string, string>> {
  const input = { Action: 'DescribeStacks', Version: '2010-05-15', StackName: stack };
  const answer = await query(account, 'cloudformation', input);
  const members = answer?.body.match(
    /<member>\s*(?:<(?:OutputKey|OutputValue|Description|ExportName)>[^<]*<\/\w+>\s*)+<\/member>/g,
  );
  return new Map((members ?? []).map((xml) => [elementIn(xml, 'OutputKey'), elementIn(xml, 'OutputValue')]));
}

function elementIn(xml: string, name: string): string {
  return new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1]?.trim() ?? '';
}

/** Undefined: there is no answer. */
async function query(account: AwsAccount, service: AwsService, input: Record<string, string>) {
  return ask(account, service, '/', new URLSearchParams(input).toString()).catch(() => undefined);
}

function ask(account: AwsAccount, service: AwsService, path: string, form?: string): Promise<AwsAnswer> {
  const { deploy, credentials, env, now } = account;
  const url = new URL(path, endpointOf(service, deploy.region, env));
  const common = { service, region: deploy.region, url } as const;
  const request =
    form === undefined
      ? ({ ...common, method: 'GET' } as const)
      : ({
          ...common,
          method: 'POST',
          body: form,
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
        } as const);
  return askAws(request, { credentials, now, sleep: (ms) => sleep(ms) });
}
