import type { Call, Connection, Identity } from '../../../pitlane/cluster/connection.ts';
import { Forbidden } from '../../../pitlane/cluster/errors.ts';
import { CALLER_GROUP, PERSON_EXTRA } from '../../../pitlane/cluster/identity.ts';

/** The attributes of a request that RBAC checks. */
export interface Sent {
  /** The impersonated group. */
  readonly group: string | undefined;
  /** The person, as in the audit log. */
  readonly person?: string;
  readonly verb: string;
  readonly apiGroup: string;
  /** With the subresource: `pods/log`. */
  readonly resource: string;
  /** Absent: in the whole cluster. */
  readonly namespace?: string;
  readonly name?: string;
}

/** Records what Pitlane sends. */
export class Recorder {
  readonly sent: Sent[] = [];
  /** The impersonations of these requests, which the API server checks as requests too. */
  readonly impersonated: Sent[] = [];
  /** Answered with 403, even where Pitlane continues without the answer. */
  readonly forbidden: Sent[] = [];

  through(connection: Connection, identity?: Identity): Connection {
    const noted = async <T>(call: Call, answer: Promise<T>): Promise<T> => {
      const sent = sentBy(identity, call);
      // Discovery, which every user may read.
      if (call.place.resource.plural === '') return answer;
      this.sent.push(sent);
      this.impersonated.push(...impersonations(identity));
      try {
        return await answer;
      } catch (error) {
        if (error instanceof Forbidden) this.forbidden.push(sent);
        throw error;
      }
    };
    return {
      ...connection,
      as: (other) => this.through(connection.as(other), other),
      send: (call) => noted(call, connection.send(call)),
      open: (call) => noted(call, connection.open(call)),
    };
  }
}

function sentBy(identity: Identity | undefined, { verb, place }: Call): Sent {
  const { resource, namespace, name, subresource } = place;
  const person = identity?.extra?.[PERSON_EXTRA];
  return {
    group: identity?.group,
    ...(person !== undefined && { person }),
    verb,
    apiGroup: resource.group,
    resource: [resource.plural, subresource].filter(Boolean).join('/'),
    ...(namespace !== undefined && { namespace }),
    ...(name !== undefined && { name }),
  };
}

function impersonations(identity: Identity | undefined): readonly Sent[] {
  if (identity === undefined) return [];
  const { user, group, extra = {} } = identity;
  const one = { group: CALLER_GROUP, verb: 'impersonate', apiGroup: '' };
  return [
    { ...one, resource: 'users', name: user },
    ...(group === undefined ? [] : [{ ...one, resource: 'groups', name: group }]),
    // The rights allow every value, so that every person can be named.
    ...Object.keys(extra).map((key) => ({ ...one, apiGroup: 'authentication.k8s.io', resource: `userextras/${key}` })),
  ];
}
