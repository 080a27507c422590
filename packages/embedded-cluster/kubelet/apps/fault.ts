/** How a pod's app misbehaves on purpose. */
export interface Fault {
  /** The share of requests, 0 to 1, that get a 500. Probes are exempt: the health page works, the app does not. */
  failingShare: number;
  /** Added to each request, including probes. */
  slowMs: number;
  /** Readiness probes fail; without a probe the pod becomes unready at once. */
  isNotReady: boolean;
  /** Liveness probes fail. */
  isNotLive: boolean;
  /** `once`: exits once, when the fault is set. `loop`: exits shortly after each start. */
  crash: 'no' | 'once' | 'loop';
}

export const noFault: Fault = { failingShare: 0, slowMs: 0, isNotReady: false, isNotLive: false, crash: 'no' };

/** The pod annotation that sets a fault: `kubectl annotate pod rng-x kubelet.pitlane.dev/fault=failing=0.3`. */
export const faultAnnotation = 'kubelet.pitlane.dev/fault';

const grammar =
  'failing=<0 to 1>, slow=<n>ms or slow=<n>s, not-ready, not-live, crash or crash-loop, several joined by commas';

/** Refuses the whole text when one part is unknown. */
export function parseFault(text: string): { fault: Fault } | { problem: string } {
  const fault = { ...noFault };
  for (const part of text.split(',').map((piece) => piece.trim())) {
    if (part === '') continue;
    if (!apply(part, fault)) return { problem: `unknown fault "${part}", expected ${grammar}` };
  }
  return { fault };
}

function apply(part: string, fault: Fault): boolean {
  const failing = /^failing=(0|1|0?\.\d+|1\.0+|0\.0+)$/.exec(part);
  const slow = /^slow=(\d+(?:\.\d+)?)(ms|s)$/.exec(part);
  if (failing) fault.failingShare = Number(failing[1]);
  else if (slow) fault.slowMs = Number(slow[1]) * (slow[2] === 's' ? 1000 : 1);
  else if (part === 'not-ready') fault.isNotReady = true;
  else if (part === 'not-live') fault.isNotLive = true;
  else if (part === 'crash') fault.crash = 'once';
  else if (part === 'crash-loop') fault.crash = 'loop';
  else return false;
  return true;
}
