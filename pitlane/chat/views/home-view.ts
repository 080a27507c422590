import type { types } from '@slack/bolt';
import { drainedSummary } from '../../operate/drained-data.ts';
import type { Overview, UpcomingSchedule } from '../../operate/overview.ts';
import { scheduleText } from '../../rotation/schedule.ts';
import { count } from '../../text/words.ts';
import { context, type Message, message, section, shareRoom, takeFitting, titled } from '../blocks/blocks.ts';
import { refreshButton } from '../blocks/buttons.ts';
import { code, escapeInline } from '../blocks/escape.ts';
import { moment } from '../blocks/time.ts';
import { drainedLines, notesOf } from './drained-view.ts';

const MOST_SCHEDULES = 3_000;
const MOST_SERVICES = 30;

/** The Home tab of the app. A home has the limits of a message, and no text of its own. */
export function homeOf({ blocks }: Message): types.HomeView {
  return { type: 'home', blocks: [...blocks] };
}

export function homeView({ list, schedules, services }: Overview): Message {
  const heading = `*${drainedSummary(list)}*`;
  return message('home', heading, [
    section(`${heading}\nAs of ${moment(list.at)}.`),
    refreshButton(),
    ...drainedLines(list),
    ...notesOf(list),
    ...titled('Schedules', scheduleLines(schedules)),
    context(commandsOf(services)),
  ]);
}

/** Instead of it: why there is nothing to see. */
export function homeNotice(notice: Message): Message {
  return { ...notice, blocks: [...notice.blocks, refreshButton()] };
}

function scheduleLines(schedules: readonly UpcomingSchedule[]): readonly string[] {
  const all = schedules.map(({ key, schedule, next = 'does not occur again' }) => {
    const because = schedule.because === undefined ? '' : `: ${escapeInline(schedule.because)}`;
    return `• *${escapeInline(key)}* ${code(scheduleText(schedule))}, next: ${escapeInline(next)}${because}`;
  });
  const shown = takeFitting(shareRoom(all, MOST_SCHEDULES), MOST_SCHEDULES);
  const left = all.length - shown.length;
  return left === 0 ? shown : [...shown, `${count(left, 'more schedule')} not shown.`];
}

function commandsOf(services: readonly string[]): string {
  const shown = services.slice(0, MOST_SERVICES).map((key) => code(`/${key} list`));
  const left = services.length - shown.length;
  const more = left === 0 ? '' : ` and ${count(left, 'more service')}`;
  return `Type in a channel: ${[...shown, code('/pitlane help')].join(', ')}${more}.`;
}
