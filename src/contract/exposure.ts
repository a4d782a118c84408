/** Reports of AWS about exposed keys: what the rules of the constructs match, and what the Lambda function accepts. */

/** `exposedKeys` of the rotation. */
export type ExposureResponse = 'NOTIFY' | 'REVOKE';

/** `detail-type` of the events of AWS Health. */
export const HEALTH_DETAIL_TYPES = ['AWS Health Event', 'AWS Health Abuse Event'];

/**
 * The beginnings of `eventTypeCode`. AWS publishes no complete list; known are AWS_RISK_CREDENTIALS_EXPOSED,
 * _EXPOSURE_SUSPECTED, _COMPROMISED and _COMPROMISE_SUSPECTED.
 */
export const EXPOSURE_CODES = ['AWS_RISK_CREDENTIALS_', 'AWS_RISK_IAM_QUARANTINE'];
