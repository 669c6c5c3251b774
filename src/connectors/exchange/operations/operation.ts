/** One call of EWS: what is asked, and what its answer means. */
import type { DocumentElement } from '../../../xml/document.ts';
import type { XmlElement } from '../../../xml/reader.ts';
import type { RemoteFailure } from '../../failure.ts';
import type { SchemaVersion } from '../wire/schema-version.ts';

export interface Operation<Result> {
  /** `GetItem`; the answer is `GetItemResponse`. */
  readonly name: string;
  /** Asking twice does no more than asking once, so a lost answer is asked for again. */
  readonly repeatable: boolean;
  /** How often at the most, where that is less than always. */
  readonly tries?: number;
  /** Events are kept in step without it: a server that answers it with a failure works all the same. */
  readonly aside?: true;
  readonly since?: SchemaVersion;
  /** Made for the version that is asked as: an element that the server does not know fails the whole request. */
  readonly body: (version: SchemaVersion) => DocumentElement;
  /** `note`: for failures of parts that concern more than the part, such as a busy server. */
  readonly read: (response: XmlElement, note: (failure: RemoteFailure) => void) => Result;
}
