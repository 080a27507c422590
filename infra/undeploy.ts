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
  const kubeconfigs = Object.values(clusters).flatMap((cluster) => (cluster.kind === 'secret' ? [cluster.secret] : []));
  const namespaces = [...new Set(Object.values(services).map(({ namespace }) => namespace))];
  console.log(`
Removed the functions, their logs, roles and alarms. What stays:
- the secrets: ${[deploy.secrets, ...kubeconfigs].join(', ')}
- in the clusters: access entries and RBAC (docs/access.md); drained and disabled pods, canaries, gates and the journal in
  ${namespaces.join(', ')}: \`kubectl get pods -A -l pitlane.dev/drained-from\` lists drained pods;
  their reminders have ended
- the Slack app: delete it at https://api.slack.com/apps`);
});
