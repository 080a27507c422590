import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lambdaHandOver } from '../../functions/hand-over.ts';
import { FUNCTIONS } from '../../infra/bundle.ts';
import { askAws } from '../../pitlane/aws/ask.ts';
import type { Job } from '../../pitlane/chat/job.ts';
import { signJob } from '../../pitlane/chat/signed-job.ts';
import { askMoto } from './ask.ts';
import { type Moto, startMoto } from './moto.ts';

/** `npm run deploy` and `npm run undeploy`, with osls and its AWS SDK, against an emulator. */
const ROOT = join(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'pitlane-deploy-'));
const KEYS = { accessKeyId: 'AKIATEST', secretAccessKey: 'test' };
const CONFIG = `
clusters: { prod: { eks: { name: prod, region: eu-west-1 } } }
services: { rng: { namespace: dockercoins } }
deploy: { region: eu-west-1, account: "123456789012", secrets: pitlane/slack }
`;
const CANARY = 'canary-5f1e';

let moto: Moto;
beforeAll(async () => {
  moto = await startMoto();
});
afterAll(async () => {
  await moto?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs a script of package.json. Its environment has nothing of this machine's AWS account. */
async function run(script: 'deploy' | 'undeploy' | 'package', config = CONFIG, keys: typeof KEYS | null = KEYS) {
  const path = join(folder, 'pitlane.yaml');
  writeFileSync(path, config);
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_'));
  const child = spawn(process.execPath, [join(ROOT, 'infra', `${script}.ts`)], {
    cwd: ROOT,
    env: {
      ...Object.fromEntries(own),
      PITLANE_CONFIG: path,
      HOME: folder,
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_ENDPOINT_URL: moto.url,
      ...(keys && { AWS_ACCESS_KEY_ID: keys.accessKeyId, AWS_SECRET_ACCESS_KEY: keys.secretAccessKey }),
    },
  });
  const output: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => output.push(String(chunk)));
  const status = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { status, output: output.join('') };
}

async function ask(service: string, path: string, form?: Readonly<Record<string, string>>) {
  const url = new URL(path, moto.url);
  const region = 'eu-west-1';
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const request =
    form === undefined
      ? ({ service, region, method: 'GET', url } as const)
      : ({ service, region, method: 'POST', url, headers, body: new URLSearchParams(form).toString() } as const);
  return askAws(request, { credentials: KEYS, now: Date.now, sleep: async () => {} });
}

interface LambdaFunction {
  readonly FunctionName: string;
  readonly Role: string;
  readonly CodeSha256: string;
  readonly Environment?: { readonly Variables?: Readonly<Record<string, string>> };
}

async function functions(): Promise<readonly LambdaFunction[]> {
  const { body } = await ask('lambda', '/2015-03-31/functions/');
  return JSON.parse(body).Functions;
}

async function policyOf(role: string): Promise<string> {
  const input = { Action: 'GetRolePolicy', Version: '2010-05-08', RoleName: role, PolicyName: 'pitlane' };
  const { body } = await ask('iam', '/', input);
  return decodeURIComponent(/<PolicyDocument>([^<]*)</.exec(body)?.[1] ?? '');
}

const stack = async () =>
  (await ask('cloudformation', '/', { Action: 'DescribeStacks', Version: '2010-05-15', StackName: 'pitlane-prod' }))
    .status;

const secretExists = async () =>
  (await askMoto(moto, 'secretsmanager', 'secretsmanager.DescribeSecret', { SecretId: 'pitlane/slack' })).status ===
  200;

describe('npm run deploy', () => {
  test.each([
    ['without a secret', CONFIG, KEYS, 'pitlane/slack'],
    ['to another account', CONFIG.replace('123456789012', '210987654321'), KEYS, '210987654321'],
    ['without credentials', CONFIG, null, 'AWS_PROFILE'],
  ])('sends nothing %s', async (_, config, keys, named) => {
    const { status, output } = await run('deploy', config, keys);
    expect(status).toBe(1);
    expect(output).toContain(named);
    expect(await stack()).toBe(400);
    expect(await functions()).toEqual([]);
  });

  test('deploys the archives, each with its own role, and no secret', async () => {
    const SecretString = JSON.stringify({ signingSecret: CANARY, botToken: `xoxb-${CANARY}` });
    await askMoto(moto, 'secretsmanager', 'secretsmanager.CreateSecret', { Name: 'pitlane/slack', SecretString });
    const { status, output } = await run('deploy');
    expect(output).toContain('slack:manifest');
    expect(status).toBe(0);
    expect(await stack()).toBe(200);

    // osls removes the archives that it has deployed. These are the same bytes.
    expect(await run('package')).toMatchObject({ status: 0 });
    const deployed = await functions();
    expect(deployed.map(({ FunctionName }) => FunctionName).sort()).toEqual(
      FUNCTIONS.map((name) => `pitlane-prod-${name}`).sort(),
    );
    for (const { FunctionName, CodeSha256, Role } of deployed) {
      const name = FunctionName.replace('pitlane-prod-', '');
      const archive = readFileSync(join(ROOT, '.serverless', `${name}.zip`));
      expect(CodeSha256).toBe(createHash('sha256').update(archive).digest('base64'));
      expect(Role).toBe(`arn:aws:iam::123456789012:role/pitlane-prod-${name}-eu-west-1`);
    }
    expect(JSON.stringify(deployed)).toContain('pitlane/slack');
    expect(JSON.stringify(deployed) + output).not.toContain(CANARY);
    const worker = await policyOf('pitlane-prod-worker-eu-west-1');
    expect(worker).toContain('arn:aws:eks:eu-west-1:123456789012:cluster/prod');
    expect(worker).toContain('arn:aws:secretsmanager:eu-west-1:123456789012:secret:pitlane/slack-??????');
    expect(worker).toContain('arn:aws:lambda:eu-west-1:123456789012:function:pitlane-prod-failed');
  });

  test('deploys a worker that takes what the deployed function slack hands over to it', async () => {
    // Without Docker the emulator only accepts the invocation.
    const slack = (await functions()).find(({ FunctionName }) => FunctionName.endsWith('-slack'));
    const { WORKER_FUNCTION = '' } = slack?.Environment?.Variables ?? {};
    const env = { AWS_ENDPOINT_URL: moto.url, AWS_ACCESS_KEY_ID: KEYS.accessKeyId };
    const handOverTo = (worker: string) => {
      const secret = { AWS_SECRET_ACCESS_KEY: KEYS.secretAccessKey, AWS_REGION: 'eu-west-1', WORKER_FUNCTION: worker };
      return lambdaHandOver({ ...env, ...secret }, Date.now, 30_000)(signJob({} as Job, CANARY, Date.now()));
    };
    await handOverTo(WORKER_FUNCTION);
    await expect(handOverTo('pitlane-prod-none')).rejects.toThrow(/404/);
  });

  test('deploys another configuration over the first one', async () => {
    const before = await functions();
    const { status } = await run('deploy', CONFIG.replace('name: prod', 'name: lab'));
    expect(status).toBe(0);
    const hashes = (of: readonly LambdaFunction[]) => new Map(of.map((each) => [each.FunctionName, each.CodeSha256]));
    const [old, now] = [hashes(before), hashes(await functions())];
    const changed = [...now.keys()].filter((name) => old.get(name) !== now.get(name));
    // The function slack has no configuration.
    const configured = FUNCTIONS.filter((name) => name !== 'slack');
    expect(changed.sort()).toEqual(configured.map((name) => `pitlane-prod-${name}`).sort());
  });
});

test('npm run undeploy removes all but the secret, and says so', async () => {
  const { status, output } = await run('undeploy');
  expect(output).toContain('pitlane/slack');
  expect(status).toBe(0);
  expect(await stack()).toBe(400);
  expect(await functions()).toEqual([]);
  expect(await secretExists()).toBe(true);
});
