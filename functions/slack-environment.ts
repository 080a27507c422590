import { type SlackApi, slackApi } from '../pitlane/chat/slack/api.ts';
import { slackSecret } from './secrets.ts';

/** Slack as the function's environment names it; gives up at the deadline (milliseconds since the epoch). */
export function slackFromEnvironment(deadline: number): SlackApi {
  return slackApi({
    token: () => slackSecret('botToken'),
    apiUrl: process.env.SLACK_API_URL ?? 'https://slack.com/api/',
    deadline,
    now: Date.now,
  });
}
