import { count } from '../../text/words.ts';
import { context, type Message, message, section, sections, shareRoom } from '../blocks/blocks.ts';
import { code, escapeInline, person } from '../blocks/escape.ts';
import { becauseOf, outOf, type Reminder, timeUp, warning } from './reminder-view.ts';

/** So many pods fit into one message, with their reasons. */
export const MOST_REMINDED = 40;

const MOST_CHARACTERS = 8_000;

/** For the channel, instead of one reminder for each pod. It has no buttons: one line of text is about all pods of a service. */
export function digestView(given: readonly Reminder[]): Message {
  const placeOf = ({ service, pod }: Reminder) => `${service} ${pod.name}`;
  const reminders = [...given].sort((a, b) => placeOf(a).localeCompare(placeOf(b), 'en', { numeric: true }));
  const heading = `*Time is up for ${count(reminders.length, 'pod')}.* They are still out of rotation:`;
  return message('reminders', heading, [
    section(heading),
    ...sections(shareRoom(reminders.map(lineOf), MOST_CHARACTERS)),
    context(nextLines(reminders).join('\n')),
  ]);
}

function lineOf({ service, pod, kind, record, reason, isUnproven }: Reminder): string {
  const by = isUnproven ? `${escapeInline(record.by)} (according to its mark)` : person(record.by);
  const line = `▸ *${escapeInline(pod.name)}* ${outOf(service, kind)} by ${by}${becauseOf(record)}${timeUp(record)}`;
  return reason === undefined ? line : `${line}\n      ${warning(reason, isUnproven)}`;
}

/** What to type, for the pods of each service that allow the same. */
function nextLines(reminders: readonly Reminder[]): readonly string[] {
  const groups = Map.groupBy(reminders, ({ service, kind, isServiceGone }) =>
    JSON.stringify([service, isServiceGone ? 'left' : kind]),
  );
  return [...groups.values()].map((group) => {
    const [{ service, kind, isServiceGone }] = group as [Reminder];
    const names = group.map(({ pod }) => pod.name).join(' ');
    if (isServiceGone) return `Next: ${code(`/${service} finish ${names}`)}`;
    const others = kind === 'disabled' ? '`enable`' : '`restore` or `finish`';
    return `Next: ${code(`/${service} extend ${names} 1h`)}, or ${others} with the same names`;
  });
}
