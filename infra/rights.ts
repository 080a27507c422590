import { placeOf, type SecretPlace } from '../pitlane/aws/secrets.ts';
import type { ClusterConfig, Config } from '../pitlane/config/config.ts';
import { MOST_CLUSTERS } from '../pitlane/operate/tick/tick.ts';
import type { FunctionName } from './bundle.ts';

/** A statement of an IAM policy. */
export interface Statement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: readonly string[];
  readonly Resource: readonly Arn[];
  readonly Condition?: object;
}

/** CloudFormation fills in the partition, region and account of the deployment. */
type Arn = string | { readonly 'Fn::Sub': string };

/** The AWS rights of a function: its whole policy. Its rights in a cluster come from the cluster's own RBAC. */
export function rightsOf(name: FunctionName, config: Config): readonly Statement[] {
  const stage = config.deploy?.stage ?? DEFAULT_STAGE;
  const log = own(`logs:\${AWS::Region}`, `log-group:/aws/lambda/${functionName(name, stage)}:*`);
  const always = [allow(['logs:CreateLogStream', 'logs:PutLogEvents'], [log]), ...secretRights(name, config)];
  if (name === 'slack') return [...always, allow(['lambda:InvokeFunction'], [arnOfFunction('worker', stage)])];
  // Lambda invokes the on-failure destination with the rights of the worker.
  const destination = name === 'worker' ? [allow(['lambda:InvokeFunction'], [arnOfFunction('failed', stage)])] : [];
  // With many clusters, the tick hands each over to an invocation of its own.
  const itself = name === 'tick' && Object.keys(config.clusters).length > MOST_CLUSTERS;
  return [
    ...always,
    ...destination,
    ...(itself ? [allow(['lambda:InvokeFunction'], [arnOfFunction('tick', stage)])] : []),
    ...clusterRights(Object.values(config.clusters)),
    ...networkRights(name, config, stage),
  ];
}

/** To read exactly the named secrets: Slack's, unless it is for runbooks, and kubeconfigs, unless it calls no cluster. */
function secretRights(name: FunctionName, { deploy, clusters }: Config): readonly Statement[] {
  const slack = deploy !== undefined && name !== 'runbook' ? [deploy.secrets] : [];
  const kubeconfigs = Object.values(clusters).flatMap((cluster) => (cluster.kind === 'secret' ? [cluster.secret] : []));
  const places = unique([...slack, ...(name === 'slack' ? [] : kubeconfigs)]).map(placeOf);
  const { secretsmanager = [], ssm = [] } = Object.groupBy(places, ({ store }) => store);
  return [
    ...some(['secretsmanager:GetSecretValue'], secretsmanager.map(arnOfSecret)),
    ...some(['ssm:GetParameter'], ssm.map(arnOfSecret)),
    ...(deploy?.kmsKey === undefined || places.length === 0 ? [] : [decryption(deploy.kmsKey, places)]),
  ];
}

/** Secrets Manager adds a hyphen and six characters to the name in the ARN. */
function arnOfSecret({ store, id, region }: SecretPlace): Arn {
  if (region !== undefined) return id;
  return store === 'ssm'
    ? own(`ssm:\${AWS::Region}`, `parameter/${id.replace(/^\//, '')}`)
    : own(`secretsmanager:\${AWS::Region}`, `secret:${id}-??????`);
}

/** With the key, but only for the stores of the secrets. */
function decryption(key: string, places: readonly SecretPlace[]): Statement {
  const services = places.map(({ store, region = `\${AWS::Region}` }) => `${store}.${region}.\${AWS::URLSuffix}`);
  const via = unique(services).map((service) => ({ 'Fn::Sub': service }));
  return { ...allow(['kms:Decrypt'], [key]), Condition: { StringEquals: { 'kms:ViaService': via } } };
}

export const DEFAULT_STAGE = 'prod';

function functionName(name: FunctionName, stage: string): string {
  return `pitlane-${stage}-${name}`;
}

function arnOfFunction(name: FunctionName, stage: string): Arn {
  return own(`lambda:\${AWS::Region}`, `function:${functionName(name, stage)}`);
}

/** An ARN of the account of the deployment. */
function own(serviceAndRegion: string, resource: string): Arn {
  return { 'Fn::Sub': `arn:\${AWS::Partition}:${serviceAndRegion}:\${AWS::AccountId}:${resource}` };
}

function allow(Action: readonly string[], Resource: readonly Arn[]): Statement {
  return { Effect: 'Allow', Action, Resource };
}

/** For each kind of right, one statement with exactly the clusters and roles of the configuration. */
function clusterRights(clusters: readonly ClusterConfig[]): readonly Statement[] {
  const eks = clusters.filter((cluster) => cluster.kind === 'eks');
  const roles = eks.flatMap(({ role }) => role ?? []);
  // In another account its role describes it, and a configured address needs no description.
  const described = eks.filter(({ role, endpoint }) => role === undefined && endpoint === undefined);
  const names = described.map(({ name, region }) => `${region}:\${AWS::AccountId}:cluster/${name}`);
  return [
    ...some(
      ['eks:DescribeCluster'],
      unique(names).map((name) => ({ 'Fn::Sub': `arn:\${AWS::Partition}:eks:${name}` })),
    ),
    ...some(['sts:AssumeRole'], unique(roles)),
  ];
}

/** Lambda creates a function's network interfaces with the rights of its role. */
const INTERFACES = [
  'ec2:AssignPrivateIpAddresses',
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:UnassignPrivateIpAddresses',
];

/** Most of these rights can't be limited to a network, so the function itself, as opposed to Lambda, is denied them. */
function networkRights(name: FunctionName, { deploy }: Config, stage: string): readonly Statement[] {
  if (deploy?.vpc === undefined) return [];
  const Condition = { ArnEquals: { 'lambda:SourceFunctionArn': arnOfFunction(name, stage) } };
  return [allow(INTERFACES, ['*']), { Effect: 'Deny', Action: INTERFACES, Resource: ['*'], Condition }];
}

/** IAM refuses a statement without a resource. */
function some(actions: readonly string[], resources: readonly Arn[]): readonly Statement[] {
  return resources.length === 0 ? [] : [allow(actions, resources)];
}

function unique<T>(items: readonly T[]): readonly T[] {
  return [...new Set(items)];
}
