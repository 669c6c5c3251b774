/**
 * What every storage must do, whatever database is behind it. Each storage runs this suite with a factory of its own;
 * tests of one storage only are about how it does it.
 */
import { calendarContract } from './contract/calendars.ts';
import { careContract } from './contract/care.ts';
import { changeContract } from './contract/changes.ts';
import { connectorContract } from './contract/connectors.ts';
import { creatorContract } from './contract/creators.ts';
import { feedContract } from './contract/feeds.ts';
import { fileContract } from './contract/files.ts';
import type { StorageFactory } from './contract/fixture.ts';
import { modelContract } from './contract/model.ts';
import { moveContract } from './contract/move.ts';
import { objectContract } from './contract/objects.ts';
import { peopleContract } from './contract/people.ts';
import { portalContract } from './contract/portal.ts';
import { propertyContract } from './contract/properties.ts';
import { rangeContract } from './contract/ranges.ts';
import { rowContract } from './contract/rows.ts';
import { trashContract } from './contract/trash.ts';

export function storageContract(factory: StorageFactory): void {
  objectContract(factory);
  moveContract(factory);
  changeContract(factory);
  rangeContract(factory);
  rowContract(factory);
  trashContract(factory);
  creatorContract(factory);
  calendarContract(factory);
  peopleContract(factory);
  propertyContract(factory);
  feedContract(factory);
  portalContract(factory);
  connectorContract(factory);
  fileContract(factory);
  careContract(factory);
  modelContract(factory);
}
