import type { METRICS } from '../functions/metrics.ts';
import type { DeployConfig } from '../pitlane/config/config.ts';
import { FUNCTIONS, type FunctionName } from './bundle.ts';

/** A resource of a CloudFormation template. */
export interface Resource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
}

/** Exactly one threshold: too many, or too few. */
interface Alarm {
  readonly name: string;
  readonly description: string;
  /** Absent: the metric is one of Pitlane's own. */
  readonly function?: FunctionName;
  readonly metric: string;
  readonly isTooFew?: true;
}

const ALARMS: readonly Alarm[] = [
  ...FUNCTIONS.flatMap((name): readonly Alarm[] => [
    { name: `${name}-errors`, description: `The function ${name} failed.`, function: name, metric: 'Errors' },
    {
      name: `${name}-throttles`,
      description: `The function ${name} had no free instance: see concurrency in pitlane.yaml.`,
      function: name,
      metric: 'Throttles',
    },
  ]),
  {
    name: 'tick-silent',
    description: 'The tick did not run for 5 minutes: no operation is continued, and no reminder is sent.',
    function: 'tick',
    metric: 'Invocations',
    isTooFew: true,
  },
  {
    name: 'requests-failed',
    description: 'A request from Slack was not carried out, or its worker died. The person was told.',
    function: 'failed',
    metric: 'Invocations',
  },
  {
    name: 'requests-lost',
    description: 'A request from Slack was not carried out, or its worker died, and the person was not told.',
    function: 'worker',
    metric: 'DestinationDeliveryFailures',
  },
  {
    name: 'errors-logged',
    description: 'A log has a line of level ERROR: an operation failed, or the tick could not process a service.',
    metric: 'errors' satisfies keyof typeof METRICS,
  },
];

const TOPIC = 'AlarmTopic';

/** The alarms of a deployment, and their topic if they go to an address. None without an address or a topic. */
export function alarmResources({ stage, alarms }: Pick<DeployConfig, 'stage' | 'alarms'>): Record<string, Resource> {
  if (alarms === undefined) return {};
  const { email, topic } = alarms;
  const receiver = email === undefined ? topic : { Ref: TOPIC };
  const resources = ALARMS.map((alarm) => [`Alarm${logicalId(alarm.name)}`, alarmResource(alarm, stage, receiver)]);
  return {
    ...(email !== undefined && { [TOPIC]: topicResource(stage, email) }),
    ...Object.fromEntries(resources),
  };
}

function alarmResource(alarm: Alarm, stage: string, receiver: unknown): Resource {
  const { isTooFew = false, function: name } = alarm;
  const [Namespace, dimension] =
    name === undefined
      ? ['Pitlane', { Name: 'stage', Value: stage }]
      : ['AWS/Lambda', { Name: 'FunctionName', Value: `pitlane-${stage}-${name}` }];
  return {
    Type: 'AWS::CloudWatch::Alarm',
    Properties: {
      AlarmName: `pitlane-${stage}-${alarm.name}`,
      AlarmDescription: alarm.description,
      Namespace,
      MetricName: alarm.metric,
      Dimensions: [dimension],
      Statistic: 'Sum',
      Period: 300,
      EvaluationPeriods: 1,
      Threshold: 1,
      ComparisonOperator: isTooFew ? 'LessThanThreshold' : 'GreaterThanOrEqualToThreshold',
      // Without an invocation there is no data.
      TreatMissingData: isTooFew ? 'breaching' : 'notBreaching',
      AlarmActions: [receiver],
      OKActions: [receiver],
    },
  };
}

function topicResource(stage: string, email: string): Resource {
  return {
    Type: 'AWS::SNS::Topic',
    Properties: { TopicName: `pitlane-${stage}-alarms`, Subscription: [{ Protocol: 'email', Endpoint: email }] },
  };
}

/** `tick-silent`: TickSilent */
function logicalId(name: string): string {
  return name.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase());
}
