import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseConfig } from '../pitlane/config/file.ts';
import { FUNCTIONS } from './bundle.ts';
import { deploymentOf } from './deployment.ts';

/** What `npm run package` makes of the section `deploy`, in a copy of the repository whose path has a space. */
const ROOT = join(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'pitlane-deploy-'));
const copy = join(folder, 'with a space');

const PLAIN = `
clusters: { prod: { eks: { name: prod, region: eu-west-1 } } }
services: { rng: { namespace: dockercoins } }
deploy: { region: eu-west-1, secrets: pitlane/slack }
`;
const FULL = `
clusters:
  prod: { eks: { name: prod, region: us-east-1, role: "arn:aws:iam::210987654321:role/pitlane" } }
  lab: { eks: { name: lab, region: us-east-1 } }
  edge: { secret: "ssm:/pitlane/edge" }
services: { rng: { cluster: prod, namespace: dockercoins } }
deploy:
  region: us-east-1
  stage: lab
  secrets: pitlane/slack
  kmsKey: arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab
  door: api
  vpc: { subnets: [subnet-0a1b2c3d, subnet-0a1b2c3e], securityGroups: [sg-0a1b2c3d] }
  alarms: { email: ops@example.com }
  concurrency: none
  fips: true
`;

beforeAll(() => {
  mkdirSync(copy);
  const files = ['functions', 'pitlane', 'infra', 'serverless.yml', 'package.json', 'pitlane.example.yaml'];
  execFileSync('cp', ['-r', ...files, copy], { cwd: ROOT });
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function pack(config: string): void {
  const path = join(copy, 'pitlane.yaml');
  writeFileSync(path, config);
  const {
    AWS_ACCESS_KEY_ID: _,
    AWS_SECRET_ACCESS_KEY: __,
    AWS_PROFILE: ___,
    PITLANE_CONFIG: ____,
    ...env
  } = process.env;
  const script = [join(copy, 'infra/package.ts')];
  const { status, stdout, stderr } = spawnSync(process.execPath, script, { cwd: copy, encoding: 'utf8', env });
  if (status !== 0) throw new Error(`${stdout}${stderr}`);
}

interface Resource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
}

const read = (file: string) => readFileSync(join(copy, file), 'utf8');
const templateText = () => read('.serverless/cloudformation-template-update-stack.json');
const resources = () => (JSON.parse(templateText()) as { Resources: Record<string, Resource> }).Resources;
const ofType = (type: string) => Object.values(resources()).filter(({ Type }) => Type === type);
const functionNamed = (name: string) =>
  ofType('AWS::Lambda::Function').find(({ Properties }) => String(Properties.FunctionName).endsWith(`-${name}`))
    ?.Properties;
const logicalId = (name: string) => `${name[0]?.toUpperCase()}${name.slice(1)}`;

/** The rights of each role in the template are those of the configuration, and no more. */
function expectRights(yaml: string): void {
  const parsed = parseConfig(yaml, 'pitlane.yaml');
  if (parsed.kind !== 'config') throw new Error(JSON.stringify(parsed));
  const { statements } = deploymentOf(parsed.config);
  for (const name of FUNCTIONS) {
    const role = resources()[`${logicalId(name)}Role`]?.Properties;
    expect(role?.Policies).toEqual([
      { PolicyName: 'pitlane', PolicyDocument: { Version: '2012-10-17', Statement: statements[name] } },
    ]);
    expect(role?.ManagedPolicyArns).toBeUndefined();
    expect(functionNamed(name)?.Role).toEqual({ 'Fn::Sub': `\${${logicalId(name)}Role.Arn}` });
  }
  expect(ofType('AWS::IAM::Role')).toHaveLength(FUNCTIONS.length);
  expect(ofType('AWS::IAM::Policy')).toEqual([]);
}

describe('the smallest section', () => {
  beforeAll(() => pack(PLAIN));

  test('gives the same bytes twice', () => {
    const digests = () => {
      const files = [...FUNCTIONS.map((name) => `.serverless/${name}.zip`), 'dist/deploy.json'];
      return files.map((file) =>
        createHash('sha256')
          .update(readFileSync(join(copy, file)))
          .digest('hex'),
      );
    };
    // osls names the folder of an upload after its time.
    const template = () => templateText().replace(/\d{13}-\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME');
    const before = [digests(), template()];
    pack(PLAIN);
    expect([digests(), template()]).toEqual(before);
  });

  test('gives each role exactly its rights', () => expectRights(PLAIN));

  test('gives the function slack a URL of its own, and no other network', () => {
    expect(ofType('AWS::Lambda::Url')).toHaveLength(1);
    expect(Object.values(resources()).filter(({ Type }) => Type.startsWith('AWS::ApiGateway'))).toEqual([]);
    for (const name of FUNCTIONS) expect(functionNamed(name)?.VpcConfig).toBeUndefined();
  });

  test('reserves instances for slack and worker only', () => {
    const reserved = FUNCTIONS.map((name) => functionNamed(name)?.ReservedConcurrentExecutions);
    expect(reserved).toEqual([20, 20, undefined, undefined, undefined]);
  });

  test('sends requests that failed to the function that tells people', () => {
    const configs = ofType('AWS::Lambda::EventInvokeConfig').map(({ Properties }) => Properties);
    expect(configs.filter((config) => JSON.stringify(config).includes('OnFailure'))).toMatchObject([
      {
        FunctionName: { Ref: 'WorkerLambdaFunction' },
        DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': ['FailedLambdaFunction', 'Arn'] } } },
        MaximumRetryAttempts: 0,
        MaximumEventAgeInSeconds: 60,
      },
    ]);
  });

  test('has Lambda filter log lines by level, and keep those with metrics', () => {
    const json = { LogFormat: 'JSON', ApplicationLogLevel: 'INFO' };
    for (const name of FUNCTIONS) expect(functionNamed(name)?.LoggingConfig).toEqual(json);
  });

  test('has no alarms', () => expect(ofType('AWS::CloudWatch::Alarm')).toEqual([]));
});

describe('the whole section', () => {
  beforeAll(() => pack(FULL));

  test('gives each role exactly its rights', () => expectRights(FULL));

  test('has API Gateway in place of the URL', () => {
    expect(ofType('AWS::Lambda::Url')).toEqual([]);
    expect(ofType('AWS::ApiGatewayV2::Route').map(({ Properties }) => Properties.RouteKey)).toEqual(['POST /']);
    expect(ofType('AWS::ApiGatewayV2::Integration')).toMatchObject([{ Properties: { PayloadFormatVersion: '2.0' } }]);
  });

  test('puts what calls clusters, and nothing else, into the network', () => {
    const network = {
      SubnetIds: ['subnet-0a1b2c3d', 'subnet-0a1b2c3e'],
      SecurityGroupIds: ['sg-0a1b2c3d'],
    };
    for (const name of FUNCTIONS)
      expect(functionNamed(name)?.VpcConfig).toEqual(name === 'slack' ? undefined : network);
  });

  test('lets every function call FIPS endpoints, and reserves nothing', () => {
    for (const name of FUNCTIONS) {
      expect(functionNamed(name)?.Environment).toMatchObject({ Variables: { AWS_USE_FIPS_ENDPOINT: 'true' } });
      expect(functionNamed(name)?.ReservedConcurrentExecutions).toBeUndefined();
    }
  });

  test('sends alarms to an address', () => {
    expect(ofType('AWS::SNS::Topic')).toMatchObject([
      { Properties: { Subscription: [{ Protocol: 'email', Endpoint: 'ops@example.com' }] } },
    ]);
    const alarms = ofType('AWS::CloudWatch::Alarm');
    expect(alarms).toHaveLength(2 * FUNCTIONS.length + 4);
    for (const { Properties } of alarms) expect(Properties.AlarmActions).toEqual([{ Ref: 'AlarmTopic' }]);
  });

  test('names everything after its region and stage', () => {
    const names = FUNCTIONS.map((name) => functionNamed(name)?.FunctionName);
    expect(names).toEqual(FUNCTIONS.map((name) => `pitlane-lab-${name}`));
    const roles = ofType('AWS::IAM::Role').map(({ Properties }) => Properties.RoleName);
    expect(roles).toEqual(FUNCTIONS.map((name) => `pitlane-lab-${name}-us-east-1`));
  });
});
