/** The methods of RFC 4918 on files and folders, in the order in which `Allow` lists them. */
import type { AnyMethod } from '../method.ts';
import { remove } from './methods/delete.ts';
import { get, getFolder } from './methods/get.ts';
import { lock } from './methods/lock.ts';
import { mkcol } from './methods/mkcol.ts';
import { put } from './methods/put.ts';
import { copy, move } from './methods/transfer.ts';
import { unlock } from './methods/unlock.ts';

export const fileMethods: readonly AnyMethod[] = [
  get,
  getFolder,
  put,
  mkcol,
  remove,
  copy,
  move,
  lock,
  unlock,
];
