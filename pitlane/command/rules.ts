/** A pod's or a node's name. Rule: apimachinery, content/dns.go IsDNS1123Subdomain. */
export const POD_NAME = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;
/** A container's name. Rule: apimachinery, content/dns.go IsDNS1123Label. */
export const CONTAINER_NAME = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
/** Most pods of one operation: a report of more is unreadable. */
export const MOST_PODS = 100;
/** Most changes that are remembered of a service. */
export const MOST_CHANGES = 50;
