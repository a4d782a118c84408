/**
 * In the bundle, in place of the SDK's search for credentials (see .projenrc.ts): Lambda puts them into the
 * environment, and the search in profiles, SSO, containers and instances would be a fifth of the code that each cold
 * start loads.
 */
export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';
