import { FOLLOW, PATCH_PODS, RECORD, type Rule, rule } from '../rights.ts';

/** Pods are created with `dryRun` only. RBAC can't say so. */
export const GATE_RIGHTS: readonly Rule[] = [
  ...FOLLOW,
  ...PATCH_PODS,
  ...RECORD,
  rule('', ['services'], ['watch', 'patch']),
  rule('', ['pods'], ['create']),
  rule('apps', ['deployments'], ['list', 'watch', 'patch']),
  rule('apps', ['daemonsets', 'statefulsets'], ['patch']),
];
