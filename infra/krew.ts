import { createHash } from 'node:crypto';

/** An archive for krew, and where it will be downloaded from. */
interface Release {
  readonly version: string;
  readonly url: string;
  readonly archive: Uint8Array;
}

/** One archive for all of them. Windows is missing: krew starts the file itself there, and it is a script for Node. */
const SYSTEMS = ['linux', 'darwin'];

/** The plugin manifest of krew: https://krew.sigs.k8s.io/docs/developer-guide/plugin-manifest/ */
export function krewManifest({ version, url, archive }: Release): string {
  const sha256 = createHash('sha256').update(archive).digest('hex');
  return `apiVersion: krew.googlecontainertools.github.com/v1alpha2
kind: Plugin
metadata:
  name: pitlane
spec:
  version: v${version}
  homepage: ${new URL('.', url).href}
  shortDescription: Take pods out of a Service, and back
  description: |
    Decides which pods get the traffic of a Service, by editing labels. A drained
    pod leaves the endpoints, its controller starts a replacement, and the pod
    stays alive to be debugged until it is restored or deleted.
  caveats: |
    The plugin needs Node 22 or newer on the PATH.
    For completion, put kubectl_complete-pitlane on the PATH too:
      ln -s "\${KREW_ROOT:-$HOME/.krew}/store/pitlane/v${version}/bin/kubectl_complete-pitlane.cjs" \\
        "\${KREW_ROOT:-$HOME/.krew}/bin/kubectl_complete-pitlane"
  platforms:
    - selector:
        matchExpressions:
          - key: os
            operator: In
            values: [${SYSTEMS.join(', ')}]
      uri: ${url}
      sha256: ${sha256}
      files:
        - from: package/*
          to: .
      bin: bin/kubectl-pitlane.cjs
`;
}
