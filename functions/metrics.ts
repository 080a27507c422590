/** Metrics that have the same dimensions: each combination of a name and the values of its dimensions is paid for. */
const METRICS = [
  {
    dimensions: ['stage'],
    units: {
      operations: 'Count',
      refusals: 'Count',
      failures: 'Count',
      outOfEndpointsMs: 'Milliseconds',
      readyMs: 'Milliseconds',
    },
  },
  { dimensions: ['stage', 'door'], units: { coldStartMs: 'Milliseconds' } },
] as const;

type UnitsOf<M> = M extends { readonly units: infer U } ? keyof U : never;

/** A field of a log line whose value becomes a metric. */
export type MetricName = UnitsOf<(typeof METRICS)[number]>;

/**
 * The members that make CloudWatch read the metrics of a line ("Specification: Embedded metric format"). None for a line
 * without metrics.
 */
export function embedded(line: object, at: number, functionName: string): object {
  const directives = METRICS.flatMap(({ dimensions, units }) => {
    const metrics = Object.entries(units).flatMap(([Name, Unit]) => (Name in line ? { Name, Unit } : []));
    return metrics.length === 0 ? [] : { Namespace: 'Pitlane', Dimensions: [dimensions], Metrics: metrics };
  });
  if (directives.length === 0) return {};
  return { stage: stageOf(functionName), _aws: { Timestamp: at, CloudWatchMetrics: directives } };
}

/** `pitlane-prod-worker`: prod */
function stageOf(functionName: string): string {
  return /^pitlane-(.+)-[a-z]+$/.exec(functionName)?.[1] ?? functionName;
}
