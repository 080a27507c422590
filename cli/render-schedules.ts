import {
  type SchedulesReport,
  scheduleDetails,
  scheduleHeading,
  schedulesSummary,
} from '../pitlane/operate/schedules.ts';
import { insteadLines, type Style } from './style.ts';

export function renderSchedules(report: SchedulesReport, style: Style): readonly string[] {
  const { schedules, notes } = report;
  return [
    style.paint('bold', schedulesSummary(report)),
    ...schedules.flatMap((schedule) => [
      '',
      scheduleHeading(schedule),
      ...scheduleDetails(schedule).map((detail) => `  ${detail}`),
    ]),
    ...notes.map((note) => `${style.paint('yellow', 'warning')}   ${note}`),
    'Next:',
    ...insteadLines(
      schedules.some(({ added }) => added) ? ['help schedule add', 'help schedule remove'] : ['help schedule add'],
      style,
    ),
  ];
}
