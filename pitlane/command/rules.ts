/** A pod's name. Rule: apimachinery, content/dns.go IsDNS1123Subdomain. */
export const POD_NAME = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;
/** A node's name: the same rule. */
export const DNS_SUBDOMAIN_NAME = POD_NAME;
/** A container's name. Rule: apimachinery, content/dns.go IsDNS1123Label. */
export const CONTAINER_NAME = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
/** Most pods of one operation: more is a change of the whole service, and of no use in one report. */
export const MOST_PODS = 100;
