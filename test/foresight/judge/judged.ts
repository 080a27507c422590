import { TRUE_CHECKS, TRUE_EFFECTS, TRUE_OF_SERVICE } from './sentences.ts';

/** The codes of findings and effects that the judge compares with the objects. */
export const JUDGED: ReadonlySet<string> = new Set([
  ...Object.keys(TRUE_CHECKS),
  ...Object.keys(TRUE_EFFECTS),
  ...Object.keys(TRUE_OF_SERVICE),
  // checks.ts: the numbers.
  ...['TakesNoTraffic', 'StaysAboveMinimum', 'BelowMinimum', 'BudgetAllowsIt', 'BudgetExhausted', 'BudgetUnknown'],
  // drain.ts: other Services, pauses, and all effects.
  ...['OtherKeepsPods', 'LastOfAnother', 'RolloutPaused', 'MayPreempt'],
  ...['LeavesNone', 'CannotStartReplacement', 'StartsReplacement', 'MayEndPods', 'LivenessRestarts'],
  ...['StaysAlive', 'StaysPending', 'NothingAtEnd'],
  // selectors.ts, for drains and restores.
  ...['JoinsPolicies', 'LeavesPolicies', 'JoinsBudgets', 'LeavesBudgets'],
  ...['StaysInAutoscaler', 'LeavesAutoscaler', 'JoinsAutoscaler'],
  // restore.ts: all effects.
  ...['StaysInEndpoints', 'StaysOutOfEndpoints', 'OwnerAdoptsIt', 'OwnerOwnsIt', 'HasNoController', 'AddsLabels'],
  // room.ts decides for each drain what its replacement finds.
  ...['NoRoom', 'ReplacementRefused'],
  // tour.ts: the quotas that the plan does not count.
  'QuotaNotCounted',
  // reasons.ts: why a command is refused, and what happens when it is done by hand.
  ...['Terminating', 'Finished', 'AlreadyDrained', 'NotAMember', 'ServiceSelectsNothing', 'ChangedByCluster'],
  ...['LastOnItsNode', 'TooManyDrained', 'OldRevision', 'WouldBeDeleted'],
  ...['OwnerInactive', 'OwnerSelectsOthers'],
]);

/** The others, by the reason. */
export const UNJUDGED: Readonly<Record<string, readonly string[]>> = {
  'A refusal to try again with other words. Judged is that nothing changes.': [
    ...['AnotherGate', 'AnotherWay', 'CannotBeReleased', 'GateIsWholeSelector', 'GateKeyInUse', 'GateValueDiffers'],
    ...[
      'KeyIsGate',
      'KeyIsWholeSelector',
      'NeedsOwnVolume',
      'NewPodsStayOut',
      'NoGate',
      'NoLabel',
      'NoMembers',
      'NoPods',
    ],
    ...['DaemonSetDiffers', 'DaemonSetNotReady', 'DrainedFirst', 'NoNodes', 'NotSpread', 'ReplicasUnknown'],
    ...['NoTargetPods', 'NoWorkload', 'NotACanary', 'OthersWouldGetTraffic', 'OwnerSelectsGate', 'PodGone'],
    ...['PolicyNotInstalled', 'RejectedByCluster', 'SelectorHasAnotherValue', 'SeveralWorkloads', 'TargetTooSmall'],
    ...['TemplateNotWritable', 'UnknownKey', 'UnknownOwner', 'WorkloadBeingDeleted', 'WorkloadUnknown'],
    ...['AdoptedElsewhere', 'NodesLoseEndpoints', 'BudgetWouldBreak', 'QuotaExhausted', 'WouldBeAdopted'],
  ],
  'The cases have no tick, no schedules and no extensions, and no debug containers.': [
    ...['NotRunning', 'UnknownContainer', 'StartsDebugger', 'SharesProcesses', 'SeesOwnProcesses', 'StaysWithPod'],
    ...['AlreadyScheduled', 'Contradiction', 'HasNoEnd', 'InConfiguration', 'KubernetesEndsThem', 'ManualWins'],
    ...[
      'MatchesNothing',
      'NamesEnd',
      'NeverEnds',
      'NextEdges',
      'NoTick',
      'Overlap',
      'OwnerHasEnough',
      'RemovesSchedule',
      'SchedulesNeedGate',
    ],
    ...['Schedule', 'SelectorNamesGate', 'StaysUntil', 'TakesEffectNow', 'TimeEnds', 'TooLong', 'UnknownSchedule'],
  ],
  'Every right is granted, and everything is read.': [
    'NodesNotSeen',
    ...['AdoptersNotSeen', 'BudgetsNotSeen', 'OthersNotSeen', 'RuleNotSeen', 'SchedulesNotSeen', 'PolicyUnknown'],
  ],
  'No operation is half done, no record is edited, and no other program or Service of Pitlane takes part.': [
    ...['AlreadyDisabled', 'BeingDeleted', 'BeingRestored', 'BeingStopped', 'CanaryAdopted', 'CanaryNotReady'],
    ...['DisabledInAnother', 'DrainedFromAnother', 'GateHalfDone', 'GateUnreadable', 'IsOn', 'IsWidened', 'TakesOver'],
    ...['KeepsTracking', 'LabelPutBack', 'ListedByAnother', 'LosesTracking', 'MayBeReverted', 'OtherBelowMinimum'],
    ...[
      'OtherStaysAboveMinimum',
      'RecordGone',
      'ServiceGone',
      'SwitchUnfinished',
      'UnreadableRecord',
      'DrainUnknown',
      'DrainedUnknown',
    ],
  ],
  'It is about later, or about what the objects do not show.': [
    ...['AdoptsPods', 'AutoscalerStops', 'BudgetCannotCount', 'EndsDisabled', 'ScaledBack'],
    ...['DaemonSetServes', 'DeploymentDeleted', 'KeepsDeployment'],
    ...['AutoscalerSeesNoLoad', 'AveragesFall', 'BackIntoOthers', 'BothServe', 'DrainedPodsBecomeOld', 'InTurns'],
    ...['LabelsNotAskedFor', 'LargeShare', 'LogsTogether', 'LosesVolumes', 'NewPodsJoin', 'NoPolicy', 'NoRollout'],
    ...['PartitionKeepsPods', 'PodsRestart', 'PolicyInstalled', 'PriorityLeftOut', 'RolloutReplacesIt'],
    ...[
      'RolloutUnderWay',
      'SharesVolume',
      'StaysInBudgets',
      'TargetReady',
      'TemplateLabelsNewPods',
      'DisabledPodsReturn',
    ],
  ],
};
