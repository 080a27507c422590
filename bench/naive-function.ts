import { CoreV1Api, KubeConfig } from '@kubernetes/client-node';
import { App, AwsLambdaReceiver } from '@slack/bolt';
import type { AwsEvent } from '@slack/bolt/dist/receivers/AwsLambdaReceiver.js';

// Most bots look like this: one function that acknowledges a command, and lists pods and posts them.
const { SLACK_SIGNING_SECRET: signingSecret = '', SLACK_BOT_TOKEN: token = '', SLACK_API_URL = '' } = process.env;
const { CHANNEL: channel = '', NAMESPACE: namespace = '' } = process.env;
const receiver = new AwsLambdaReceiver({ signingSecret });
const app = new App({
  receiver,
  token,
  tokenVerificationEnabled: false,
  clientOptions: { slackApiUrl: SLACK_API_URL },
});
app.command(/./, async ({ ack }) => ack());
const acknowledge = receiver.toHandler();

export async function handler(event: object, context: object): Promise<unknown> {
  if ('body' in event) return acknowledge(event as AwsEvent, context);
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromDefault();
  const api = kubeConfig.makeApiClient(CoreV1Api);
  const { items } = await api.listNamespacedPod({ namespace, labelSelector: 'app=rng' });
  const text = items.map(({ metadata, status }) => `${metadata?.name}: ${status?.phase}`).join('\n');
  await app.client.chat.postMessage({ channel, text });
  return { pods: items.length };
}
