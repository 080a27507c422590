import { loadConfig } from '../pitlane/config/file.ts';
import { buildArchives, configIn, main, Refused } from './archives.ts';
import { lookAt, outputsOf } from './aws-account.ts';
import { environmentOf, readDeployable, signIn, stackOf } from './aws-session.ts';
import { deployFaults } from './deploy-faults.ts';
import { runOsls } from './osls.ts';

/** `npm run deploy`: brings Pitlane to AWS as pitlane.yaml says. Everything is checked before anything is sent. */
await main(async () => {
  const example = configIn(loadConfig('pitlane.example.yaml'));
  const { config } = readDeployable((read, path) => deployFaults(read, path, example));
  const { deploy } = config;
  const account = await signIn(deploy);
  const { faults, notes } = await lookAt(account);
  if (faults.length > 0) throw new Refused(faults);
  for (const note of notes) console.log(note);
  await buildArchives(config, console.log);
  const { code } = await runOsls(['deploy', '--package', '.serverless'], { env: environmentOf(account), shown: true });
  if (code !== 0)
    throw new Refused([`The deploy failed (exit code ${code}). CloudFormation goes back to the state before; the messages above say why.`]);
  const url = urlIn(await outputsOf(account, stackOf(deploy)));
  console.log(`
Deployed. ${url === undefined ? `The outputs of the stack ${stackOf(deploy)} name the request URL.` : `The request URL for Slack: ${url}`}

Next, if this was the first time:
  npm run --silent slack:manifest -- --url ${url ?? 'URL'}    # the Slack app: its commands, and this URL
  docs/deploy.md                                 # access to the clusters, and the first command`);
});

/** Of the function, or of API Gateway. Slack compares addresses with their final slash. */
function urlIn(outputs: ReadonlyMap<string, string>): string | undefined {
  const url = outputs.get('SlackLambdaFunctionUrl') ?? outputs.get('HttpApiUrl');
  return url === undefined || url === '' ? undefined : new URL(url).href;
}
