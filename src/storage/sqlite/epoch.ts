/** The name of one history of a database: part of every sync token, so that tokens of another history are refused. */
import { randomBytes } from 'node:crypto';

export const newEpoch = (): string => randomBytes(8).toString('hex');
