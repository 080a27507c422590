import { isSlackUser } from '../blocks/mrkdwn.ts';
import { type SlackApi, SlackRefused } from './api.ts';

/** A client that sends direct messages, and files in them, only to people who may get them. */
export function directlyOnlyIf(slack: SlackApi, mayGet: (userId: string) => Promise<boolean>): SlackApi {
  return {
    ...slack,
    async call(method, args) {
      const addressed = [args.channel, args.users].filter((to) => typeof to === 'string' && isSlackUser(to));
      for (const to of addressed)
        if (!(await mayGet(String(to)))) throw new SlackRefused(method, 'person_without_role');
      return slack.call(method, args);
    },
  };
}
