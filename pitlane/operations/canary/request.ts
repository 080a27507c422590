import type { ChangeRequest } from '../../command/request.ts';

/** The values of `canary start`. */
export interface CanaryRequest extends ChangeRequest {
  /** The workload whose template is used: `rng`, or `deployment/rng`. Absent: the only one that serves. */
  from?: string;
  /** The image of the main container. */
  image?: string;
  /** Variables of the main container, `KEY=value`. */
  env?: readonly string[];
  /** The arguments of the main container. */
  args?: readonly string[];
  count: number;
  /** Without the gate label: ready first, traffic in a second step. */
  out: boolean;
}
