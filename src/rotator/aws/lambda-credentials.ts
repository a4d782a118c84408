/**
 * Replaces the credential provider chain of the SDK in the bundle (see .projenrc.ts). Lambda sets the credentials as
 * environment variables. The providers for profiles, SSO, containers and instances would be a fifth of the code that
 * each cold start loads.
 */
export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';
