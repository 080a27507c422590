import type { OutageNews } from '../../operate/tick/courier.ts';
import { age } from '../../text/age.ts';
import { list } from '../../text/words.ts';
import { context, type Message, message, section } from '../blocks/blocks.ts';
import { code, escapeInline, escapeText, moment } from '../blocks/mrkdwn.ts';

/** For a channel of services on the cluster. `now`: milliseconds since the epoch. */
export function outageView({ cluster, services, since, reason, retryMinutes }: OutageNews, now: number): Message {
  const name = `*${escapeInline(cluster)}*`;
  const commands = list([...services].sort().map((key) => code(`/${key}`)));
  if (reason === undefined) {
    const heading = `Cluster ${name} answers again, after ${age(since, now)}.`;
    return message('reachable', heading, [
      section(heading),
      context(`Reminders and operations of ${commands} continue.`),
    ]);
  }
  const heading = `Cluster ${name} has not answered since ${moment(since)}.`;
  return message('unreachable', heading, [
    section(`${heading}\n⚠ ${escapeText(reason)}`),
    context(
      `Until it answers, Pitlane sends no reminders for ${commands} and doesn't continue their operations. It tries again every ${retryMinutes} minutes.`,
    ),
  ]);
}
