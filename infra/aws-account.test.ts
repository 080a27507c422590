import nock from 'nock';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { DeployConfig } from '../pitlane/config/config.ts';
import { lookAt, outputsOf } from './aws-account.ts';

const DEPLOY: DeployConfig = {
  region: 'eu-west-1',
  stage: 'prod',
  account: '123456789012',
  secrets: 'pitlane/slack',
  door: 'url',
  concurrency: 20,
  fips: false,
};

beforeAll(() => nock.disableNetConnect());
afterEach(() => nock.cleanAll());

const account = (deploy: Partial<DeployConfig> = {}) => ({
  deploy: { ...DEPLOY, ...deploy },
  credentials: { accessKeyId: 'ASIAEXAMPLE', secretAccessKey: 'secret', sessionToken: 'session' },
  env: {},
  now: Date.now,
  sleep: async () => {},
});

const identity = (id = '123456789012') =>
  `<GetCallerIdentityResponse><GetCallerIdentityResult><Account>${id}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`;

function sts(status = 200, body = identity()) {
  nock('https://sts.eu-west-1.amazonaws.com', { reqheaders: { authorization: /ASIAEXAMPLE/ } })
    .persist()
    .post('/', /Action=GetCallerIdentity/)
    .reply(status, body);
}

function secret(status = 200, body: object = { SecretString: '{"signingSecret":"s","botToken":"xoxb-1"}' }) {
  nock('https://secretsmanager.eu-west-1.amazonaws.com').persist().post('/').reply(status, body);
}

function limit(ConcurrentExecutions: number, status = 200) {
  nock('https://lambda.eu-west-1.amazonaws.com')
    .persist()
    .get('/2016-08-19/account-settings/')
    .reply(status, { AccountLimit: { ConcurrentExecutions } });
}

const SAID: string[] = [];
const remember = ({ faults, notes }: { readonly faults: readonly string[]; readonly notes: readonly string[] }) => {
  SAID.push(...faults, ...notes);
  return [faults.length, notes.length];
};

describe('an account', () => {
  test('that has all that it needs is taken', async () => {
    sts();
    secret();
    limit(1000);
    expect(await lookAt(account())).toEqual({ faults: [], notes: [] });
    expect(await lookAt(account({ account: undefined }))).toEqual({ faults: [], notes: [] });
  });

  test.each([
    ['another one', 200, identity('210987654321')],
    ['refused credentials', 403, '<ErrorResponse><Error><Code>ExpiredToken</Code></Error></ErrorResponse>'],
    ['no answer', 503, ''],
  ])('that is %s is refused before anything else is asked', async (_, status, body) => {
    sts(status, body);
    expect(remember(await lookAt(account()))).toEqual([1, 0]);
  });

  test.each([
    ['does not exist', 400, { __type: 'ResourceNotFoundException' }],
    ['is empty', 200, { SecretString: '{}' }],
    ['lacks the token', 200, { SecretString: '{"signingSecret":"canary","botToken":""}' }],
  ])('whose secret %s is refused', async (_, status, body) => {
    sts();
    limit(1000);
    secret(status, body);
    const found = await lookAt(account());
    expect(remember(found)).toEqual([1, 0]);
    expect(JSON.stringify(found)).not.toContain('canary');
  });

  test('whose secret these credentials may not read is taken, with a note', async () => {
    sts();
    limit(1000);
    secret(400, { __type: 'AccessDeniedException' });
    expect(remember(await lookAt(account()))).toEqual([0, 1]);
  });

  test('that may run too few instances to reserve some is refused', async () => {
    sts();
    secret();
    limit(10);
    expect(remember(await lookAt(account()))).toEqual([1, 0]);
    expect(await lookAt(account({ concurrency: undefined }))).toEqual({ faults: [], notes: [] });
  });

  test('whose limits can not be asked for is taken', async () => {
    sts();
    secret();
    limit(10, 403);
    expect(await lookAt(account())).toEqual({ faults: [], notes: [] });
  });

  test('is refused with a sentence', async () => {
    await expect(`${SAID.join('\n')}\n`).toMatchFileSnapshot('golden/aws-account.golden.txt');
  });
});

test('the outputs of a stack are read from the answer of CloudFormation', async () => {
  nock('https://cloudformation.eu-west-1.amazonaws.com')
    .post('/', /Action=DescribeStacks.*StackName=pitlane-prod/)
    .reply(
      200,
      `<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><DescribeStacksResult><Stacks><member>
      <Outputs>
        <member>
          <OutputKey>SlackLambdaFunctionUrl</OutputKey>
          <OutputValue>https://abc.lambda-url.eu-west-1.on.aws/</OutputValue>
          <Description>Lambda Function URL</Description>
          <ExportName>sls-pitlane-prod-SlackLambdaFunctionUrl</ExportName>
        </member>
        <member><OutputKey>ServerlessDeploymentBucketName</OutputKey><OutputValue>bucket</OutputValue></member>
      </Outputs>
      <StackName>pitlane-prod</StackName>
    </member></Stacks></DescribeStacksResult></DescribeStacksResponse>`,
    );
  expect([...(await outputsOf(account(), 'pitlane-prod'))]).toEqual([
    ['SlackLambdaFunctionUrl', 'https://abc.lambda-url.eu-west-1.on.aws/'],
    ['ServerlessDeploymentBucketName', 'bucket'],
  ]);
});

test('without an answer there are no outputs', async () => {
  nock('https://cloudformation.eu-west-1.amazonaws.com').persist().post('/').reply(400, '<Code>ValidationError</Code>');
  expect([...(await outputsOf(account(), 'pitlane-prod'))]).toEqual([]);
});
