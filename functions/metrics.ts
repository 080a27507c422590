import type { Level } from './log.ts';

/** CloudWatch is paid for each metric. */
export const METRICS = {
  operations: 'Count',
  refusals: 'Count',
  failures: 'Count',
  outOfEndpointsMs: 'Milliseconds',
  readyMs: 'Milliseconds',
  coldStartMs: 'Milliseconds',
  /** Lines of the level ERROR. */
  errors: 'Count',
} as const;

/** A field of a log line whose value becomes a metric. */
export type MetricName = Exclude<keyof typeof METRICS, 'errors'>;

/**
 * The members that make CloudWatch read the metrics of a line ("Specification: Embedded metric format"). None for a line
 * without metrics. Its only dimension is the stage: each value of another one would be a metric of its own.
 */
export function embedded(
  level: Level,
  fields: Partial<Record<MetricName, unknown>>,
  at: number,
  functionName: string,
): object {
  const errors = level === 'error' && { errors: 1 };
  const values: Partial<Record<string, unknown>> = { ...fields, ...errors };
  const Metrics = Object.entries(METRICS).flatMap(([Name, Unit]) => (values[Name] === undefined ? [] : { Name, Unit }));
  if (Metrics.length === 0) return {};
  const CloudWatchMetrics = [{ Namespace: 'Pitlane', Dimensions: [['stage']], Metrics }];
  return { ...errors, stage: stageOf(functionName), _aws: { Timestamp: at, CloudWatchMetrics } };
}

/** `pitlane-prod-worker`: prod */
function stageOf(functionName: string): string {
  return /^pitlane-(.+)-[a-z]+$/.exec(functionName)?.[1] ?? functionName;
}
