import { openSqlite } from '../../src/storage/sqlite/open.ts';
import { storageContract } from './contract.ts';

describe('sqlite storage', () => {
  storageContract(({ clock, maxHomeBytes }) => openSqlite({ file: ':memory:', clock, maxHomeBytes }));
});
