import { describe, expect, test } from 'vitest';
import { lineOf } from '../functions/log.ts';
import type { Config } from '../pitlane/config/config.ts';
import { parseConfig } from '../pitlane/config/file.ts';
import { FUNCTIONS, type FunctionName } from './bundle.ts';
import { deploymentOf } from './deployment.ts';
import type { Statement } from './rights.ts';

const ROLE = 'arn:aws:iam::210987654321:role/pitlane';
const CA = Buffer.from('-----BEGIN CERTIFICATE-----\n').toString('base64');

/** `deploy` and `clusters`: fields in YAML. */
function configOf(deploy = '', clusters = 'prod: { eks: { name: prod, region: eu-west-1 } }'): Config {
  const text = `
clusters: { ${clusters} }
services: { rng: { cluster: ${clusters.split(':')[0]}, namespace: dockercoins } }
deploy: { region: eu-central-1, secrets: pitlane/slack, ${deploy} }
`;
  const loaded = parseConfig(text, 'pitlane.yaml');
  if (loaded.kind !== 'config') throw new Error(JSON.stringify(loaded));
  return loaded.config;
}

/** `Allow eks:DescribeCluster on …`, a line for each action. */
function lines(statements: readonly Statement[]): readonly string[] {
  return statements.flatMap(({ Effect, Action, Resource, Condition }) =>
    Action.map((action) => {
      const resources = Resource.map((arn) => (typeof arn === 'string' ? arn : arn['Fn::Sub']));
      return `${Effect} ${action} on ${resources.join(', ')}${Condition ? ` if ${JSON.stringify(Condition)}` : ''}`;
    }),
  );
}

const rights = (name: FunctionName, config: Config) => lines(deploymentOf(config).statements[name]);
const logs = (name: string) => [
  `Allow logs:CreateLogStream on arn:\${AWS::Partition}:logs:\${AWS::Region}:\${AWS::AccountId}:log-group:/aws/lambda/pitlane-${name}:*`,
  `Allow logs:PutLogEvents on arn:\${AWS::Partition}:logs:\${AWS::Region}:\${AWS::AccountId}:log-group:/aws/lambda/pitlane-${name}:*`,
];
const cluster = (region: string, name: string) =>
  `arn:\${AWS::Partition}:eks:${region}:\${AWS::AccountId}:cluster/${name}`;

const SLACK_SECRETS = `Allow secretsmanager:GetSecretValue on ${secret('pitlane/slack')}`;

function secret(name: string): string {
  return `arn:\${AWS::Partition}:secretsmanager:\${AWS::Region}:\${AWS::AccountId}:secret:${name}-??????`;
}

function parameter(name: string): string {
  return `arn:\${AWS::Partition}:ssm:\${AWS::Region}:\${AWS::AccountId}:parameter/${name}`;
}

describe('the rights', () => {
  test("of the Slack function are its log, Slack's secrets and the worker, whatever the clusters are", () => {
    const vpc = 'stage: lab, vpc: { subnets: [subnet-0a1b2c3d], securityGroups: [sg-0a1b2c3d] }';
    expect(rights('slack', configOf(vpc, 'edge: { secret: pitlane/edge }'))).toEqual([
      ...logs('lab-slack'),
      SLACK_SECRETS,
      `Allow lambda:InvokeFunction on arn:\${AWS::Partition}:lambda:\${AWS::Region}:\${AWS::AccountId}:function:pitlane-lab-worker`,
    ]);
  });

  test('of the worker include its on-failure destination', () => {
    expect(rights('worker', configOf('stage: lab'))).toContain(
      `Allow lambda:InvokeFunction on arn:\${AWS::Partition}:lambda:\${AWS::Region}:\${AWS::AccountId}:function:pitlane-lab-failed`,
    );
  });

  test.each(['failed', 'runbook', 'tick'] as const)(
    'of the %s are its log, its secrets and exactly the configured clusters',
    (name) => {
      const clusters =
        'a: { eks: { name: prod, region: eu-west-1 } }, b: { eks: { name: lab, region: eu-central-1 } }, ' +
        'again: { eks: { name: prod, region: eu-west-1 } }';
      expect(rights(name, configOf('', clusters))).toEqual([
        ...logs(`prod-${name}`),
        ...(name === 'runbook' ? [] : [SLACK_SECRETS]),
        `Allow eks:DescribeCluster on ${cluster('eu-west-1', 'prod')}, ${cluster('eu-central-1', 'lab')}`,
      ]);
    },
  );

  test('of the tick of more than 50 clusters include itself', () => {
    const clusters = Array.from({ length: 51 }, (_, index) => `c${index}: { kubeconfig: {} }`);
    expect(rights('tick', configOf('', clusters.join(', ')))).toEqual([
      ...logs('prod-tick'),
      SLACK_SECRETS,
      `Allow lambda:InvokeFunction on arn:\${AWS::Partition}:lambda:\${AWS::Region}:\${AWS::AccountId}:function:pitlane-prod-tick`,
    ]);
    expect(rights('tick', configOf('', clusters.slice(1).join(', ')))).toEqual([...logs('prod-tick'), SLACK_SECRETS]);
  });

  test('on clusters of other accounts are to assume exactly their roles', () => {
    const clusters = `a: { eks: { name: prod, region: eu-west-1, role: "${ROLE}" } }, b: { eks: { name: lab, region: eu-west-1, role: "${ROLE}" } }`;
    expect(rights('failed', configOf('', clusters))).toEqual([
      ...logs('prod-failed'),
      SLACK_SECRETS,
      `Allow sts:AssumeRole on ${ROLE}`,
    ]);
  });

  test('on a cluster with a configured address are none', () => {
    const clusters = `a: { eks: { name: prod, region: eu-west-1, endpoint: "https://prod.test", ca: ${CA} } }`;
    expect(rights('tick', configOf('', clusters))).toEqual([...logs('prod-tick'), SLACK_SECRETS]);
  });

  test('on secrets are to read exactly the named ones, and of the runbook only kubeconfigs', () => {
    const arn = 'arn:aws:secretsmanager:us-east-1:210987654321:secret:edge-AbCdEf';
    const clusters = `a: { secret: pitlane/edge }, b: { secret: "ssm:/pitlane/lab" }, c: { secret: "${arn}" }, d: { secret: "ssm:flat" }`;
    const parameters = ['pitlane/lab', 'flat'].map(parameter).join(', ');
    const kubeconfigs = (first: string) => [
      `Allow secretsmanager:GetSecretValue on ${first}${secret('pitlane/edge')}, ${arn}`,
      `Allow ssm:GetParameter on ${parameters}`,
    ];
    const config = configOf('', clusters);
    expect(rights('runbook', config)).toEqual([...logs('prod-runbook'), ...kubeconfigs('')]);
    for (const name of ['failed', 'tick'] as const)
      expect(rights(name, config)).toEqual([...logs(`prod-${name}`), ...kubeconfigs(`${secret('pitlane/slack')}, `)]);
  });

  test("on a key of one's own are to decrypt with it what the named stores hold", () => {
    const key = 'arn:aws:kms:eu-central-1:123456789012:key/0a1b';
    const config = configOf(`kmsKey: "${key}"`, 'edge: { secret: "ssm:/pitlane/edge" }');
    const via = (...stores: readonly string[]) =>
      `Allow kms:Decrypt on ${key} if ${JSON.stringify({
        StringEquals: {
          'kms:ViaService': stores.map((store) => ({ 'Fn::Sub': `${store}.\${AWS::Region}.\${AWS::URLSuffix}` })),
        },
      })}`;
    expect(rights('slack', config)).toContain(via('secretsmanager'));
    expect(rights('runbook', config)).toContain(via('ssm'));
    expect(rights('tick', config)).toContain(via('secretsmanager', 'ssm'));
    expect(rights('runbook', configOf(`kmsKey: "${key}"`))).toEqual(rights('runbook', configOf()));
  });

  test('on network interfaces are of Lambda, not of the function itself', () => {
    const config = configOf('vpc: { subnets: [subnet-0a1b2c3d], securityGroups: [sg-0a1b2c3d] }');
    for (const name of ['worker', 'failed', 'runbook', 'tick'] as const) {
      const found = rights(name, config).filter((line) => line.includes('ec2:'));
      const [allowed, denied] = ['Allow', 'Deny'].map((effect) => found.filter((line) => line.startsWith(effect)));
      expect(allowed).toHaveLength(6);
      expect(denied?.map((line) => line.replace(/^Deny (\S+) .*$/, 'Allow $1 on *'))).toEqual(allowed);
      for (const line of denied ?? []) expect(line).toContain(`lambda:SourceFunctionArn`);
      for (const line of denied ?? []) expect(line).toContain(`function:pitlane-prod-${name}"`);
    }
  });

  test('have no wildcard besides network interfaces and the streams of a log', () => {
    const clusters = 'a: { eks: { name: prod, region: eu-west-1 } }, b: { kubeconfig: {} }';
    for (const name of FUNCTIONS)
      expect(rights(name, configOf('', clusters)).filter((line) => /\*/.test(line.replace(/:\*$/, '')))).toEqual([]);
  });
});

describe('the deployment', () => {
  test.each([
    ['is by the URL of the function', '', { url: true, events: [], vpc: false, environment: {}, concurrency: 20 }],
    ['is by API Gateway', 'door: api', { url: false, events: [{ httpApi: { method: 'POST', path: '/' } }] }],
    ['has a stage', 'stage: lab', { stage: 'lab', region: 'eu-central-1', secrets: 'pitlane/slack' }],
    ['reserves instances', 'concurrency: 7', { concurrency: 7 }],
    ['reserves none', 'concurrency: none', { concurrency: undefined }],

    [
      'is in a network',
      'vpc: { subnets: [subnet-0a1b2c3d, subnet-0a1b2c3e], securityGroups: [sg-0a1b2c3d] }',
      { vpc: { subnetIds: ['subnet-0a1b2c3d', 'subnet-0a1b2c3e'], securityGroupIds: ['sg-0a1b2c3d'] } },
    ],
  ])('%s', (_, fields, want) => {
    expect(deploymentOf(configOf(fields))).toMatchObject(want);
  });

  test('has FIPS endpoints for all functions', () => {
    const config = configOf();
    const deploy = config.deploy && { ...config.deploy, fips: true };
    expect(deploymentOf({ ...config, deploy }).environment).toEqual({ AWS_USE_FIPS_ENDPOINT: 'true' });
  });

  test('of a configuration without the section deploy is a trial', () => {
    const { deploy: _, ...config } = configOf();
    expect(deploymentOf(config)).toMatchObject({ region: 'eu-west-1', stage: 'prod', secrets: '', url: true });
  });
});

describe('the alarms', () => {
  const MAIL = 'alarms: { email: ops@example.com }';
  const alarmsOf = (fields: string) => {
    const { Resources } = deploymentOf(configOf(fields)).resources;
    return Object.values(Resources).filter(({ Type }) => Type === 'AWS::CloudWatch::Alarm');
  };

  test('are of the errors and throttles of each function, of a silent tick, of requests that failed, and of logged errors', () => {
    const names = alarmsOf(MAIL).map(({ Properties }) => String(Properties.AlarmName).replace('pitlane-prod-', ''));
    const each = FUNCTIONS.flatMap((name) => [`${name}-errors`, `${name}-throttles`]);
    expect(names).toEqual([...each, 'tick-silent', 'requests-failed', 'requests-lost', 'errors-logged']);
  });

  test('of logged errors look at the metric that the error lines of that stage carry', () => {
    const line = lineOf('error', { door: 'tick', event: 'trouble' }, 0, 'pitlane-lab-tick');
    const [alarm] = alarmsOf(`stage: lab, ${MAIL}`).filter(({ Properties }) => Properties.Namespace === 'Pitlane');
    const [Value] = /(?<="stage":")[^"]+/.exec(line) ?? [];
    expect(alarm?.Properties).toMatchObject({ MetricName: 'errors', Dimensions: [{ Name: 'stage', Value }] });
    expect(JSON.parse(line)).toMatchObject({
      errors: 1,
      _aws: { CloudWatchMetrics: [{ Metrics: [{ Name: 'errors' }] }] },
    });
  });

  test('are none without an address or a topic', () => {
    expect(deploymentOf(configOf('')).resources).toEqual({ Resources: {} });
  });

  test('ring for too much, and of the tick for too little', () => {
    const [silent, ...others] = alarmsOf(MAIL).sort((a) => (a.Properties.TreatMissingData === 'breaching' ? -1 : 1));
    expect(silent?.Properties).toMatchObject({
      Dimensions: [{ Name: 'FunctionName', Value: 'pitlane-prod-tick' }],
      MetricName: 'Invocations',
      ComparisonOperator: 'LessThanThreshold',
      Threshold: 1,
      Period: 300,
    });
    for (const { Properties } of others)
      expect(Properties).toMatchObject({
        ComparisonOperator: 'GreaterThanOrEqualToThreshold',
        TreatMissingData: 'notBreaching',
      });
  });

  test.each([
    [
      'a topic',
      'alarms: { topic: "arn:aws:sns:eu-central-1:123456789012:ops" }',
      ['arn:aws:sns:eu-central-1:123456789012:ops'],
      0,
    ],
    ['an address', MAIL, [{ Ref: 'AlarmTopic' }], 1],
  ])('go to %s', (_, fields, actions, topics) => {
    for (const { Properties } of alarmsOf(fields)) {
      expect(Properties.AlarmActions).toEqual(actions);
      expect(Properties.OKActions).toEqual(actions);
    }
    const { Resources } = deploymentOf(configOf(fields)).resources;
    expect(Object.values(Resources).filter(({ Type }) => Type === 'AWS::SNS::Topic')).toHaveLength(topics);
  });
});
