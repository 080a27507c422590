import { becauseField, dryRunField, durationField } from '../../command/fields.ts';
import { podsField } from '../../command/pod-fields.ts';
import type { ChangeRequest } from '../../command/request.ts';
import type { Toggle } from '../../rotation/schedule.ts';
import type { Needs } from '../../rotation/snapshot.ts';
import { FOLLOW_SERVICE, OWNERS, RECORD, type Rights } from '../rights.ts';
import type { OperationSpec } from '../spec.ts';
import { scheduleWord, timeZoneField, whenField } from './fields.ts';

export interface ScheduleAddRequest extends ChangeRequest {
  readonly cron?: string;
  readonly does?: Toggle;
  readonly tz?: string;
}

export interface ScheduleRemoveRequest extends ChangeRequest {
  /** Its id. */
  readonly schedule?: string;
}

/** The members, and the schedules. */
export const SCHEDULES: Needs = { members: 'summary', schedules: true };

// infra/rbac-rules.ts lets admins patch the journal of admin operations, where schedules are kept.
const RIGHTS: Rights = { admin: [...FOLLOW_SERVICE, ...OWNERS, ...RECORD] };
/** With the workloads, which the minimum is counted from. */
const NEEDS: Needs = { ...SCHEDULES, owner: true };

/** Has the tick enable or disable pods by the clock. */
export const scheduleAdd: OperationSpec = {
  name: 'schedule add',
  fields: [
    whenField,
    podsField,
    durationField(
      '8h',
      'How long it holds, such as 8h: then the opposite is done. Absent: it holds until something else changes it.',
    ),
    timeZoneField,
    dryRunField,
    becauseField,
  ],
  help: {
    summary: 'Enable or disable pods by the clock.',
    description:
      'At each time of the cron expression (minute, hour, day of month, month, day of week) Pitlane enables or disables the ' +
      'pods, and does the opposite when the time after "for" (1m to 7d) is over. Pods that come in between are treated ' +
      'the same, and a missed time is made up for. A manual change wins until the next time. The minimum is ' +
      'obeyed: pods that the service needs stay enabled, and Pitlane says so once. If several schedules match a pod, the ' +
      'one whose time began last wins. Needs a gate, and a tick.',
    examples: [
      [
        'Give canaries traffic in office hours',
        'schedule add "0 9 * * 1-5" enable -l track=canary for 8h tz Europe/Zurich',
      ],
      ['Take a node out each Sunday morning', 'schedule add "0 2 * * SUN" disable --node node-2 for 2h'],
      ['Show the plan without changing anything', 'schedule add "@daily" disable -l track=canary --dry-run'],
    ],
  },
  role: 'admin',
  rights: RIGHTS,
  words: {
    ask: 'Add a schedule to',
    doing: 'Adding a schedule to',
    done: 'Added a schedule to',
    event: 'ScheduleAdded',
    was: 'got a schedule',
  },
  subject: 'service',
  needs: NEEDS,
  meets: 'independent',
  opposite: 'schedule remove',
};

/** Ends a schedule. */
export const scheduleRemove: OperationSpec = {
  name: 'schedule remove',
  fields: [scheduleWord, dryRunField, becauseField],
  aliases: ['unschedule'],
  help: {
    summary: 'Remove a schedule.',
    description:
      'Removes a schedule that was added by command. Pods stay as they are. A schedule in pitlane.yaml is removed there.',
    examples: [['Remove a schedule', 'schedule remove 3f2a9c']],
  },
  role: 'admin',
  rights: RIGHTS,
  words: {
    ask: 'Remove a schedule of',
    doing: 'Removing a schedule of',
    done: 'Removed a schedule of',
    event: 'ScheduleRemoved',
    was: 'lost a schedule',
  },
  subject: 'service',
  needs: NEEDS,
  meets: 'independent',
  opposite: 'schedule add',
};
