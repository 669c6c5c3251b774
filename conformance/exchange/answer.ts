/** Answers in Microsoft's shape: response messages of operations, envelopes, faults. */
import { EwsError, type SoapFault } from './failure.ts';
import {
  type Markup,
  messagesNamespace,
  nothing,
  soapNamespace,
  tag,
  text,
  typesNamespace,
} from './markup.ts';
import type { Profile } from './profile.ts';

/** The answer of an operation: one response message for each part of the request. */
export function response(operation: string, messages: readonly Markup[]): Markup {
  return tag(`m:${operation}Response`, [tag('m:ResponseMessages', messages)]);
}

export function success(operation: string, content: readonly Markup[] = []): Markup {
  return tag(`m:${operation}ResponseMessage`, [text('m:ResponseCode', 'NoError'), ...content], {
    ResponseClass: 'Success',
  });
}

export function failed(operation: string, error: EwsError, content: readonly Markup[] = []): Markup {
  return tag(
    `m:${operation}ResponseMessage`,
    [
      text('m:MessageText', error.message),
      text('m:ResponseCode', error.code),
      text('m:DescriptiveLinkKey', 0),
      ...(Object.keys(error.values).length > 0 ? [tag('m:MessageXml', values(error.values))] : []),
      ...content,
    ],
    { ResponseClass: 'Error' },
  );
}

/** Does `work` for each part; a part that fails does not stop the others. */
export function each<T>(
  operation: string,
  parts: readonly T[],
  work: (part: T) => readonly Markup[],
  onError: readonly Markup[] = [],
): Markup {
  return response(
    operation,
    parts.map((part) => guarded(operation, () => work(part), onError)),
  );
}

export function guarded(
  operation: string,
  work: () => readonly Markup[],
  onError: readonly Markup[] = [],
): Markup {
  try {
    return success(operation, work());
  } catch (error) {
    if (error instanceof EwsError) return failed(operation, error, onError);
    throw error;
  }
}

function values(of: Readonly<Record<string, string>>): Markup[] {
  return Object.entries(of).map(([name, value]) => text('t:Value', value, { Name: name }));
}

const declaration = '<?xml version="1.0" encoding="utf-8"?>';

export function envelope(profile: Profile, body: Markup): string {
  const soap = profile.soapPrefix;
  const header = tag(`${soap}:Header`, [
    tag('h:ServerVersionInfo', [], { ...profile.build, 'xmlns:h': typesNamespace, xmlns: typesNamespace }),
  ]);
  const inner = tag(`${soap}:Body`, [body], { 'xmlns:m': messagesNamespace, 'xmlns:t': typesNamespace });
  return declaration + tag(`${soap}:Envelope`, [header, inner], { [`xmlns:${soap}`]: soapNamespace });
}

/** As Gromox writes what follows in a stream: its prefixes stand for nothing. */
export function undeclared(text: string): string {
  return text.replaceAll(/ xmlns:[mt]="[^"]*"/g, '');
}

const errorsNamespace = 'http://schemas.microsoft.com/exchange/services/2006/errors';

/** A fault as Gromox writes it (`Profile.bareFaults`); without a code where that is empty. */
export function bareFault({ soapPrefix: soap }: Profile, { code, message }: SoapFault): string {
  const isOfSoap = code === '' || code === 'Client';
  const body = tag(`${soap}:Fault`, [
    text('faultcode', isOfSoap ? `${soap}:${code || 'Server'}` : code, { 'xsi:type': 'xsd:string' }),
    text('faultstring', message, { 'xsi:type': 'xsd:string' }),
  ]);
  return tag(`${soap}:Envelope`, [tag(`${soap}:Header`), tag(`${soap}:Body`, [body])], {
    [`xmlns:${soap}`]: soapNamespace,
    'xmlns:xsi': 'http://www.w3.org/2001/XMLSchema-instance',
  });
}

/** A fault; some servers give the code in the detail only, others in the fault code only, and for some things none at all. */
export function fault(error: SoapFault, where: 'detail' | 'faultcode' = 'detail'): string {
  const detail = tag('detail', [
    text('e:ResponseCode', error.code, { 'xmlns:e': errorsNamespace }),
    text('e:Message', error.message, { 'xmlns:e': errorsNamespace }),
    Object.keys(error.values).length > 0
      ? tag('t:MessageXml', values(error.values), { 'xmlns:t': typesNamespace })
      : nothing,
  ]);
  const body = tag('s:Fault', [
    error.code === ''
      ? text('faultcode', 'Server')
      : text('faultcode', `a:${error.code}`, { 'xmlns:a': typesNamespace }),
    text('faultstring', error.message, { 'xml:lang': 'en-US' }),
    where === 'detail' && error.code !== '' ? detail : nothing,
  ]);
  return declaration + tag('s:Envelope', [tag('s:Body', [body])], { 'xmlns:s': soapNamespace });
}
