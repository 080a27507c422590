import { z } from 'zod';
import { commandNames } from '../operations/commands.ts';
import { labelKeyFault, labelValueFault } from '../rotation/selector.ts';
import { parseDuration } from '../text/duration.ts';
import { flag, leaf, oneOf, text, wholeNumber } from './leaf.ts';

/** Words that stand where a service's key stands: `/pitlane help`, `pitlane check`. */
const RESERVED = [...commandNames, 'check', 'version', 'pitlane'];

const CLUSTER_KEY = text(
  'expected a name of letters, digits, "-" and "_"',
  /^[A-Za-z0-9][-_A-Za-z0-9]{0,62}$/,
  'A cluster.',
);
// Slack: a slash command has at most 32 characters, the slash included (manifest, features.slash_commands).
const SERVICE_KEY = leaf(
  `expected at most 31 lower-case letters, digits, "-" and "_", and none of pitlane's own words`,
  { pattern: '^[a-z0-9][-_a-z0-9]{0,30}$', description: 'The name that people type: /rng.' },
  (key) => (/^[a-z0-9][-_a-z0-9]{0,30}$/.test(key) && !RESERVED.includes(key) ? key : undefined),
);
const DNS_LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const CHANNEL = text(
  "expected a channel's id, such as C0123456789 (in Slack: channel details, at the end)",
  /^[CGD][A-Z0-9]{5,20}$/,
  'The id of a Slack channel.',
);

const GATE = leaf('expected a label as key=value, such as enabled=yes', { pattern: '=' }, (value) => {
  const equals = value.indexOf('=');
  return equals < 0 ? undefined : label(value.slice(0, equals), value.slice(equals + 1));
});

/** `gate: { enabled: yes }` */
const GATE_AS_MAP = z
  .record(z.string(), z.string({ error: 'expected the value of a label' }))
  .transform((map, context) => {
    const [only, ...others] = Object.entries(map);
    const gate = only && others.length === 0 ? label(only[0], only[1]) : undefined;
    if (gate !== undefined) return gate;
    context.addIssue({ code: 'custom', message: 'expected one label, such as enabled: yes' });
    return z.NEVER;
  });

function label(key: string, value: string): { key: string; value: string } | undefined {
  return labelKeyFault(key) === undefined && labelValueFault(value) === undefined ? { key, value } : undefined;
}

const DURATION = leaf(
  'expected a duration from 1m to 7d, such as 30m or 1h30m',
  { description: 'How long a pod stays drained where the command does not say.', examples: ['1h'] },
  (value) => {
    const parsed = parseDuration(value);
    return parsed.kind === 'duration' ? parsed.seconds : undefined;
  },
);

const MIN_READY = leaf(
  'expected a number of pods or a per cent of them, such as 2 or 75%',
  {
    type: ['integer', 'string'],
    pattern: '^(100|[1-9]?[0-9])%$',
    minimum: 0,
    description: 'Fewest pods that must stay in rotation: a number, or a per cent of the desired pods rounded up.',
  },
  (value): number | `${number}%` | undefined => {
    if (/^\d{1,6}$/.test(value)) return Number(value);
    return /^(?:100|[1-9]?\d)%$/.test(value) ? `${Number(value.slice(0, -1))}%` : undefined;
  },
);

const CLUSTER = z.strictObject({
  eks: z
    .strictObject({
      name: text("expected the EKS cluster's name", /^[A-Za-z0-9][-_A-Za-z0-9]{0,99}$/, 'Name of the EKS cluster.'),
      region: text('expected an AWS region, such as eu-west-1', /^[a-z]{2}(-[a-z]+)+-\d$/, 'AWS region.'),
    })
    .optional(),
  kubeconfig: z
    .strictObject(
      {
        context: text('expected the name of a context', /^.{1,253}$/, 'Absent: the current context.').optional(),
        path: text('expected a path', /^.{1,1024}$/, 'Absent: KUBECONFIG, or the default file.').optional(),
      },
      {
        error: (issue) => (issue.code === 'invalid_type' ? 'expected a context, or {} for the current one' : undefined),
      },
    )
    .optional(),
  secret: text(
    'expected the name of a secret that holds a kubeconfig',
    /^\S{1,512}$/,
    'Name of a secret that holds a kubeconfig.',
  ).optional(),
});

const SERVICE = z.strictObject({
  cluster: text('expected a key of clusters', /^.+$/, 'A key of clusters; absent: the only one.').optional(),
  namespace: text('expected the name of a namespace', DNS_LABEL, "The Service's namespace."),
  service: text('expected the name of a Service', DNS_LABEL, "The Service's name; absent: the key.").optional(),
  minReady: MIN_READY.optional(),
  maxDrained: wholeNumber(1, 100, 'Most drained pods at a time; absent: 3.').optional(),
  gate: z
    .union([GATE, GATE_AS_MAP])
    .meta({ description: 'The label of the gate: a pod of the service without it is disabled.' })
    .optional(),
  drain: z
    .strictObject({
      for: DURATION.optional(),
      then: oneOf(['remind', 'restore', 'finish'], 'What happens when the time is over; absent: remind.').optional(),
    })
    .optional(),
  channel: CHANNEL.optional(),
  only: z.strictObject({ channels: z.array(CHANNEL).min(1, { error: 'expected at least one channel' }) }).optional(),
});

const GRANT = z.strictObject({
  everyone: flag("Every member of the workspace's own team.").optional(),
  users: z
    .array(text("expected a user's id, such as U0123456789", /^[UW][A-Z0-9]{5,20}$/, 'The id of a Slack user.'))
    .optional(),
  userGroups: z
    .array(text("expected a user group's id, such as S0123456789", /^S[A-Z0-9]{5,20}$/, 'The id of a user group.'))
    .optional(),
  runbooks: flag('Direct invocations: runbooks, and the command line through Lambda.').optional(),
});

/** What stands below the keys that people choose. */
export const BELOW_KEYS = { clusters: CLUSTER, services: SERVICE };

/** The file as it is written. What needs two places of it at once is checked in `rules.ts`. */
export const FILE = z.strictObject({
  clusters: z.record(CLUSTER_KEY, CLUSTER),
  services: z.record(SERVICE_KEY, SERVICE),
  access: z.strictObject({ viewer: GRANT.optional(), operator: GRANT.optional(), admin: GRANT.optional() }).optional(),
});

export type ConfigFile = z.output<typeof FILE>;

/** For editors: the JSON Schema of the file. */
export function jsonSchema(): Readonly<Record<string, unknown>> {
  return { ...z.toJSONSchema(FILE, { io: 'input' }), title: 'pitlane.yaml' };
}
