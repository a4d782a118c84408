/** Names by which what the apps create is found, also what a killed run left. */

/** Stacks. Names that AWS generates, of functions and their log groups, begin with that of their stack. */
export const APP_STACKS = 'AkrInteg';
/** Users and their secrets. */
export const APP_USERS = 'akr-integ-';
/** The account that the apps are for. */
export const ACCOUNT_VARIABLE = 'AKR_INTEG_ACCOUNT';
