import {
  type SchedulesReport,
  type ShownSchedule,
  scheduleDetails,
  schedulesSummary,
} from '../../operate/schedules.ts';
import type { ScheduleFailure } from '../../operate/tick/courier.ts';
import { scheduleText } from '../../rotation/schedule.ts';
import { context, type Message, message, section, sections } from '../blocks/blocks.ts';
import { code, escapeInline, mentionFirst } from '../blocks/mrkdwn.ts';
import type { Setting } from './setting.ts';
import { typed } from './told-view.ts';

export function schedulesView(report: SchedulesReport, setting: Setting): Message {
  const summary = escapeInline(schedulesSummary(report));
  const ways = report.schedules.some(({ added }) => added !== undefined)
    ? ['schedule add', 'schedule remove']
    : ['schedule add'];
  return message('schedules', summary, [
    section(`*${summary}*`),
    sections(report.schedules.map(scheduleBlock)),
    sections(report.notes.map((note) => `⚠ ${mentionFirst(note)}`)),
    context(`Next: ${ways.map((way) => code(typed(`help ${way}`, setting))).join(' or ')}`),
  ]);
}

function scheduleBlock(schedule: ShownSchedule): string {
  const details = scheduleDetails(schedule).map((detail) => `• ${mentionFirst(detail)}`);
  return [`*${code(schedule.id)}*  ${code(scheduleText(schedule))}`, ...details].join('\n');
}

/** For the service's channel. */
export function scheduleFailedView(
  { schedule, service, reason, retryMinutes }: ScheduleFailure,
  { address }: Pick<Setting, 'address'>,
): Message {
  const { id, added } = schedule;
  const heading = `*${escapeInline(service.key)}*: schedule ${code(id)} can't be kept.`;
  const remove = added === undefined ? 'pitlane.yaml' : code(`${address} schedule remove ${id}`);
  return message('scheduleFailed', heading, [
    section([heading, code(scheduleText(schedule)), `⚠ ${mentionFirst(reason)}`].join('\n')),
    context(`Pitlane tries again every ${retryMinutes} minutes. Remove it: ${remove}`),
  ]);
}
