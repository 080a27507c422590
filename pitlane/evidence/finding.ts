/** One fact about what may be wrong with a pod. */
export interface Finding {
  readonly code: FindingCode;
  /** A sentence. */
  readonly text: string;
}

export type FindingCode =
  | 'LogErrors'
  | 'ContainerWaits'
  | 'ContainerEnded'
  | 'StartupFails'
  | 'ReadinessFails'
  | 'LivenessFails'
  | 'ImageDiffers'
  | 'DigestDiffers'
  | 'RevisionDiffers'
  | 'RestartsDiffer'
  | 'ReadinessDiffers'
  | 'OthersNotReady'
  | 'NodeOfUnready'
  | 'AloneOnNode'
  | 'AgeDiffers'
  | 'NodeGone'
  | 'NodeNotReady'
  | 'NodePressure'
  | 'NodeCordoned'
  | 'NodeTainted'
  | 'MemoryNearLimit'
  | 'CpuNearLimit'
  | 'OldRevision'
  | 'NewRevision';

/** The one or two that matter first: the most frequent error of the logs, and what else is found. */
export function foremost(findings: readonly Finding[]): readonly Finding[] {
  const [error] = findings.filter(({ code }) => code === 'LogErrors');
  const others = findings.filter(({ code }) => code !== 'LogErrors');
  return (error === undefined ? others : [error, ...others]).slice(0, 2);
}
