import { main, Refused, writeDeployment } from './archives.ts';
import { accountFaults } from './aws-account.ts';
import { environmentOf, readDeployable, signIn, stackOf } from './aws-session.ts';
import { runOsls } from './osls.ts';

/** `npm run undeploy`: removes from AWS what `npm run deploy` has created, and says what stays. */
await main(async () => {
  const { config } = readDeployable(({ deploy }, path) =>
    deploy === undefined
      ? [`${path} has no section deploy: add the region and the stage of what is to be removed.`]
      : [],
  );
  const { deploy, clusters, services } = config;
  const account = await signIn(deploy);
  const faults = await accountFaults(account);
  if (faults.length > 0) throw new Refused(faults);
  writeDeployment(config);
  const { code } = await runOsls(['remove'], { env: environmentOf(account), shown: true });
  if (code !== 0)
    throw new Refused([`The removal failed (exit code ${code}): see the events of the stack ${stackOf(deploy)}.`]);
  const namespaces = [...new Set(Object.values(services).map(({ namespace }) => namespace))];
  console.log(`
Removed the functions, their logs, roles and alarms. What stays:
- the secret ${deploy.secrets}, and the kubeconfigs in secrets that ${Object.keys(clusters).join(', ')} may name
- in the clusters: access entries and RBAC (docs/access.md); drained and disabled pods, canaries, gates and the journal in
  ${namespaces.join(', ')}: \`npm run pitlane -- drained\` lists the pods, and nobody is reminded of them any more
- the Slack app: delete it at https://api.slack.com/apps`);
});
