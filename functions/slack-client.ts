import { type SlackApi, slackApi } from '../pitlane/chat/slack/api.ts';
import { slackApiUrl } from './environment.ts';
import type { SlackSecrets } from './slack-secrets.ts';

/** Slack's Web API with the URL of the environment. Gives up at the deadline (milliseconds since the epoch). */
export function slackClient(secrets: SlackSecrets): (deadline: number) => SlackApi {
  return (deadline) =>
    slackApi({
      token: (refused) => secrets.botToken(deadline, refused),
      apiUrl: slackApiUrl(),
      deadline,
      now: Date.now,
    });
}
