import * as z from 'zod';
import { commandNames } from '../operations/commands.ts';
import { labelKeyFault, labelValueFault } from '../rotation/selector.ts';
import { parseDuration } from '../text/duration.ts';
import { onlyOf } from '../text/words.ts';
import { awsRegion, deploySchema, roleArn, secretName } from './deploy-schema.ts';
import { flag, oneOf, scalar, text, wholeNumber } from './scalar.ts';

/** Words that people type in place of a service's key: `/pitlane help`, `pitlane check`. */
const RESERVED = [...commandNames, 'check', 'version', 'pitlane'];

const clusterKey = text(
  'expected a name of letters, digits, "-" and "_"',
  /^[A-Za-z0-9][-_A-Za-z0-9]{0,62}$/,
  'The name of a cluster.',
);
// Slack: a slash command has at most 32 characters, the slash included (manifest, features.slash_commands).
const serviceKey = scalar(
  'expected up to 31 lower-case letters, digits, "-" and "_", and not a word that Pitlane reserves, such as list',
  { pattern: '^[a-z0-9][-_a-z0-9]{0,30}$', description: 'What people type: /rng.' },
  (key) => (/^[a-z0-9][-_a-z0-9]{0,30}$/.test(key) && !RESERVED.includes(key) ? key : undefined),
);
const DNS_LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const channelId = text(
  'expected a channel ID, such as C0123456789 (in Slack: at the end of the channel details)',
  /^[CGD][A-Z0-9]{5,20}$/,
  'A Slack channel ID.',
);

const gateText = scalar('expected a label as key=value, such as enabled=yes', { pattern: '=' }, (value) => {
  const equals = value.indexOf('=');
  return equals < 0 ? undefined : label(value.slice(0, equals), value.slice(equals + 1));
});

/** `gate: { enabled: yes }` */
const gateMapping = z.record(z.string(), z.string({ error: 'expected a label value' })).transform((map, context) => {
  const only = onlyOf(Object.entries(map));
  const gate = only && label(...only);
  if (gate !== undefined) return gate;
  context.addIssue({ code: 'custom', message: 'expected one label, such as enabled: yes' });
  return z.NEVER;
});

function label(key: string, value: string): { key: string; value: string } | undefined {
  return labelKeyFault(key) === undefined && labelValueFault(value) === undefined ? { key, value } : undefined;
}

function durationText(description: string) {
  const schema = { description, examples: ['1h'] };
  return scalar('expected a duration from 1m to 7d, such as 30m or 1h30m', schema, (value) => {
    const parsed = parseDuration(value);
    return parsed.kind === 'duration' ? parsed.seconds : undefined;
  });
}

const minReady = scalar(
  'expected a number of pods or a percentage of them, such as 2 or 75%',
  {
    type: ['integer', 'string'],
    pattern: '^(100|[1-9]?[0-9])%$',
    minimum: 0,
    description:
      'The minimum of pods in rotation: a number, or a percentage of the desired pods, rounded up. Default: the desired number less a quarter, but at least 1.',
  },
  (value): number | `${number}%` | undefined => {
    if (/^\d{1,6}$/.test(value)) return Number(value);
    return /^(?:100|[1-9]?\d)%$/.test(value) ? `${Number(value.slice(0, -1))}%` : undefined;
  },
);

const eksSchema = z.strictObject({
  name: text('expected the name of an EKS cluster', /^[A-Za-z0-9][-_A-Za-z0-9]{0,99}$/, 'The name of the EKS cluster.'),
  region: awsRegion,
  role: roleArn.optional(),
  endpoint: text(
    'expected an https:// address',
    /^https:\/\/[^\s/?#@]+\/?$/,
    'The address of its API server, together with ca. Default: asked of EKS.',
  ).optional(),
  ca: scalar(
    'expected the certificateAuthority.data of aws eks describe-cluster',
    { pattern: '^[A-Za-z0-9+/=\\s]+$', description: 'Its certificate authority in base64, as EKS gives it.' },
    (value) => (/^-----BEGIN CERTIFICATE-----/.test(Buffer.from(value, 'base64').toString()) ? value : undefined),
  ).optional(),
});

const kubeconfigSchema = z.strictObject(
  {
    context: text(
      'expected the name of a context',
      /^.{1,253}$/,
      'A context of the kubeconfig. Default: the current one.',
    ).optional(),
    path: text(
      'expected a path',
      /^.{1,1024}$/,
      'The path of the kubeconfig. Default: KUBECONFIG, or ~/.kube/config.',
    ).optional(),
  },
  { error: (issue) => (issue.code === 'invalid_type' ? 'expected a context, or {} for the current one' : undefined) },
);

const clusterSchema = z.strictObject({
  eks: eksSchema.optional(),
  kubeconfig: kubeconfigSchema.optional(),
  secret: secretName.optional(),
});

const selectorText = (does: string) =>
  text('expected a label selector, such as track=canary', /\S/, `A label selector: the pods to ${does}.`).optional();

// rules.ts checks what the texts mean.
const scheduleSchema = z.strictObject({
  at: text('expected a cron expression, such as 0 9 * * 1-5', /\S/, 'Minute, hour, day of month, month, day of week.'),
  enable: selectorText('enable'),
  disable: selectorText('disable'),
  for: durationText('After that time the opposite is done. Default: nothing is.').optional(),
  tz: text('expected a time zone, such as Europe/Zurich', /\S/, 'The time zone. Default: UTC.').optional(),
  because: text(
    'expected at most 500 characters',
    /^.{1,500}$/s,
    'The reason, which is kept with the pods.',
  ).optional(),
});

const serviceSchema = z.strictObject({
  cluster: text('expected a key of clusters', /^.+$/, 'A key of clusters. Default: the only one.').optional(),
  namespace: text('expected the name of a namespace', DNS_LABEL, 'The namespace of the Service.'),
  service: text(
    'expected the name of a Service',
    DNS_LABEL,
    'The name of the Kubernetes Service. Default: the key.',
  ).optional(),
  minReady: minReady.optional(),
  maxDrained: wholeNumber(1, 100, 'The maximum of drained pods at a time. Default: 3.').optional(),
  gate: z
    .union([gateText, gateMapping])
    .meta({ description: 'The gate label: a pod of the service without it is disabled. Default: enabled=yes.' })
    .optional(),
  drain: z
    .strictObject({
      for: durationText('How long a pod stays drained unless the command says otherwise. Default: 1h.').optional(),
      then: oneOf(['remind', 'restore', 'finish'], 'What happens when the time is up. Default: remind.').optional(),
    })
    .optional(),
  debug: z
    .strictObject({
      image: text(
        'expected an image, such as busybox',
        /^[A-Za-z0-9][\w.:/@-]{0,399}$/,
        'The image of debug containers. Default: busybox.',
      ),
    })
    .optional(),
  schedules: z
    .array(scheduleSchema)
    .meta({ description: 'Pods that are enabled or disabled by the clock.' })
    .optional(),
  channel: channelId.optional(),
  only: z.strictObject({ channels: z.array(channelId).min(1, { error: 'expected at least one channel' }) }).optional(),
});

const grantSchema = z.strictObject({
  everyone: flag('Every full member of the Slack workspace.').optional(),
  users: z
    .array(text('expected a user ID, such as U0123456789', /^[UW][A-Z0-9]{5,20}$/, 'A Slack user ID.'))
    .optional(),
  userGroups: z
    .array(text('expected a user group ID, such as S0123456789', /^S[A-Z0-9]{5,20}$/, 'A Slack user group ID.'))
    .optional(),
  runbooks: flag('Direct invocations of the function runbook.').optional(),
});

/** The values below the keys that people choose. */
export const entrySchemas = { clusters: clusterSchema, services: serviceSchema };

/** The file as written. `rules.ts` checks what involves several fields. */
export const fileSchema = z.strictObject({
  clusters: z.record(clusterKey, clusterSchema),
  services: z.record(serviceKey, serviceSchema),
  access: z
    .strictObject({ viewer: grantSchema.optional(), operator: grantSchema.optional(), admin: grantSchema.optional() })
    .optional(),
  deploy: deploySchema.meta({ description: 'How npm run deploy brings Pitlane to AWS.' }).optional(),
});

export type ConfigFile = z.output<typeof fileSchema>;

/** The JSON Schema of the file, for editors. */
export function jsonSchema(): Readonly<Record<string, unknown>> {
  return { ...z.toJSONSchema(fileSchema, { io: 'input' }), title: 'pitlane.yaml' };
}
