import type { Config } from '../pitlane/config/config.ts';
import { slackCommandFaults } from '../pitlane/config/slack-commands.ts';

/** Why a configuration is not deployed: a sentence each, which says what to do instead. */
export function deployFaults(config: Config, path: string, example: Config): readonly string[] {
  const faults = [...kubeconfigFaults(config), ...slackCommandFaults(Object.keys(config.services))];
  if (isSame(config.access, example.access) && isSame(config.services, example.services))
    return [`${path} is the example: name your own clusters, services, channels and people in it.`];
  if (config.deploy !== undefined) return faults;
  const sentence = `${path} has no section deploy: add deploy: { region: …, secrets: … }, as docs/deploy.md shows.`;
  return [sentence, ...faults];
}

function kubeconfigFaults({ clusters }: Config): readonly string[] {
  return Object.entries(clusters)
    .filter(([, { kind }]) => kind === 'kubeconfig')
    .map(
      ([key]) =>
        `clusters.${key} uses a kubeconfig of this machine, which Lambda does not have: use eks, or secret for a kubeconfig in AWS Secrets Manager.`,
    );
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
