/** The rules of AWS for names, which synth checks for what is deployed, and the function for what it receives. */

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
export const MAX_USER_NAME_LENGTH = 64;

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateUser.html */
export const USER_NAME = /^[\w+=,.@-]{1,64}$/;

/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html */
export const SECRET_NAME = /^[\w/+=.@-]{1,512}$/;
